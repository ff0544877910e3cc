"""What files hold, without asking that it be enough to import them: for whoever will say which column is what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from cadran.intake.conventions import Conventions
from cadran.intake.load import Workspace, silent
from cadran.intake.raw import Raw
from cadran.intake.read import identify, read_tables
from cadran.intake.recognise import recognise
from cadran.intake.remembered import remembered
from cadran.intake.report import Recognised, SheetReport
from cadran.intake.sample import examples
from cadran.intake.stage import Progress
from cadran.intake.texts import Texts
from cadran.tables.mapping import FileMapping


def look(
    workspace: Workspace, paths: Sequence[Path], table: str | None = None, progress: Progress = silent
) -> tuple[SheetReport, ...]:
    """Every sheet of every file with its headers, examples, and what was recognised of it, however little; `table` is
    the one to look for. Raises IntakeError for a file that cannot be read at all."""
    mappings = remembered(workspace.mappings)
    sheets: list[SheetReport] = []
    with workspace.lake(read_only=True) as lake:
        for number, path in enumerate(paths):
            progress("read", number, len(paths))
            raws = read_tables(lake.connection, identify(path))
            sheets += [_looked_at(lake.connection, number, raw, mappings, table) for raw in raws]
    return tuple(sheets)


def _looked_at(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    raw: Raw,
    mappings: Sequence[FileMapping],
    table: str | None,
) -> SheetReport:
    conventions = Conventions(Texts(connection, raw.relation))
    found = recognise(connection, raw, remembered=mappings, conventions=conventions, table=table)
    columns = tuple(
        Recognised(each.table, column.column, column.header or "", column.confidence)
        for each in found.tables
        for column in each.columns
    )
    return SheetReport(
        number,
        raw.file.name,
        raw.sheet,
        raw.rows + len(raw.rejected),
        raw.encoding,
        raw.delimiter,
        found.name,
        found.confidence,
        columns,
        found.unmapped,
        raw.skipped,
        found.notes,
        headers=raw.headers,
        examples=examples(connection, raw),
    )
