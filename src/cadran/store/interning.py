"""Ids as integers: each domain has a table of texts and the integers that stand for them, from 1, never reused.

Set-based: an import's distinct ids are looked up once per domain, the unknown ones are numbered after the last. Where
all the ids that a first import brings are whole numbers already, close together, they stand for themselves, and a
million lines are not looked up among them. Orders and documents only group rows: theirs may be far apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from cadran.store.schema import is_interned, keys_of, quoted
from cadran.store.scratch import lookup_of, texts_of
from cadran.tables.contract import Table
from cadran.tables.model import INTERNED_DOMAINS, PARENT_OF_DOMAIN

_GROUPING = frozenset(INTERNED_DOMAINS) - PARENT_OF_DOMAIN.keys()
_LARGEST = 10**15  # leaves room for the ids that are numbered after it
_CLOSE = 4  # integers up to so many times the number of ids: what is indexed by them stays small


@dataclass(frozen=True)
class Interned:
    """The domains that occur in an import's rows: those whose ids are `looked_up`, and those whose ids, all of them
    whole numbers new to the store, are integers by `themselves`."""

    looked_up: tuple[str, ...] = ()
    themselves: tuple[str, ...] = ()


def look_up(
    connection: duckdb.DuckDBPyConnection,
    relations: Iterable[tuple[Table, str, Mapping[str, str]]],
    *,
    is_first: bool,
) -> Interned:
    """Build the lookups for every id in the staged relations, each given with its table and, for some columns, a SELECT
    of the distinct `key`s. `is_first`: the store never had an import, and gave no integer yet."""
    wanted: dict[str, list[str]] = {}
    for table, relation, distinct in relations:
        for column in table.columns:
            if is_interned(column):
                keys = f"SELECT DISTINCT {quoted(column.name)} AS key FROM {relation}"
                wanted.setdefault(str(column.domain), []).append(distinct.get(column.name, keys))
    texts = {
        domain: f"SELECT key FROM ({' UNION '.join(keys)}) WHERE key IS NOT NULL" for domain, keys in wanted.items()
    }
    named = tuple(domain for domain, each in texts.items() if _create(connection, texts_of(domain), each))
    themselves = tuple(domain for domain in named if is_first and _are_whole(connection, domain))
    looked_up = tuple(domain for domain in named if domain not in themselves)
    if is_first:
        for domain in looked_up:
            _create(connection, lookup_of(domain), _fresh(domain))
    else:
        for domain, last in _last_ids(connection, looked_up):
            _create(connection, lookup_of(domain), _numbered(domain, last))
    return Interned(looked_up, themselves)


def _are_whole(connection: duckdb.DuckDBPyConnection, domain: str) -> bool:
    whole = "TRY_CAST(key AS BIGINT)"  # written as integers are: no two such texts are the same one
    largest = str(_LARGEST) if domain in _GROUPING else f"{_CLOSE} * (SELECT count(*) FROM {texts_of(domain)})"
    is_one = f"{whole} BETWEEN 1 AND {largest} AND CAST({whole} AS VARCHAR) = key"
    found = connection.execute(f"SELECT bool_and(coalesce({is_one}, false)) FROM {texts_of(domain)}").fetchone()
    return bool(found and found[0])


def _fresh(domain: str) -> str:
    return f"SELECT key, row_number() OVER () AS id, true AS fresh FROM {texts_of(domain)}"


def _numbered(domain: str, last: int) -> str:
    """The texts of a domain, those that the store does not know numbered after its `last`."""
    rank = "count(*) FILTER (WHERE k.id IS NULL) OVER (ROWS UNBOUNDED PRECEDING)"
    return (
        f"SELECT w.key, coalesce(k.id, {last} + {rank}) AS id, k.id IS NULL AS fresh "
        f"FROM {texts_of(domain)} w LEFT JOIN {keys_of(domain)} k ON k.key = w.key"
    )


def _create(connection: duckdb.DuckDBPyConnection, relation: str, query: str) -> bool:
    """Makes a temporary table; whether it holds any row: most imports leave most domains alone."""
    created = connection.execute(f"CREATE TEMP TABLE {relation} AS {query}").fetchone()
    return bool(created and created[0])


def _last_ids(connection: duckdb.DuckDBPyConnection, domains: Iterable[str]) -> list[tuple[str, int]]:
    """The last integer of each domain, 0 where none was given; in one look at the store."""
    each = [f"SELECT '{domain}', coalesce(max(id), 0) FROM {keys_of(domain)}" for domain in domains]
    return connection.execute(" UNION ALL ".join(each)).fetchall() if each else []


def keep(connection: duckdb.DuckDBPyConnection, interned: Interned) -> None:
    """Add the fresh ids to the store."""
    for domain in interned.themselves:
        connection.execute(f"INSERT INTO {keys_of(domain)} SELECT CAST(key AS BIGINT), key FROM {texts_of(domain)}")
    for domain in interned.looked_up:
        fresh = f"FROM {lookup_of(domain)} WHERE fresh"
        if connection.execute(f"SELECT 1 {fresh} LIMIT 1").fetchone():
            connection.execute(f"INSERT INTO {keys_of(domain)} SELECT id, key {fresh}")


def resolved(table: Table, relation: str, interned: Interned) -> str:
    """A SELECT of the staged `relation` with its ids interned and its columns in their physical types."""
    columns, joins = [], []
    for position, column in enumerate(table.columns):
        name = quoted(column.name)
        if not is_interned(column):
            columns.append(f"s.{name}")
        elif column.domain in interned.looked_up:
            columns.append(f"k{position}.id AS {name}")
            joins.append(f"LEFT JOIN {lookup_of(str(column.domain))} k{position} ON k{position}.key = s.{name}")
        else:
            itself = f"s.{name}" if column.domain in interned.themselves else "NULL"
            columns.append(f"CAST({itself} AS BIGINT) AS {name}")
    own = "s.doubts AS _doubts, s.derived AS _derived, s.file_no"
    return f"SELECT s.row_key, {', '.join(columns)}, {own} FROM {relation} s {' '.join(joins)}"
