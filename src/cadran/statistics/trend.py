"""Is this month different, or is it the usual ups and downs? The XmR chart (individuals and moving range).

Limits come from the moving range, the gap between neighbours, not from the standard deviation, which the very
change we look for would inflate. Shewhart's arithmetic, NIST/SEMATECH e-Handbook 6.3.2.2; the run rules are those
D. J. Wheeler recommends for this chart (Understanding Variation, 1993).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats

MEAN_RANGE_OF_TWO = 1.128
"""d2: the expected range of two independent normal values, in standard deviations."""

FEWEST_VALUES = 6
"""Under this, limits move more than they tell (Wheeler: useful from five or six values, firm from about twelve)."""

RUN = 8


class Rule(StrEnum):
    """Why a point is a signal."""

    OUTSIDE = "outside"  # beyond a limit: one sudden, large cause
    RUN = "run"  # the last of eight in a row on one side of the mean: a lasting shift
    NEAR_LIMIT = "near_limit"  # with two of the three before it, nearer to one limit than to the mean: a moderate shift


@dataclass(frozen=True)
class Limits:
    """The natural limits of a process, in the unit of its values."""

    mean: float
    mean_moving_range: float

    @property
    def deviation(self) -> float:
        return self.mean_moving_range / MEAN_RANGE_OF_TWO

    @property
    def low(self) -> float:
        return self.mean - 3 * self.deviation

    @property
    def high(self) -> float:
        return self.mean + 3 * self.deviation


@dataclass(frozen=True)
class Signal:
    """The value at `position` breaks `rule`; `side` is +1 above the mean, -1 below."""

    position: int
    rule: Rule
    side: int


def xmr_limits(values: npt.ArrayLike) -> Limits | None:
    """The limits of consecutive values (NaN where one is undefined); None under six values or without neighbours.

    Give it the months that were normal: limits drawn from a part of the series judge all of it.
    """
    series = np.asarray(values, dtype=np.float64)
    ranges = np.abs(np.diff(series))
    ranges = ranges[~np.isnan(ranges)]
    if np.count_nonzero(~np.isnan(series)) < FEWEST_VALUES or not len(ranges):
        return None
    return Limits(float(np.nanmean(series)), float(ranges.mean()))


def signals(values: npt.ArrayLike, limits: Limits) -> tuple[Signal, ...]:
    """Every point that the limits or a run rule call unusual, by position; an undefined value is on no side."""
    series = np.asarray(values, dtype=np.float64)
    tolerance = 1e-9 * max(abs(limits.mean), limits.mean_moving_range)
    found = [signal for side in (1, -1) for signal in _on_side((series - limits.mean) * side, limits, side, tolerance)]
    return tuple(sorted(found, key=lambda signal: (signal.position, list(Rule).index(signal.rule))))


def _on_side(above: Floats, limits: Limits, side: int, tolerance: float) -> list[Signal]:
    """The signals of one side: `above` is how far each value lies on it."""
    near = above > 1.5 * limits.deviation + tolerance
    # The point must be near itself: three such neighbours alone do not make a signal of a quiet one.
    near_again = near & (_rolling_count(near, 4) >= 3)
    broken = {
        Rule.OUTSIDE: above > 3 * limits.deviation + tolerance,
        Rule.RUN: _rolling_count(above > tolerance, RUN) == RUN,
        Rule.NEAR_LIMIT: near_again,
    }
    return [Signal(int(position), rule, side) for rule, mask in broken.items() for position in np.flatnonzero(mask)]


def _rolling_count(mask: npt.NDArray[np.bool_], width: int) -> npt.NDArray[np.int64]:
    """How many of the last `width` are true, this one included."""
    running = np.concatenate((np.zeros(width, dtype=np.int64), np.cumsum(mask, dtype=np.int64)))
    return running[width:] - running[:-width]
