"""`cadran import` and `cadran imports list|show|undo`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cadran.cli.language import say, spoken
from cadran.cli.options import HERE, Format, FormatOption, LangOption, WorkspaceOption, hand_down
from cadran.cli.output import line, print_grid, show
from cadran.cli.session import Session
from cadran.errors import Text

if TYPE_CHECKING:
    from cadran.intake.proposal import Proposal
    from cadran.intake.report import ImportReport
    from cadran.store.ledger import Preview

ImportArgument = Annotated[int, typer.Argument(metavar="ID")]


def register(app: typer.Typer) -> None:
    app.command("import")(import_files)
    group = typer.Typer(invoke_without_command=True)
    group.callback()(list_when_alone)
    group.command("list")(list_imports)
    group.command("show")(show_import)
    group.command("undo")(undo_import)
    app.add_typer(group, name="imports")


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    table: Annotated[str | None, typer.Option("--table", metavar="T")] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", metavar="NAME|FILE.yaml")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME")] = None,
    replace_period: Annotated[str | None, typer.Option("--replace-period", metavar="P|ALL")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y")] = False,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    from cadran.cli.progress import steps
    from cadran.intake import load

    session = Session.open(workspace, lang)
    with steps() as progress:
        report = load.import_files(
            session.workspace,
            files,
            table=table,
            mapping=mapping,
            source=source,
            replace_period=replace_period,
            dry_run=dry_run,
            confirm=_whoever_says(yes),
            author=getuser(),
            progress=progress,
        )
    _print_report(report, format_)
    if format_ is Format.TABLE:
        _propose(report.proposals, workspace, may_ask=sys.stdin.isatty() and not yes)
    if report.outcome == "refused":
        raise typer.Exit(1)


def _whoever_says(yes: bool) -> Callable[[Preview], bool] | None:
    """Who agrees to what a replacement removes: `--yes`, or the person at the terminal, shown what disappears."""
    if yes:
        return lambda _: True
    if not sys.stdin.isatty():
        return None

    def ask(preview: Preview) -> bool:
        from cadran.present.delivery import tables_grid, vanishing_grids

        print_grid(tables_grid(preview.record, spoken()))
        for grid in vanishing_grids(preview.vanishing, spoken()):
            print_grid(grid)
        return typer.confirm(say(_GO_ON))

    return ask


def _print_report(report: ImportReport, format_: Format) -> None:
    from cadran.present import import_report
    from cadran.present.delivery import count_records

    if format_ is Format.TABLE:
        for grid in import_report.grids(report, spoken()):
            print_grid(grid)
        line(import_report.closing_words(report, spoken()))
        return
    counts = count_records(report.record, spoken())
    show(
        format_,
        grid=lambda: next(import_report.grids(report, spoken())),
        records=lambda: counts,
        document=lambda: import_report.document(report, spoken()),
    )


def _propose(proposals: Sequence[Proposal], folder: Path, *, may_ask: bool) -> None:
    """What the company could choose now; written only if the person at the terminal says so."""
    from cadran.intake.choices import keep_choices
    from cadran.intake.proposal import accept
    from cadran.workspace import Workspace

    for each in proposals:
        line(say(_PROPOSED).format(why=say(each.why), line=each.line))
        if may_ask and typer.confirm(say(_WRITE_IT)):
            accept(folder, each)
            keep_choices(Workspace.open(folder), getuser())
            line(say(_WRITTEN).format(line=each.line))


def list_when_alone(context: typer.Context, workspace: WorkspaceOption = HERE, lang: LangOption = None) -> None:
    if hand_down(context, workspace, lang):
        list_imports(workspace, lang)


def list_imports(
    workspace: WorkspaceOption = HERE, lang: LangOption = None, format_: FormatOption = Format.TABLE
) -> None:
    from cadran.present.delivery import import_records, imports_grid
    from cadran.store.ledger import imports

    session = Session.open(workspace, lang)
    with session.workspace.lake() as lake:
        records = import_records(imports(lake), session.workspace.settings.company.timezone, spoken())
    show(format_, grid=lambda: imports_grid(records, spoken()), records=lambda: records)


def show_import(
    import_id: ImportArgument,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    from cadran.present.delivery import count_records, counts_grid, remark_records, remarks_grid, tables_grid
    from cadran.store.ledger import import_record

    session = Session.open(workspace, lang)
    with session.workspace.lake() as lake:
        record = import_record(lake, import_id)
    if format_ is Format.TABLE:
        for grid in (counts_grid(record, spoken()), tables_grid(record, spoken()), remarks_grid(record, spoken())):
            if grid.rows:
                print_grid(grid)
        return
    counts = count_records(record, spoken())
    show(
        format_,
        grid=lambda: counts_grid(record, spoken()),
        records=lambda: counts,
        document=lambda: {"rows": counts, "remarks": remark_records(record, spoken())},
    )


def undo_import(import_id: ImportArgument, workspace: WorkspaceOption = HERE, lang: LangOption = None) -> None:
    from cadran.intake.load import context_of
    from cadran.present.delivery import tables_grid
    from cadran.store.ledger import undo

    session = Session.open(workspace, lang)
    with session.workspace.lake(read_only=False) as lake:
        record = undo(lake, import_id, getuser(), context_of(session.workspace))
    line(say(_UNDONE).format(id=import_id, name=record.name))
    print_grid(tables_grid(record, spoken()))


_PROPOSED = Text(
    "\n{why} Dans cadran.toml, sous [company] :\n  {line}",
    "\n{why} In cadran.toml, under [company]:\n  {line}",
)
_WRITE_IT = Text("L’écrire maintenant ?", "Write it now?")
_WRITTEN = Text("C’est écrit : {line}", "Written: {line}")
_GO_ON = Text("Ces lignes seront retirées. Continuer ?", "These rows will be removed. Go on?")
_UNDONE = Text("L’import {id} ({name}) est annulé.", "Import {id} ({name}) is undone.")
