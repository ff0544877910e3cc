"""The TEMP tables that cells are read into."""

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
            connection.execute(f"DROP TABLE IF EXISTS temp.raw_{number}")
        raise


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
