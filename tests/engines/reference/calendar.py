"""Periods, read off the calendar day by day, and what each is compared with (kpis.md, section 2, rules 1 and 5).

A period is a pair of days [start, end). Readings of the text, where it leaves room:
- A window that cuts a period at its own edge gives a clipped piece, compared with the same part of the other period.
- "The same day" of a month, a quarter or a year is the same day number as many months before, or the last day of a
  shorter month; of a week it is the same weekday. The cut never goes beyond the end of the other period.
- A week's last year is the week of the same number; week 53 meets week 52 where last year has none.
- A window that is no period of any grain is compared with the window of the same length just before it, in months if it
  is made of whole months, else in days.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from typing import Any

DAY = timedelta(days=1)
Period = tuple[date, date]
MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
GRAINS = ("day", "week", *MONTHS)


@dataclass(frozen=True)
class Compared:
    """A period as far as it is over, and those it is compared with; None for what has not begun. Beside each, the whole
    period that it is the beginning of."""

    whole: Period
    current: Period | None
    previous: Period | None
    last_year: Period | None
    previous_full: Period
    last_year_full: Period

    @property
    def is_partial(self) -> bool:
        return self.current != self.whole


def days_of(period: Period) -> list[date]:
    return [period[0] + n * DAY for n in range((period[1] - period[0]).days)]


def name_of(day: date, grain: str, fiscal_month: int) -> Any:
    """What the period of that grain that holds a day goes by: equal for the days of one period only."""
    if grain == "day":
        return day
    if grain == "week":
        return day.isocalendar()[:2]
    first = fiscal_month if grain.startswith("fiscal") else 1
    return (day.year * 12 + day.month - first) // MONTHS[grain]


def pieces(window: Period, grain: str | None, fiscal_month: int) -> list[Period]:
    """The periods of a window, in order; those at its edges may be clipped."""
    if grain is None:
        return [window]
    grouped = groupby(days_of(window), key=lambda day: name_of(day, grain, fiscal_month))
    found = [list(days) for _, days in grouped]
    return [(days[0], days[-1] + DAY) for days in found]


def is_whole(period: Period, grain: str, fiscal_month: int) -> bool:
    """Whether a period is exactly one of the grain."""
    names = {name_of(day, grain, fiscal_month) for day in days_of(period)}
    outside = {name_of(day, grain, fiscal_month) for day in (period[0] - DAY, period[1])}
    return len(names) == 1 and not names & outside


@cache
def compared(period: Period, grain: str | None, as_of: date, fiscal_month: int) -> Compared:
    """A period and those it is compared with, as known on the evening of `as_of`."""
    if grain is None:
        grain = next((each for each in GRAINS if is_whole(period, each, fiscal_month)), None)
    current = _cut(period, as_of)
    steps = _back(period, grain), _back_a_year(period, grain)
    full = [_moved(period, *step) for step in steps]
    same = [
        _cut(other, _moved_day(current[1] - DAY, *step)) if current and current != period else other
        for other, step in zip(full, steps, strict=True)
    ]
    if current is None:
        same = [None, None]
    return Compared(period, current, same[0], same[1], full[0], full[1])


@cache
def before(whole: Period, grain: str | None, fiscal_month: int) -> Period:
    """The period before a whole one, where retention starts from."""
    start = whole[0]
    if grain is not None and (start - DAY, start) != whole:
        last = whole[1] - DAY
        begins = name_of(start - DAY, grain, fiscal_month) != name_of(start, grain, fiscal_month)
        while begins and name_of(last + DAY, grain, fiscal_month) == name_of(start, grain, fiscal_month):
            last += DAY  # a piece that begins with its period stands for the whole of it
        whole = start, last + DAY
    return compared(whole, grain, whole[1], fiscal_month).previous_full


def _cut(period: Period, evening: date) -> Period | None:
    """A period as far as it is over on an evening."""
    end = min(period[1], evening + DAY)
    return (period[0], end) if end > period[0] else None


def _whole_months(period: Period) -> int:
    """How many months a period is made of; 0 where it is not made of whole ones."""
    start, end = period
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def _back(period: Period, grain: str | None) -> tuple[int, int]:
    """How far back the period before lies: months, days."""
    if grain in MONTHS:
        return MONTHS[grain], 0
    if grain in ("day", "week"):
        return 0, 1 if grain == "day" else 7
    months = _whole_months(period)
    return (months, 0) if months else (0, (period[1] - period[0]).days)


def _back_a_year(period: Period, grain: str | None) -> tuple[int, int]:
    if grain != "week":
        return 12, 0
    year, week, weekday = period[0].isocalendar()
    try:
        other = date.fromisocalendar(year - 1, week, weekday)
    except ValueError:
        other = date.fromisocalendar(year - 1, 52, weekday)
    return 0, (period[0] - other).days


def _moved_day(day: date, months: int, days: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])) - days * DAY


def _moved(period: Period, months: int, days: int) -> Period:
    """A period as many months and days earlier; whole months stay whole."""
    start = _moved_day(period[0], months, days)
    if days or _whole_months(period):
        return start, _moved_day(period[1], months, days)
    return start, _moved_day(period[1] - DAY, months, days) + DAY
