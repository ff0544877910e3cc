"""What the store is after each change: the profile of its tables, and the settings and definitions then in force.

One row, rewritten by every change; the past ones are read through snapshots. The texts of settings and definitions
are kept once each, under their SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from cadran.store.profile import TableProfile, from_json, to_json

NOT_YET = "{}"  # the settings and definitions of a store nothing was imported into


@dataclass(frozen=True)
class Context:
    """The canonical JSON texts of the settings and of the KPI definitions."""

    settings: str
    definitions: str


@dataclass(frozen=True)
class State:
    """What the store is after its `sequence`-th change. `snapshot` is the one that change made (later upkeep adds
    snapshots without changing anything); `committed_at` is naive UTC."""

    sequence: int
    committed_at: datetime
    snapshot: int
    tables: Mapping[str, TableProfile]
    settings_hash: str
    definitions_hash: str

    @property
    def filled(self) -> frozenset[str]:
        """The tables of the model that hold any row."""
        return frozenset(name for name, profile in self.tables.items() if profile.rows)


def now() -> datetime:
    """The present in naive UTC, as the store writes it."""
    return datetime.now(UTC).replace(tzinfo=None)


def read_state(connection: duckdb.DuckDBPyConnection, snapshot: int | None = None) -> State | None:
    """The state at this snapshot, or a past one; None in a store whose creation was cut short."""
    at = "" if snapshot is None else f" AT (VERSION => {snapshot})"
    row = connection.execute(f"SELECT * FROM lake.main.states{at}").fetchone()
    if row is None:
        return None
    sequence, committed_at, snapshot, profile, settings_hash, definitions_hash = row
    return State(sequence, committed_at, snapshot, from_json(profile), settings_hash, definitions_hash)


def present(connection: duckdb.DuckDBPyConnection) -> State:
    """The state of a store that was created."""
    state = read_state(connection)
    assert state is not None, "a store is created with a state"
    return state


def write_state(connection: duckdb.DuckDBPyConnection, state: State) -> None:
    """Put `state` in the place of the one before."""
    connection.execute("DELETE FROM lake.main.states")
    connection.execute(
        "INSERT INTO lake.main.states VALUES (?, ?, ?, ?, ?, ?)",
        [
            state.sequence,
            state.committed_at,
            state.snapshot,
            to_json(state.tables),
            state.settings_hash,
            state.definitions_hash,
        ],
    )


def advance(
    connection: duckdb.DuckDBPyConnection,
    before: State,
    changed: Mapping[str, TableProfile],
    context: Context | None = None,
) -> State:
    """Write the state that follows `before`: `changed` profiles replace the old ones, and so does `context` if
    given."""
    hashes = (before.settings_hash, before.definitions_hash) if context is None else remember(connection, context)
    after = State(before.sequence + 1, now(), next_snapshot(connection), {**before.tables, **changed}, *hashes)
    write_state(connection, after)
    return after


def next_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """The snapshot that the running transaction will make; true because its writer is alone."""
    row: Any = connection.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
    return int(row[0]) + 1


def remember(connection: duckdb.DuckDBPyConnection, context: Context) -> tuple[str, str]:
    """Keep both texts unless they are kept already; returns their hashes, settings first."""
    texts = {hashlib.sha256(text.encode()).hexdigest(): text for text in (context.settings, context.definitions)}
    known = {hash_ for (hash_,) in connection.execute("SELECT hash FROM lake.main.contexts").fetchall()}
    for hash_, text in texts.items():
        if hash_ not in known:
            connection.execute("INSERT INTO lake.main.contexts VALUES (?, ?)", [hash_, text])
    settings_hash, definitions_hash = (
        hashlib.sha256(text.encode()).hexdigest() for text in (context.settings, context.definitions)
    )
    return settings_hash, definitions_hash


def read_context(connection: duckdb.DuckDBPyConnection) -> Context:
    """The texts in force at this snapshot."""
    query = (
        "SELECT s.text, d.text FROM lake.main.states JOIN lake.main.contexts s ON s.hash = settings_hash "
        "JOIN lake.main.contexts d ON d.hash = definitions_hash"
    )
    row = connection.execute(query).fetchone()
    assert row is not None, "every state's texts are kept"
    return Context(*row)
