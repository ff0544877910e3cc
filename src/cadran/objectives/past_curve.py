"""What the company counted of a KPI day by day, one year before a running period: its own curve, to set a pace by.

target 1,000 for the quarter; a year before: January 100, February 100, March 800
evening of 28 February     200 of 1,000 were reached by then  ->  200 expected (business days would say two thirds)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from cadran.objectives.profile import ZERO
from cadran.periods.comparison import compare
from cadran.periods.period import ONE_DAY, Grain, Period

_MOST_SILENT = Decimal("0.25")  # data that begin after a quarter of the past days do not tell their course


@dataclass(frozen=True)
class PastCurve:
    """The company's `amounts` on the days of `days`, None where it has no data. `grain` is that of the running period:
    it tells which days of last year are its own, as for every comparison with last year."""

    days: Period
    amounts: Sequence[Decimal | None]
    grain: Grain | None = None

    def reached(self, piece: Period, done: Iterable[Period], inside: Iterable[Period]) -> Decimal | None:
        """The share, from 0 to 1, of what was counted in `inside` that was counted in `done`, both days of `piece`, one
        year before. None without a past to go by: no data, or nothing positive over the whole."""
        past = self._then(piece, piece)
        if not self._tells(past):
            return None
        part, whole = (self._all(piece, parts) for parts in (done, inside))
        return min(max(part / whole, ZERO), Decimal(1)) if whole > 0 else None

    def _tells(self, past: Period) -> bool:
        if not self.days.covers(past) or self._amount(past) <= 0:
            return False
        return self._between(self._gaps, past) <= _MOST_SILENT * past.days

    def _all(self, piece: Period, parts: Iterable[Period]) -> Decimal:
        return sum((self._amount(self._then(piece, part)) for part in parts), ZERO)

    def _then(self, piece: Period, part: Period) -> Period:
        """A part of `piece`, one year before."""
        return Period(self._edge(piece, part.start), self._edge(piece, part.end))

    def _edge(self, piece: Period, day: date) -> date:
        return compare(piece, day - ONE_DAY, self.grain).last_year_same_day.end

    def _amount(self, past: Period) -> Decimal:
        return self._between(self._sums, past)

    def _between(self, running: Sequence[Decimal], past: Period) -> Decimal:
        return running[(past.end - self.days.start).days] - running[(past.start - self.days.start).days]

    @cached_property
    def _sums(self) -> Sequence[Decimal]:
        return list(accumulate((amount or ZERO for amount in self.amounts), initial=ZERO))

    @cached_property
    def _gaps(self) -> Sequence[Decimal]:
        return list(accumulate((Decimal(amount is None) for amount in self.amounts), initial=ZERO))
