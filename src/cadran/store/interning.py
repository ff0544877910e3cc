"""Ids as integers: each domain has a table of texts and the integers that stand for them, from 1, never reused.

Set-based: an import's distinct ids are looked up once per domain, the unknown ones are numbered after the last.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from cadran.store.schema import is_interned, keys_of, quoted
from cadran.store.scratch import lookup_of, texts_of
from cadran.tables.contract import Table


def look_up(connection: duckdb.DuckDBPyConnection, relations: Iterable[tuple[Table, str]]) -> tuple[str, ...]:
    """Build the lookups for every id in the staged `relations`; returns the domains that occur."""
    wanted: dict[str, list[str]] = {}
    for table, relation in relations:
        for column in table.columns:
            if is_interned(column):
                keys = f"SELECT {quoted(column.name)} AS key FROM {relation}"
                wanted.setdefault(str(column.domain), []).append(keys)
    for domain, selects in wanted.items():
        _number(connection, domain, " UNION ALL ".join(selects))
    return tuple(wanted)


def _number(connection: duckdb.DuckDBPyConnection, domain: str, wanted: str) -> None:
    texts = texts_of(domain)
    created = connection.execute(
        f"CREATE TEMP TABLE {texts} AS SELECT DISTINCT key FROM ({wanted}) WHERE key IS NOT NULL"
    ).fetchone()
    if not created or not created[0]:  # most imports leave most domains alone: spare the store a look
        connection.execute(f"CREATE TEMP TABLE {lookup_of(domain)} (key VARCHAR, id BIGINT, fresh BOOLEAN)")
        return
    rank = "count(*) FILTER (WHERE k.id IS NULL) OVER (ROWS UNBOUNDED PRECEDING)"
    last = f"(SELECT coalesce(max(id), 0) FROM {keys_of(domain)})"
    connection.execute(
        f"CREATE TEMP TABLE {lookup_of(domain)} AS "
        f"SELECT w.key, coalesce(k.id, {last} + {rank}) AS id, k.id IS NULL AS fresh "
        f"FROM {texts} w LEFT JOIN {keys_of(domain)} k ON k.key = w.key"
    )


def keep(connection: duckdb.DuckDBPyConnection, domains: Iterable[str]) -> None:
    """Add the fresh ids of the lookups to the store."""
    for domain in domains:
        fresh = f"FROM {lookup_of(domain)} WHERE fresh"
        if connection.execute(f"SELECT 1 {fresh} LIMIT 1").fetchone():
            connection.execute(f"INSERT INTO {keys_of(domain)} SELECT id, key {fresh}")


def resolved(table: Table, relation: str) -> str:
    """A SELECT of the staged `relation` with its ids interned and its columns in their physical types."""
    columns, joins = [], []
    for position, column in enumerate(table.columns):
        name = quoted(column.name)
        if is_interned(column):
            columns.append(f"k{position}.id AS {name}")
            joins.append(f"LEFT JOIN {lookup_of(str(column.domain))} k{position} ON k{position}.key = s.{name}")
        else:
            columns.append(f"s.{name}")
    own = "s.doubts AS _doubts, s.derived AS _derived, s.file_no"
    return f"SELECT s.row_key, {', '.join(columns)}, {own} FROM {relation} s {' '.join(joins)}"
