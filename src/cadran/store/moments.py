"""Past evenings of a store: which snapshot was the newest then, what it held, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from cadran.store.schema import current, quoted, stored_columns
from cadran.store.state import State, read_state
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.store.lake import Lake

_CLIENT = "account_id"
_FEW = 8  # snapshots whose rows are read one after the other
# Read off the catalog's own tables: DuckLake's functions about snapshots and tables look at every file on the way.
_CATALOG = "__ducklake_metadata_lake"
# What the catalog says of a snapshot that wrote or deleted rows; merging files is no change of rows.
_WRITES = ("inserted_into_table", "deleted_from_table")


@dataclass(frozen=True)
class Change:
    """A snapshot and the tables whose rows it changed. `only_rows`: it did nothing else."""

    snapshot: int
    tables: frozenset[str]
    only_rows: bool


ENTERED, LEFT = "entered", "left"


@dataclass(frozen=True)
class Touched:
    """The days and clients (BIGINT; null: rows of nobody) of rows changed `since` a snapshot. `rows`: all stored
    columns of those rows but their key, in whose place `row_key` tells those that ENTERED the table from those that
    LEFT it; None if many are."""

    since: int
    days: frozenset[date]
    clients: pa.Array
    rows: pa.Table | None = None


@dataclass(frozen=True)
class Kept:
    """The definitions (canonical JSON) that came into force with a snapshot, at a moment in naive UTC."""

    snapshot: int
    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class Moments:
    """The snapshots of an open store, up to the one it is read at, which stays the same. Raises StoreError when the
    store cannot be read."""

    lake: Lake
    _changes: dict[int, tuple[Change, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def snapshot(self) -> int:
        """The one the store is read at."""
        return self.lake.snapshot()

    def known_on(self, days: Iterable[date], timezone: str) -> dict[date, int]:
        """The newest snapshot on the evening of each day in `timezone`; a day before the store existed is left out."""
        evenings = ", ".join(_evening(day, ZoneInfo(timezone)) for day in sorted(days))
        query = (
            f"SELECT day, max(snapshot_id) FROM (VALUES {evenings}) e(day, midnight) JOIN ducklake_snapshots('lake') "
            "ON snapshot_time < midnight AND snapshot_id BETWEEN 1 AND ? GROUP BY day"
        )
        return dict(self.lake.query(query, [self.snapshot]))

    def changes_since(self, snapshot: int) -> tuple[Change, ...]:
        """What later snapshots changed, oldest first."""
        if snapshot not in self._changes:
            self._changes[snapshot] = tuple(self._changes_since(snapshot))
        return self._changes[snapshot]

    def _changes_since(self, snapshot: int) -> Iterator[Change]:
        query = (
            f"SELECT snapshot_id, changes_made FROM {_CATALOG}.ducklake_snapshot_changes "
            "WHERE snapshot_id > ? AND snapshot_id <= ? ORDER BY snapshot_id"
        )
        found = self.lake.query(query, [snapshot, self.snapshot])
        if found:
            names = dict(self.lake.query(f"SELECT table_id, table_name FROM {_CATALOG}.ducklake_table"))
            yield from (_change(number, made or "", names) for number, made in found)

    def touched(self, table: str, columns: Sequence[str], since: int, most: int) -> Touched | None:
        """The days (in some columns of `table`) and clients of the rows that snapshots after `since` brought, took or
        changed, as they were and as they became, and up to `most` of these rows themselves; None where this cannot be
        told, for files were written anew meanwhile.
        """
        changes = self.changes_since(since)
        if not all(change.only_rows for change in changes):
            return None
        changes = tuple(change for change in changes if table in change.tables)
        rows = self._moved(table, changes, most) if 0 < len(changes) <= _FEW else None
        found = self._days(table, columns, since) if rows is None else rows
        client = "client" if rows is None else _CLIENT
        clients = pc.unique(found.column(client)) if client in found.column_names else pa.array([None], pa.int64())
        days = (pc.unique(found.column(name).cast(pa.date32(), safe=False)) for name in columns)
        dated = frozenset(day for each in days for day in each.to_pylist() if day is not None)
        return Touched(since, dated, clients, rows)

    def untouched(self, table: str, days: frozenset[date]) -> Touched:
        """What `touched` would tell if these days had been touched, and no row."""
        columns = stored_columns(SALES_MODEL[table])
        nothing = self.lake.table(f"SELECT {columns} FROM {current(table)} LIMIT 0")
        return Touched(self.snapshot, days, pa.array([], pa.int64()), nothing)

    def _moved(self, table: str, changes: Sequence[Change], most: int) -> pa.Table | None:
        """The rows that entered the table, and those that left it for the history; None if there are more than `most`.
        What came and went, or the other way round, is in neither.

        What an import brings that yields to what is there goes to the history as well, and was never current."""
        columns = stored_columns(SALES_MODEL[table])
        snapshots = [change.snapshot for change in changes]
        past = [change.snapshot for change in changes if f"history_{table}" in change.tables]
        entered = (f"SELECT {columns}, 1 AS moved FROM {_insertions(table, number, number)}" for number in snapshots)
        gone = (
            f"SELECT {columns}, -1 FROM {_insertions(f'history_{table}', number, number)} "
            f"WHERE _import <= (SELECT max(id) FROM lake.main.imports AT (VERSION => {number - 1}))"
            for number in past
        )
        # A version is in the table once or not at all, so the moves of one come to 1, 0 or -1.
        found = self.lake.table(
            f"SELECT * EXCLUDE moved REPLACE (CASE WHEN moved > 0 THEN '{ENTERED}' ELSE '{LEFT}' END AS row_key) FROM "
            f"(SELECT * EXCLUDE moved, sum(moved) AS moved FROM ({' UNION ALL '.join((*entered, *gone))}) "
            f"GROUP BY ALL HAVING sum(moved) <> 0) LIMIT {most + 1}"
        )
        return found if found.num_rows <= most else None

    def _days(self, table: str, columns: Iterable[str], since: int) -> pa.Table:
        """The distinct days and clients of all that entered the table or its history."""
        days = ", ".join(quoted(column) for column in columns)
        client = _CLIENT if _CLIENT in SALES_MODEL[table] else "NULL"
        # What entered the current table, and what left it for the history.
        entered = " UNION ".join(
            f"SELECT DISTINCT {days}, CAST({client} AS BIGINT) AS client "
            f"FROM {_insertions(name, since + 1, self.snapshot)}"
            for name in (table, f"history_{table}")
        )
        return self.lake.table(entered)

    def definitions(self) -> tuple[Kept, ...]:
        """The definitions that were ever in force, oldest first: each time they changed."""
        query = (
            "SELECT s.snapshot, s.committed_at, coalesce(n.author, ''), c.text "
            "FROM ducklake_table_insertions('lake', 'main', 'states', 1, ?) s "
            "JOIN ducklake_snapshots('lake') n ON n.snapshot_id = s.snapshot "
            "JOIN lake.main.contexts c ON c.hash = s.definitions_hash "
            "QUALIFY s.definitions_hash IS DISTINCT FROM lag(s.definitions_hash) OVER (ORDER BY s.sequence) "
            "ORDER BY s.sequence"
        )
        return tuple(Kept(*row) for row in self.lake.query(query, [self.snapshot]))

    def state(self, snapshot: int) -> State:
        """What the store was at a past snapshot."""
        state = read_state(self.lake.connection, snapshot)
        assert state is not None, "a store is created with a state"
        return state


def _insertions(table: str, first: int, last: int) -> str:
    """What snapshots wrote into a table, as a source of rows: only the files they wrote are read."""
    return f"ducklake_table_insertions('lake', 'main', '{table}', {first}, {last})"


def _change(snapshot: int, made: str, names: Mapping[int, str]) -> Change:
    """A snapshot's changes as the catalog writes them: `inserted_into_table:22,deleted_from_table:22`."""
    each = [change.partition(":") for change in made.split(",") if change]
    written = frozenset(names[int(table)] for kind, _, table in each if kind in _WRITES)
    return Change(snapshot, written, all(kind in _WRITES for kind, _, _ in each))


def _evening(day: date, zone: ZoneInfo) -> str:
    """A day beside the moment it is over, as a row of SQL."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return f"(DATE '{day}', TIMESTAMPTZ '{midnight.isoformat()}')"
