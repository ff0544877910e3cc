"""An answer brought up to date: of what the engine said before, only the windows that changed rows touch are asked for
again. Where all adds up over clients, sums are put right by those rows alone (`by_change.py`), and what counts clients
or orders is asked for again of the clients that come or go with them (`by_client.py`).

    the statement      rows changed since    asked again
    -----------------  --------------------  ------------------------------------------------------------------
    has changed        -                     all of it
    is what it was     in no table it reads  nothing
                       in its own table      the windows of their days, as they were and as they are
                       in another table      all of it

    a KPI with memory  asked again besides
    -----------------  -----------------------------------------------------------------------------------------
    new clients        the windows whose bounds a first purchase moved across (`kept_firsts.py`)
    retention          the windows that are compared with a touched one
    a stock, contracts all of it, as where the days of changed rows cannot be told

A statement's text holds all that it depends on besides the rows: definitions, settings, the evening, who sees what, and
what is known of a table as a whole (the first line without a client changes it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran import by_change
from cadran.ask import run
from cadran.by_change import balance
from cadran.by_client import adds_up, has_whole_orders, of_touched, put_right
from cadran.currencies import check_rates
from cadran.directory import People
from cadran.firsts_at_hand import NAME as LENT
from cadran.firsts_at_hand import FirstsAtHand, with_firsts_lent
from cadran.kept_firsts import NOTHING_MOVED, TOUCHED, Moved, brought_up_to_date, is_bounded, looked_for
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch, Mode, Window
from cadran.planner.sources import STAND_INS, base_table, build, first_days
from cadran.planner.sources.context import ORGANISATION
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.session import Session
from cadran.store.moments import Touched

_KEYS = "keys_"  # the integers of ids: they only grow
_FEW_ROWS, _PART = 1_000, 50  # more changed rows than a fiftieth of a table are not looked at one by one
_NOBODY = pa.array([], pa.int64())


@dataclass(frozen=True)
class Told:
    """What the engine said at a snapshot, by the text of the statement, and the `people` there were."""

    snapshot: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    people: People | None = None


class Refresh:
    """Tells the engine's answers from those of `before`; what it told is `told`, once it is over."""

    def __init__(self, before: Told | None = None, firsts: FirstsAtHand | None = None) -> None:
        self._before = before or Told()
        self._at_hand = firsts
        self._tables: dict[str, pa.Table] = {}
        self._snapshot = 0
        self._people: People | None = None
        self._changes: frozenset[str] | None = None

    @property
    def told(self) -> Told:
        return Told(self._snapshot, self._tables, self._people)

    @property
    def people(self) -> People | None:
        """Who there was, when what is known was told."""
        return self._before.people

    def tell(self, opened: Session, reading: Reading, batch: Batch, query: exp.Expr) -> pa.Table:
        """The engine's answer to a batch (see `cadran.ask.Tell`)."""
        self._snapshot = opened.moments.lake.snapshot()
        self._people = People(self._snapshot, opened.directory, opened.context.state)
        text = opened.engine.written(query)
        known = self._before.tables.get(text)
        table = None if known is None else self._told_again(opened, reading, batch, query, known)
        if table is None:
            table = self._anew(opened, reading, batch, text)
        if not any(pa.types.is_list(column.type) for column in table.schema):  # lists grow with the rows
            self._tables[text] = table
        return table

    def _anew(self, opened: Session, reading: Reading, batch: Batch, text: str) -> pa.Table:
        """All of it, with the first purchases at hand where it would look for them."""
        at_hand = self._at_hand
        if at_hand is None or not at_hand.serve(opened, reading):
            return run(opened, reading, batch, text)
        query = with_firsts_lent(reading, batch, text)
        if query is None:
            return run(opened, reading, batch, text)
        name, firsts = at_hand.of(opened, reading)
        if FIRST_PURCHASE in batch.wanted:
            self._tables[name] = firsts
        with opened.moments.lake.lent(LENT, firsts):
            return run(opened, _with_firsts(reading, LENT), batch, query)

    def _told_again(
        self, opened: Session, reading: Reading, batch: Batch, query: exp.Expr, known: pa.Table
    ) -> pa.Table | None:
        """The answer known, brought up to date; None where all of it must be asked for again."""
        read = [table.name for table in query.find_all(exp.Table) if table.db]
        changed = self._changed_since(opened).intersection(read)
        base = base_table(batch.source, reading.context)
        has_firsts = FIRST_PURCHASE in batch.wanted
        if not changed:
            self._keep_firsts(opened, reading, has_firsts=has_firsts)
            return known
        if changed != {base} or batch.mode is not Mode.FLOW or read.count(base) > 1 + has_firsts:
            return None
        touched = self._touched(opened, base, _day_columns(reading, batch, frozenset(read)))
        if touched is None:
            return None
        if not touched.days:
            self._keep_firsts(opened, reading, has_firsts=has_firsts)
            return known
        told = _Told(opened, reading, self._then(reading), batch, known, touched)
        if not has_firsts:
            return told.put_together(_on_days(batch, touched))
        firsts, before, moved = self._firsts(opened, told)
        windows = (*_on_days(batch, touched), *moved.windows(batch.windows, bounded=is_bounded(batch)))
        with told.with_firsts(firsts, before) as at_hand:
            return at_hand.put_together(windows, moved.clients)

    def _touched(self, opened: Session, table: str, columns: Sequence[str]) -> Touched | None:
        """What has changed of a table; None where it cannot be told."""
        most = max(_FEW_ROWS, opened.context.profile(table).rows // _PART)
        return opened.moments.touched(table, columns, self._before.snapshot, most) if columns else None

    def _then(self, reading: Reading) -> Reading:
        """The data as they were when the answer known was told."""
        people = self._before.people
        assert people is not None, "what is known was told of somebody"
        now = reading.context
        context = replace(now, snapshot=people.snapshot, state=people.state, organisation_now=True)
        return replace(reading, context=context)

    def _firsts(self, opened: Session, told: _Told) -> tuple[pa.Table, pa.Table, Moved]:
        """Every client's first purchase now and then, and those that moved."""
        engine, context = opened.engine, told.now.context
        text = engine.written(first_days(context))
        known = self._before.tables.get(text)
        if known is None:
            known = engine.query(first_days(told.then.context))
        touched = told.touched.among(told.clients_on_other_days())
        if not len(touched.clients):
            self._tables[text] = known
            return known, known, NOTHING_MOVED
        with opened.moments.lake.lent(TOUCHED, pa.table({"account_id": touched.clients})):
            found = engine.query(first_days(context, looked_for(min(touched.days))))
        self._tables[text], moved = brought_up_to_date(known, found, touched)
        return self._tables[text], known, moved

    def _keep_firsts(self, opened: Session, reading: Reading, *, has_firsts: bool) -> None:
        """First purchases that have not changed, for the next time."""
        text = opened.engine.written(first_days(reading.context)) if has_firsts else ""
        if text in self._before.tables:
            self._tables[text] = self._before.tables[text]

    def _changed_since(self, opened: Session) -> frozenset[str]:
        """The tables whose rows have changed."""
        if self._changes is None:
            changes = opened.moments.changes_since(self._before.snapshot)
            tables = frozenset[str]().union(*(change.tables for change in changes))
            self._changes = frozenset(name for name in tables if not name.startswith(_KEYS))
        return self._changes


@dataclass(frozen=True)
class _Told:
    """An answer told before: of which batch, how to read the data now and then, and whose rows have changed."""

    opened: Session
    now: Reading
    then: Reading
    batch: Batch
    known: pa.Table
    touched: Touched

    @contextmanager
    def with_firsts(self, now: pa.Table, then: pa.Table) -> Iterator[_Told]:
        """The same with first purchases at hand, as they are and as they were."""
        lake = self.opened.moments.lake
        with lake.lent("firsts_now", now), lake.lent("firsts_then", then):
            yield replace(self, now=_with_firsts(self.now, "firsts_now"), then=_with_firsts(self.then, "firsts_then"))

    def clients_on_other_days(self) -> pa.Array:
        """The clients that have lines, or purchases, on other days than before."""
        table = base_table("sales", self.now.context)
        if table != base_table(self.batch.source, self.now.context):
            return pa.array([], pa.int64())
        rows = self.touched.rows
        if rows is None:
            return self.touched.clients
        columns = ("account_id", "sold_on", "is_purchase")
        found = self._of_changed(build("sales", self._at_hand(table).context, frozenset(columns)).query)
        return pc.unique(balance(found, columns).column("account_id"))

    def put_together(self, touched: Iterable[Window], moved: pa.Array = _NOBODY) -> pa.Table:
        """The answer known, with the windows touched, and those that are compared with them, brought up to date.
        `moved`: the clients whose first purchase is another."""
        pairs = tuple(_pairs(self.batch))
        buckets = {window.bucket for window in touched}
        buckets |= {window for window, base in pairs if base in buckets}
        if not buckets:
            return self.known
        needed = buckets | {base for window, base in pairs if window in buckets}
        part = replace(self.batch, windows=tuple(window for window in self.batch.windows if window.bucket in needed))
        kept, mine = _parted(self.known, buckets)
        whole_orders = all(has_whole_orders(each.context) for each in (self.then, self.now))
        if adds_up(self.batch, self.touched, self.known, whole_orders=whole_orders):
            told = self._put_right(part, mine, buckets, moved)
        else:
            told = self._asked(self.now, part, buckets)
        return pa.concat_tables([kept, told], promote_options="permissive").combine_chunks()

    def _put_right(self, part: Batch, known: pa.Table, buckets: set[int], moved: pa.Array) -> pa.Table:
        """Some windows of what is known: by the changed rows, and by all rows of the clients for whom that is not
        enough."""
        clients = self.touched.clients
        if self.touched.rows is not None and not part.weighted:
            reading = self._at_hand(base_table(part.source, self.now.context))
            asked = by_change.of_changed(part)
            check_rates(self.opened.engine, reading.context, part, reading.reach)
            told = self._of_changed(statement(asked, reading.context, reading.reach))
            clients = pc.unique(pa.concat_arrays([by_change.changed_clients(part, told), moved]))
            known = by_change.put_right(part, known, told, clients)
        if not len(clients):
            return known
        with self.opened.moments.lake.lent(TOUCHED, pa.table({"account_id": clients})):
            few = of_touched(part)
            return put_right(known, self._asked(self.then, few, buckets), self._asked(self.now, few, buckets))

    def _at_hand(self, table: str) -> Reading:
        """A table's changed rows in the place of all of them."""
        return replace(self.now, context=replace(self.now.context, at_hand={table: by_change.NAME}))

    def _of_changed(self, query: exp.Expr) -> pa.Table:
        with self.opened.moments.lake.lent(by_change.NAME, self.touched.rows):
            return self.opened.engine.query(query)

    def _asked(self, reading: Reading, part: Batch, buckets: Iterable[int]) -> pa.Table:
        table = run(self.opened, reading, part, statement(part, reading.context, reading.reach))
        return _parted(table, buckets)[1]


def _with_firsts(reading: Reading, name: str) -> Reading:
    return replace(reading, context=replace(reading.context, firsts=name))


def _on_days(batch: Batch, touched: Touched) -> Iterator[Window]:
    """The windows that touched days fall into."""
    for window in batch.windows:
        if any(window.period.start <= day < window.period.end for day in touched.days):
            yield window


def _parted(table: pa.Table, buckets: Iterable[int]) -> tuple[pa.Table, pa.Table]:
    """The rows of other windows, and of these."""
    mine = pc.is_in(table.column("bucket"), pa.array(sorted(buckets), table.column("bucket").type))
    return table.filter(pc.invert(mine)), table.filter(mine)


def _day_columns(reading: Reading, batch: Batch, read: frozenset[str]) -> tuple[str, ...]:
    """The stored columns, of the batch's own table, that its day may be in; none where it may come from elsewhere."""
    built = build(batch.source, reading.context, frozenset())
    stored = built.stored(batch.on)
    if stored is None or batch.on == "due_on":
        return ()
    options = STAND_INS.get((built.table, stored))
    if options is None:
        return (stored,)
    own = {built.table} | ORGANISATION
    if any(table != built.table for table, _ in options) or any(n not in own and not n.startswith(_KEYS) for n in read):
        return ()
    return tuple(column for _, column in options)


def _pairs(batch: Batch) -> Iterator[tuple[int, int]]:
    """The windows that are compared with a base window, each with it."""
    for stage in batch.stages:
        for reader in stage.readers:
            yield from reader.pairs
