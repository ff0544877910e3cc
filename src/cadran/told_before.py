"""An answer told before, brought up to date window by window (`refresh.py` says which).

Sums are put right by the changed rows alone (`by_change.py`); what counts clients or orders is asked again of the
clients that come or go with them (`client_rows.py`), or, where changed rows are many, of all their clients
(`by_client.py`). What does not add up over clients is asked again of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran import by_change
from cadran.ask import run
from cadran.by_change import balance
from cadran.by_client import adds_up, has_whole_orders, of_touched, put_right
from cadran.client_rows import NAME as CLIENT_ROWS
from cadran.client_rows import named_columns, rows_now, rows_then, tells_rows_apart
from cadran.currencies import check_rates
from cadran.kept_firsts import TOUCHED, among_touched
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch, Window
from cadran.planner.sources import base_table, build, first_days
from cadran.planner.sql import col
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.session import Session
from cadran.store.moments import Touched

NOBODY = pa.array([], pa.int64())
_MOST_PIECES = 16


@dataclass(frozen=True)
class Again:
    """An answer brought up to date, and its rows in the windows that were told again."""

    table: pa.Table
    windows: frozenset[int] = frozenset()
    other: pa.Table | None = None


@dataclass(frozen=True)
class ToldBefore:
    """Of which batch, how to read the data now and then, what was told, and whose rows have changed. `days`: the stored
    columns that a row's day may be in."""

    opened: Session
    now: Reading
    then: Reading
    batch: Batch
    known: pa.Table
    touched: Touched
    days: tuple[str, ...]

    @contextmanager
    def with_firsts(self, now: pa.Table, then: pa.Table) -> Iterator[ToldBefore]:
        """The same with first purchases at hand, as they are and as they were."""
        lake = self.opened.moments.lake
        with lake.lent("firsts_now", now), lake.lent("firsts_then", then):
            yield replace(self, now=with_firsts(self.now, "firsts_now"), then=with_firsts(self.then, "firsts_then"))

    def clients_on_other_days(self) -> pa.Array:
        """The clients that have lines, or purchases, on other days than before."""
        table = base_table("sales", self.now.context)
        if table != base_table(self.batch.source, self.now.context):
            return NOBODY
        rows = self.touched.rows
        if rows is None:
            return self.touched.clients
        columns = ("account_id", "sold_on", "is_purchase")
        found = self._of_changed(build("sales", _at_hand(self.now, table, by_change.NAME).context, frozenset(columns)))
        return pc.unique(balance(found, columns).column("account_id"))

    def again(self, touched: Iterable[Window], moved: pa.Array = NOBODY) -> Again:
        """The answer known, with the windows touched, and those that are compared with them, brought up to date.
        `moved`: the clients whose first purchase is another."""
        pairs = tuple(_pairs(self.batch))
        buckets = {window.bucket for window in touched}
        buckets |= {window for window, base in pairs if base in buckets}
        if not buckets:
            return Again(self.known)
        needed = buckets | {base for window, base in pairs if window in buckets}
        part = replace(self.batch, windows=tuple(window for window in self.batch.windows if window.bucket in needed))
        kept, mine = _parted(self.known, buckets)
        whole_orders = all(has_whole_orders(each.context) for each in (self.then, self.now))
        if adds_up(self.batch, self.touched, self.known, whole_orders=whole_orders):
            told = self._put_right(part, mine, buckets, moved)
        else:
            told = self._asked(self.now, part, buckets)
        return Again(_joined(kept, told), frozenset(buckets), told)

    def _put_right(self, part: Batch, known: pa.Table, buckets: Set[int], moved: pa.Array) -> pa.Table:
        """Some windows of what is known: by the changed rows, and by all rows of the clients for whom that is not
        enough."""
        table, rows = base_table(part.source, self.now.context), self.touched.rows
        if rows is None or part.weighted or tells_rows_apart(part, self.now.context):
            return self._by_clients(part, known, buckets)
        reading = _at_hand(self.now, table, by_change.NAME)
        asked = by_change.of_changed(part)
        with self.opened.moments.lake.lent(by_change.NAME, self.touched.entered):
            check_rates(self.opened.engine, reading.context, part, reading.reach)
        told = self._of_changed(statement(asked, reading.context, reading.reach))
        clients = pc.unique(pa.concat_arrays([by_change.changed_clients(part, told), moved]))
        known = by_change.put_right(part, known, told, clients)
        return self._by_rows_of(clients, part, known, buckets) if len(clients) else known

    def _by_clients(self, part: Batch, known: pa.Table, buckets: Set[int]) -> pa.Table:
        """By all rows of the clients of changed rows, read as they were and as they are."""
        few = of_touched(part)
        with self.opened.moments.lake.lent(TOUCHED, pa.table({"account_id": self.touched.clients})):
            return put_right(known, self._asked(self.then, few, buckets), self._asked(self.now, few, buckets))

    def _by_rows_of(self, clients: pa.Array, part: Batch, known: pa.Table, buckets: Set[int]) -> pa.Table:
        """By all rows of some clients, read once; as they were by those that changed."""
        engine, lake, rows = self.opened.engine, self.opened.moments.lake, self.touched.rows
        assert rows is not None, "changed rows"
        if FIRST_PURCHASE in part.wanted and self.now.context.firsts is None:
            with self._with_firsts_of(clients) as knowing:
                return knowing._by_rows_of(clients, part, known, buckets)
        table = base_table(part.source, self.now.context)
        readings = [_at_hand(each, table, CLIENT_ROWS) for each in (self.then, self.now)]
        queries = [statement(part, each.context, each.reach) for each in readings]
        columns = named_columns(queries, table)
        with lake.lent(TOUCHED, pa.table({"account_id": clients})):
            now = rows_now(engine, self.now.context, table, columns, self.days, part.windows)
        sides = rows_then(engine, lake, now, columns, rows, clients), now
        told = []
        for mine, reading, query in zip(sides, readings, queries, strict=True):
            with lake.lent(CLIENT_ROWS, mine):
                told.append(_parted(run(self.opened, reading, part, query), buckets)[1])
        return put_right(known, *told)

    @contextmanager
    def _with_firsts_of(self, clients: pa.Array) -> Iterator[ToldBefore]:
        """The same with the first purchases of some clients at hand."""
        whose = among_touched(col("account_id"))
        with self.opened.moments.lake.lent(TOUCHED, pa.table({"account_id": clients})):
            then, now = (self.opened.engine.query(first_days(each.context, whose)) for each in (self.then, self.now))
        with self.with_firsts(now, then) as told:
            yield told

    def _of_changed(self, query: exp.Expr) -> pa.Table:
        with self.opened.moments.lake.lent(by_change.NAME, self.touched.rows):
            return self.opened.engine.query(query)

    def _asked(self, reading: Reading, part: Batch, buckets: Iterable[int]) -> pa.Table:
        table = run(self.opened, reading, part, statement(part, reading.context, reading.reach))
        return _parted(table, buckets)[1]


def _at_hand(reading: Reading, table: str, name: str) -> Reading:
    """Some rows in the place of all of a table."""
    return replace(reading, context=replace(reading.context, at_hand={table: name}))


def with_firsts(reading: Reading, name: str) -> Reading:
    return replace(reading, context=replace(reading.context, firsts=name))


def _parted(table: pa.Table, buckets: Iterable[int]) -> tuple[pa.Table, pa.Table]:
    """The rows of other windows, and of these."""
    mine = pc.is_in(table.column("bucket"), pa.array(sorted(buckets), table.column("bucket").type))
    return table.filter(pc.invert(mine)), table.filter(mine)


def _joined(kept: pa.Table, told: pa.Table) -> pa.Table:
    """Laid end to end; in one piece again only once there are many, for that copies all of it."""
    whole = pa.concat_tables([kept, told], promote_options="permissive")
    return whole.combine_chunks() if whole.column(0).num_chunks > _MOST_PIECES else whole


def _pairs(batch: Batch) -> Iterator[tuple[int, int]]:
    """The windows that are compared with a base window, each with it."""
    for stage in batch.stages:
        for reader in stage.readers:
            yield from reader.pairs
