"""Columns whose cells are all written alike: they are read where they lie, and nothing of them is written down.

A way of writing is tried on the first rows, then on all the distinct texts of the column (or on all its cells, where
nearly every cell is a text of its own). One cell that is written otherwise, and the column is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

import duckdb

from cadran.intake.reading import Reading

_FIRST_ROWS = 4_096


def uniform_readings(
    connection: duckdb.DuckDBPyConnection, source: str, readings: Sequence[Reading]
) -> Mapping[Reading, str]:
    """The SQL of the value, over its column `c<position>` of `source`, of every reading whose cells are all alike."""
    tried = [(reading, way) for reading in readings for way in reading.uniform(_cell(reading))]
    first = f"(SELECT * FROM {source} LIMIT {_FIRST_ROWS})"
    hold = _row(connection, ", ".join(_every(way.holds) for _, way in tried), first)
    wanted = list(compress(tried, hold))
    cells = list(dict.fromkeys(_cell(reading) for reading, _ in wanted))
    repeat = _row(connection, ", ".join(f"2 * count(DISTINCT {cell}) < count(*)" for cell in cells), first)
    repeated = set(compress(cells, repeat))
    over = {cell: f"(SELECT DISTINCT {cell} FROM {source})" if cell in repeated else source for cell in cells}
    checks = [f"(SELECT {_every(way.holds)} FROM {over[_cell(reading)]})" for reading, way in wanted]
    found = compress(wanted, _row(connection, ", ".join(checks)))
    return {reading: way.value for reading, way in found}


def _cell(reading: Reading) -> str:
    return f"c{reading.position}"


def _every(condition: str) -> str:
    """True of every cell that is there; a missing one is nothing in any way of writing."""
    return f"coalesce(bool_and({condition}), true)"


def _row(connection: duckdb.DuckDBPyConnection, columns: str, relation: str | None = None) -> tuple[Any, ...]:
    if not columns:
        return ()
    return connection.execute(f"SELECT {columns}" + (f" FROM {relation}" if relation else "")).fetchone() or ()
