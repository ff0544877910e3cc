"""Drawing from chance: one seeded stream per part of the company, so that changing a part leaves the others alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TypeVar

import numpy as np

from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import ONE_DAY

Item = TypeVar("Item")

_FRANCE = BusinessCalendar("FR")


class Chance:
    """A stream of random draws in the shapes the sample company needs."""

    def __init__(self, seed: int, part: str) -> None:
        self.stream = np.random.default_rng([seed, *part.encode()])

    def happens(self, probability: float) -> bool:
        return bool(self.stream.random() < probability)

    def between(self, low: float, high: float) -> float:
        return float(self.stream.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return int(self.stream.integers(low, high, endpoint=True))

    def one_of(self, items: Sequence[Item], weights: Sequence[float] | None = None) -> Item:
        if weights is None:
            return items[int(self.stream.integers(len(items)))]
        heights = np.cumsum(weights)
        return items[int(np.searchsorted(heights, self.stream.random() * heights[-1], side="right"))]

    def wait(self, mean: float, shape: float = 3.0) -> float:
        """A waiting time in days, gamma distributed with this mean."""
        return float(self.stream.gamma(shape, mean / shape))

    def normal(self, mean: float, deviation: float, low: float, high: float) -> float:
        return float(np.clip(self.stream.normal(mean, deviation), low, high))

    def at_work(self, day: date) -> datetime:
        """A moment of that day between 8:30 and 18:00."""
        return datetime.combine(day, time(8, 30)) + timedelta(minutes=self.whole(0, 570))

    def workday(self, start: date, end: date, month_weights: dict[int, float]) -> date:
        """A business day in [start, end); months weigh as given (1 when not)."""
        while True:
            day = start + self.whole(0, (end - start).days - 1) * ONE_DAY
            if is_workday(day) and self.happens(month_weights.get(day.month, 1.0)):
                return day


@cache
def is_workday(day: date) -> bool:
    return _FRANCE.is_business_day(day)


def next_workday(day: date) -> date:
    """The day itself, or the first business day after it."""
    while not is_workday(day):
        day += ONE_DAY
    return day


def nearest_workday(day: date) -> date:
    """Saturday becomes Friday and Sunday Monday, so that mean durations stay what they are; a holiday waits."""
    return next_workday(day - ONE_DAY if day.weekday() == 5 and is_workday(day - ONE_DAY) else day)
