"""Clients' first purchases, kept beside an answer and brought up to date with it.

    account_id | first_purchase_on | seen_on                   changed lines of client 41 on 1/5 and 9/6
    -----------+-------------------+---------        ->        41's first days from 1/5 on, where they were not before:
            41 | 1/5               | 3/4                       bought first on 9/6 now

Whose line changed on no day up to their first purchase keeps it; the others' are looked for from the first changed day
on, for nothing lies before. A client's first purchase that moved changes what is told of the windows whose bounds lie
between the two days, and of no window before the client's first line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.planner import sql
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch, Window
from cadran.planner.sql import Expr, col
from cadran.store.moments import Touched

_CLIENT, _SEEN = "account_id", "seen_on"
TOUCHED = "touched_clients"  # the clients of changed rows, as lent to the engine
_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ)
_BOUNDS = {"period_start", "period_end"}
Days = npt.NDArray[np.int32]
_NEVER_YET, _FAR = np.iinfo(np.int32).min, np.iinfo(np.int32).max


@dataclass(frozen=True)
class Moved:
    """First purchases that changed: arrays of days since 1970, from the earlier to the later, and of each client's
    first line. `sides`: first days of the touched clients, as they were and as they are."""

    sides: tuple[pa.Table, pa.Table]
    earlier: Days
    later: Days
    seen: Days

    def windows(self, windows: Iterable[Window], *, bounded: bool) -> Iterator[Window]:
        """The windows of which something else may be told now. `bounded`: first purchases are only held against the
        bounds of windows."""
        for window in windows:
            start, end = (_day(day) for day in (window.period.start, window.period.end))
            over = (self.earlier <= start) & (start <= self.later) | (self.earlier <= end) & (end <= self.later)
            if np.any((self.seen < end) & (over | (not bounded))):
                yield window


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int32))


def among_touched(column: Expr) -> Expr:
    """Whether a column holds one of the touched clients."""
    return exp.In(this=column, query=exp.Subquery(this=sql.select([col(_CLIENT)], TOUCHED)))


def looked_for(first: date) -> Expr:
    """Which lines tell the first days of the touched clients from a day on."""
    found = sql.both(among_touched(col(_CLIENT)), sql.at_least(col("sold_on"), sql.day(first)))
    assert found is not None
    return found


def brought_up_to_date(known: pa.Table, told: pa.Table, touched: Touched) -> tuple[pa.Table, Moved]:
    """First days as they are now, and the first purchases that moved. `told`: those of the touched clients, among the
    lines from the first touched day on."""
    first = _day(min(touched.days))
    mine = pc.is_in(known.column(_CLIENT), touched.clients)
    before = known.filter(mine)
    clients = pa.chunked_array([pc.drop_null(touched.clients)])
    was, seen = _of(before, clients, FIRST_PURCHASE), _of(before, clients, _SEEN)
    found, found_seen = _of(told, clients, FIRST_PURCHASE), _of(told, clients, _SEEN)
    now, seen_now = np.where(was < first, was, found), np.where(seen < first, seen, found_seen)
    there = seen_now < _FAR
    after = pa.table(
        {
            _CLIENT: clients.filter(pa.array(there)),
            FIRST_PURCHASE: _dates(now[there], known.schema.field(FIRST_PURCHASE).type),
            _SEEN: _dates(seen_now[there], known.schema.field(_SEEN).type),
        }
    )
    is_same = np.array_equal(was, now) and np.array_equal(seen, seen_now)
    whole = known if is_same else pa.concat_tables([known.filter(pc.invert(mine)), after]).combine_chunks()
    # Of who was not there before, or is no longer, all lines have changed: their windows are touched anyway.
    moved = (was != now) & there & (seen < _FAR)
    return whole, _moved((before, after), was[moved], now[moved], np.minimum(seen, seen_now)[moved])


def _moved(sides: tuple[pa.Table, pa.Table], was: Days, now: Days, seen: Days) -> Moved:
    """Between a day and none at all lies every bound."""
    later = np.maximum(was, now)
    earlier = np.where(later == _FAR, _NEVER_YET, np.minimum(was, now)).astype(np.int32)
    return Moved(sides, earlier, later, seen)


def _of(table: pa.Table, clients: pa.ChunkedArray, name: str) -> Days:
    """A column of days of some clients, as days since 1970; the far future where there is none."""
    at = pc.index_in(clients, table.column(_CLIENT).combine_chunks())
    days = pc.cast(pc.take(table.column(name), at), pa.int32())
    found: Days = pc.fill_null(days, _FAR).to_numpy().astype(np.int32)
    return found


def _dates(days: Days, type_: pa.DataType) -> pa.Array:
    return pa.array(days, mask=days == _FAR).cast(type_)


def is_bounded(batch: Batch) -> bool:
    """Whether first purchases are only held against the bounds of windows."""
    if FIRST_PURCHASE in batch.dimensions:
        return False
    columns = (node for tree in _trees(batch) for node in tree.find_all(exp.Column) if node.name == FIRST_PURCHASE)
    return all(_is_held_against_bound(node) for node in columns)


def _is_held_against_bound(node: exp.Column) -> bool:
    comparison = node.parent
    if not isinstance(comparison, _COMPARISONS):
        return False
    sides = (comparison.this, comparison.expression)
    return any(isinstance(side, exp.Column) and side.name in _BOUNDS for side in sides)


def _trees(batch: Batch) -> Iterator[Expr]:
    """All that a batch says of rows; what rides along as an entity's own column is named by the outputs."""
    partials = (p for stage in batch.stages for p in stage.partials if p.name != FIRST_PURCHASE)
    outputs = (o for stage in batch.stages for reader in stage.readers for o in reader.outputs)
    actives = (reader.active for stage in batch.stages for reader in stage.readers)
    given = (batch.where, *(tree for p in partials for tree in (p.argument, p.where)), *(o.value for o in outputs))
    return (tree for tree in (*given, *actives) if tree is not None)
