"""`cadran ask`, `explain`, `rows`, `scorecard`: questions and their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from cadran.cli.language import spoken
from cadran.cli.options import (
    HERE,
    AsOfOption,
    ByOption,
    CompareOption,
    EndOption,
    Format,
    FormatOption,
    GrainOption,
    KnownOnOption,
    KpisArgument,
    LangOption,
    PeriodOption,
    PlanOption,
    StartOption,
    ViewerOption,
    WhereOption,
    WorkspaceOption,
    listed,
)
from cadran.cli.output import ROWS_ON_SCREEN, line, show
from cadran.cli.session import Session
from cadran.errors import Issue, RequestError, Text
from cadran.question import question

if TYPE_CHECKING:
    from cadran.answer import Answer
    from cadran.planner.request import Request

THE_FIVE = ("revenue", "conversion_rate", "average_basket", "sales_cycle_days", "retention_rate")
ALL_COMPARISONS = "previous,last_year,target"


def register(app: typer.Typer) -> None:
    app.command("ask")(_asking(_show_answer, compared_with=ALL_COMPARISONS))
    app.command("explain")(explain)
    app.command("rows")(_asking(_show_rows))
    app.command("scorecard")(scorecard)


def _asking(present: Callable[[Session, Answer, Format], None], compared_with: str = "") -> Callable[..., None]:
    """A command that takes a question and presents its answer."""

    def command(
        kpis: KpisArgument,
        by: ByOption = None,
        grain: GrainOption = None,
        period: PeriodOption = None,
        start: StartOption = None,
        end: EndOption = None,
        where: WhereOption = None,
        compare: CompareOption = compared_with,
        as_of: AsOfOption = None,
        known_on: KnownOnOption = None,
        viewer: ViewerOption = None,
        workspace: WorkspaceOption = HERE,
        lang: LangOption = None,
        format_: FormatOption = Format.TABLE,
    ) -> None:
        session = Session.open(workspace, lang)
        cut = {"grain": grain, "period": period, "start": start, "end": end}
        request = _asked(session, kpis, by, compare, where=where, as_of=as_of, known_on=known_on, **cut)
        present(session, session.ask(request, viewer), format_)

    return command


def _asked(session: Session, kpis: str, by: str | None, compare: str | None, **rest: Any) -> Request:
    return question(session.workspace.settings, listed(kpis), by=listed(by), compare=listed(compare), **rest)


def explain(
    kpis: KpisArgument,
    by: ByOption = None,
    grain: GrainOption = None,
    period: PeriodOption = None,
    start: StartOption = None,
    end: EndOption = None,
    where: WhereOption = None,
    compare: CompareOption = None,
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    plan: PlanOption = False,
    viewer: ViewerOption = None,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    if format_ is not Format.TABLE:
        raise RequestError(_ONLY_TEXT)
    session = Session.open(workspace, lang)
    cut = {"grain": grain, "period": period, "start": start, "end": end}
    request = _asked(session, kpis, by, compare, where=where, as_of=as_of, known_on=known_on, **cut)
    line(session.ask(request, viewer).explain(spoken(), plan=plan))


def scorecard(
    period: PeriodOption = None,
    by: ByOption = "company,team",
    as_of: AsOfOption = None,
    viewer: ViewerOption = None,
    workspace: WorkspaceOption = HERE,
    lang: LangOption = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    from cadran.present.answers import scorecard_grid

    session = Session.open(workspace, lang)
    request = question(
        session.workspace.settings,
        THE_FIVE,
        by=listed(by),
        period=period,
        compare=("target",),
        as_of=as_of,
        intervals=False,
    )
    answer = session.ask(request, viewer)
    show(
        format_,
        grid=lambda: scorecard_grid(answer.rows, session.reader(), request.as_of),
        records=lambda: _flat(answer),
        document=answer.to_dict,
        arrow=answer.to_arrow,
    )


def _show_answer(session: Session, answer: Answer, format_: Format) -> None:
    from cadran.periods.period import Grain
    from cadran.present.answers import long_grid

    grain = Grain(answer.request.grain) if answer.request.grain else None
    show(
        format_,
        grid=lambda: long_grid(answer.rows, session.reader(grain), answer.request.as_of),
        records=lambda: _flat(answer),
        document=answer.to_dict,
        arrow=answer.to_arrow,
    )


def _flat(answer: Answer) -> list[dict[str, Any]]:
    """The rows with a field per dimension, and notes as sentences: a line of CSV holds no lists."""
    lang = spoken()
    return [
        {name: value for name, value in row.items() if name not in ("dimensions", "notes")}
        | dict(answered.dimensions)
        | {"notes": " ; ".join(note.message.to(lang) for note in answered.notes)}
        for row, answered in zip(answer.to_dict()["rows"], answer.rows, strict=True)
    ]


def _show_rows(session: Session, answer: Answer, format_: Format) -> None:
    from cadran.present.behind import behind_grid

    rows = answer.rows_behind()
    show(
        format_,
        grid=lambda: behind_grid(rows, spoken(), ROWS_ON_SCREEN),
        records=rows.to_pylist,
        arrow=lambda: rows,
    )


_ONLY_TEXT = Issue(
    "only_text",
    Text("Une explication est un texte, sans autre forme.", "An explanation is a text and has no other form."),
    Text("Retirez --format.", "Remove --format."),
)
