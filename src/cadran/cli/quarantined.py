"""`cadran quarantine list|export|replay`: rows that could not be taken, until somebody settles them."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from cadran.cli.language import say, spoken
from cadran.cli.options import HERE, Format, FormatOption, LangOption, WorkspaceOption, hand_down
from cadran.cli.output import line, print_grid, show
from cadran.cli.session import Session
from cadran.errors import Text


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True)
    group.callback()(list_when_alone)
    group.command("list")(list_rows)
    group.command("export")(export)
    group.command("replay")(replay_file)
    app.add_typer(group, name="quarantine")


def list_when_alone(context: typer.Context, workspace: WorkspaceOption = HERE, lang: LangOption = None) -> None:
    if hand_down(context, workspace, lang):
        list_rows(workspace, lang)


def list_rows(workspace: WorkspaceOption = HERE, lang: LangOption = None, format_: FormatOption = Format.TABLE) -> None:
    from cadran.present.delivery import quarantine_grid, quarantine_records
    from cadran.store.ledger import imports
    from cadran.store.quarantine import quarantine

    session = Session.open(workspace, lang)
    with session.workspace.lake() as lake:
        files = {(each.id, file.number): file.name for each in imports(lake) for file in each.files}
        records = quarantine_records(quarantine(lake), files, spoken())
    show(format_, grid=lambda: quarantine_grid(records, spoken()), records=lambda: records)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    from cadran.intake.replay import export_quarantine

    rows = export_quarantine(Session.open(workspace, lang).workspace, file)
    line(say(_EXPORTED).format(rows=rows, file=file))


def replay_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
) -> None:
    from cadran.intake.replay import replay
    from cadran.present.import_report import sample_grid

    done = replay(Session.open(workspace, lang).workspace, file, author=getuser())
    line(say(_REPLAYED).format(corrected=done.corrected, wrong=len(done.still_wrong), settled=done.settled))
    if done.still_wrong:
        print_grid(sample_grid(done.still_wrong, spoken()))


_EXPORTED = Text(
    "Lignes écrites dans {file} : {rows}.\nCorrigez-les, puis : cadran quarantine replay {file}",
    "Rows written to {file}: {rows}.\nCorrect them, then: cadran quarantine replay {file}",
)
_REPLAYED = Text(
    "Lignes corrigées : {corrected}. Encore en quarantaine : {wrong}. Déjà traitées : {settled}.",
    "Rows corrected: {corrected}. Still in quarantine: {wrong}. Settled before: {settled}.",
)
