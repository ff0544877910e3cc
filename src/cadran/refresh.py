"""An answer brought up to date: of what the engine said before, only the windows that changed rows touch are asked for
again. Where all adds up over clients, it is put right by the rows of those whose rows have changed (`told_before.py`).

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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from cadran.ask import run
from cadran.at_hand import NAME as LENT
from cadran.at_hand import AtHand, changed_since, touched_since, with_firsts_lent
from cadran.cube import Cell, Cube, filled, refilled
from cadran.directory import People
from cadran.kept_firsts import Moved, brought_up_to_date, is_bounded
from cadran.objectives.reading import target_rows
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch, Mode, Window
from cadran.planner.sources import STAND_INS, base_table, drawn_from, first_days
from cadran.planner.sources.context import ORGANISATION
from cadran.readings import Reading
from cadran.session import Session
from cadran.store.moments import Touched
from cadran.told_before import Again, ToldBefore, with_firsts

_KEYS = "keys_"  # the integers of ids: they only grow


@dataclass(frozen=True)
class Told:
    """What the engine said at a snapshot, by the text of the statement, and as arrays; the `people` there were.
    `targets`: by the KPIs they are of."""

    snapshot: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    cubes: Mapping[str, Cube] = field(default_factory=dict)
    targets: Mapping[tuple[str, ...], pa.Table] = field(default_factory=dict)
    people: People | None = None


class Refresh:
    """Tells the engine's answers from those of `before` (see `cadran.ask.Telling`); what it told is `told`, once it is
    over."""

    def __init__(self, before: Told | None = None, at_hand: AtHand | None = None) -> None:
        self._before = before or Told()
        self._at_hand = at_hand
        self._tables: dict[str, pa.Table] = {}
        self._cubes: dict[str, Cube] = {}
        self._targets: dict[tuple[str, ...], pa.Table] = {}
        self._texts: dict[int, tuple[str, pa.Table]] = {}  # of the tables told, by what tells one from another
        self._again: dict[str, Again] = {}
        self._snapshot = 0
        self._people: People | None = None
        self._changes: frozenset[str] | None = None

    @property
    def told(self) -> Told:
        return Told(self._snapshot, self._tables, self._cubes, self._targets, self._people)

    @property
    def people(self) -> People | None:
        """Who there was, when what is known was told."""
        return self._before.people

    def tell(self, opened: Session, reading: Reading, batch: Batch) -> pa.Table:
        self._snapshot = opened.moments.snapshot
        self._people = People(self._snapshot, opened.directory, opened.context.state)
        written = opened.statement(batch, reading.context, reading.reach)
        known = self._before.tables.get(written.text)
        again = None if known is None else self._told_again(opened, reading, batch, written.read, known)
        if again is not None:
            return self._keep(written.text, again)
        table = self._anew(opened, reading, batch, written.text)
        if any(pa.types.is_list(column.type) for column in table.schema):  # lists grow with the rows
            return table
        return self._keep(written.text, Again(table), anew=True)

    def cube(self, cells: tuple[Cell, ...], windows: int, batch: Batch, table: pa.Table) -> Cube:
        text, _ = self._texts.get(id(table), ("", None))
        again, before = self._again.get(text), self._before.cubes.get(text)
        if again is None or before is None or before.windows != windows or before.cells != cells:
            cube = filled(cells, windows, batch, table)
        else:
            cube = before if again.other is None else refilled(before, batch, again.other, again.windows)
        if text:
            self._cubes[text] = cube
        return cube

    def targets(self, opened: Session, kpis: tuple[str, ...]) -> pa.Table:
        known = self._before.targets.get(kpis)
        if known is None or "targets" in self._changed_since(opened):
            known = target_rows(opened.local, kpis)
        self._targets[kpis] = known
        return known

    def _keep(self, text: str, again: Again, *, anew: bool = False) -> pa.Table:
        self._tables[text] = again.table
        self._texts[id(again.table)] = text, again.table
        if not anew:
            self._again[text] = again
        return again.table

    def _anew(self, opened: Session, reading: Reading, batch: Batch, text: str) -> pa.Table:
        """All of it, with the first purchases at hand where it would look for them."""
        at_hand = self._serving(opened)
        if at_hand is None or reading.context.snapshot is not None:
            return run(opened, reading, batch, text)
        query = with_firsts_lent(reading, batch, text)
        if query is None:
            return run(opened, reading, batch, text)
        with opened.moments.lake.lent(LENT, at_hand.firsts(opened, reading)):
            return run(opened, with_firsts(reading, LENT), batch, query)

    def _told_again(
        self, opened: Session, reading: Reading, batch: Batch, read: tuple[str, ...], known: pa.Table
    ) -> Again | None:
        """The answer known, brought up to date, of a statement that has `read` these tables; None where all of it must
        be asked for again."""
        table = base_table(batch.source, reading.context)
        changed = self._changed_among(opened, read, table)
        has_firsts = FIRST_PURCHASE in batch.wanted
        if not changed:
            self._keep_firsts(opened, reading, batch)
            return Again(known)
        is_past = reading.context.snapshot is not None
        if changed != {table} or is_past or batch.mode is not Mode.FLOW or read.count(table) > 1 + has_firsts:
            return None
        days = _day_columns(reading, batch, frozenset(read))
        touched = self._touched(opened, table, days)
        if touched is None:
            return None
        if not touched.days:
            self._keep_firsts(opened, reading, batch)
            return Again(known)
        then, at_hand = self._then(reading), self._serving(opened)
        return self._again_by(opened, ToldBefore(opened, reading, then, batch, known, touched, days, at_hand))

    def _again_by(self, opened: Session, told: ToldBefore) -> Again | None:
        if FIRST_PURCHASE in told.batch.wanted:
            return self._with_firsts(opened, told)
        return told.again(_on_days(told.batch, told.touched))

    def _touched(self, opened: Session, table: str, columns: tuple[str, ...]) -> Touched | None:
        """What has changed of a table; None where it cannot be told."""
        if not columns:
            return None
        asked = table, columns, self._before.snapshot
        at_hand = self._serving(opened)
        return touched_since(opened, *asked) if at_hand is None else at_hand.touched(opened, *asked)

    def _serving(self, opened: Session) -> AtHand | None:
        """What is at hand, if it is of the snapshot that a session is read at."""
        return self._at_hand if self._at_hand is not None and self._at_hand.serves(opened) else None

    def _then(self, reading: Reading) -> Reading:
        """The data as they were when the answer known was told."""
        people = self._before.people
        assert people is not None, "what is known was told of somebody"
        now = reading.context
        context = replace(now, snapshot=people.snapshot, state=people.state, organisation_now=True)
        return replace(reading, context=context)

    def _with_firsts(self, opened: Session, told: ToldBefore) -> Again:
        """The answer known, of which clients' first purchases are a part."""
        touched = told.touched
        asked = opened.engine.written(first_days(told.now.context)), touched.since, told.days

        def read_then() -> pa.Table:
            return opened.engine.query(first_days(told.then.context))

        def bring_up_to_date(known: pa.Table) -> tuple[pa.Table, Moved]:
            return brought_up_to_date(known, told.first_days_again(), touched)

        at_hand = self._serving(opened) or AtHand((0, ""))
        again = at_hand.firsts_again(asked, read_then, bring_up_to_date)
        windows = dict.fromkeys(_on_days(told.batch, touched))
        windows |= dict.fromkeys(again.moved.windows(told.batch.windows, bounded=is_bounded(told.batch)))
        with told.with_firsts((again.then, again.now), again.moved.sides) as knowing:
            return knowing.again(windows)

    def _keep_firsts(self, opened: Session, reading: Reading, batch: Batch) -> None:
        """First purchases that have not changed, for the next time."""
        at_hand = self._serving(opened)
        if FIRST_PURCHASE in batch.wanted and at_hand is not None:
            at_hand.firsts_unchanged(opened.engine.written(first_days(reading.context)), self._before.snapshot)

    def _changed_among(self, opened: Session, read: Iterable[str], table: str) -> frozenset[str]:
        """Of the tables `read` by a statement about rows of one `table`, those whose rows have changed."""
        return self._changed_since(opened).intersection(read)

    def _changed_since(self, opened: Session) -> frozenset[str]:
        """The tables whose rows have changed."""
        if self._changes is None:
            at_hand, since = self._serving(opened), self._before.snapshot
            tables = changed_since(opened, since) if at_hand is None else at_hand.changed(opened, since)
            self._changes = frozenset(name for name in tables if not name.startswith(_KEYS))
        return self._changes


def _on_days(batch: Batch, touched: Touched) -> Iterator[Window]:
    """The windows that touched days fall into."""
    for window in batch.windows:
        if any(window.period.start <= day < window.period.end for day in touched.days):
            yield window


def _day_columns(reading: Reading, batch: Batch, read: frozenset[str]) -> tuple[str, ...]:
    """The stored columns, of the batch's own table, that its day may be in; none where it may come from elsewhere."""
    drawn = drawn_from(batch.source, reading.context)
    stored = drawn.stored(batch.on)
    if stored is None or batch.on == "due_on":
        return ()
    options = STAND_INS.get((drawn.table, stored))
    if options is None:
        return (stored,)
    own = {drawn.table} | ORGANISATION
    if any(table != drawn.table for table, _ in options) or any(n not in own and not n.startswith(_KEYS) for n in read):
        return ()
    return tuple(column for _, column in options)
