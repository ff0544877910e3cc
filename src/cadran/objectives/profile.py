"""How the targets of an additive KPI spread over days: the finest ones given, and inside them business days.

Targets of 260, 265 and 275 for January to March, and 3,600 for the year:

    |  260  |  265  |  275  |          2,800           |
    jan     feb     mar     apr                      dec

The year keeps for the days nobody detailed what its months leave of it, so the parts add up to the year.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from cadran.objectives.target import Target
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Period

CENT = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """Days over which an amount is spread evenly by business days (by days, when it holds no business day)."""

    start: date
    end: date
    value: Decimal
    business_days: int
    source: Target

    def due(self, day: date, calendar: BusinessCalendar) -> Decimal:
        """What is due before `day`: the whole as it was given, a part to the cent."""
        return self.value if day >= self.end else self.until(day, calendar).quantize(CENT)

    def until(self, day: date, calendar: BusinessCalendar) -> Decimal:
        """The same, not rounded."""
        if day >= self.end:
            return self.value
        if day <= self.start:
            return ZERO
        if not self.business_days:
            return self.value * (day - self.start).days / (self.end - self.start).days
        return self.value * calendar.business_days_between(self.start, day) / self.business_days


def share(value: Decimal, part: Decimal | int, whole: Decimal | int) -> Decimal:
    return (value * part / whole).quantize(CENT)


class Profile:
    """The segments of one target key, in order, with what is due before any day."""

    def __init__(self, targets: Iterable[Target], calendar: BusinessCalendar) -> None:
        self.calendar = calendar
        self.segments = _segments(targets, calendar)
        self._starts = [segment.start for segment in self.segments]
        self._due = list(accumulate((segment.value for segment in self.segments), initial=ZERO))
        self._days = list(accumulate((segment.business_days for segment in self.segments), initial=0))

    def amount(self, period: Period) -> Decimal:
        """The part of the targets that falls in `period`, such that amounts over any tiling add up to the targets."""
        return self._due_before(period.end) - self._due_before(period.start)

    def weight(self, period: Period) -> Decimal:
        """The same part, not rounded: to compare parts with each other."""
        return self._exactly_due_before(period.end) - self._exactly_due_before(period.start)

    def covers(self, period: Period) -> bool:
        """True when every business day of `period` has a target, and at least one target touches it."""
        covered = self._business_days_before(period.end) - self._business_days_before(period.start)
        return covered == self.calendar.business_days(period) and bool(self.sources(period))

    def sources(self, period: Period) -> tuple[Target, ...]:
        """The given targets of which a part falls in `period`."""
        first = max(bisect_right(self._starts, period.start) - 1, 0)
        touching = self.segments[first : bisect_left(self._starts, period.end)]
        return tuple(dict.fromkeys(segment.source for segment in touching if segment.end > period.start))

    def around(self, day: date) -> Period | None:
        """The days the finest target given for `day` is spread over; None where no target is."""
        place = bisect_right(self._starts, day) - 1
        if place < 0 or day >= self.segments[place].end:
            return None
        return Period(self.segments[place].start, self.segments[place].end)

    def _due_before(self, day: date) -> Decimal:
        place = bisect_right(self._starts, day) - 1
        return self._due[place] + self.segments[place].due(day, self.calendar) if place >= 0 else ZERO

    def _exactly_due_before(self, day: date) -> Decimal:
        place = bisect_right(self._starts, day) - 1
        return self._due[place] + self.segments[place].until(day, self.calendar) if place >= 0 else ZERO

    def _business_days_before(self, day: date) -> int:
        place = bisect_right(self._starts, day) - 1
        if place < 0:
            return 0
        segment = self.segments[place]
        return self._days[place] + self.calendar.business_days_between(segment.start, min(day, segment.end))


def _segments(targets: Iterable[Target], calendar: BusinessCalendar) -> list[Segment]:
    """Lay the shortest targets first; a longer one fills the days they leave with what they leave of it."""
    placed: list[Segment] = []
    for target in sorted(targets, key=lambda target: (target.period.days, target.period.start)):
        first = bisect_right(placed, target.period.start, key=lambda segment: segment.end)
        last = bisect_left(placed, target.period.end, key=lambda segment: segment.start)
        inside = placed[first:last]
        added = _fill(target, inside, calendar)
        placed[first:last] = sorted([*inside, *added], key=lambda segment: segment.start)
    return placed


def _fill(target: Target, inside: list[Segment], calendar: BusinessCalendar) -> list[Segment]:
    gaps = _gaps(target.period, inside)
    weights = [calendar.business_days(gap) for gap in gaps]
    if not inside:
        return [Segment(target.period.start, target.period.end, target.value, weights[0], target)]
    rest = max(target.value - _amount_inside(target.period, inside, calendar), ZERO)
    filled = list(accumulate(weights, initial=0))
    due = [share(rest, days, filled[-1]) if days < filled[-1] else rest for days in filled]
    return [
        Segment(gap.start, gap.end, after - before, days, target)
        for gap, before, after, days in zip(gaps, due, due[1:], weights, strict=False)
        if days
    ]


def _amount_inside(period: Period, segments: list[Segment], calendar: BusinessCalendar) -> Decimal:
    """What `segments`, which touch `period`, take of it."""
    amounts = (segment.due(period.end, calendar) - segment.due(period.start, calendar) for segment in segments)
    return sum(amounts, ZERO)


def _gaps(period: Period, segments: list[Segment]) -> list[Period]:
    """The parts of `period` that no segment takes; `segments` are in order and touch it."""
    starts = [period.start, *(segment.end for segment in segments)]
    ends = [*(segment.start for segment in segments), period.end]
    return [Period(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
