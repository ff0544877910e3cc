"""All rows of the days that imports touch, kept from one import to the next, so that none has to be looked for.

    read once                 the clients touched since, and all their rows
    ---------                 ---------------------------------------------
    40 | 3/5 |  70
    41 | 1/5 | 120            41 | 1/5 | 150
    57 | 2/5 |  80            57 | 2/5 |  80
                              57 | 9/5 |  30

What was read stays as it lies; of an import, only the rows of its clients are moved on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.by_client import summed
from cadran.pieces import in_few_pieces
from cadran.planner import sql
from cadran.planner.plan import Window
from cadran.planner.sources import Context
from cadran.planner.sql import Expr, col
from cadran.store.moments import ENTERED

CLIENT, KEY = "account_id", "row_key"
_THERE = "rows_there"
Sides: TypeAlias = tuple[pa.Table, pa.Table]  # as it was, and as it is
Span: TypeAlias = tuple[date, date | None]  # from, until; None: for ever


@dataclass(frozen=True)
class Wanted:
    """Which rows: those of a table that any of the columns of `days` puts into the spans, and which columns."""

    table: str
    days: tuple[str, ...]
    columns: tuple[str, ...]
    spans: tuple[Span, ...]

    @property
    def where(self) -> Expr:
        return sql.either(*(_inside(day, span) for day in self.days for span in self.spans))

    def covers(self, other: Wanted) -> bool:
        """Whether these are all of the other's rows and columns, or more."""
        same = (self.table, self.days) == (other.table, other.days)
        return same and {*other.columns} <= {*self.columns} and all(map(self._has, other.spans))

    def _has(self, span: Span) -> bool:
        start, end = span
        return any(mine <= start and (past is None or (end is not None and end <= past)) for mine, past in self.spans)

    def among(self, rows: pa.Table) -> pa.Table:
        """Those that are wanted, and the columns."""
        inside = [_holds(span, rows.column(day)) for day in self.days for span in self.spans]
        return rows.select(self.columns).filter(reduce(pc.or_kleene, inside))

    def and_also(self, other: Wanted) -> Wanted:
        """The rows and columns of both."""
        columns = tuple(dict.fromkeys((*self.columns, *other.columns)))
        return replace(self, columns=columns, spans=tuple(_joined((*self.spans, *other.spans))))


def spans_of(windows: Iterable[Window], days: Iterable[str], table: str, context: Context) -> tuple[Span, ...]:
    """The days of some windows; for ever, where no row lies beyond."""
    columns = context.profile(table).columns
    last = max((columns[day].high or "" for day in days), default="")[:10]
    periods = (window.period for window in windows)
    return tuple(_joined((each.start, each.end if str(each.end) <= last else None) for each in periods))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that touch or overlap as one."""
    start: date | None = None
    end: date | None = None
    for each, until in sorted(spans, key=lambda span: span[0]):
        if start is not None and (end is None or each <= end):
            end = None if end is None or until is None else max(end, until)
            continue
        if start is not None:
            yield start, end
        start, end = each, until
    if start is not None:
        yield start, end


def _inside(day: str, span: Span) -> Expr:
    start, end = span
    begun = sql.at_least(col(day), sql.day(start))
    return begun if end is None else exp.And(this=begun, expression=sql.less(col(day), sql.day(end)))


def _holds(span: Span, days: pa.ChunkedArray) -> pa.ChunkedArray:
    start, end = (None if day is None else pa.scalar(day).cast(days.type) for day in span)
    begun = pc.greater_equal(days, start)
    return begun if end is None else pc.and_(begun, pc.less(days, end))


@dataclass(frozen=True)
class RecentRows:
    """The rows wanted, as they stood at a snapshot: those of the clients `touched` since they were `read` are `theirs`.
    `clients`: of each row that was read, whose it is (-1: nobody's)."""

    snapshot: int
    wanted: Wanted
    read: pa.Table
    clients: npt.NDArray[np.int64]
    touched: pa.Array
    theirs: pa.Table

    @classmethod
    def at(cls, snapshot: int, wanted: Wanted, read: pa.Table) -> RecentRows:
        read = read.combine_chunks()
        return cls(snapshot, wanted, read, _numbers(read.column(CLIENT)), pa.array([], pa.int64()), read.slice(0, 0))

    def of(self, clients: pa.Array) -> pa.Table:
        """All rows of some clients."""
        others = clients.filter(pc.invert(pc.is_in(clients, self.touched)))
        theirs = self.theirs.filter(pc.is_in(self.theirs.column(CLIENT), clients))
        return pa.concat_tables([self._as_read(others), theirs]) if len(others) else theirs

    def _as_read(self, clients: pa.Array) -> pa.Table:
        numbers = _numbers(clients)
        most = max(self.clients.max(initial=0), numbers.max(initial=0))
        mine = np.zeros(most + 2, dtype=np.bool_)  # the last is nobody
        mine[numbers] = True
        return self.read.take(pa.array(np.flatnonzero(mine[self.clients])))

    def having(self, rows: pa.Table, clients: pa.Array, snapshot: int) -> RecentRows:
        """The same at a later snapshot, at which these are the rows of some clients."""
        others = self.theirs.filter(pc.invert(pc.is_in(self.theirs.column(CLIENT), clients)))
        touched = pc.unique(pa.concat_arrays([self.touched, clients]))
        return replace(self, snapshot=snapshot, touched=touched, theirs=in_few_pieces(pa.concat_tables([others, rows])))

    @property
    def is_worn(self) -> bool:
        """Whether more has come since than was read: it is better read again."""
        return bool(self.theirs.num_rows > self.read.num_rows)


def _numbers(clients: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pc.fill_null(clients, -1).to_numpy()
    return found


def moved(rows: pa.Table, changed: pa.Table, days: Iterable[str], *, forward: bool) -> pa.Table:
    """Rows of some clients after those `changed` entered and left; or, not `forward`, before. What left from other days
    comes back with them. `days`: the columns that tell where to look for them."""
    entered = pc.equal(changed.column(KEY), ENTERED)
    changed = changed.select(rows.column_names).cast(rows.schema)
    coming, going = (changed.filter(mask) for mask in _in_order(entered, forward=forward))
    if going.num_rows:
        among = reduce(pc.and_, (pc.is_in(rows.column(day), pc.unique(going.column(day))) for day in days))
        rows = pa.concat_tables([rows.filter(pc.invert(among)), _less(rows.filter(among), going)])
    return pa.concat_tables([rows, coming])


def _in_order(entered: pa.ChunkedArray, *, forward: bool) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    left = pc.invert(entered)
    return (entered, left) if forward else (left, entered)


def _less(rows: pa.Table, going: pa.Table) -> pa.Table:
    """Rows without some of them, each as often as it goes."""
    names = rows.column_names
    counted = (table.append_column(_THERE, _repeated(number, table)) for table, number in ((rows, 1), (going, -1)))
    alike = summed(pa.concat_tables(counted), names, [_THERE])
    times = np.maximum(alike.column(_THERE).to_numpy(), 0)
    return alike.select(names).take(pa.array(np.repeat(np.arange(alike.num_rows), times)))


def _repeated(number: int, table: pa.Table) -> pa.Array:
    return pa.repeat(pa.scalar(number, pa.int64()), table.num_rows)
