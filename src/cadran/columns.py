"""An answer as one Arrow table: the same rows as `Answer.rows`, in their order, without a loop over cells.

kpi | scope | scope_id | scope_name | <dimensions> | period_start | period_end | value | unit | numerator | ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cadran.catalogue.kpi import IntervalMethod
from cadran.cube import MONEY_SCALE, Cell
from cadran.figures import Figures
from cadran.goals import STATUSES, GoalColumns, Goals
from cadran.objectives.attainment import Status
from cadran.planner.arithmetic import Floats
from cadran.planner.arrays import array_of, flags_of, texts_of
from cadran.planner.windows import Asked

if TYPE_CHECKING:
    from cadran.answer import Answer

Positions = npt.NDArray[np.int64]
_ROLES = ("current", "previous", "last_year", "previous_full", "last_year_full")


def answer_to_arrow(answer: Answer) -> pa.Table:
    """Values, terms, intervals, comparisons and targets as doubles (null: undefined), texts dictionary-encoded."""
    names = _Names(answer)
    parts = [_of_kpi(answer, number, names) for number in range(len(answer.kpis))]
    return pa.concat_tables(parts) if parts else pa.table({})


class _Names:
    """The texts that every KPI's rows share, each written once."""

    def __init__(self, answer: Answer) -> None:
        cells = answer.cells
        self.kpis = texts_of([kpi.id for kpi in answer.kpis])
        self.units = texts_of([kpi.unit.value for kpi in answer.kpis])
        self.statuses = texts_of([status.value for status in STATUSES])
        self.scopes = _encoded([cell.scope.kind for cell in cells])
        self.ids = _encoded([cell.scope.key for cell in cells])
        self.labels = _encoded([cell.scope.name for cell in cells])
        self.dimensions = {
            name: _encoded([cell.dimensions[i] for cell in cells]) for i, name in enumerate(answer.request.dimensions)
        }
        self.starts = _dates([asked.period.start for asked in answer.periods])
        self.ends = _dates([asked.period.end for asked in answer.periods])
        self.partial = flags_of(np.array([asked.comparison.partial for asked in answer.periods], dtype=np.bool_))


def _of_kpi(answer: Answer, number: int, names: _Names) -> pa.Table:
    kpi = answer.kpis[number]
    figures = answer.figures[kpi.id]
    at = _Placed(figures, answer.periods, shown(figures, answer.cells, answer.periods))
    low, high = _bounds(answer, figures, at)
    goals = answer.goals.columns(kpi.id) if isinstance(answer.goals, Goals) else None
    cells, periods = _positions(at.cells), _positions(at.periods)
    columns = {
        "kpi": _constant(number, len(at.cells), names.kpis),
        "scope": names.scopes.take(cells),
        "scope_id": names.ids.take(cells),
        "scope_name": names.labels.take(cells),
        **{name: values.take(cells) for name, values in names.dimensions.items()},
        "period_start": names.starts.take(periods),
        "period_end": names.ends.take(periods),
        "value": _doubles(at.value("current")),
        "unit": _constant(number, len(at.cells), names.units),
        "numerator": _doubles(at.read(figures.numerator)),
        "denominator": _doubles(at.read(figures.denominator)),
        "sample_size": _whole(at.read(figures.sample)),
        "low": _doubles(low),
        "high": _doubles(high),
        "previous": _doubles(at.value("previous")),
        "last_year": _doubles(at.value("last_year")),
        **_goal_columns(goals, at, names),
        "is_partial": names.partial.take(periods),
    }
    return pa.table(columns)


class _Placed:
    """The rows of one KPI: `cells` and `periods` are the positions of each, `periods` first in the order."""

    def __init__(self, figures: Figures, periods: Sequence[Asked], held: npt.NDArray[np.bool_]) -> None:
        self.figures = figures
        self.asked = periods
        self.whole = _values(figures)
        found_periods, found_cells = np.nonzero(held.T)
        self.cells, self.periods = found_cells, found_periods

    def read(self, array: Floats | None, role: str = "current") -> Floats:
        """The numbers of an array of (cells, windows) at these rows, in the window of that role."""
        if array is None:
            return np.full(len(self.cells), np.nan)
        return _by_window(array, _windows(self.asked, role))[self.cells, self.periods]

    def value(self, role: str) -> Floats:
        return self.read(self.whole, role)

    def bounds(self) -> tuple[Floats, Floats]:
        if self.figures.sampled is None:
            return self.read(self.figures.low), self.read(self.figures.high)
        windows = _windows(self.asked, "current")[self.periods]
        places = zip(self.cells.tolist(), windows.tolist(), strict=True)
        found = np.array([self.figures.sampled.at(*place) for place in places], dtype=np.float64).reshape(-1, 2)
        return found[:, 0], found[:, 1]


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
    return np.where(windows < 0, np.nan, array[:, windows])


def shown(figures: Figures, cells: Sequence[Cell], periods: Sequence[Asked]) -> npt.NDArray[np.bool_]:
    """(cells, periods): what belongs to nobody is shown only where it holds something, then or in what the period is
    compared with, so that every column adds up."""
    optional = np.array([cell.scope.optional for cell in cells], dtype=np.bool_)
    holds = np.zeros((len(cells), len(periods)), dtype=np.bool_)
    for role in _ROLES:
        windows = _windows(periods, role)
        for array in (_values(figures), figures.sample):
            if array is not None:
                holds |= np.nan_to_num(_by_window(array, windows)) != 0
    found: npt.NDArray[np.bool_] = ~optional[:, None] | holds
    return found


def _bounds(answer: Answer, figures: Figures, at: _Placed) -> tuple[Floats, Floats]:
    """The interval; none of a skewed mean over too few clients or deals."""
    low, high = at.bounds()
    if figures.kpi.interval is not IntervalMethod.BOOTSTRAP:
        return low, high
    enough = np.nan_to_num(at.read(figures.sample)) >= answer.limits.minimum_mean_sample
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def _goal_columns(goals: GoalColumns | None, at: _Placed, names: _Names) -> dict[str, pa.Array]:
    if goals is None:
        nothing = np.full(len(at.cells), np.nan)
        absent = pa.nulls(len(at.cells), pa.dictionary(pa.int32(), pa.string()))
        return {name: _doubles(nothing) for name in ("target", "attainment", "gap")} | {"status": absent}
    where = at.cells, at.periods
    status = goals.status[where].astype(np.int32)
    status[status < 0] = STATUSES.index(Status.NO_TARGET)
    numbers = {name: _doubles(getattr(goals, name)[where]) for name in ("target", "attainment", "gap")}
    return numbers | {"status": _chosen(status, names.statuses)}


def _doubles(values: Floats) -> pa.Array:
    """Doubles; null where they are NaN."""
    return array_of(pa.float64(), np.ascontiguousarray(values, dtype=np.float64), ~np.isnan(values))


def _whole(values: Floats) -> pa.Array:
    """Whole numbers; null where they are NaN."""
    return array_of(pa.int64(), np.nan_to_num(values).astype(np.int64), ~np.isnan(values))


def _dates(days: Sequence[date]) -> pa.Array:
    return array_of(pa.date32(), np.array(days, dtype="datetime64[D]").astype(np.int32))


def _encoded(texts: Sequence[str | None]) -> pa.DictionaryArray:
    return texts_of(texts).dictionary_encode()


def _constant(index: int, rows: int, texts: pa.Array) -> pa.DictionaryArray:
    return _chosen(np.full(rows, index, dtype=np.int32), texts)


def _chosen(indices: npt.NDArray[np.int32], texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(array_of(pa.int32(), indices), texts)


def _positions(positions: Positions) -> pa.Array:
    return array_of(pa.int64(), np.ascontiguousarray(positions, dtype=np.int64))
