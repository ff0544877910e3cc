"""What a table holds, in one aggregate query: rows, filled and doubtful cells, ranges, choices seen.

The planner and the screens read the profile instead of the table: which KPIs are possible, how far the data goes, how
many rows lack a date. It is recomputed for a table inside the commit that changes it.
"""

from __future__ import annotations

import json
from collections.abc import Container, Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from cadran.store.schema import current, quoted, stored_as
from cadran.store.seen import Seen
from cadran.tables.contract import Column, Table, Type
from cadran.tables.model import SALES_MODEL

_RANGED = (Type.DATE, Type.TIMESTAMP, Type.MONEY, Type.NUMBER, Type.INTEGER, Type.SHARE)


@dataclass(frozen=True)
class ColumnProfile:
    """`filled`: rows with a value; `doubtful`: rows whose value is doubtful; `low` and `high`: the range as text (ISO
    for dates), of dates, times and numbers only."""

    filled: int
    doubtful: int
    low: str | None
    high: str | None

    @property
    def is_positive(self) -> bool:
        """Of numbers: whether all that there are lie above 0."""
        return self.low is not None and float(self.low) > 0


@dataclass(frozen=True)
class TableProfile:
    """`values`: the distinct values seen of CHOICE columns and of `currency`, sorted. `whole_orders` (sales): every
    order id has one date, one rep and one account."""

    rows: int
    columns: dict[str, ColumnProfile]
    values: dict[str, tuple[str, ...]]
    whole_orders: bool

    def look(self, days: Container[str]) -> Hashable:
        """What there is, how far `days` go, and whether numbers lie above 0, whatever the number of rows: what
        statements are written by."""
        columns = (
            (
                name,
                *(each.filled > 0, each.filled == self.rows, each.doubtful > 0),
                *((each.low, each.high) if name in days else (each.is_positive,)),
            )
            for name, each in self.columns.items()
        )
        return self.rows > 0, self.whole_orders, tuple(columns), tuple(self.values.items())


def side_by_side(one: TableProfile, other: TableProfile) -> TableProfile:
    """What is known of the rows of a table at two moments, laid side by side; no ranges."""
    nothing = ColumnProfile(0, 0, None, None)
    columns = {}
    for name in one.columns | other.columns:
        mine, theirs = (each.columns.get(name, nothing) for each in (one, other))
        columns[name] = ColumnProfile(mine.filled + theirs.filled, mine.doubtful + theirs.doubtful, None, None)
    values = {
        name: tuple(sorted({*one.values.get(name, ()), *other.values.get(name, ())}))
        for name in one.values | other.values
    }
    return TableProfile(one.rows + other.rows, columns, values, one.whole_orders and other.whole_orders)


def empty_tables() -> dict[str, TableProfile]:
    """The profile of a store nothing was imported into."""
    return {name: _empty(table) for name, table in SALES_MODEL.items()}


def _empty(table: Table) -> TableProfile:
    columns = {name: ColumnProfile(0, 0, None, None) for name in table.column_names}
    return TableProfile(0, columns, {column.name: () for column in table.columns if _is_listed(column)}, True)


def measure(connection: duckdb.DuckDBPyConnection, table: Table, seen: Seen) -> TableProfile:
    """The profile of the current rows of `table`, of all of which `seen` is known."""
    items = ["count(*)", f"histogram({seen.fixed.get('_doubts', '_doubts')})"]
    for column in table.columns:
        items += _measures(table, column, seen)
    row = iter(_one_row(connection, f"SELECT {', '.join(items)} FROM {current(table.name)}"))
    rows, doubts = next(row), next(row) or {}
    columns: dict[str, ColumnProfile] = {}
    values: dict[str, tuple[str, ...]] = {}
    for position, column in enumerate(table.columns):
        filled, low, high, listed = next(row), next(row), next(row), next(row)
        doubtful = sum(count for mask, count in doubts.items() if mask >> position & 1)
        columns[column.name] = ColumnProfile(filled, doubtful, low, high)
        if _is_listed(column):
            values[column.name] = tuple(listed or ())
    return TableProfile(rows, columns, values, table.name != "sales" or _has_whole_orders(connection))


def _measures(table: Table, column: Column, seen: Seen) -> list[str]:
    """Four expressions: filled, low, high, distinct values."""
    value = seen.fixed.get(column.name, quoted(stored_as(table, column.name)))
    filled = "count(*)" if column.name in seen.full else f"count({value})"
    low, high = "NULL", "NULL"
    if column.name in seen.days:
        low, high = (f"'{day}'" for day in seen.days[column.name])
    elif column.type in _RANGED:
        low, high = (f"CAST({edge}({value}) AS VARCHAR)" for edge in ("min", "max"))
    listed = f"list_sort(list(DISTINCT {value}) FILTER (WHERE {value} IS NOT NULL))" if _is_listed(column) else "NULL"
    return [filled, low, high, listed]


def _is_listed(column: Column) -> bool:
    return column.type is Type.CHOICE or column.name == "currency"


def _has_whole_orders(connection: duckdb.DuckDBPyConnection) -> bool:
    said = f"SELECT DISTINCT order_id, sold_on, rep_id, account_id FROM {current('sales')} WHERE order_id IS NOT NULL"
    return bool(_one_row(connection, f"SELECT count(*) = count(DISTINCT order_id) FROM ({said})")[0])


def _one_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.sql(query).fetchone()
    assert row is not None, "an aggregate without groups has one row"
    return row


def to_json(tables: Mapping[str, TableProfile]) -> str:
    return json.dumps({name: asdict(profile) for name, profile in tables.items()}, separators=(",", ":"))


def from_json(text: str) -> dict[str, TableProfile]:
    return {name: _table_profile(profile) for name, profile in json.loads(text).items()}


def _table_profile(stored: dict[str, Any]) -> TableProfile:
    columns = {name: ColumnProfile(**column) for name, column in stored["columns"].items()}
    values = {name: tuple(seen) for name, seen in stored["values"].items()}
    return TableProfile(stored["rows"], columns, values, stored["whole_orders"])
