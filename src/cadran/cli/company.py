"""`cadran init`, `demo`, `user add`, `doctor`: the company itself and the health of its data."""

from __future__ import annotations

import os
import sys
from getpass import getuser
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer

from cadran.access import Role
from cadran.cli.language import say, settle, spoken
from cadran.cli.options import HERE, Format, FormatOption, LangOption, Language, WorkspaceOption
from cadran.cli.output import line, print_grid, show
from cadran.cli.session import Session
from cadran.errors import StoreError, Text
from cadran.settings import FILE_NAME
from cadran.workspace import Workspace

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR")]


def register(app: typer.Typer) -> None:
    app.command("init")(init)
    app.command("demo")(demo)
    app.command("doctor")(doctor)
    app.command("serve")(serve)
    user = typer.Typer(no_args_is_help=True)
    user.command("add")(user_add)
    app.add_typer(user, name="user")


def init(
    folder: FolderArgument,
    name: Annotated[str, typer.Option("--name")],
    currency: Annotated[str, typer.Option("--currency")] = "EUR",
    fiscal_month: Annotated[int, typer.Option("--fiscal-month")] = 1,
    country: Annotated[str, typer.Option("--country")] = "FR",
    lang: Annotated[Language, typer.Option("--lang")] = Language.FR,
    timezone: Annotated[str | None, typer.Option("--timezone")] = None,
) -> None:
    settle(lang.value, lang.value)
    workspace = Workspace.create(
        folder,
        name=name,
        currency=currency,
        fiscal_month=fiscal_month,
        country=country,
        timezone=timezone or _zone_of(country),
        lang=lang.value,
    )
    line(say(_CREATED).format(name=workspace.settings.company.name, folder=folder))


def _zone_of(country: str) -> str:
    """The time zone of a country that has only one; else UTC, to be chosen with --timezone."""
    from babel.core import get_global

    zones = get_global("territory_zones").get(country.upper(), [])
    return str(zones[0]) if len(zones) == 1 else "UTC"


def demo(folder: FolderArgument = Path("demo-company"), lang: LangOption = None) -> None:
    from cadran.cli.asking import scorecard
    from cadran.cli.progress import steps
    from cadran.demo.build import build_demo
    from cadran.demo.world import FOUNDING_START
    from cadran.periods.period import Grain, containing, name_of

    if not (folder / FILE_NAME).exists():
        unfinished = folder.with_name(f"{folder.name}.new")  # a build cut short never looks like a company
        rmtree(unfinished, ignore_errors=True)
        with steps() as progress:
            build_demo(unfinished, lang=lang.value if lang else spoken(), progress=progress)
        unfinished.replace(folder)
    founding = containing(FOUNDING_START, Grain.QUARTER)
    scorecard(period=name_of(founding), by="company,team,rep", workspace=folder, lang=lang)
    line(say(_GO_FURTHER).format(folder=folder, quarter=name_of(founding, lang=spoken())))


def user_add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    role: Annotated[Role, typer.Option("--role")],
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    from cadran.people import add_person

    session = Session.open(workspace, lang)
    add_person(session.workspace.folder, email, role)
    line(say(_ADDED).format(email=email.strip(), role=role.value))


def serve(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1)] = 1,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    session = Session.open(workspace, lang)
    folder = str(session.workspace.folder.absolute())
    given = [folder, "--host", host, "--port", str(port), "--workers", str(workers), "--lang", spoken()]
    # This process becomes the server: commands know nothing of the pages.
    os.execv(sys.executable, [sys.executable, "-m", "cadran.web.serve", *given])


def doctor(workspace: WorkspaceOption = HERE, lang: LangOption = None, format_: FormatOption = Format.TABLE) -> None:
    from cadran.health import examine
    from cadran.present import health

    session = Session.open(workspace, lang)
    found, language = examine(session.workspace), spoken()
    kept = _keep_choices(session.workspace)
    if format_ is Format.TABLE:
        labels = {kpi.id: kpi.label.to(language) for kpi in session.workspace.catalogue}
        print_grid(health.data_grid(found, language))
        if found.faults:
            print_grid(health.faults_grid(found, language))
        if found.unknown:
            print_grid(health.unknown_grid(found, language))
        if found.incoherent:
            print_grid(health.incoherent_grid(found, language))
        print_grid(health.kpis_grid(found, labels, language))
        if kept:
            line(kept)
        return
    show(
        format_,
        grid=lambda: health.data_grid(found, language),
        records=lambda: health.kpi_records(found, language),
        document=lambda: health.document(found, language),
    )


def _keep_choices(workspace: Workspace) -> str:
    """Keep changed settings with the data. Health is told all the same where that cannot be done."""
    from cadran.intake.choices import keep_choices

    try:
        return say(_KEPT) if keep_choices(workspace, getuser()) else ""
    except StoreError as error:
        return say(_NOT_KEPT).format(reason=say(error.issues[0].message))


_KEPT = Text(
    "Les réglages ou les indicateurs ont changé depuis le dernier import : l’historique (--known-on) les retient "
    "à partir de maintenant.",
    "Settings or KPIs have changed since the last import: the history (--known-on) holds them from now on.",
)
_NOT_KEPT = Text(
    "Les réglages ou les indicateurs ont changé depuis le dernier import, et l’historique n’a pas pu les retenir : "
    "{reason}",
    "Settings or KPIs have changed since the last import, and the history could not take them: {reason}",
)
_CREATED = Text(
    "« {name} » est créée dans {folder}.\nImportez vos fichiers : cadran import FICHIER --workspace {folder}",
    '"{name}" is created in {folder}.\nImport your files: cadran import FILE --workspace {folder}',
)
_GO_FURTHER = Text(
    "\nPour continuer :\n"
    "  cadran ask revenue --period {quarter} --by team --workspace {folder}\n"
    "  cadran rows revenue --period {quarter} --workspace {folder}\n"
    "  cadran doctor --workspace {folder}",
    "\nTo go on:\n"
    "  cadran ask revenue --period {quarter} --by team --workspace {folder}\n"
    "  cadran rows revenue --period {quarter} --workspace {folder}\n"
    "  cadran doctor --workspace {folder}",
)
_ADDED = Text("{email} a accès, avec le rôle {role}.", "{email} has access, as {role}.")
