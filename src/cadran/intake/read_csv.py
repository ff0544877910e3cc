"""CSV and its kin, whatever the delimiter, the quote and the encoding: in bulk when the file lets it, else by line."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import duckdb

from cadran.intake.bulk_csv import TextTable, read_in_bulk
from cadran.intake.cut_lines import Cut, cut, reject_too_wide
from cadran.intake.dialect import sniff
from cadran.intake.encoding import SAMPLE, Utf8File
from cadran.intake.layout import Record, find_layout
from cadran.intake.raw import Limits, Raw, RejectedLine, SourceFile
from cadran.intake.refusals import empty_file, too_many_columns, too_many_rows
from cadran.intake.relation import Cells, count_rows, create, insert, new_name
from cadran.intake.tidy import tidy

_HEAD = 200
_BATCH = 20_000


def read_csv(connection: duckdb.DuckDBPyConnection, file: SourceFile, text: Utf8File, limits: Limits) -> Raw:
    table = _look(text, file, limits)
    if table.width > limits.columns:
        raise too_many_columns(file.name, table.width, limits.columns)
    cells = read_in_bulk(connection, table, limits) or _read_by_line(connection, file, table, limits)
    if count_rows(connection, cells.relation) > limits.rows:
        raise too_many_rows(file.name, limits.rows)
    raw = tidy(connection, file, None, cells, table.layout, table.head)
    return replace(raw, encoding=text.encoding, delimiter=table.dialect.delimiter)


def _look(text: Utf8File, file: SourceFile, limits: Limits) -> TextTable:
    """Finds the dialect and the layout in the first lines."""
    with text.path.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        dialect = sniff(opened.read(SAMPLE))
    items = list(islice(cut(text, dialect, limits, file.name), _HEAD))
    records = tuple(Record(item.line, tuple(item.cells), item.lines) for item in items if isinstance(item, Cut))
    layout = find_layout(records)
    if layout is None:
        raise empty_file(file.name)
    return TextTable(text, dialect, layout, records, head_is_whole=len(records) == len(items))


def _read_by_line(connection: duckdb.DuckDBPyConnection, file: SourceFile, table: TextTable, limits: Limits) -> Cells:
    relation, width = new_name(), table.width
    create(connection, relation, width)
    rejected: list[RejectedLine] = []
    blank: list[int] = []
    lines: list[int] = []
    rows: list[list[str | None]] = []
    for item in cut(table.text, table.dialect, limits, file.name):
        if isinstance(item, RejectedLine):
            rejected.append(item)
            continue
        if item.line <= table.lines_before:
            continue
        if not item.cells:
            blank.append(item.line)
            continue
        row = _fit(item.cells, width)
        if row is None:
            rejected.append(reject_too_wide(item, width, table.dialect.delimiter))
            continue
        lines.append(item.line)
        rows.append(row)
        if len(rows) >= _BATCH:
            insert(connection, relation, lines, rows)
            lines, rows = [], []
    insert(connection, relation, lines, rows)
    return Cells(relation, tuple(blank), tuple(rejected))


def _fit(cells: list[str], width: int) -> list[str | None] | None:
    """A row of exactly `width` cells: missing ones are NULL, empty ones too many are dropped; None: it has too many."""
    if len(cells) <= width:
        return [*cells, *[None] * (width - len(cells))]
    return None if any(cell.strip() for cell in cells[width:]) else list(cells[:width])
