"""`cadran kpi list|show|check`: the catalogue, and a company's own definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cadran.cli.language import say, spoken
from cadran.cli.options import HERE, Format, FormatOption, LangOption, WorkspaceOption, hand_down
from cadran.cli.output import line, show
from cadran.cli.session import Session
from cadran.errors import DefinitionError, Text


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True)
    group.callback()(list_when_alone)
    group.command("list")(list_kpis)
    group.command("show")(show_kpi)
    group.command("check")(check)
    app.add_typer(group, name="kpi")


def list_when_alone(context: typer.Context, workspace: WorkspaceOption = HERE, lang: LangOption = None) -> None:
    if hand_down(context, workspace, lang):
        list_kpis(workspace, lang)


def list_kpis(workspace: WorkspaceOption = HERE, lang: LangOption = None, format_: FormatOption = Format.TABLE) -> None:
    from cadran.present.definition import kpi_records, kpis_grid

    session = Session.open(workspace, lang)
    records = kpi_records(session.workspace.catalogue, spoken())
    show(format_, grid=lambda: kpis_grid(records, spoken()), records=lambda: records)


def show_kpi(
    kpi_id: Annotated[str, typer.Argument(metavar="KPI")],
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    from cadran.present.definition import facts

    kpi = Session.open(workspace, lang).workspace.catalogue.get(kpi_id)
    line(f"{kpi.label.to(spoken())} ({kpi.id})\n{kpi.question.to(spoken())}\n{kpi.definition.to(spoken())}")
    lines = facts(kpi, spoken())
    width = max(len(each.name) for each in lines)
    for each in lines:
        line(f"  {each.name:<{width}}  {each.text}")


def check(
    path: Annotated[Path, typer.Argument(metavar="FILE.yaml")],
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    from cadran.catalogue.checks import check_file
    from cadran.catalogue.loader import load_catalogue, read_definitions

    Session.open(workspace, lang)
    problems = check_file(path, load_catalogue())
    if problems:
        raise DefinitionError(*problems)
    kpis, _ = read_definitions(path)
    line(say(_ALL_RIGHT).format(ids=", ".join(kpi.id for kpi in kpis)))


_ALL_RIGHT = Text("Tout est juste : {ids}.", "All is right: {ids}.")
