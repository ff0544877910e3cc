"""An answer told before, brought up to date window by window (`refresh.py` says which).

What adds up over clients is put right by those of changed rows, whose rows are laid side by side, as they were and as
they are (`client_rows.py`); where changed rows are many, or are told apart, both are asked for (`by_client.py`). What
does not add up over clients is asked again of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran import client_rows
from cadran.ask import run
from cadran.at_hand import AtHand
from cadran.by_client import adds_up, has_whole_orders, of_touched, put_right
from cadran.client_rows import named_columns, on_both_sides, reading_both, rows_now, tells_rows_apart
from cadran.kept_firsts import TOUCHED, looked_for
from cadran.pieces import in_few_pieces
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch, Reader, Window
from cadran.planner.sources import Context, base_table, first_days
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.recent_rows import Sides, Wanted, moved, spans_of
from cadran.session import Session
from cadran.store.moments import Touched


@dataclass(frozen=True)
class Again:
    """An answer brought up to date, and its rows in the windows that were told again."""

    table: pa.Table
    windows: frozenset[int] = frozenset()
    other: pa.Table | None = None


@dataclass(frozen=True)
class ToldBefore:
    """Of which batch, how to read the data now and then, what was told, and whose rows have changed. `days`: the stored
    columns that a row's day may be in. `firsts`: the touched clients' first purchases, as they were and as they are."""

    opened: Session
    now: Reading
    then: Reading
    batch: Batch
    known: pa.Table
    touched: Touched
    days: tuple[str, ...]
    at_hand: AtHand | None
    firsts: Sides | None = None

    @contextmanager
    def with_firsts(self, every: Sides, touched: Sides) -> Iterator[ToldBefore]:
        """The same with first purchases at hand, of all clients and of those touched."""
        lake = self.opened.moments.lake
        with lake.lent("firsts_then", every[0]), lake.lent("firsts_now", every[1]):
            then, now = with_firsts(self.then, "firsts_then"), with_firsts(self.now, "firsts_now")
            yield replace(self, then=then, now=now, firsts=touched)

    def first_days_again(self) -> pa.Table:
        """First days of the touched clients, among their lines from the first touched day on."""
        first = min(self.touched.days)
        context, table = self.now.context, base_table("sales", self.now.context)
        named = {column.name for column in first_days(context).find_all(exp.Column)}
        wanted = Wanted(table, self.days, named_columns(named, table), ((first, None),))
        sides = self._sides_at_hand(wanted, read=False)
        if sides is None:
            return self._of_touched(context, first)
        with self.opened.moments.lake.lent(client_rows.NAME, client_rows.keyed(sides[1])):
            return self._of_touched(replace(context, at_hand={table: client_rows.NAME}), first)

    def _of_touched(self, context: Context, first: date) -> pa.Table:
        with self._touched_lent():
            return self.opened.engine.query(first_days(context, looked_for(first)))

    def again(self, touched: Iterable[Window]) -> Again:
        """The answer known, with the windows touched, and those that are compared with them, brought up to date."""
        pairs = tuple(_pairs(self.batch))
        buckets = {window.bucket for window in touched}
        buckets |= {window for window, base in pairs if base in buckets}
        if not buckets:
            return Again(self.known)
        needed = buckets | {base for window, base in pairs if window in buckets}
        part = _about(self.batch, buckets, needed)
        kept, mine = _parted(self.known, buckets)
        told = self._put_right(part, mine, buckets) if self._adds_up else self._asked(self.now, part, buckets)
        return Again(_joined(kept, told), frozenset(buckets), told)

    @property
    def is_put_right_by_rows(self) -> bool:
        """Whether it takes no more than the changed rows' clients, laid side by side."""
        rows_apart = self.batch.weighted or tells_rows_apart(self.batch, self.now.context)
        return self._adds_up and self.touched.rows is not None and not rows_apart

    @cached_property
    def _adds_up(self) -> bool:
        whole_orders = all(has_whole_orders(each.context) for each in (self.then, self.now))
        return adds_up(self.batch, self.touched, self.known, whole_orders=whole_orders)

    def _put_right(self, part: Batch, known: pa.Table, buckets: Set[int]) -> pa.Table:
        """Some windows of what is known, by all rows of the touched clients."""
        rows = self.touched.rows
        if rows is None or not self.is_put_right_by_rows:
            return self._asked_twice(part, known, buckets)
        reading, asked = self._reading_both(part), on_both_sides(part)
        written = self.opened.statement(asked, reading.context, reading.reach)
        sides = self._sides(part, named_columns(written.columns, base_table(part.source, self.now.context)), rows)
        lake, memberships = self.opened.moments.lake, self.opened.directory.memberships
        with lake.lent(client_rows.NAME, sides), lake.lent(client_rows.MEMBERSHIPS, memberships):
            told = run(self.opened, reading, asked, written.text)
        then, now = client_rows.sides_of(_parted(told, buckets)[1])
        return put_right(known, then, now)

    def _reading_both(self, part: Batch) -> Reading:
        table, has_firsts = base_table(part.source, self.now.context), FIRST_PURCHASE in part.wanted
        context = reading_both(self.then.context, self.now.context, table, has_firsts=has_firsts)
        return replace(self.now, context=context)

    def _sides(self, part: Batch, columns: tuple[str, ...], changed: pa.Table) -> pa.Table:
        """All rows of the touched clients that may be in the windows of a batch, then and now."""
        context, table = self.now.context, base_table(part.source, self.now.context)
        wanted = Wanted(table, self.days, columns, spans_of(part.windows, self.days, table, context))
        sides = self._sides_at_hand(wanted)
        if sides is None:
            with self._touched_lent():
                now = rows_now(self.opened.engine, context, wanted)
            sides = moved(now, changed, self.days, forward=False), now
        return client_rows.side_by_side(sides, self.firsts)

    def _sides_at_hand(self, wanted: Wanted, *, read: bool = True) -> Sides | None:
        if self.at_hand is None or self.touched.rows is None:
            return None
        return self.at_hand.sides(self.opened, wanted, self.touched, read=read)

    def _asked_twice(self, part: Batch, known: pa.Table, buckets: Set[int]) -> pa.Table:
        """By all rows of the touched clients, asked for as they were and as they are."""
        few = of_touched(part)
        with self._touched_lent():
            return put_right(known, self._asked(self.then, few, buckets), self._asked(self.now, few, buckets))

    def _touched_lent(self) -> AbstractContextManager[None]:
        clients = pa.table({"account_id": self.touched.clients})
        return self.opened.moments.lake.lent(TOUCHED, clients)

    def _asked(self, reading: Reading, part: Batch, buckets: Iterable[int]) -> pa.Table:
        table = run(self.opened, reading, part, statement(part, reading.context, reading.reach))
        return _parted(table, buckets)[1]


def with_firsts(reading: Reading, name: str) -> Reading:
    return replace(reading, context=replace(reading.context, firsts=name))


def _parted(table: pa.Table, buckets: Iterable[int]) -> tuple[pa.Table, pa.Table]:
    """The rows of other windows, and of these, which mostly were told last and lie at the end."""
    mine = pc.is_in(table.column("bucket"), pa.array(sorted(buckets), table.column("bucket").type))
    others = table.num_rows - (pc.sum(mine).as_py() or 0)
    if pc.all(mine.slice(others)).as_py():
        return table.slice(0, others), table.slice(others)
    return table.filter(pc.invert(mine)), table.filter(mine)


def _joined(kept: pa.Table, told: pa.Table) -> pa.Table:
    return in_few_pieces(pa.concat_tables([kept, told], promote_options="permissive"))


def _about(batch: Batch, buckets: Set[int], needed: Set[int]) -> Batch:
    """The batch about some windows of its own: those `needed` to tell of the buckets."""
    windows = tuple(window for window in batch.windows if window.bucket in needed)
    stages = tuple(
        replace(stage, readers=tuple(_comparing(reader, buckets) for reader in stage.readers)) for stage in batch.stages
    )
    return replace(batch, windows=windows, stages=stages)


def _comparing(reader: Reader, buckets: Set[int]) -> Reader:
    """The same, of the windows that are compared only these; one that compares none of them stays as it is."""
    return replace(reader, pairs=tuple(pair for pair in reader.pairs if pair[0] in buckets) or reader.pairs)


def _pairs(batch: Batch) -> Iterator[tuple[int, int]]:
    """The windows that are compared with a base window, each with it."""
    for stage in batch.stages:
        for reader in stage.readers:
            yield from reader.pairs
