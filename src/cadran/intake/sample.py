"""A few lines of a file beside what was understood of them: for the person who is to agree to an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from cadran.intake.group import Group, Part
from cadran.intake.plan import Fill
from cadran.intake.raw import Raw
from cadran.intake.rows import Rows
from cadran.intake.stage import Stage
from cadran.store.schema import quoted

_LINES = 6
_LOOKED_AT = 1_000
_EXAMPLES = 3


@dataclass(frozen=True)
class SampleLine:
    """One line of a file. `cells` are the texts that `values` were read from; NULL where a value comes from no single
    cell. `wrong` and `doubtful` tell of each value whether it could not be read, or is loaded with a remark."""

    line: int
    cells: tuple[str | None, ...]
    values: tuple[Any, ...]
    wrong: tuple[bool, ...]
    doubtful: tuple[bool, ...]


@dataclass(frozen=True)
class Sample:
    """The first lines of one sheet for the first table it fills, and the first of those that are wrong or doubtful.
    `headers[i]` is where `columns[i]` comes from; None for a formula or a constant."""

    table: str
    columns: tuple[str, ...]
    headers: tuple[str | None, ...]
    first: tuple[SampleLine, ...]
    doubtful: tuple[SampleLine, ...]


def examples(connection: duckdb.DuckDBPyConnection, raw: Raw) -> tuple[tuple[str, ...], ...]:
    """Some different texts of every column, from the first lines, in the order of the headers."""
    some = f"SELECT * FROM {quoted(raw.relation)} ORDER BY line LIMIT {_LOOKED_AT}"
    picked = (f"list({cell} ORDER BY line) FILTER (coalesce(trim({cell}), '') <> '')" for cell in raw.columns)
    row = connection.execute(f"SELECT {', '.join(picked)} FROM ({some})").fetchone()
    return tuple(tuple(dict.fromkeys(texts or ()))[:_EXAMPLES] for texts in row or ())


def sample(connection: duckdb.DuckDBPyConnection, part: Part, group: Group, staged: Stage) -> Sample | None:
    """None where every table that the sheet fills is only inferred from others."""
    for rows in staged.gathered:
        for number, source in enumerate(rows.sources):
            if not rows.derived and source.group.name == group.name:
                return _sample(connection, part, group, source.fill, rows, number)
    return None


def _sample(
    connection: duckdb.DuckDBPyConnection, part: Part, group: Group, fill: Fill, rows: Rows, number: int
) -> Sample:
    readings = {name: source.reading for name, source in fill.columns.items()}
    places = {name: None if reading is None else reading.position for name, reading in readings.items()}
    mine = f"part = {part.number} AND fill = {number}"
    first = _lines(connection, group, fill, rows, places, mine)
    odd = _lines(connection, group, fill, rows, places, f"{mine} AND (errors <> 0 OR doubts <> 0)")
    headers = tuple(None if place is None else group.headers[place] for place in places.values())
    return Sample(rows.table.name, tuple(fill.columns), headers, first, odd)


def _lines(
    connection: duckdb.DuckDBPyConnection,
    group: Group,
    fill: Fill,
    rows: Rows,
    places: dict[str, int | None],
    wanted: str,
) -> tuple[SampleLine, ...]:
    cells = ["NULL" if place is None else f"g.c{place}" for place in places.values()]
    values = [f"r.{quoted(name)}" for name in places]
    picked = f"SELECT * FROM {rows.relation} WHERE {wanted} ORDER BY line LIMIT {_LINES}"
    found = connection.execute(
        f"SELECT r.line, r.errors, r.doubts, {', '.join([*cells, *values])} FROM ({picked}) r "
        f"JOIN {group.relation} g USING (part, line) ORDER BY r.line"
    ).fetchall()
    bits = [1 << fill.table.position(name) for name in places]
    return tuple(
        SampleLine(
            line,
            tuple(rest[: len(bits)]),
            tuple(rest[len(bits) :]),
            tuple(bool(errors & bit) for bit in bits),
            tuple(bool(doubts & bit) for bit in bits),
        )
        for line, errors, doubts, *rest in found
    )
