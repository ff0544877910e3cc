"""The fast way to read a text: DuckDB's parallel reader, believed only when every line of the file is accounted for.

rows + blank lines = physical lines           when no cell holds a line break
rows + line breaks in cells = physical lines  when there is no blank line

Anything else (a refusal, both at once, a first row that is not the one cut by hand, spaces before a quote, which the
reader keeps) is read line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from cadran.intake.dialect import Dialect
from cadran.intake.encoding import Utf8File
from cadran.intake.layout import Layout, Record
from cadran.intake.raw import Limits
from cadran.intake.relation import Cells, count_rows, csv_scan, drop, new_name, numbered, to_table

# A refusal that quotes a line cut in the middle of a letter cannot be decoded, and comes as UnicodeDecodeError.
_REFUSED = (duckdb.Error, UnicodeDecodeError)
_NOT_ABOUT_THE_FILE = (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.FatalException)


@dataclass(frozen=True)
class TextTable:
    """A text whose dialect and layout are known. `head` are its first records, blank lines among them; the first
    `layout.start` of them, `lines_before` physical lines, stand before the first row of data."""

    text: Utf8File
    dialect: Dialect
    layout: Layout
    head: tuple[Record, ...]
    head_is_whole: bool

    @property
    def width(self) -> int:
        return len(self.layout.names)

    @property
    def lines_before(self) -> int:
        last = self.head[self.layout.start - 1] if self.layout.start else Record(0, (), 1)
        return last.line + last.lines - 1


def read_in_bulk(connection: duckdb.DuckDBPyConnection, table: TextTable, limits: Limits) -> Cells | None:
    """All rows, with their true lines; None when the file must be read line by line."""
    if not _is_regular(table):
        return None
    relation = new_name()
    if not _load(connection, table, relation, limits):
        return None
    blank = _number_lines(connection, relation, table)
    if blank is not None and _starts_alike(connection, relation, table):
        return Cells(relation, blank)
    drop(connection, relation)
    return None


def _is_regular(table: TextTable) -> bool:
    text = table.text
    one_line_end = text.newline == "\n" and (text.returns in (0, text.line_feeds) or text.quotes > 0)
    whole = table.head_is_whole and not text.damaged and not text.nuls
    return whole and one_line_end and not table.dialect.padded


def _load(connection: duckdb.DuckDBPyConnection, table: TextTable, relation: str, limits: Limits) -> bool:
    """Fills `relation`; the second try lets rows have too few cells. False when both are refused."""
    columns = {f"c{i}": "VARCHAR" for i in range(table.width)}
    for padding in (False, True):
        scan = csv_scan(
            table.text.path,
            columns,
            table.dialect,
            skip=table.layout.start,
            padding=padding,
            longest_line=limits.cell_characters,
        )
        try:
            numbered(connection, relation, scan, table.lines_before + 1)
        except _NOT_ABOUT_THE_FILE:
            raise
        except _REFUSED:
            continue
        return True
    return False


def _number_lines(connection: duckdb.DuckDBPyConnection, relation: str, table: TextTable) -> tuple[int, ...] | None:
    """Makes `line` true; gives the blank lines the reader passed over, or None when lines do not add up."""
    missing = table.text.lines - table.lines_before - count_rows(connection, relation)
    if missing == 0:
        return ()
    if table.text.quotes or table.dialect.quote != '"':
        return () if _shift_by_breaks(connection, relation, table.width, missing) else None
    blank = _blank_lines(table)
    if len(blank) != missing:
        return None
    _shift_by_blanks(connection, relation, blank)
    return blank


def _shift_by_breaks(connection: duckdb.DuckDBPyConnection, relation: str, width: int, missing: int) -> bool:
    """Moves every row down by the line breaks in the cells of the rows before it."""
    breaks = " + ".join(f"coalesce(length(c{i}) - length(replace(c{i}, chr(10), '')), 0)" for i in range(width))
    total = connection.execute(f"SELECT sum({breaks}) FROM {relation}").fetchone()
    if total is None or total[0] != missing:
        return False
    to_table(connection, relation)
    before = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    connection.execute(
        f"UPDATE {relation} SET line = line + shifts.down FROM (SELECT line AS old, "
        f"sum({breaks}) OVER (ORDER BY line {before}) AS down FROM {relation}) AS shifts "
        f"WHERE line = shifts.old AND shifts.down > 0"
    )
    return True


def _blank_lines(table: TextTable) -> tuple[int, ...]:
    with table.text.path.open("rb") as file:
        numbered = enumerate(file, 1)
        return tuple(number for number, line in numbered if number > table.lines_before and line in (b"\n", b"\r\n"))


def _shift_by_blanks(connection: duckdb.DuckDBPyConnection, relation: str, blank: Sequence[int]) -> None:
    """Moves every row down by the blank lines above it: the k-th, on line L, moves what stood from L - k on."""
    to_table(connection, relation)
    starts = [line - k for k, line in enumerate(blank)]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE blank_lines AS SELECT first, max(down) AS down FROM "
        "(SELECT unnest($1) AS first, unnest($2) AS down) GROUP BY first",
        [starts, list(range(1, len(blank) + 1))],
    )
    connection.execute(
        f"UPDATE {relation} SET line = line + shifts.down FROM "
        f"(SELECT r.line AS old, b.down FROM {relation} r ASOF JOIN blank_lines b ON r.line >= b.first) AS shifts "
        f"WHERE line = shifts.old"
    )
    connection.execute("DROP TABLE blank_lines")


def _starts_alike(connection: duckdb.DuckDBPyConnection, relation: str, table: TextTable) -> bool:
    """The reader's first row stands on the line, and has the cells, that cutting by hand found."""
    found = connection.execute(f"SELECT * FROM {relation} LIMIT 1").fetchone()
    expected = next((record for record in table.head[table.layout.start :] if record.cells), None)
    if found is None or expected is None:
        return found is None and expected is None
    line, *cells = found
    by_hand = [*expected.cells, *[None] * table.width][: table.width]
    return bool(line == expected.line) and cells == by_hand
