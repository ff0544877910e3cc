"""The temporary relations that weighing an import makes: named here, and dropped here when its transaction is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from cadran.tables.model import INTERNED_DOMAINS, SALES_MODEL

# The living imports (id, source), and their replacements with the columns of the ledger's.
LIVING, RULES = "scratch_living", "scratch_rules"


def texts_of(domain: str) -> str:
    """Table: the ids of a domain that an import speaks of (key)."""
    return f"scratch_texts_{domain}"


def lookup_of(domain: str) -> str:
    """Table: those ids with their integers (key, id, fresh); `fresh` ones are new to the store."""
    return f"scratch_lookup_{domain}"


def staged_of(table: str) -> str:
    """View: all the rows staged for a table, each key once, ids still text."""
    return f"scratch_staged_{table}"


def verdicts_of(table: str) -> str:
    """Table: an import's keys (row_key, file_no, derived, verdict, before), `before` being the import of the current
    version. It is not made for a table that holds no row yet."""
    return f"scratch_verdicts_{table}"


def incoming_of(table: str) -> str:
    """View: an import's rows: the stored columns less `_import`, and the verdict."""
    return f"scratch_incoming_{table}"


def touched_of(table: str) -> str:
    """Table: the keys whose current version is to be weighed again (row_key)."""
    return f"scratch_touched_{table}"


def outcome_of(table: str) -> str:
    """Table: the keys whose current version changes (row_key, before, after), the imports of the versions; NULL for
    none."""
    return f"scratch_outcome_{table}"


_VIEWS = [name(table) for table in SALES_MODEL for name in (incoming_of, staged_of)]
_TABLES = [name(table) for table in SALES_MODEL for name in (verdicts_of, touched_of, outcome_of)]
_TABLES += [name(domain) for domain in INTERNED_DOMAINS for name in (lookup_of, texts_of)]
_TABLES += [LIVING, RULES]
_DROP_ALL = "; ".join(
    [
        *(f"DROP VIEW IF EXISTS temp.{name}" for name in _VIEWS),
        *(f"DROP TABLE IF EXISTS temp.{name}" for name in _TABLES),
    ]
)


@contextmanager
def scratch(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Around a transaction: whatever came of it, its scratch relations are gone afterwards."""
    try:
        yield
    finally:
        connection.execute(_DROP_ALL)
