"""All rows of some clients in some windows, read once: as they are, and, by those that came and went, as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import pyarrow as pa
from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.kept_firsts import among_touched
from cadran.planner import sql
from cadran.planner.plan import Batch, Window
from cadran.planner.sources import Context, drawn_from
from cadran.planner.sql import Expr, col
from cadran.store.lake import Lake
from cadran.store.moments import LEFT
from cadran.store.schema import quoted, stored_as, stored_names
from cadran.tables.model import SALES_MODEL

NAME = "client_rows"  # as lent to the engine
_CLIENT, _KEY, _DOUBTS = "account_id", "row_key", "_doubts"
# What every row carries along, where nobody asks for it.
_UNREAD: dict[str, Expr] = {_KEY: sql.null("TEXT"), _DOUBTS: sql.cast(sql.number(0), "BIGINT")}


def tells_rows_apart(batch: Batch, context: Context) -> bool:
    """Whether a batch wants the keys of rows, which changed rows are without."""
    drawn = drawn_from(batch.source, context)
    table = SALES_MODEL[drawn.table]
    stored = {drawn.stored_names.get(name, name) for name in batch.wanted}
    return any(name == _KEY or (name in table and stored_as(table, name) == _KEY) for name in stored)


def named_columns(queries: Iterable[exp.Expr], table: str) -> tuple[str, ...]:
    """The stored columns that statements name, besides the key; doubts, which come with every row, where they are
    asked about."""
    named = {column.name for query in queries for column in query.find_all(exp.Column)} | {_CLIENT}
    unread = {_KEY} if "doubts" in named else {_KEY, _DOUBTS}
    return tuple(name for name in stored_names(SALES_MODEL[table]) if name in named - unread)


def rows_now(
    engine: Engine, context: Context, table: str, columns: Iterable[str], days: Sequence[str], windows: Iterable[Window]
) -> pa.Table:
    """The rows of the touched clients that any of some columns of `days` puts into the windows."""
    spans = tuple(_spans(windows))
    dated = [
        sql.both(sql.at_least(col(day), sql.day(start)), sql.less(col(day), sql.day(end)))
        for day in days
        for start, end in spans
    ]
    where = sql.both(among_touched(col(_CLIENT)), sql.either(*(each for each in dated if each is not None)))
    wanted = {name: value.copy() for name, value in _UNREAD.items()} | {name: col(name) for name in columns}
    return engine.query(sql.select(wanted, context.table(table), where=where))


def _spans(windows: Iterable[Window]) -> Iterator[tuple[date, date]]:
    """The days of some windows, those that touch or overlap joined: from, until."""
    start = end = None
    for each in sorted((window.period.start, window.period.end) for window in windows):
        if start is None or end is None:
            start, end = each
        elif each[0] <= end:
            end = max(end, each[1])
        else:
            yield start, end
            start, end = each
    if start is not None and end is not None:
        yield start, end


def rows_then(
    engine: Engine, lake: Lake, now: pa.Table, columns: Sequence[str], changed: pa.Table, clients: pa.Array
) -> pa.Table:
    """The same before the changed rows entered and left. What left from other windows comes with them, and is in none
    of these."""
    names = ", ".join(map(quoted, columns))
    unread = ", ".join(f"{engine.written(value)} AS {name}" for name, value in _UNREAD.items() if name not in columns)
    whose = pa.table({_CLIENT: clients})
    with lake.lent("rows_now", now), lake.lent("rows_changed", changed), lake.lent("whose", whose):
        return engine.query(
            f"WITH theirs AS (FROM rows_changed SEMI JOIN whose USING ({_CLIENT})), "
            f"moved AS (SELECT {names}, 1 AS there FROM rows_now UNION ALL "
            f"SELECT {names}, CASE {_KEY} WHEN '{LEFT}' THEN 1 ELSE -1 END FROM theirs), "
            f"alike AS (SELECT {names}, sum(there)::BIGINT AS there FROM moved GROUP BY ALL HAVING sum(there) > 0) "
            f"SELECT {unread}, {names} FROM alike, range(there)"
        )
