"""The days a rep was there to sell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cadran.periods.period import ONE_DAY, Period


@dataclass(frozen=True)
class Presence:
    """From `hired_on` to `left_on` (the last day worked), without the absences if the company counts them."""

    hired_on: date | None = None
    left_on: date | None = None
    absences: tuple[Period, ...] = ()

    def within(self, window: Period) -> tuple[Period, ...]:
        """The parts of `window` the rep was there, in order; () when never."""
        start = max(window.start, self.hired_on or window.start)
        end = min(window.end, self.left_on + ONE_DAY if self.left_on else window.end)
        return without(Period(start, end), self.absences) if start < end else ()


ALWAYS = Presence()


def without(period: Period, taken: Iterable[Period]) -> tuple[Period, ...]:
    """What is left of `period` when the windows `taken`, which may overlap, are cut out of it."""
    parts, start = [], period.start
    for window in sorted(taken):
        if start < min(window.start, period.end):
            parts.append(Period(start, min(window.start, period.end)))
        start = max(start, window.end)
    if start < period.end:
        parts.append(Period(start, period.end))
    return tuple(parts)
