"""What is read once for all questions at a snapshot.

first purchases   whether a prospect has become a client, or a client is new, is told by their first purchase ever:
                  each such question, asked anew, would read all sales there are for it; after an import they are
                  brought up to date once (`kept_firsts.py`)
touched rows      those that changed since an earlier snapshot, and the tables they are in, by which answers of then
                  are brought up to date
recent rows       all rows of the days that imports touch, kept from one snapshot to the next (`recent_rows.py`)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from cadran.kept_firsts import Moved
from cadran.planner import sql
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch
from cadran.planner.sources import first_days
from cadran.planner.sql import col
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.recent_rows import RecentRows, Sides, Wanted, moved
from cadran.session import Session
from cadran.store.moments import Touched

NAME = "firsts_at_hand"  # as lent to the engine
_MOST_VALUES = 24_000_000  # of all recent rows, 8 or 16 bytes each
# Changed rows are looked at one by one as long as they are few: a thousand, or a fiftieth of their table, to a limit.
_FEW_ROWS, _PART, _MOST_ROWS = 1_000, 50, 50_000
_MOST_FIRSTS = 8
_Kept = tuple[str, tuple[str, ...]]  # of which table, by which columns of days


@dataclass(frozen=True)
class FirstsAgain:
    """Every client's first purchase as they were and as they are, and those that moved."""

    then: pa.Table
    now: pa.Table
    moved: Moved


class AtHand:
    """Of one `snapshot`, with what is `earlier`, of the same store, which is brought up to date once it is asked for;
    of no use any more once another store lies there. Safe to use from several threads at once: whoever comes while
    something is read waits."""

    def __init__(self, snapshot: tuple[int, str], earlier: AtHand | None = None) -> None:
        self.snapshot = snapshot
        self._firsts: dict[tuple[str, int], pa.Table] = earlier.latest_firsts() if earlier else {}
        self._firsts_again: dict[tuple[str, int, tuple[str, ...]], FirstsAgain] = {}
        self._changed: dict[int, frozenset[str]] = {}
        self._touched: dict[tuple[str, tuple[str, ...], int], Touched | None] = {}
        self._recent: dict[_Kept, RecentRows] = dict(earlier.recent) if earlier else {}
        self._sides: dict[tuple[str, tuple[str, ...], int], tuple[Wanted, Sides]] = {}
        self._reading_firsts, self._reading_touched = threading.Lock(), threading.Lock()
        self._reading_recent = threading.Lock()

    @property
    def recent(self) -> Mapping[_Kept, RecentRows]:
        return dict(self._recent)

    def firsts(self, opened: Session, reading: Reading) -> pa.Table:
        """Every client's first purchase."""
        text = opened.engine.written(first_days(reading.context))
        with self._reading_firsts:
            found = self._firsts.get((text, self.snapshot[0]))
            if found is None:
                found = self._firsts[text, self.snapshot[0]] = opened.engine.query(text)
            return found

    def firsts_again(
        self,
        asked: tuple[str, int, tuple[str, ...]],
        read_then: Callable[[], pa.Table],
        bring_up_to_date: Callable[[pa.Table], tuple[pa.Table, Moved]],
    ) -> FirstsAgain:
        """The same as they were at a snapshot and as they are, `asked` for by the statement's text, that snapshot, and
        the columns of days that tell changed rows."""
        text, since, _ = asked
        with self._reading_firsts:
            found = self._firsts_again.get(asked)
            if found is None:
                known = self._firsts.get((text, since))
                then = read_then() if known is None else known
                found = self._firsts_again[asked] = FirstsAgain(then, *bring_up_to_date(then))
                self._firsts[text, self.snapshot[0]] = found.now
            return found

    def firsts_unchanged(self, text: str, since: int) -> None:
        """No rows have changed since a snapshot that first purchases are of."""
        with self._reading_firsts:
            known = self._firsts.get((text, since))
            if known is not None:
                self._firsts[text, self.snapshot[0]] = known

    def latest_firsts(self) -> dict[tuple[str, int], pa.Table]:
        """Those of the latest snapshots: answers are not all brought up to date with each of them."""
        with self._reading_firsts:
            latest = sorted(self._firsts, key=lambda of: of[1])[-_MOST_FIRSTS:]
            return {of: self._firsts[of] for of in latest}

    def changed(self, opened: Session, since: int) -> frozenset[str]:
        """See `changed_since`."""
        with self._reading_touched:
            if since not in self._changed:
                self._changed[since] = changed_since(opened, since)
            return self._changed[since]

    def touched(self, opened: Session, table: str, columns: tuple[str, ...], since: int) -> Touched | None:
        """See `touched_since`."""
        asked = table, columns, since
        with self._reading_touched:
            if asked not in self._touched:
                self._touched[asked] = touched_since(opened, *asked)
            return self._touched[asked]

    def sides(self, opened: Session, wanted: Wanted, touched: Touched, *, read: bool = True) -> Sides | None:
        """The rows wanted of the clients touched since a snapshot, as they were and as they are; None where they are
        not kept, for there are too many of all clients, or they would have to be `read` first."""
        assert touched.rows is not None, "changed rows"
        with self._reading_recent:
            kept = self._as_they_stand(opened, wanted)
            if read and (kept is None or not kept.wanted.covers(wanted)):
                kept = self._read(opened, (kept.wanted.and_also(wanted), wanted) if kept else (wanted,))
            known = self._sides.get((wanted.table, wanted.days, touched.since))
        if known is not None and known[0].covers(wanted):
            then, now = (wanted.among(rows) for rows in known[1])
            return then, now
        if kept is None or not kept.wanted.covers(wanted):
            return None
        now = wanted.among(kept.of(touched.clients))
        return moved(now, touched.rows, wanted.days, forward=False), now

    def _as_they_stand(self, opened: Session, wanted: Wanted) -> RecentRows | None:
        """The recent rows of a table that are kept, brought up to date."""
        kept = self._recent.get((wanted.table, wanted.days))
        if kept is None or kept.snapshot == self.snapshot[0]:
            return kept
        touched = self.touched(opened, wanted.table, wanted.days, kept.snapshot)
        if touched is None or touched.rows is None:
            self._recent.pop((wanted.table, wanted.days))
            return None
        then = kept.of(touched.clients)
        now = moved(then, touched.rows, wanted.days, forward=True)
        moved_on = kept.having(now, touched.clients, self.snapshot[0])
        if moved_on.is_worn:
            self._recent.pop((wanted.table, wanted.days))
            return None
        self._recent[wanted.table, wanted.days] = moved_on
        self._sides[wanted.table, wanted.days, kept.snapshot] = kept.wanted, (then, now)
        return moved_on

    def _read(self, opened: Session, wishes: tuple[Wanted, ...]) -> RecentRows | None:
        """The first of the wishes that is not too much, beside what is kept of other tables."""
        mine = wishes[0].table, wishes[0].days
        beside = sum(kept.read.num_rows * kept.read.num_columns for of, kept in self._recent.items() if of != mine)
        for wanted in wishes:
            table = opened.context.table(wanted.table)
            counted = opened.engine.query(sql.select({"rows": sql.count_all()}, table, where=wanted.where))
            if beside + counted.column("rows")[0].as_py() * len(wanted.columns) <= _MOST_VALUES:
                columns = [col(name) for name in wanted.columns]
                found = opened.engine.query(sql.select(columns, table.copy(), where=wanted.where))
                read = self._recent[wanted.table, wanted.days] = RecentRows.at(self.snapshot[0], wanted, found)
                return read
        return None

    def serves(self, opened: Session) -> bool:
        """Whether a session is read at this snapshot."""
        return opened.moments.snapshot == self.snapshot[0]


def with_firsts_lent(reading: Reading, batch: Batch, text: str) -> exp.Expr | None:
    """The statement of a batch, `text` where it looks for first purchases itself, with those lent in their place; None
    where it looks for none."""
    if FIRST_PURCHASE not in text:
        return None
    query = statement(batch, replace(reading.context, firsts=NAME), reading.reach)
    return query if any(table.name == NAME for table in query.find_all(exp.Table)) else None


def changed_since(opened: Session, since: int) -> frozenset[str]:
    """The tables whose rows have changed since a snapshot."""
    return frozenset[str]().union(*(change.tables for change in opened.moments.changes_since(since)))


def touched_since(opened: Session, table: str, columns: tuple[str, ...], since: int) -> Touched | None:
    """What has changed of a table since a snapshot, its days by some columns; None where it cannot be told. Of more
    rows than are looked at one by one, only days and clients are told."""
    most = min(max(_FEW_ROWS, opened.context.profile(table).rows // _PART), _MOST_ROWS)
    return opened.moments.touched(table, columns, since, most)
