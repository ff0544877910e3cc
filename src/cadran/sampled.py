"""Intervals from single values, those of a cell's clients or deals, each worked out where it is read.

To draw one takes ten milliseconds, and a page shows a dozen of a thousand reps.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from cadran.catalogue.kpi import IntervalMethod, Kpi
from cadran.planner.arithmetic import Floats

At = tuple[int, int]  # the position of a cell, and a window
NONE = (float("nan"), float("nan"))


class Sampled:
    """The intervals of one KPI: of a median, of a mean, or of a ratio of sums over clients. `values`: an array (n, 2)
    for each cell and window that has any; a mean over fewer than `minimum` has no interval."""

    def __init__(self, kpi: Kpi, values: Mapping[At, Floats], minimum: int) -> None:
        self.kpi, self.values, self.minimum = kpi, values, minimum
        self._found: dict[At, tuple[float, float]] = {}

    def at(self, index: int, window: int) -> tuple[float, float]:
        """The bounds, NaN where there are none. Worked out once; by two threads at once, twice the same."""
        at = (index, window)
        if at not in self._found:
            self._found[at] = self._interval(self.values[at]) if at in self.values else NONE
        return self._found[at]

    def with_windows(self, other: Sampled | None, windows: frozenset[int]) -> Sampled:
        """The same, with some windows told by another reading of the data."""
        mine = {at: values for at, values in self.values.items() if at[1] not in windows}
        theirs = {at: values for at, values in other.values.items() if at[1] in windows} if other else {}
        return Sampled(self.kpi, mine | theirs, self.minimum)

    @property
    def size(self) -> int:
        """How many numbers it keeps."""
        return sum(values.size for values in self.values.values())

    def _interval(self, values: Floats) -> tuple[float, float]:
        from cadran.statistics.intervals import median_interval, quantile_interval, ratio_bootstrap

        if self.kpi.interval is IntervalMethod.BOOTSTRAP:
            pairs = np.nan_to_num(values, nan=0.0)
            found = ratio_bootstrap(pairs[:, 0], pairs[:, 1]) if len(pairs) >= self.minimum else None
        elif self._share == 0.5:
            found = median_interval(values[:, 0])
        else:
            found = quantile_interval(values[:, 0], self._share)
        return (found.low, found.high) if found else NONE

    @cached_property
    def _share(self) -> float:
        """The share of a KPI that is a median or a quantile."""
        import re

        found = re.search(r"quantile\(.*,\s*([0-9.]+)\s*\)", self.kpi.populations[0].formula)
        return float(found.group(1)) if found else 0.5
