"""An answer as one Arrow table: the same rows as `Answer.rows`, in their order, without a loop over cells.

kpi | scope | scope_id | scope_name | <dimensions> | period_start | period_end | value | unit | numerator | ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cadran.catalogue.kpi import IntervalMethod, Unit
from cadran.cube import MONEY_SCALE, Cell
from cadran.figures import Figures
from cadran.goals import STATUSES, Goals
from cadran.objectives.attainment import Status
from cadran.planner.arithmetic import Floats
from cadran.planner.arrays import array_of, flags_of, texts_of
from cadran.planner.windows import Asked

if TYPE_CHECKING:
    from cadran.answer import Answer

Positions = npt.NDArray[np.int64]
_Number = TypeVar("_Number", bound=np.generic)
UNITS = tuple(Unit)
_OF_GOALS = ("target", "attainment", "gap")
# The arrays of figures that columns are read from, besides single values; and the windows that a period's row reads.
READ = ("value", "exact", "numerator", "denominator", "sample", "low", "high", "no_data")
ROLES = ("current", "previous", "last_year", "previous_full", "last_year_full")


def answer_to_arrow(answer: Answer) -> pa.Table:
    """Values, terms, intervals, comparisons and targets as doubles (null: undefined), texts dictionary-encoded."""
    laying = Laying(answer)
    parts = [laying.of_kpi(number) for number in range(len(answer.kpis))]
    return pa.concat_tables(parts) if parts else pa.table({})


class Laying:
    """Lays out the rows of an answer, KPI by KPI."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self._shared = answer, _Shared(answer)

    def of_kpi(self, number: int) -> pa.Table:
        return _of_kpi(self._answer, number, self._shared)


class _Shared:
    """What the rows of several KPIs share: their texts, each written once, and their places."""

    def __init__(self, answer: Answer) -> None:
        cells, self.asked = answer.cells, answer.periods
        self.kpis = texts_of([kpi.id for kpi in answer.kpis])
        self.units = texts_of([unit.value for unit in UNITS])
        self.statuses = texts_of([status.value for status in STATUSES])
        self.of_cells = {
            "scope": _encoded([cell.scope.kind for cell in cells]),
            "scope_id": _encoded([cell.scope.key for cell in cells]),
            "scope_name": _encoded([cell.scope.name for cell in cells]),
        } | {name: _encoded([cell.dimensions[i] for cell in cells]) for i, name in enumerate(answer.request.dimensions)}
        self.of_periods = {
            "period_start": _dates([asked.period.start for asked in self.asked]),
            "period_end": _dates([asked.period.end for asked in self.asked]),
        }
        self.partial = flags_of(np.array([asked.comparison.partial for asked in self.asked], dtype=np.bool_))
        self.shown = Shown(cells, self.asked)
        self._places: dict[bytes, _Places] = {}

    def places(self, held: npt.NDArray[np.bool_]) -> _Places:
        """Of (cells, periods), those that are held: the same for most KPIs."""
        name = held.tobytes()
        if name not in self._places:
            self._places[name] = _Places(self, held)
        return self._places[name]


class _Places:
    """Where the rows of KPIs are that show the same cells, period by period, and whose they are."""

    def __init__(self, shared: _Shared, held: npt.NDArray[np.bool_]) -> None:
        self.asked = shared.asked
        self.periods, self.cells = (np.ascontiguousarray(positions) for positions in np.nonzero(held.T))
        self.count = len(self.cells)
        cells, periods = array_of(pa.int64(), self.cells), array_of(pa.int64(), self.periods)
        self.whose = {name: texts.take(cells) for name, texts in shared.of_cells.items()}
        self.whose |= {name: days.take(periods) for name, days in shared.of_periods.items()}
        self.partial = shared.partial.take(periods)
        self._windows: dict[str, Positions] = {}
        self._at: dict[tuple[int, str], tuple[Positions, Positions]] = {}

    def windows(self, role: str) -> Positions:
        """The window of each row in a role; -1 for none."""
        if role not in self._windows:
            self._windows[role] = _windows(self.asked, role)[self.periods]
        return self._windows[role]

    def read(self, array: Floats, role: str = "current") -> Floats:
        """The numbers of an array of (cells, windows) at the rows, in the window of that role."""
        if not array.shape[1]:
            return np.full(self.count, np.nan)
        at, missing = self._in_array(array.shape[1], role)
        found: Floats = array.ravel().take(at)
        found[missing] = np.nan
        return found

    def _in_array(self, width: int, role: str) -> tuple[Positions, Positions]:
        """Where the rows' numbers lie in an array of so many windows, and the rows without a window."""
        if (width, role) not in self._at:
            windows = self.windows(role)
            self._at[width, role] = self.cells * width + np.maximum(windows, 0), np.flatnonzero(windows < 0)
        return self._at[width, role]

    def of_periods(self, array: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """An array of (cells, periods) at the rows."""
        found: npt.NDArray[_Number] = array.ravel().take(self.cells * array.shape[1] + self.periods)
        return found

    def doubles(self, array: Floats | None, role: str = "current") -> pa.Array:
        return self.nothing if array is None else _doubles(self.read(array, role))

    @cached_property
    def nothing(self) -> pa.Array:
        return pa.nulls(self.count, pa.float64())


def _of_kpi(answer: Answer, number: int, shared: _Shared) -> pa.Table:
    kpi = answer.kpis[number]
    figures = answer.figures[kpi.id]
    rows, values = shared.places(shared.shown.of(figures)), _values(figures)
    low, high = _bounds(answer, figures, rows)
    return pa.table(
        {
            "kpi": _constant(number, rows.count, shared.kpis),
            **rows.whose,
            "value": rows.doubles(values),
            "unit": _constant(UNITS.index(kpi.unit), rows.count, shared.units),
            "numerator": rows.doubles(figures.numerator),
            "denominator": rows.doubles(figures.denominator),
            "sample_size": _sample(figures, rows),
            "low": low,
            "high": high,
            "previous": rows.doubles(values, "previous"),
            "last_year": rows.doubles(values, "last_year"),
            **_goal_columns(answer, kpi.id, rows, shared),
            "is_partial": rows.partial,
        }
    )


def _values(figures: Figures) -> Floats:
    """The values, undefined in windows without data."""
    values = figures.value if figures.exact is None else figures.exact / 10**MONEY_SCALE
    return values if figures.no_data is None else np.where(figures.no_data, np.nan, values)


def _windows(periods: Sequence[Asked], role: str) -> Positions:
    """The window of each period in a role; -1 for none."""
    found = (getattr(asked, role) for asked in periods)
    return np.array([-1 if window is None else window for window in found], dtype=np.int64)


def _by_window(array: Floats, windows: Positions) -> Floats:
    """(cells, windows) -> (cells, periods); undefined where a period has no window."""
    if not array.shape[1]:
        return np.full((len(array), len(windows)), np.nan)
    found = array.T[windows].T  # a period lies together, as the rows do
    found[:, windows < 0] = np.nan
    return found


class Shown:
    """Which rows of an answer are shown: all but what belongs to nobody where it holds nothing, neither then nor in
    what the period is compared with, so that every column adds up."""

    def __init__(self, cells: Sequence[Cell], periods: Sequence[Asked]) -> None:
        self._shape = len(cells), len(periods)
        self._nobodys = np.array([index for index, cell in enumerate(cells) if cell.scope.optional], dtype=np.int64)
        self._windows = [_windows(periods, role) for role in ROLES]

    def of(self, figures: Figures) -> npt.NDArray[np.bool_]:
        """(cells, periods) of one KPI."""
        found = np.ones(self._shape, dtype=np.bool_)
        holds = np.zeros((len(self._nobodys), self._shape[1]), dtype=np.bool_)
        for array in (_values(figures), figures.sample):
            if array is not None:
                few = array[self._nobodys]
                for windows in self._windows:
                    holds |= np.nan_to_num(_by_window(few, windows)) != 0
        found[self._nobodys] = holds
        return found


def _bounds(answer: Answer, figures: Figures, rows: _Places) -> tuple[pa.Array, pa.Array]:
    """The interval; none of a skewed mean over too few clients or deals."""
    if figures.sampled is not None:
        windows = rows.windows("current")
        places = zip(rows.cells.tolist(), windows.tolist(), strict=True)
        found = np.array([figures.sampled.at(*place) for place in places], dtype=np.float64).reshape(-1, 2)
        low, high = found[:, 0], found[:, 1]
    elif figures.low is None or figures.high is None:
        return rows.nothing, rows.nothing
    else:
        low, high = rows.read(figures.low), rows.read(figures.high)
    if figures.kpi.interval is IntervalMethod.BOOTSTRAP:
        sample = np.zeros(rows.count) if figures.sample is None else np.nan_to_num(rows.read(figures.sample))
        enough = sample >= answer.limits.minimum_mean_sample
        low, high = np.where(enough, low, np.nan), np.where(enough, high, np.nan)
    return _doubles(low), _doubles(high)


def _sample(figures: Figures, rows: _Places) -> pa.Array:
    if figures.sample is None:
        return pa.nulls(rows.count, pa.int64())
    values = rows.read(figures.sample)
    there = ~np.isnan(values)
    return array_of(pa.int64(), np.where(there, values, 0).astype(np.int64), there)


def _goal_columns(answer: Answer, kpi_id: str, rows: _Places, shared: _Shared) -> dict[str, pa.Array]:
    """The status is null where no targets were asked for."""
    if not isinstance(answer.goals, Goals):
        absent = pa.nulls(rows.count, pa.dictionary(pa.int32(), pa.string()))
        return dict.fromkeys(_OF_GOALS, rows.nothing) | {"status": absent}
    goals, without = answer.goals.columns(kpi_id), STATUSES.index(Status.NO_TARGET)
    if goals is None:
        return dict.fromkeys(_OF_GOALS, rows.nothing) | {"status": _constant(without, rows.count, shared.statuses)}
    status = rows.of_periods(goals.status).astype(np.int32)
    status[status < 0] = without
    numbers = {name: _doubles(rows.of_periods(getattr(goals, name))) for name in _OF_GOALS}
    return numbers | {"status": _chosen(status, shared.statuses)}


def _doubles(values: Floats) -> pa.Array:
    """Doubles; null where they are NaN."""
    return array_of(pa.float64(), np.ascontiguousarray(values, dtype=np.float64), ~np.isnan(values))


def _dates(days: Sequence[date]) -> pa.Array:
    return array_of(pa.date32(), np.array(days, dtype="datetime64[D]").astype(np.int32))


def _encoded(texts: Sequence[str | None]) -> pa.DictionaryArray:
    return texts_of(texts).dictionary_encode()


def _constant(index: int, rows: int, texts: pa.Array) -> pa.DictionaryArray:
    return _chosen(np.full(rows, index, dtype=np.int32), texts)


def _chosen(indices: npt.NDArray[np.int32], texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(array_of(pa.int32(), indices), texts, safe=False)
