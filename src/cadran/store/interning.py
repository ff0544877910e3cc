"""Ids as integers: each domain has a table of texts and the integers that stand for them, never reused.

    domain                what comes                       is stored as                    and kept in the table
    --------------------  -------------------------------  ------------------------------  ---------------------
    clients, reps ...     any text                         the next integer, from 1        yes
      in a first import   whole numbers, close together    themselves                      yes
    orders and documents  a whole number up to 10^15       itself                          no
                          any other text                   the next integer above 10^15    yes

Set-based: an import's distinct ids are looked up once per domain, the unknown ones are numbered after the last. A whole
number is a text written exactly as integers are: no two such texts are one integer, and no other text takes theirs.
Orders and documents only group rows, and there are millions: most are whole numbers, which are looked up nowhere.

Where the table of orders or documents holds an integer up to 10^15, it was begun when all of them were kept: there an
integer may stand for any text, and all are looked up and numbered as clients are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from cadran.store.schema import is_interned, keys_of, quoted
from cadran.store.scratch import lookup_of, texts_of
from cadran.tables.contract import Table
from cadran.tables.model import GROUPING_DOMAINS

LARGEST = 10**15  # leaves room for the ids that are numbered after it
_CLOSE = 4  # integers up to so many times the number of ids: what is indexed by them stays small
# A `key` that is an integer from 1 to the largest, written as integers are. A cast that fails takes ten times as long.
_IS_WHOLE = f"regexp_full_match(key, '[1-9][0-9]{{0,14}}|{LARGEST}')"


@dataclass(frozen=True)
class Interned:
    """The domains that may occur in an import's rows: those with ids that are `looked_up`, and those whose ids, as far
    as they are not looked up, are whole numbers that stand for `themselves`."""

    looked_up: tuple[str, ...] = ()
    themselves: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Span:
    """The integers of a domain's table."""

    first: int
    last: int


def look_up(
    connection: duckdb.DuckDBPyConnection,
    relations: Iterable[tuple[Table, str, Mapping[str, str]]],
    *,
    is_first: bool,
) -> Interned:
    """Build the lookups for the ids in the staged relations, each given with its table and, for some columns, a SELECT
    of the distinct `key`s. `is_first`: the store never had an import, and gave no integer yet."""
    texts = _texts(relations)
    grouping = [domain for domain in texts if domain in GROUPING_DOMAINS]
    named = [domain for domain in texts if domain not in grouping and _create(connection, domain, texts[domain])]
    close = [domain for domain in named if is_first and _are_close(connection, domain)]
    looked_up = [domain for domain in named if domain not in close]
    spans = {} if is_first else _spans(connection, [*looked_up, *grouping])
    themselves = [domain for domain in grouping if domain not in spans or spans[domain].first > LARGEST]
    for domain in grouping:
        others = f"{texts[domain]} AND NOT {_IS_WHOLE}" if domain in themselves else texts[domain]
        if _create(connection, domain, others):
            looked_up.append(domain)
    for domain in looked_up:
        fresh = _fresh(domain, LARGEST if domain in themselves else 0)
        lookup = _numbered(domain, spans[domain].last) if domain in spans else fresh
        connection.execute(f"CREATE TEMP TABLE {lookup_of(domain)} AS {lookup}")
    return Interned(tuple(looked_up), (*close, *themselves))


def _texts(relations: Iterable[tuple[Table, str, Mapping[str, str]]]) -> dict[str, str]:
    """Each domain that the relations have columns of, with a SELECT of its distinct texts."""
    wanted: dict[str, list[str]] = {}
    for table, relation, distinct in relations:
        for column in table.columns:
            if is_interned(column):
                keys = f"SELECT DISTINCT {quoted(column.name)} AS key FROM {relation}"
                wanted.setdefault(str(column.domain), []).append(distinct.get(column.name, keys))
    return {
        domain: f"SELECT key FROM ({' UNION '.join(keys)}) WHERE key IS NOT NULL" for domain, keys in wanted.items()
    }


def _create(connection: duckdb.DuckDBPyConnection, domain: str, texts: str) -> bool:
    """Gathers texts of a domain; whether there are any: most imports leave most domains alone."""
    created = connection.execute(f"CREATE TEMP TABLE {texts_of(domain)} AS {texts}").fetchone()
    return bool(created and created[0])


def _are_close(connection: duckdb.DuckDBPyConnection, domain: str) -> bool:
    is_close = f"TRY_CAST(key AS BIGINT) <= {_CLOSE} * (SELECT count(*) FROM {texts_of(domain)})"
    found = connection.execute(f"SELECT bool_and({_IS_WHOLE} AND {is_close}) FROM {texts_of(domain)}").fetchone()
    return bool(found and found[0])


def _spans(connection: duckdb.DuckDBPyConnection, domains: Iterable[str]) -> dict[str, _Span]:
    """The integers of each domain whose table holds any; in one look at the store."""
    each = [f"SELECT '{domain}', min(id), max(id) FROM {keys_of(domain)} HAVING count(*) > 0" for domain in domains]
    found = connection.execute(" UNION ALL ".join(each)).fetchall() if each else []
    return {domain: _Span(first, last) for domain, first, last in found}


def _fresh(domain: str, last: int) -> str:
    """The texts of a domain that the store knows none of, numbered after `last`."""
    return f"SELECT key, {last} + row_number() OVER () AS id, true AS fresh FROM {texts_of(domain)}"


def _numbered(domain: str, last: int) -> str:
    """The texts of a domain, those that the store does not know numbered after its `last`."""
    rank = "count(*) FILTER (WHERE k.id IS NULL) OVER (ROWS UNBOUNDED PRECEDING)"
    return (
        f"SELECT w.key, coalesce(k.id, {last} + {rank}) AS id, k.id IS NULL AS fresh "
        f"FROM {texts_of(domain)} w LEFT JOIN {keys_of(domain)} k ON k.key = w.key"
    )


def keep(connection: duckdb.DuckDBPyConnection, interned: Interned) -> None:
    """Add the fresh ids to the store."""
    for domain in interned.themselves:
        if domain not in GROUPING_DOMAINS:
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
            continue
        alias, domain = f"k{position}", str(column.domain)
        columns.append(f"{_integer(domain, f's.{name}', f'{alias}.id', interned)} AS {name}")
        if domain in interned.looked_up:
            joins.append(f"LEFT JOIN {lookup_of(domain)} {alias} ON {alias}.key = s.{name}")
    own = "s.doubts AS _doubts, s.derived AS _derived, s.file_no"
    return f"SELECT s.row_key, {', '.join(columns)}, {own} FROM {relation} s {' '.join(joins)}"


def _integer(domain: str, text: str, found: str, interned: Interned) -> str:
    """The SQL of an id's integer, given its text and what was found for it where it is looked up."""
    if domain not in interned.looked_up:
        return f"CAST({text if domain in interned.themselves else 'NULL'} AS BIGINT)"
    return f"coalesce({found}, TRY_CAST({text} AS BIGINT))" if domain in interned.themselves else found
