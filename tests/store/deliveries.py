"""Imports written as plain rows, staged as intake stages them, and stores read back with their ids as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from cadran.store.delivery import DeliveredFile, Delivery, Replacement, Staged, Tally
from cadran.store.lake import Lake
from cadran.store.schema import current, id_as_text, is_interned, logical_type, quoted, stored_as
from cadran.store.state import Context
from cadran.tables.contract import Table
from cadran.tables.model import SALES_MODEL

Value = str | int | bool | Decimal | date | datetime | None
Row = Mapping[str, Value]
CONTEXT = Context('{"company":{}}', '{"kpis":[]}')
_numbers = count(1)


def stage(lake: Lake, table_name: str, rows: Sequence[Row], *, derived: bool = False) -> Staged:
    """A staged relation of `rows`; `file_no` (default 1) and `doubts` (default 0) may stand among the columns."""
    table = SALES_MODEL[table_name]
    relation = f"staged_{next(_numbers)}"
    columns = ", ".join(f"{quoted(column.name)} {logical_type(column)}" for column in table.columns)
    lake.connection.execute(
        f"CREATE TEMP TABLE {relation} (row_key VARCHAR, {columns}, doubts BIGINT, file_no INTEGER)"
    )
    marks = ", ".join("?" for _ in range(len(table.columns) + 3))
    for row in rows:
        cells = [row.get(name) for name in table.column_names]
        values = [row_key(table, row), *cells, row.get("doubts", 0), row.get("file_no", 1)]
        lake.connection.execute(f"INSERT INTO {relation} VALUES ({marks})", values)
    return Staged(table_name, relation, derived)


def row_key(table: Table, row: Row) -> str:
    return "\x1f".join("" if row.get(name) is None else str(row[name]) for name in table.key)


def deliver(
    lake: Lake,
    tables: Mapping[str, Sequence[Row]],
    *,
    derived: Mapping[str, Sequence[Row]] | None = None,
    name: str = "file.csv",
    source: str | None = None,
    replace: Replacement | None = None,
    context: Context = CONTEXT,
) -> Delivery:
    """A delivery of these rows, every one of them staged and tallied."""
    parts = [(table, rows, False) for table, rows in tables.items()]
    parts += [(table, rows, True) for table, rows in (derived or {}).items()]
    read: dict[tuple[int, str], int] = {}
    for table, rows, _ in parts:
        for row in rows:
            place = (int(str(row.get("file_no", 1))), table)
            read[place] = read.get(place, 0) + 1
    numbers = sorted({file_no for file_no, _ in read} | {1})
    return Delivery(
        name=name,
        source=source,
        files=tuple(DeliveredFile(number, f"{number}-{name}", "0" * 64, 10) for number in numbers),
        staged=tuple(stage(lake, table, rows, derived=is_derived) for table, rows, is_derived in parts),
        tallies=tuple(Tally(file_no, table, rows, 0, 0, 0, 0) for (file_no, table), rows in read.items()),
        quarantine=None,
        replace=replace,
        author="chloe@example.com",
        mapping="by hand",
        warnings=(),
        context=context,
    )


def contents(lake: Lake, table_name: str, *columns: str) -> list[tuple[Any, ...]]:
    """The current rows of a table by key, ids as text: the given columns, or the key, all columns and the doubts."""
    table = SALES_MODEL[table_name]
    items = [_decoded(table, name) for name in columns or table.column_names]
    if not columns:
        items = ["row_key", *items, "_doubts"]
    return lake.query(f"SELECT {', '.join(items)} FROM {current(table_name)} t ORDER BY row_key")


def _decoded(table: Table, name: str) -> str:
    stored = f"t.{quoted(stored_as(table, name))}"
    return id_as_text(table[name].domain, stored) if is_interned(table[name]) else stored
