"""Ids as integers: each domain has a table of texts and the integers that stand for them, from 1, never reused.

Set-based: an import's distinct ids are looked up once per domain, the unknown ones are numbered after the last.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

import duckdb

from cadran.store.schema import is_interned, keys_of, quoted
from cadran.store.scratch import lookup_of, texts_of
from cadran.tables.contract import Table


def look_up(
    connection: duckdb.DuckDBPyConnection, relations: Iterable[tuple[Table, str]], *, is_first: bool
) -> tuple[str, ...]:
    """Build the lookups for every id in the staged `relations`; returns the domains that occur in any row. `is_first`:
    the store never had an import, and gave no integer yet."""
    wanted: dict[str, list[str]] = {}
    for table, relation in relations:
        for column in table.columns:
            if is_interned(column):
                keys = f"SELECT {quoted(column.name)} AS key FROM {relation}"
                wanted.setdefault(str(column.domain), []).append(keys)
    named = tuple(
        domain for domain, selects in wanted.items() if _name(connection, domain, " UNION ALL ".join(selects))
    )
    last_ids = [(domain, 0) for domain in named] if is_first else _last_ids(connection, named)
    for domain, last in last_ids:
        _number(connection, domain, last)
    return named


def _name(connection: duckdb.DuckDBPyConnection, domain: str, wanted: str) -> bool:
    """The distinct texts of a domain; False when there are none: most imports leave most domains alone."""
    texts = f"SELECT DISTINCT key FROM ({wanted}) WHERE key IS NOT NULL"
    created = connection.execute(f"CREATE TEMP TABLE {texts_of(domain)} AS {texts}").fetchone()
    return bool(created and created[0])


def _last_ids(connection: duckdb.DuckDBPyConnection, domains: Iterable[str]) -> list[tuple[str, int]]:
    """The last integer of each domain, 0 where none was given; in one look at the store."""
    each = [f"SELECT '{domain}', coalesce(max(id), 0) FROM {keys_of(domain)}" for domain in domains]
    return connection.execute(" UNION ALL ".join(each)).fetchall() if each else []


def _number(connection: duckdb.DuckDBPyConnection, domain: str, last: int) -> None:
    rank = "count(*) FILTER (WHERE k.id IS NULL) OVER (ROWS UNBOUNDED PRECEDING)"
    numbered = (
        f"SELECT w.key, coalesce(k.id, {last} + {rank}) AS id, k.id IS NULL AS fresh "
        f"FROM {texts_of(domain)} w LEFT JOIN {keys_of(domain)} k ON k.key = w.key"
    )
    if last == 0:
        numbered = f"SELECT key, row_number() OVER () AS id, true AS fresh FROM {texts_of(domain)}"
    connection.execute(f"CREATE TEMP TABLE {lookup_of(domain)} AS {numbered}")


def keep(connection: duckdb.DuckDBPyConnection, domains: Iterable[str]) -> None:
    """Add the fresh ids of the lookups to the store."""
    for domain in domains:
        fresh = f"FROM {lookup_of(domain)} WHERE fresh"
        if connection.execute(f"SELECT 1 {fresh} LIMIT 1").fetchone():
            connection.execute(f"INSERT INTO {keys_of(domain)} SELECT id, key {fresh}")


def resolved(table: Table, relation: str, domains: Container[str]) -> str:
    """A SELECT of the staged `relation` with its ids interned and its columns in their physical types; `domains` are
    those that have a lookup."""
    columns, joins = [], []
    for position, column in enumerate(table.columns):
        name = quoted(column.name)
        if is_interned(column) and column.domain not in domains:
            columns.append(f"CAST(NULL AS BIGINT) AS {name}")
        elif is_interned(column):
            columns.append(f"k{position}.id AS {name}")
            joins.append(f"LEFT JOIN {lookup_of(str(column.domain))} k{position} ON k{position}.key = s.{name}")
        else:
            columns.append(f"s.{name}")
    own = "s.doubts AS _doubts, s.derived AS _derived, s.file_no"
    return f"SELECT s.row_key, {', '.join(columns)}, {own} FROM {relation} s {' '.join(joins)}"
