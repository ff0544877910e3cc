"""The rows that a replacement would take away, so that a person can look before agreeing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from cadran.store.schema import current, id_as_text, is_interned, quoted, stored_as
from cadran.store.scratch import outcome_of
from cadran.tables.contract import Table

SHOWN = 10
_MADE_KEY = "[0-9a-f]{32}(-[0-9]+)?"  # of a row without a key of its own: it tells a person nothing
_TELLING = ("document_id", "account_id", "name", "amount", "annual_value", "value")


@dataclass(frozen=True)
class Vanishing:
    """How many `rows` leave a table, and the `first` of them by date: column -> value, of the columns by which a person
    recognises a row (its key, date, client or name, amount), as far as they are filled."""

    table: str
    rows: int
    first: tuple[dict[str, Any], ...]


def vanishing(connection: duckdb.DuckDBPyConnection, table: Table, rows: int) -> Vanishing:
    """The first of the `rows` that leave `table`, once its outcome is weighed."""
    names = _telling(table)
    order = f"t.{quoted(table.dated_by)}, row_key" if table.dated_by else "row_key"
    found = connection.execute(
        f"SELECT {', '.join(_readable(table, name) for name in names)} FROM {current(table.name)} t "
        f"SEMI JOIN (FROM {outcome_of(table.name)} WHERE before IS NOT NULL AND after IS NULL) o USING (row_key) "
        f"ORDER BY {order} LIMIT {SHOWN}"
    ).fetchall()
    filled = [name for place, name in enumerate(names) if any(row[place] is not None for row in found)]
    first = (dict(zip(names, row, strict=True)) for row in found)
    return Vanishing(table.name, rows, tuple({name: row[name] for name in filled} for row in first))


def _telling(table: Table) -> list[str]:
    date = (table.dated_by,) if table.dated_by else ()
    return list(dict.fromkeys((*table.key, *date, *(name for name in _TELLING if name in table))))


def _readable(table: Table, name: str) -> str:
    column, stored = table[name], f"t.{quoted(stored_as(table, name))}"
    if table.keyless and name in table.key:
        return f"CASE WHEN NOT regexp_full_match({stored}, '{_MADE_KEY}') THEN {stored} END"
    return id_as_text(column.domain, stored) if is_interned(column) else stored
