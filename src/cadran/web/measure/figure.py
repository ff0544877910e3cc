"""One KPI of a page: its definition, its value for the page's period and scope, its periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from cadran.answer import Answer, AnswerRow
from cadran.catalogue.formula import parse_derived
from cadran.catalogue.kpi import Kind, Kpi
from cadran.errors import AccessError
from cadran.periods.period import Grain, Period, add_months, containing, name_of
from cadran.web.measure.dashboard import COMPARED, THE_FIVE, definitions, figures, is_page_scope, levels_under
from cadran.web.people.frame import NOT_OPEN, Frame, served

MONTHS = 24
GRAINS = {"week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER}


@dataclass(frozen=True)
class Figure:
    """`answer` holds the page's scope and those under it; `row` is the page's own."""

    kpi: Kpi
    row: AnswerRow
    answer: Answer


def kpi_named(name: str) -> Kpi:
    """Raises AccessError where there is none: what does not exist is answered like what one may not see."""
    found = definitions((name,))
    if not found:
        raise AccessError(NOT_OPEN)
    return found[0]


def figure(frame: Frame, name: str) -> Figure:
    """The KPI at the page's period and scope. Raises AccessError for one there is not."""
    kpi = kpi_named(name)
    answer = figures(frame) if name in THE_FIVE else figures(frame, (name,))
    row = next(iter(answer.rows_of(is_page_scope(frame), name)), None)
    if row is None:
        raise AccessError(NOT_OPEN)
    return Figure(kpi, row, answer)


def trend_window(frame: Frame, grain: Grain) -> Period:
    """The 24 months that end with the page's period, or with today, in whole periods of the grain."""
    last = min(frame.period.last_day, frame.as_of)
    end = containing(last, grain).end
    return Period(containing(add_months(containing(last, Grain.MONTH).end, -MONTHS), grain).start, end)


def over_time(frame: Frame, kpi: Kpi, grain: Grain) -> Answer:
    """The KPI by period, with objectives, for the page's scope and those under it."""
    window = trend_window(frame, grain)
    return frame.ask(
        kpi.id,
        by=levels_under(frame),
        grain=grain.value,
        start=window.start,
        end=window.end,
        compare=("target",),
        intervals=False,
    )


def parts_of(frame: Frame, kpi: Kpi) -> dict[str, AnswerRow]:
    """The values that a derived KPI is computed from; nothing for the others."""
    if kpi.kind is not Kind.DERIVED:
        return {}
    units = {other.id: other.unit for other in served.workspace.catalogue}
    names = sorted(parse_derived(kpi.formula or "", units).names)
    answer = frame.ask(*names, by=(frame.scope.level,), compare=COMPARED)
    return {row.kpi: row for row in answer.rows_of(is_page_scope(frame))}


def leaves(kpi: Kpi) -> Sequence[Kpi]:
    """The KPIs whose rows are counted: itself, or what a derived one is made of in the end."""
    if kpi.kind is not Kind.DERIVED:
        return (kpi,)
    units = {other.id: other.unit for other in served.workspace.catalogue}
    names = sorted(parse_derived(kpi.formula or "", units).names)
    return tuple(leaf for part in definitions(names) for leaf in leaves(part))


def address(
    frame: Frame, view: str, *args: str, scope: str | None = None, period: Period | None = None, **more: str | None
) -> str:
    """Where a view of this room stands, with the page's period and scope unless others are given. `more`: parameters;
    None for those to leave out."""
    fiscal = frame.settings.company.fiscal_month
    query = {
        "period": frame.period_name if period is None else name_of(period, fiscal),
        "scope": frame.scope.name_in_address if scope is None else scope,
    } | {name: value for name, value in more.items() if value is not None}
    return f"{reverse(view, args=args)}?{urlencode(query)}"
