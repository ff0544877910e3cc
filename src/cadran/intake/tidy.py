"""What is no row of the table, taken out and counted: titles above it, blank rows, totals and notices below it.

A total is told from a client named Total by what it leaves empty, or by adding up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import takewhile

import duckdb

from cadran.intake.layout import Kind, Layout, Record, kind_of, unique_headers
from cadran.intake.raw import Raw, SkippedLines, SourceFile
from cadran.intake.relation import Cells, count_rows, holds_any, to_table

_LAST_ROWS = 40
_ADDED_UP = 50_000
_WIDE_SPACES = "\u00a0\u202f"
_NOTICE = re.compile(
    r"(confidential|copyright|©|\(c\)|generated|exported|export[ée] le|g[ée]n[ée]r[ée]|[ée]dit[ée] le|page \d|"
    r"as of|source\s*:|filtered by|record count|nombre d.enregistrements|all rights reserved)",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"(grand[ -]?)?totals?\b.*|totaux\b.*|somme\b.*|sum\b.*", re.IGNORECASE)
_SUBTOTAL = re.compile(r"(sous-total|sub-?total).*", re.IGNORECASE)


@dataclass(frozen=True)
class _Row:
    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        return [cell for cell in self.cells if cell.strip()]


def tidy(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    sheet: str | None,
    cells: Cells,
    layout: Layout,
    head: Sequence[Record],
) -> Raw:
    """The table without what is no row of it; `head`: the first records of the file, those above its header too."""
    relation = cells.relation
    above = [record for record in head[: layout.titles] if record.filled]
    void = [record.line for record in head[: layout.titles] if not record.filled]
    blank = sorted([*void, *cells.blank, *_take_blank(connection, relation, len(layout.names))])
    footers = _take_footers(connection, relation, len(layout.names))
    headers = _drop_nameless(connection, relation, layout.names)
    skipped = (
        *_skipped("title", [(record.line, _joined(record.cells)) for record in above]),
        *_skipped("blank", [(line, "") for line in blank]),
        *_skipped("footer", [(row.line, _joined(row.cells)) for row in footers]),
    )
    rows = count_rows(connection, relation)
    return Raw(file, sheet, relation, headers, rows, skipped, cells.rejected)


def _skipped(reason: str, lines: list[tuple[int, str]]) -> tuple[SkippedLines, ...]:
    if not lines:
        return ()
    first, example = min(lines)
    return (SkippedLines(reason, len(lines), first, example),)


def _joined(cells: Iterable[str]) -> str:
    return " ".join(cell.strip() for cell in cells if cell.strip())[:200]


def _take_blank(connection: duckdb.DuckDBPyConnection, relation: str, width: int) -> list[int]:
    """Takes out the rows in which no cell is filled; the first cell settles most files without a look at the others."""
    if not holds_any(connection, relation, "coalesce(c0 NOT BETWEEN '!' AND '~', true)"):
        return []
    blank = " AND ".join(f"coalesce(trim(c{i}, ' \t\r\n\x1a{_WIDE_SPACES}'), '') = ''" for i in range(width))
    lines = [line for (line,) in connection.execute(f"SELECT line FROM {relation} WHERE {blank}").fetchall()]
    if lines:
        to_table(connection, relation)
        connection.execute(f"DELETE FROM {relation} WHERE {blank}")
    return lines


def _take_footers(connection: duckdb.DuckDBPyConnection, relation: str, width: int) -> list[_Row]:
    """Takes out sub-totals wherever they stand, and totals and notices at the end of the table."""
    return _take_subtotals(connection, relation, width) + _take_last(connection, relation)


def _take_subtotals(connection: duckdb.DuckDBPyConnection, relation: str, width: int) -> list[_Row]:
    first_cells = " OR ".join(
        f"(c{i} BETWEEN 'S' AND 't' AND (c{i} ILIKE 'sous-total%' OR c{i} ILIKE 'sub%total%'))"
        for i in range(min(width, 2))
    )
    if not holds_any(connection, relation, first_cells):
        return []
    candidates = _rows(connection, f"SELECT * FROM {relation} WHERE {first_cells}")
    found = [row for row in candidates if _SUBTOTAL.match(row.filled[0].strip()) and _only_numbers(row)]
    _take(connection, relation, found)
    return found


def _take_last(connection: duckdb.DuckDBPyConnection, relation: str) -> list[_Row]:
    passed = max(0, count_rows(connection, relation) - _LAST_ROWS)  # the rows lie in the order of their lines
    last = _rows(connection, f"SELECT * FROM {relation} LIMIT {_LAST_ROWS} OFFSET {passed}")[::-1]
    usual = sorted(len(row.filled) for row in last)[len(last) // 2] if last else 0
    found = list(takewhile(lambda row: _is_footer(connection, relation, row, usual), last))
    _take(connection, relation, found)
    return found


def _take(connection: duckdb.DuckDBPyConnection, relation: str, rows: list[_Row]) -> None:
    if rows:
        to_table(connection, relation)
        connection.execute(f"DELETE FROM {relation} WHERE line IN (SELECT unnest($1))", [[row.line for row in rows]])


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[_Row]:
    found = connection.execute(query).fetchall()
    return [_Row(line, tuple(cell or "" for cell in cells)) for line, *cells in found]


def _is_footer(connection: duckdb.DuckDBPyConnection, relation: str, row: _Row, usual: int) -> bool:
    filled = row.filled
    first = filled[0].strip()
    if len(filled) * 4 <= max(usual, 4) and usual > 1 and _NOTICE.match(first):  # a comma may cut a notice in two
        return True
    if not _TOTAL.fullmatch(first) or not _only_numbers(row):
        return False
    return len(filled) * 3 <= usual * 2 or _adds_up(connection, relation, row)


def _only_numbers(row: _Row) -> bool:
    return all(kind_of(cell) is Kind.NUMBER for cell in row.filled[1:])


def _adds_up(connection: duckdb.DuckDBPyConnection, relation: str, row: _Row) -> bool:
    """True when a number of the row is the sum of those above it in its column."""
    if count_rows(connection, relation) > _ADDED_UP:
        return False
    for i, cell in enumerate(row.cells):
        total = _number(cell)
        if total is None:
            continue
        above = connection.execute(f"SELECT c{i} FROM {relation} WHERE line < $1", [row.line]).fetchall()
        if sum((_number(text or "") or Decimal(0) for (text,) in above), Decimal(0)) == total:
            return True
    return False


def _number(text: str) -> Decimal | None:
    """A loose reading, alike for a total and its parts: the last of `.` and `,` is the decimal sign."""
    kept = re.sub(r"[^\d.,-]", "", text)
    whole, _, cents = kept.replace(",", ".").rpartition(".")
    try:
        return Decimal(f"{whole.replace('.', '')}.{cents}" if whole else kept.replace(",", "."))
    except InvalidOperation:
        return None


def _drop_nameless(connection: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]) -> tuple[str, ...]:
    """Drops the nameless columns in which nothing is filled; the rest are numbered from 0 again."""
    empty = {i for i, name in enumerate(names) if not name.strip() and not _is_filled(connection, relation, i)}
    headers = unique_headers(names)
    kept = [i for i in range(len(names)) if i not in empty]
    if empty and kept:
        to_table(connection, relation)
        for i in empty:
            connection.execute(f"ALTER TABLE {relation} DROP COLUMN c{i}")
        for new, old in enumerate(kept):
            if new != old:
                connection.execute(f"ALTER TABLE {relation} RENAME COLUMN c{old} TO c{new}")
    return tuple(headers[i] for i in kept)


def _is_filled(connection: duckdb.DuckDBPyConnection, relation: str, column: int) -> bool:
    return holds_any(connection, relation, f"trim(c{column}) <> ''")
