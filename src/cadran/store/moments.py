"""Past evenings of a store: which snapshot was the newest then, what it held, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from cadran.store.schema import quoted
from cadran.store.state import State, read_state
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.store.lake import Lake

_CLIENT = "account_id"
# What DuckLake says of a snapshot that wrote or deleted rows; merging files is no change of rows.
_WRITES = ("tables_inserted_into", "tables_deleted_from")


@dataclass(frozen=True)
class Change:
    """A snapshot and the tables whose rows it changed."""

    snapshot: int
    tables: frozenset[str]


@dataclass(frozen=True)
class Touched:
    """The days and clients (BIGINT; null: rows of nobody) of changed rows."""

    days: frozenset[date]
    clients: pa.Array


@dataclass(frozen=True)
class Moments:
    """The snapshots of an open store, up to the one it is read at. Raises StoreError when the store cannot be read."""

    lake: Lake

    def known_on(self, days: Iterable[date], timezone: str) -> dict[date, int]:
        """The newest snapshot on the evening of each day in `timezone`; a day before the store existed is left out."""
        evenings = ", ".join(_evening(day, ZoneInfo(timezone)) for day in sorted(days))
        query = (
            f"SELECT day, max(snapshot_id) FROM (VALUES {evenings}) e(day, midnight) JOIN ducklake_snapshots('lake') "
            "ON snapshot_time < midnight AND snapshot_id BETWEEN 1 AND ? GROUP BY day"
        )
        return dict(self.lake.query(query, [self.lake.snapshot()]))

    def changes_since(self, snapshot: int) -> tuple[Change, ...]:
        """What later snapshots changed, oldest first."""
        names = dict(self.lake.query("SELECT table_id, table_name FROM ducklake_table_info('lake')"))
        query = (
            "SELECT snapshot_id, changes FROM ducklake_snapshots('lake') "
            "WHERE snapshot_id > ? AND snapshot_id <= ? ORDER BY snapshot_id"
        )
        return tuple(
            Change(number, frozenset(names[int(table)] for kind in _WRITES for table in changes.get(kind) or ()))
            for number, changes in self.lake.query(query, [snapshot, self.lake.snapshot()])
        )

    def touched(self, table: str, columns: Iterable[str], since: int) -> Touched | None:
        """The days (in some columns of `table`) and clients of the rows that snapshots after `since` brought, took or
        changed, as they were and as they became; None where this cannot be told, for files were written anew meanwhile.
        """
        now = self.lake.snapshot()
        kinds = self.lake.query(
            "SELECT DISTINCT unnest(map_keys(changes)) FROM ducklake_snapshots('lake') "
            "WHERE snapshot_id > ? AND snapshot_id <= ?",
            [since, now],
        )
        if not {kind for (kind,) in kinds} <= set(_WRITES):
            return None
        days = ", ".join(f"CAST({quoted(column)} AS DATE)" for column in columns)
        client = _CLIENT if _CLIENT in SALES_MODEL[table] else "NULL"
        # What entered the current table, and what left it for the history: only the files they are in are read.
        entered = " UNION ALL ".join(
            f"SELECT DISTINCT unnest([{days}]) AS day, CAST({client} AS BIGINT) AS client "
            f"FROM ducklake_table_insertions('lake', 'main', '{name}', {since + 1}, {now})"
            for name in (table, f"history_{table}")
        )
        found = self.lake.table(entered)
        known = pc.drop_null(pc.unique(found.column("day")))
        return Touched(frozenset(known.to_pylist()), pc.unique(found.column("client")))

    def state(self, snapshot: int) -> State:
        """What the store was at a past snapshot."""
        state = read_state(self.lake.connection, snapshot)
        assert state is not None, "a store is created with a state"
        return state


def _evening(day: date, zone: ZoneInfo) -> str:
    """A day beside the moment it is over, as a row of SQL."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return f"(DATE '{day}', TIMESTAMPTZ '{midnight.isoformat()}')"
