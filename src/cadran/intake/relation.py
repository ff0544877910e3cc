"""The TEMP relations that cells are read into.

A text read in bulk is a table of cells whose rows lie in the order of its lines, under a view that counts them: to
write the numbers down would cost as much as reading. A row is taken out, or moved, once it is a table (`to_table`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from cadran.intake.dialect import Dialect
from cadran.intake.raw import RejectedLine

# A text no cell holds: an empty cell then stays an empty text, and only a missing one becomes NULL.
_NO_NULL = "\x01"
_numbers = count(1)


@dataclass(frozen=True)
class Cells:
    """A filled relation, before footers and blank rows are taken out. `blank` are lines already passed over."""

    relation: str
    blank: tuple[int, ...] = ()
    rejected: tuple[RejectedLine, ...] = ()


def new_name() -> str:
    return f"raw_{next(_numbers)}"


@contextmanager
def swept_when_refused(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Drops the relations made within when reading ends in an error: a refused file leaves nothing behind."""
    first = next(_numbers)
    try:
        yield
    except BaseException:
        for number in range(first, next(_numbers)):
            drop(connection, f"raw_{number}")
        raise


def numbered(connection: duckdb.DuckDBPyConnection, relation: str, scan: str, first: int) -> None:
    """Makes `relation`: the rows of `scan`, on line `first` and those that follow."""
    cells = _cells_of(relation)
    connection.execute(f"CREATE TEMP TABLE {cells} AS FROM {scan}")
    connection.execute(f"CREATE TEMP VIEW {relation} AS SELECT rowid + {first} AS line, * FROM {cells}")


def stretches(connection: duckdb.DuckDBPyConnection, relation: str, length: int, every: int) -> str:
    """A query of `length` rows out of `every` of `relation`, spread evenly over it. Under a view of counted lines the
    cells are asked themselves: to filter what a view counts, DuckDB reads all of it."""
    cells = _cells_of(relation)
    try:
        connection.execute(f"SELECT 1 FROM {cells} LIMIT 0")
    except duckdb.CatalogException:  # a table; to search the catalog for it would list the whole store
        return f"SELECT * FROM {relation} WHERE line % {every} < {length}"
    return f"SELECT rowid AS line, * FROM {cells} WHERE rowid % {every} < {length}"


def to_table(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Makes `relation` a table with its lines written down, so that rows and columns can be changed."""
    if _is_view(connection, relation):
        connection.execute(f"CREATE TEMP TABLE {relation}_lines AS FROM {relation}")
        drop(connection, relation)
        connection.execute(f"ALTER TABLE {relation}_lines RENAME TO {relation}")


def drop(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    kind = "VIEW" if _is_view(connection, relation) else "TABLE"
    connection.execute(f"DROP {kind} IF EXISTS temp.{relation}")
    connection.execute(f"DROP TABLE IF EXISTS temp.{_cells_of(relation)}")


def _cells_of(relation: str) -> str:
    return f"{relation}_cells"


def _is_view(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    query = "SELECT 1 FROM duckdb_views() WHERE view_name = ? AND temporary"
    return connection.execute(query, [relation]).fetchone() is not None


def create(connection: duckdb.DuckDBPyConnection, relation: str, width: int) -> None:
    columns = "".join(f", c{i} VARCHAR" for i in range(width))
    connection.execute(f"CREATE TEMP TABLE {relation} (line BIGINT{columns})")


def insert(
    connection: duckdb.DuckDBPyConnection, relation: str, lines: Sequence[int], rows: Sequence[Sequence[str | None]]
) -> None:
    """Appends rows of equal width; `lines[i]` is the line `rows[i]` stands on."""
    if not rows:
        return
    columns = [pa.array(lines, pa.int64()), *(pa.array(column, pa.string()) for column in zip(*rows, strict=True))]
    batch = pa.table(columns, names=[str(i) for i in range(len(columns))])
    connection.register("incoming_cells", batch)
    connection.execute(f"INSERT INTO {relation} SELECT * FROM incoming_cells")
    connection.unregister("incoming_cells")


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    counted = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(counted[0]) if counted else 0


def holds_any(connection: duckdb.DuckDBPyConnection, relation: str, condition: str) -> bool:
    """Whether a condition is true of any row; the first one found ends the search."""
    return connection.execute(f"SELECT 1 FROM {relation} WHERE {condition} LIMIT 1").fetchone() is not None


def csv_scan(
    path: Path, columns: dict[str, str], dialect: Dialect, *, skip: int, padding: bool, longest_line: int
) -> str:
    """The call of DuckDB's CSV reader, told everything, guessing nothing."""
    types = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items())
    options = (
        "auto_detect = false, header = false, strict_mode = true, parallel = true",
        f"skip = {skip}, null_padding = {str(padding).lower()}, max_line_size = {longest_line}",
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, escape = {literal(dialect.quote)}",
        f"nullstr = {literal(_NO_NULL)}",
        f"columns = {{{types}}}",
    )
    return f"read_csv({literal(str(path))}, {', '.join(options)})"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
