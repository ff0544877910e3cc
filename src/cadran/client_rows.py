"""All rows of some clients in some windows, as they were and as they are, side by side: what one statement reads.

row_key | account_id | sold_on | amount          told of each side      known, put right by both
--------+------------+---------+-------          -----------------      ------------------------
then    |         41 |     1/5 |    120    ->    then  120, 1 client    revenue  9,000 - 120 + 230
now     |         41 |     1/5 |    150          now   230, 2 clients   clients     81 -   1 +   2
now     |         57 |     2/5 |     80
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from cadran.engines.engine import Engine
from cadran.kept_firsts import among_touched
from cadran.planner import sql
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch
from cadran.planner.sources import Context, drawn_from
from cadran.planner.sql import col
from cadran.recent_rows import CLIENT, KEY, Sides, Wanted
from cadran.store import profile
from cadran.store.schema import stored_as, stored_names
from cadran.tables.model import SALES_MODEL

NAME, MEMBERSHIPS = "client_rows", "memberships_at_hand"  # as lent to the engine
THEN, NOW = "then", "now"
_DOUBTS = "_doubts"


def tells_rows_apart(batch: Batch, context: Context) -> bool:
    """Whether a batch wants the keys of rows, which changed rows are without."""
    drawn = drawn_from(batch.source, context)
    table = SALES_MODEL[drawn.table]
    stored = {drawn.stored_names.get(name, name) for name in batch.wanted}
    return any(name == KEY or (name in table and stored_as(table, name) == KEY) for name in stored)


def named_columns(named: Iterable[str], table: str) -> tuple[str, ...]:
    """The stored columns among those that a statement names, besides the key; doubts, which come with every row, where
    they are asked about."""
    wanted = {*named, CLIENT} - {KEY}
    wanted -= set() if "doubts" in wanted else {_DOUBTS}
    return tuple(name for name in stored_names(SALES_MODEL[table]) if name in wanted)


def rows_now(engine: Engine, context: Context, wanted: Wanted) -> pa.Table:
    """The rows wanted of the touched clients."""
    where = sql.both(among_touched(col(CLIENT)), wanted.where)
    return engine.query(sql.select([col(name) for name in wanted.columns], context.table(wanted.table), where=where))


def on_both_sides(batch: Batch) -> Batch:
    """The batch over rows laid side by side, each side apart."""
    return replace(batch, dimensions=(KEY,), wanted=batch.wanted | {KEY})


def reading_both(then: Context, now: Context, table: str, *, has_firsts: bool) -> Context:
    """How rows laid side by side are read: what is known of a table has to hold for either side."""
    profiles = {table: profile.side_by_side(then.profile(table), now.profile(table))}
    state = replace(now.state, tables={**now.state.tables, **profiles})
    lent = {table: NAME, "memberships": MEMBERSHIPS}
    return replace(now, state=state, at_hand=lent, carries_firsts=has_firsts)


def side_by_side(sides: Sides, firsts: Sides | None) -> pa.Table:
    """Rows of both sides. `firsts`: with them, each client's first purchase, as it was and as it is."""
    each = [keyed(rows, name) for name, rows in zip((THEN, NOW), sides, strict=True)]
    if firsts is not None:
        each = [_with_firsts(rows, known) for rows, known in zip(each, firsts, strict=True)]
    return pa.concat_tables(each)


def keyed(rows: pa.Table, side: str = NOW) -> pa.Table:
    """Rows with what every statement names, where nobody asks for it: a key, which tells the side, and no doubt."""
    rows = rows.append_column(KEY, pa.repeat(pa.scalar(side), rows.num_rows))
    if _DOUBTS in rows.column_names:
        return rows
    return rows.append_column(_DOUBTS, pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows))


def _with_firsts(rows: pa.Table, firsts: pa.Table) -> pa.Table:
    at = pc.index_in(rows.column(CLIENT), firsts.column(CLIENT).combine_chunks())
    return rows.append_column(FIRST_PURCHASE, pc.take(firsts.column(FIRST_PURCHASE), at))


def sides_of(told: pa.Table) -> Sides:
    """What a statement tells of the rows then, and now."""
    then, now = (told.filter(pc.equal(told.column("d0"), name)) for name in (THEN, NOW))
    return then, now
