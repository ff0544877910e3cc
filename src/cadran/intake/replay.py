"""Rows in quarantine -> a spreadsheet a person corrects -> the store.

    quarantine_id  file        line  table  reasons                          N° facture  Date        Montant HT
    17             ventes.csv  3     sales  « 31/02/2025 » n’existe pas ...  F2          31/02/2025  12,50

The first columns are ours, the others the file's own. A corrected row goes through the mapping its file went through,
as an import of the same source; what is still wrong stays in quarantine. Replaying twice changes nothing.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import duckdb
import pyarrow as pa

from cadran.errors import IntakeError, Issue, Lang, Text
from cadran.intake.group import Group, Part, bundle
from cadran.intake.load import Workspace, context_of, place_of, plan_all, silent
from cadran.intake.raw import Raw, SourceFile
from cadran.intake.read import identify
from cadran.intake.remembered import as_text, from_text
from cadran.intake.report import QuarantineSample, quarantined
from cadran.intake.stage import Plan, Stage, stage
from cadran.intake.understand import names_only, only
from cadran.store import ledger
from cadran.store.delivery import DeliveredFile, Delivery
from cadran.store.quarantine import QuarantinedRow, quarantine
from cadran.store.record import ImportRecord
from cadran.tables.mapping import FileMapping

_OURS = ("quarantine_id", "file", "line", "table", "reasons")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
_PLAIN_NUMBER = re.compile(r"[-+]?[\d\s.,\u00a0\u202f]+")


@dataclass(frozen=True)
class Corrected:
    """A row of the spreadsheet that is still open: its line there, its old self, and its cells now."""

    line: int
    row: QuarantinedRow
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Replayed:
    """`records`: one import per source. `still_wrong`: rows that stay in quarantine, with their reasons now; `line` is
    the spreadsheet's. `settled`: rows of the spreadsheet that were no longer open."""

    records: tuple[ImportRecord, ...]
    corrected: int
    still_wrong: tuple[QuarantineSample, ...]
    settled: int


def export_quarantine(workspace: Workspace, path: Path) -> int:
    """Write every open row with its original columns into a CSV file; the number of rows."""
    with workspace.lake(read_only=True) as lake:
        rows = quarantine(lake)
        names = {(record.id, file.number): file.name for record in ledger.imports(lake) for file in record.files}
    write_rows(path, rows, names, workspace.settings.lang)
    return len(rows)


def write_rows(path: Path, rows: Sequence[QuarantinedRow], names: Mapping[tuple[int, int], str], lang: Lang) -> None:
    """The spreadsheet that `replay` reads. `names`: those of the files, by import and number. No cell can be taken for
    a formula by the program that opens it."""
    headers = list(dict.fromkeys(header for row in rows for header in row.cells))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if lang == "fr" else ",")
        writer.writerow([*_OURS, *map(_guarded, headers)])
        for row in rows:
            told = " ".join(reason.message.to(lang) for reason in row.reasons)
            told += "" if row.cells else f" {row.original}"
            ours = (str(row.id), names[row.import_id, row.file_no], str(row.line), row.table, told)
            writer.writerow([_guarded(text) for text in (*ours, *(row.cells.get(header) or "" for header in headers))])


def replay(workspace: Workspace, path: Path, *, author: str = "") -> Replayed:
    """Load the corrected rows of a file that `export_quarantine` wrote, and close them. Raises IntakeError when it is
    not such a file."""
    file = identify(path)
    sheet = _read(path)
    with workspace.lake(read_only=True) as lake:
        still_open = {row.id: row for row in quarantine(lake)}
        records = {record.id: record for record in ledger.imports(lake)}
    wanted = [Corrected(line, still_open[id_], cells) for line, id_, cells in sheet if id_ in still_open]
    by_source: dict[str | None, list[Corrected]] = defaultdict(list)
    for corrected in wanted:
        by_source[records[corrected.row.import_id].source].append(corrected)
    done = [_replay_source(workspace, file, source, rows, records, author) for source, rows in by_source.items()]
    return Replayed(
        tuple(record for record, _, _ in done if record),
        sum(count for _, count, _ in done),
        tuple(wrong for _, _, still_wrong in done for wrong in still_wrong),
        len(sheet) - len(wanted),
    )


def _replay_source(
    workspace: Workspace,
    file: SourceFile,
    source: str | None,
    rows: Sequence[Corrected],
    records: Mapping[int, ImportRecord],
    author: str,
) -> tuple[ImportRecord | None, int, tuple[QuarantineSample, ...]]:
    with workspace.lake(read_only=False) as lake:
        plans = plan_all(lake.connection, _groups(lake.connection, file, rows, records), workspace.settings)
        staged = stage(lake.connection, plans, place_of(workspace.settings), workspace.settings.today(), silent)
        wrong = tuple(quarantined(lake.connection, {0: file.name}, staged))
        still_wrong = {(each.line, each.table) for each in wrong}
        right = tuple(each.row.id for each in rows if (each.line, each.row.table) not in still_wrong)
        if not right:
            return None, 0, wrong
        delivery = _delivery(workspace, file, source, plans, staged, author)
        record = ledger.commit(lake, replace(delivery, corrects=right))
    return record, len(right), wrong


def _groups(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    rows: Sequence[Corrected],
    records: Mapping[int, ImportRecord],
) -> list[Group]:
    """The rows by the mapping that their file went through."""
    alike: dict[tuple[int, int, str], list[Corrected]] = defaultdict(list)
    for each in rows:
        alike[each.row.import_id, each.row.file_no, each.row.table].append(each)
    groups = []
    for number, ((import_id, file_no, table), some) in enumerate(alike.items()):
        mapping = mapping_of(records[import_id], file_no, table, tuple(some[0].cells))
        raw = _as_raw(connection, file, f"intake_replay{number}", some)
        groups.append(bundle(connection, f"intake_g{number}", [Part(number, 0, raw)], mapping))
    return groups


def mapping_of(record: ImportRecord, file_no: int, table: str, headers: Sequence[str]) -> FileMapping:
    """The mapping of an import for one file and table; of several sheets, the one whose headers the rows have."""
    mappings = [
        only(mapping, table)
        for files, mapping in from_text(record.mapping)
        if file_no in files and any(fill.table == table for fill in mapping.tables)
    ]
    return next((mapping for mapping in mappings if names_only(mapping, headers)), mappings[0])


def _as_raw(connection: duckdb.DuckDBPyConnection, file: SourceFile, relation: str, rows: Sequence[Corrected]) -> Raw:
    headers = tuple(dict.fromkeys(header for each in rows for header in each.cells))
    columns: dict[str, pa.Array] = {"line": pa.array([each.line for each in rows], pa.int64())}
    for i, header in enumerate(headers):
        columns[f"c{i}"] = pa.array([each.cells.get(header) for each in rows], pa.string())
    connection.register("corrected_rows", pa.table(columns))
    connection.execute(f"CREATE TEMP TABLE {relation} AS FROM corrected_rows")
    connection.unregister("corrected_rows")
    return Raw(file, None, relation, headers, len(rows))


def _delivery(
    workspace: Workspace, file: SourceFile, source: str | None, plans: Sequence[Plan], staged: Stage, author: str
) -> Delivery:
    """The import of the rows that are right now; the others stay where they are."""
    return Delivery(
        name=file.name,
        source=source,
        files=(DeliveredFile(0, file.name, file.sha256, file.size),),
        staged=staged.staged,
        tallies=tuple(replace(tally, read=tally.read - tally.quarantined, quarantined=0) for tally in staged.tallies),
        quarantine=None,
        replace=None,
        author=author,
        mapping=as_text(plans),
        warnings=staged.warnings,
        context=context_of(workspace),
    )


def _guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before, which `_unguarded` takes away."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def _read(path: Path) -> list[tuple[int, int, dict[str, str]]]:
    """Line, id and original cells of every row of an exported file, whatever program has saved it since."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    delimiter = text[len(_OURS[0]) : len(_OURS[0]) + 1]
    if not text.startswith(_OURS[0]) or delimiter not in (";", ",", "\t"):
        raise IntakeError(_not_exported(path.name))
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    headers = [_unguarded(header) for header in next(rows)[len(_OURS) :]]
    found = []
    for row in rows:
        if row and row[0].strip().isdigit():
            cells = dict(zip(headers, map(_unguarded, row[len(_OURS) :]), strict=False))
            found.append((rows.line_num, int(row[0]), cells))
    return found


def _not_exported(name: str) -> Issue:
    message = Text(
        f"« {name} » n’est pas un export de la quarantaine.", f'"{name}" is not an export of the quarantine.'
    )
    advice = Text("Exportez-la avec cadran quarantine export.", "Export it with cadran quarantine export.")
    return Issue("not_a_quarantine_export", message, advice)
