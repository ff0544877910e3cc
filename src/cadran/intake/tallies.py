"""What became of every line of every file, for every table: nothing is lost without a number that says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

import duckdb

from cadran.intake.keys import Keyed
from cadran.intake.rows import Count, Rows
from cadran.store.delivery import Tally


@dataclass(frozen=True)
class _Counts:
    read: int = 0
    quarantined: int = 0
    filtered: int = 0
    skipped: int = 0
    collapsed: int = 0

    def __add__(self, other: _Counts) -> _Counts:
        return _Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def tally(
    connection: duckdb.DuckDBPyConnection,
    gathered: Iterable[Rows],
    keyed: Mapping[str, Keyed],
    inferred: Mapping[str, str],
) -> tuple[Tally, ...]:
    """One tally per file and table, over all their fills."""
    counts: dict[tuple[int, str], _Counts] = defaultdict(_Counts)
    for rows in gathered:
        name = rows.table.name
        for file_no, found in _of_lines(rows):
            counts[file_no, name] += found
        after = _of_inferred(connection, rows, inferred[name]) if rows.derived else _of_keys(connection, keyed[name])
        for file_no, found in after:
            counts[file_no, name] += found
    return tuple(Tally(file_no, name, *astuple(found)) for (file_no, name), found in counts.items())


def _of_lines(rows: Rows) -> list[tuple[int, _Counts]]:
    found = {(count.fill, count.part): count for count in rows.counts}
    listed = []
    for fill, source in enumerate(rows.sources):
        for part in source.group.parts:
            count = found.get((fill, part.number), Count(fill, part.number, 0, 0, 0, 0, 0, 0))
            rejected = len(part.raw.rejected)
            counts = _Counts(
                read=part.raw.lines_read,
                quarantined=count.bad + (0 if rows.derived else rejected),
                filtered=part.raw.rows - count.rows,
                skipped=count.skipped + part.raw.lines_skipped + (rejected if rows.derived else 0),
            )
            listed.append((part.file_no, counts))
    return listed


def _of_keys(connection: duckdb.DuckDBPyConnection, keyed: Keyed) -> list[tuple[int, _Counts]]:
    if keyed.repeats is None:
        return []
    files = keyed.rows.files
    query = f"SELECT part, count(*) FILTER (conflict), count(*) FILTER (collapsed) FROM {keyed.repeats} GROUP BY part"
    rows = connection.execute(query).fetchall()
    return [(files[part], _Counts(quarantined=bad, collapsed=collapsed)) for part, bad, collapsed in rows]


def _of_inferred(connection: duckdb.DuckDBPyConnection, rows: Rows, inferred: str) -> list[tuple[int, _Counts]]:
    """Lines less records: what the records collapsed."""
    lines = [(count.part, count.rows - count.bad - count.skipped) for count in rows.counts]
    records = connection.execute(f"SELECT file_no, count(*) FROM {inferred} GROUP BY file_no").fetchall()
    listed = [(rows.files[part], _Counts(collapsed=count)) for part, count in lines]
    return listed + [(file_no, _Counts(collapsed=-count)) for file_no, count in records]
