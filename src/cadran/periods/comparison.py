"""Like with like: the period before and last year, cut at the same day when the period is still running.

"The same day of the period" is the same place in the calendar, which makes a year's previous period and its last year
agree: on 20 March, the first quarter (third month, 20th) is compared with 1 October to 20 December, and with 1 January
to 20 March of last year. A shorter month ends the cut at its own last day: on 30 March, the whole of February; and
29 February meets 28 February. Weeks are compared weekday by weekday.

| period | previous | last year |
| --- | --- | --- |
| day, month, quarter, year, fiscal | the one before | the same one a year earlier |
| ISO week | the one before | the week of the same number; W53 meets W52 where the year has no W53 |
| part of a month, quarter ... (a clipped piece) | the same part of the one before | the same dates a year earlier |
| any other window | the window of the same length just before it (in months if made of whole months) | the same dates a year earlier |
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cadran.periods.period import (
    DAYS_IN,
    MONTHS_IN,
    Grain,
    Period,
    add_months,
    containing,
    shift,
    shift_months,
    whole_grain,
    whole_months,
)


@dataclass(frozen=True)
class Comparison:
    """A period and those it is compared with. `elapsed` is the part of `current` over on the evening asked for: empty
    when it lies in the future. `*_same_day` windows are cut where `elapsed` is; they equal the full ones when the
    period is over."""

    current: Period
    partial: bool
    elapsed: Period
    previous_full: Period
    previous_same_day: Period
    last_year_full: Period
    last_year_same_day: Period


def compare(period: Period, as_of: date, grain: Grain | None = None, fiscal_month: int = 1) -> Comparison:
    """What to compare `period` with, as known on the evening of `as_of`. `grain` is the one that was asked for;
    without it, the grain of which `period` is a whole period, if any."""
    grain = _grain_holding(period, grain, fiscal_month) or whole_grain(period, fiscal_month)
    elapsed = period.clip(as_of)
    previous, last_year = _to_previous(period, grain), _to_last_year(period, grain)
    return Comparison(
        current=period,
        partial=elapsed != period,
        elapsed=elapsed,
        previous_full=previous.full(period),
        previous_same_day=previous.same_day(period, elapsed),
        last_year_full=last_year.full(period),
        last_year_same_day=last_year.same_day(period, elapsed),
    )


def _grain_holding(period: Period, grain: Grain | None, fiscal_month: int) -> Grain | None:
    """The grain asked for, when `period` is one of its periods or a piece of one."""
    if grain is None or not containing(period.start, grain, fiscal_month).covers(period):
        return None
    return grain


@dataclass(frozen=True)
class _Back:
    """How far back the other period lies: in months, or in days."""

    months: int = 0
    days: int = 0

    def full(self, period: Period) -> Period:
        return shift_months(period, -self.months) if self.months else shift(period, Grain.DAY, -self.days)

    def same_day(self, period: Period, elapsed: Period) -> Period:
        """The other period, cut where `elapsed` cuts `period`, and never beyond its own end."""
        full = self.full(period)
        if elapsed == period:
            return full
        if elapsed.is_empty:
            return Period(full.start, full.start)
        return full.clip(add_months(elapsed.last_day, -self.months) - timedelta(days=self.days))


def _to_previous(period: Period, grain: Grain | None) -> _Back:
    if grain in MONTHS_IN:
        return _Back(months=MONTHS_IN[grain])
    if grain in DAYS_IN:
        return _Back(days=DAYS_IN[grain])
    months = whole_months(period)
    return _Back(months=months) if months else _Back(days=period.days)


def _to_last_year(period: Period, grain: Grain | None) -> _Back:
    if grain is not Grain.WEEK:
        return _Back(months=12)
    year, week, weekday = period.start.isocalendar()
    start = date.fromisocalendar(year - 1, min(week, _weeks_in(year - 1)), weekday)
    return _Back(days=(period.start - start).days)


def _weeks_in(year: int) -> int:
    """52 or 53: 28 December is always in the last ISO week of its year."""
    return date(year, 12, 28).isocalendar().week
