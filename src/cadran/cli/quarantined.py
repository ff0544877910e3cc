"""`cadran quarantine list|export|replay`: rows that could not be taken, until somebody settles them."""

from __future__ import annotations

import typer

from cadran.cli.language import spoken
from cadran.cli.options import HERE, Format, FormatOption, LangOption, WorkspaceOption, hand_down
from cadran.cli.output import show
from cadran.cli.session import Session


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True)
    group.callback()(list_when_alone)
    group.command("list")(list_rows)
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
