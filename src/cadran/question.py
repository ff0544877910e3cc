"""A question as people type it, in words and periods, made into a `Request`. Commands and Python share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cadran.errors import Issue, RequestError, Text
from cadran.numerals import day
from cadran.periods.period import ONE_DAY, Grain, Period, containing, parse_grain, parse_period
from cadran.planner.request import LEVELS, Request
from cadran.settings import Settings

Day = date | str


def question(
    settings: Settings,
    kpis: Iterable[str],
    *,
    by: Iterable[str] = (),
    grain: str | None = None,
    period: str | None = None,
    start: Day | None = None,
    end: Day | None = None,
    where: str | None = None,
    compare: Iterable[str] = (),
    as_of: Day | None = None,
    known_on: Day | int | None = None,
    intervals: bool = True,
) -> Request:
    """`by` mixes levels (company, team, rep) and dimensions; without a level, the highest the viewer may see. The
    window is `period`, or [start, end); by default the quarter of `as_of`, or its fiscal year when a `grain` cuts it.
    Raises PeriodError or RequestError."""
    evening = _evening(settings, as_of)
    cut = parse_grain(grain) if grain else None
    window = _window(settings.company.fiscal_month, evening, cut, period, start, end)
    names = tuple(dict.fromkeys(by))
    return Request(
        kpis=tuple(dict.fromkeys(kpis)),
        start=window.start,
        end=window.end,
        as_of=evening,
        levels=tuple(name for name in names if name in LEVELS),
        dimensions=tuple(name for name in names if name not in LEVELS),
        grain=cut.value if cut else None,
        where=where,
        compare=frozenset(compare),
        known_on=None if known_on is None else moment(known_on),
        intervals=intervals,
    )


def _evening(settings: Settings, as_of: Day | None) -> date:
    """The evening asked for, by default the last one that is over. Nothing is known of an evening after today's."""
    last = settings.as_of()
    if as_of is None:
        return last
    evening = _day(as_of)
    if evening > last + ONE_DAY:
        raise RequestError(not_known_yet(evening, last + ONE_DAY))
    return evening


def _window(
    fiscal_month: int, evening: date, grain: Grain | None, period: str | None, start: Day | None, end: Day | None
) -> Period:
    if period is not None:
        if start is not None or end is not None:
            raise RequestError(_TWO_WINDOWS)
        return parse_period(period, fiscal_month)
    if start is not None:
        return Period(_day(start), _day(end) if end is not None else max(_day(start), evening + ONE_DAY))
    if end is not None:
        raise RequestError(_NO_START)
    return containing(evening, Grain.FISCAL_YEAR if grain else Grain.QUARTER, fiscal_month)


def moment(known_on: Day | int) -> date | int:
    """A snapshot's number, or the evening of a day."""
    if isinstance(known_on, int):
        return known_on
    return int(known_on) if isinstance(known_on, str) and known_on.isdecimal() else _day(known_on)


def _day(given: Day) -> date:
    if isinstance(given, date):
        return given
    found = parse_period(given)
    if found.days != 1:
        raise RequestError(_not_a_day(given))
    return found.start


def _not_a_day(text: str) -> Issue:
    message = Text(f"« {text} » n’est pas un jour.", f'"{text}" is not a day.')
    return Issue("not_a_day", message, Text("Écrivez par exemple 2026-03-20.", "Write for example 2026-03-20."))


def not_known_yet(evening: date, latest: date) -> Issue:
    """What is said of an evening that is still to come."""
    message = Text(
        f"On ne sait encore rien du soir du {day(evening, 'fr')}.",
        f"Nothing is known yet of the evening of {day(evening, 'en')}.",
    )
    return Issue("evening_ahead", message, Text(f"Demandez au plus tard {latest}.", f"Ask for {latest} at the latest."))


_TWO_WINDOWS = Issue(
    "two_windows",
    Text("La période est donnée deux fois.", "The period is given twice."),
    Text("Donnez --period, ou bien --start et --end.", "Give --period, or else --start and --end."),
)
_NO_START = Issue(
    "no_start",
    Text("Il manque le début de la période.", "The start of the period is missing."),
    Text("Ajoutez --start.", "Add --start."),
)
