"""The numbers of one question, as arrays: one row per cell (scope and dimensions), one column per window.

outputs of the engine                       array of o1
level unit bucket o1                              window 0   window 1
rep     7      0  120.00        ─────>   rep 7      120.00        NaN
rep     9      1   80.00                 rep 9         NaN      80.00
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.directory import Scope
from cadran.planner.arithmetic import Floats, evaluate
from cadran.planner.arrays import floats, integers, is_there, whole_numbers
from cadran.planner.plan import LEVELS, Batch, Term

_Numbers = TypeVar("_Numbers", npt.NDArray[np.float64], npt.NDArray[np.int64])

_T = TypeVar("_T")

MONEY_SCALE = 4
NOBODY = -1  # the number of « nobody » in arrays; the store's numbers start at 1


@dataclass(frozen=True)
class Cell:
    """One line of the answer: a scope, and a value for each dimension asked for."""

    scope: Scope
    dimensions: tuple[str | None, ...] = ()


@dataclass
class Cube:
    """`columns[name]` is a float array (cells, windows); NaN where nothing was read. Exact sums of amounts stand
    beside it as whole ten-thousandths in `exact`. `lists[name]`: single values by (cell, window)."""

    cells: tuple[Cell, ...]
    windows: int
    columns: dict[str, Floats] = field(default_factory=dict)
    exact: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    lists: dict[str, dict[tuple[int, int], Floats]] = field(default_factory=dict)
    _worked_out: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), self.windows

    def once(self, name: Hashable, work: Callable[[], _T]) -> _T:
        """What is worked out of these numbers and of its `name` alone: found again where they are kept."""
        if name not in self._worked_out:
            self._worked_out[name] = work()
        found: _T = self._worked_out[name]
        return found

    def term(self, term: Term) -> Floats:
        return np.broadcast_to(evaluate(term.tree, self.columns), self.shape)

    def exact_term(self, term: Term) -> npt.NDArray[np.int64] | None:
        """The same in whole ten-thousandths, for a sum of amounts; None where floats are all there is."""
        return _exact(term.tree, self.exact) if term.money else None


def filled(cells: tuple[Cell, ...], windows: int, batch: Batch, table: pa.Table) -> Cube:
    """The engine's answer to one batch."""
    return _filled(Cube(cells, windows), batch, table, integers(table.column("bucket"), NOBODY))


def _filled(cube: Cube, batch: Batch, table: pa.Table, buckets: npt.NDArray[np.int64]) -> Cube:
    rows = _positions(cube, table, len(batch.dimensions))
    for stage in batch.stages:
        for reader in stage.readers:
            for output in reader.outputs:
                column = table.column(output.name)
                if pa.types.is_list(column.type):
                    cube.lists[output.name] = _lists(column, rows, buckets)
                else:
                    _scatter(cube, output.name, column, rows, buckets, zero=_is_sum(output.value))
    return cube


def refilled(cube: Cube, batch: Batch, table: pa.Table, windows: Iterable[int]) -> Cube:
    """A cube without lists, some windows of it as another answer to the batch tells them."""
    at = np.array(sorted(windows), dtype=np.int64)
    buckets = np.searchsorted(at, integers(table.column("bucket"), NOBODY))
    other = _filled(Cube(cube.cells, len(at)), batch, table, buckets)
    columns = {name: _with(array, other.columns[name], at) for name, array in cube.columns.items()}
    exact = {name: _with(array, other.exact[name], at) for name, array in cube.exact.items()}
    return Cube(cube.cells, cube.windows, columns, exact)


def _with(array: _Numbers, other: _Numbers, at: npt.NDArray[np.int64]) -> _Numbers:
    """An array with some windows as another has them."""
    found = array.copy()
    found[:, at] = other
    return found


def cells_of(scopes: Sequence[Scope], dimensions: int, tables: Iterable[pa.Table]) -> tuple[Cell, ...]:
    """Every scope; with dimensions, every scope with each combination that was seen anywhere."""
    if not dimensions:
        return tuple(Cell(scope) for scope in scopes)
    names = [f"d{i}" for i in range(dimensions)]
    by_unit = {(scope.level, scope.number): scope for scope in scopes}
    seen: dict[tuple[str, int | None], set[tuple[str | None, ...]]] = {}
    for table in tables:
        distinct = table.group_by(["level", "unit", *names]).aggregate([])
        for row in distinct.to_pylist():
            seen.setdefault((LEVELS[row["level"]], row["unit"]), set()).add(tuple(row[name] for name in names))
    return tuple(
        Cell(scope, values)
        for unit, scope in by_unit.items()
        for values in sorted(seen.get(unit, ()), key=lambda each: tuple((value is None, value or "") for value in each))
    )


def _positions(cube: Cube, table: pa.Table, dimensions: int) -> npt.NDArray[np.int64]:
    """The cell of each row of the engine's answer; -1 for a scope the answer does not speak of."""
    levels = integers(table.column("level"), NOBODY)
    units = integers(table.column("unit"), NOBODY)
    if dimensions:
        return _positions_by_value(cube, table, dimensions)
    keys = np.array([_code(LEVELS.index(cell.scope.level), cell.scope.number) for cell in cube.cells], dtype=np.int64)
    order = np.argsort(keys)
    wanted = levels * _SPREAD + units
    found = np.searchsorted(keys[order], wanted).clip(0, max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    return np.where(keys[order][found] == wanted, order[found], -1)


_SPREAD = 1 << 48


def _code(level: int, number: int | None) -> int:
    return level * _SPREAD + (NOBODY if number is None else number)


def _positions_by_value(cube: Cube, table: pa.Table, dimensions: int) -> npt.NDArray[np.int64]:
    index = {(LEVELS.index(c.scope.level), c.scope.number, *c.dimensions): i for i, c in enumerate(cube.cells)}
    columns = [table.column(name).to_pylist() for name in ("level", "unit", *(f"d{i}" for i in range(dimensions)))]
    return np.array([index.get(key, -1) for key in zip(*columns, strict=True)], dtype=np.int64)


def _scatter(
    cube: Cube,
    name: str,
    column: pa.ChunkedArray,
    rows: npt.NDArray[np.int64],
    buckets: npt.NDArray[np.int64],
    *,
    zero: bool,
) -> None:
    """A column of the engine's answer at its cells and windows. What no row was summed for is zero."""
    there = (rows >= 0) & is_there(column)
    at = rows[there], buckets[there]
    if zero and pa.types.is_decimal(column.type) and column.type.scale != 0:
        whole = np.zeros(cube.shape, dtype=np.int64)
        whole[at] = whole_numbers(column, MONEY_SCALE)[there]
        cube.exact[name] = whole
        cube.columns[name] = whole / 10**MONEY_SCALE
        return
    values = np.full(cube.shape, 0.0 if zero else np.nan)
    values[at] = floats(column)[there]
    cube.columns[name] = values


def _lists(
    column: pa.ChunkedArray, rows: npt.NDArray[np.int64], buckets: npt.NDArray[np.int64]
) -> dict[tuple[int, int], Floats]:
    """Each cell's list of pairs as an array (n, 2); an engine without lists of lists sends them end to end."""
    found = {}
    for row, bucket, pairs in zip(rows, buckets, column, strict=True):
        if row >= 0 and pairs.is_valid and len(pairs):
            nested = pa.types.is_list(column.type.value_type)
            numbers = (pc.list_flatten(pairs.values) if nested else pairs.values).to_numpy(zero_copy_only=False)
            found[int(row), int(bucket)] = np.asarray(numbers, dtype=np.float64).reshape(-1, 2)
    return found


def _is_sum(value: exp.Expr) -> bool:
    inner = value.this if isinstance(value, exp.Filter) else value
    return isinstance(inner, exp.Sum | exp.Count)


def _exact(tree: exp.Expr, columns: Mapping[str, npt.NDArray[np.int64]]) -> npt.NDArray[np.int64] | None:
    """Sums and differences of exact columns; None for anything else."""
    if isinstance(tree, exp.Paren):
        return _exact(tree.this, columns)
    if isinstance(tree, exp.Column):
        return columns.get(tree.name)
    if isinstance(tree, exp.Add | exp.Sub):
        left, right = _exact(tree.this, columns), _exact(tree.expression, columns)
        if left is None or right is None:
            return None
        return left + right if isinstance(tree, exp.Add) else left - right
    return None
