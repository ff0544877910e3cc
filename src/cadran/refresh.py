"""An answer brought up to date: of what the engine said before, only the windows that changed rows fall into are asked
for again.

    the statement      rows changed since    asked again
    -----------------  --------------------  ------------------------------------------------------------------
    has changed        -                     all of it
    is what it was     in no table it reads  nothing
                       in its own table      the windows of their days, as they were and as they are
                       in another table      all of it

Of a stock, and of what is told from rows outside its window (first purchases, successors of contracts), all is asked
again, and so it is where the days of changed rows cannot be told.

A statement's text holds all that it depends on besides the rows: definitions, settings, the evening, who sees what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.ask import run
from cadran.planner.plan import Batch, Mode, Window
from cadran.planner.sources import STAND_INS, base_table, build
from cadran.planner.sources.context import ORGANISATION
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.session import Session

_KEYS = "keys_"  # the integers of ids: they only grow


@dataclass(frozen=True)
class Told:
    """What the engine said at a snapshot, by the text of the statement."""

    snapshot: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


class Refresh:
    """Tells the engine's answers from those of `before`; what it told is `told`, once it is over."""

    def __init__(self, before: Told | None = None) -> None:
        self._before = before or Told()
        self._tables: dict[str, pa.Table] = {}
        self._snapshot = 0
        self._changed: frozenset[str] | None = None

    @property
    def told(self) -> Told:
        return Told(self._snapshot, self._tables)

    def tell(self, opened: Session, reading: Reading, batch: Batch, query: exp.Expr) -> pa.Table:
        """The engine's answer to a batch (see `cadran.ask.Tell`)."""
        self._snapshot = opened.moments.lake.snapshot()
        text = opened.engine.written(query)
        known = self._before.tables.get(text)
        again = None if known is None else self._again(opened, reading, batch, query)
        if known is None or again is None:
            table = run(opened, reading, batch, text)
        else:
            table = _told_again(opened, reading, batch, known, again)
        if not any(pa.types.is_list(column.type) for column in table.schema):  # lists grow with the rows
            self._tables[text] = table
        return table

    def _again(self, opened: Session, reading: Reading, batch: Batch, query: exp.Expr) -> tuple[Window, ...] | None:
        """The windows to ask for again; None for all of the statement."""
        read = [table.name for table in query.find_all(exp.Table) if table.db]
        changed = self._changed_since(opened).intersection(read)
        base = base_table(batch.source, reading.context)
        if not changed:
            return ()
        if changed != {base} or batch.mode is not Mode.FLOW:
            return None
        if read.count(base) > 1 or "first_purchase_on" in batch.wanted:
            return None
        columns = _day_columns(reading, batch, frozenset(read))
        if not columns:
            return None
        days = opened.moments.days_changed(base, columns, self._before.snapshot)
        if days is None:
            return None
        return tuple(w for w in batch.windows if any(w.period.start <= day < w.period.end for day in days))

    def _changed_since(self, opened: Session) -> frozenset[str]:
        """The tables whose rows have changed."""
        if self._changed is None:
            changes = opened.moments.changes_since(self._before.snapshot)
            tables = frozenset[str]().union(*(change.tables for change in changes))
            self._changed = frozenset(name for name in tables if not name.startswith(_KEYS))
        return self._changed


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


def _told_again(
    opened: Session, reading: Reading, batch: Batch, known: pa.Table, touched: Iterable[Window]
) -> pa.Table:
    """The answer known, with the windows touched, and those that are compared with them, told anew."""
    pairs = tuple(_pairs(batch))
    buckets = {window.bucket for window in touched}
    buckets |= {window for window, base in pairs if base in buckets}
    if not buckets:
        return known
    needed = buckets | {base for window, base in pairs if window in buckets}
    part = replace(batch, windows=tuple(window for window in batch.windows if window.bucket in needed))
    anew = run(opened, reading, part, statement(part, reading.context, reading.reach))
    mine = pa.array(sorted(buckets), known.column("bucket").type)
    kept = known.filter(pc.invert(pc.is_in(known.column("bucket"), mine)))
    told = anew.filter(pc.is_in(anew.column("bucket"), mine))
    return pa.concat_tables([kept, told], promote_options="permissive").combine_chunks()


def _pairs(batch: Batch) -> Iterator[tuple[int, int]]:
    """The windows that are compared with a base window, each with it."""
    for stage in batch.stages:
        for reader in stage.readers:
            yield from reader.pairs
