"""`cadran changes`: why a number is not what it was."""

from __future__ import annotations

from typing import Annotated

import typer

from cadran.cli.language import spoken
from cadran.cli.options import (
    HERE,
    AsOfOption,
    ByOption,
    EndOption,
    Format,
    FormatOption,
    GrainOption,
    KpisArgument,
    LangOption,
    PeriodOption,
    StartOption,
    ViewerOption,
    WhereOption,
    WorkspaceOption,
    listed,
)
from cadran.cli.output import ROWS_ON_SCREEN, print_grid, show
from cadran.cli.session import Session
from cadran.question import moment, question

SinceOption = Annotated[str, typer.Option("--since", metavar="D|SNAPSHOT")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="D|SNAPSHOT")]


def register(app: typer.Typer) -> None:
    app.command("changes")(changes)


def changes(
    kpis: KpisArgument,
    since: SinceOption,
    until: UntilOption = None,
    by: ByOption = None,
    grain: GrainOption = None,
    period: PeriodOption = None,
    start: StartOption = None,
    end: EndOption = None,
    where: WhereOption = None,
    as_of: AsOfOption = None,
    viewer: ViewerOption = None,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    from cadran.periods.period import Grain
    from cadran.present import changes as present

    session = Session.open(workspace, lang)
    request = question(
        session.workspace.settings,
        listed(kpis),
        by=listed(by),
        grain=grain,
        period=period,
        start=start,
        end=end,
        where=where,
        as_of=as_of,
        intervals=False,
    )
    found = session.changes(request, viewer, moment(since), None if until is None else moment(until))
    if format_ is Format.TABLE:
        reader = session.reader(Grain(grain) if grain else None)
        for grid in present.grids(found, reader, ROWS_ON_SCREEN, session.workspace.settings.company.timezone):
            print_grid(grid)
        return
    records = present.records(found, spoken())
    show(
        format_,
        grid=lambda: present.numbers_grid(found, session.reader()),
        records=lambda: records,
        document=lambda: present.document(found),
    )
