"""What an import did, in numbers that add up and with nothing left unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from cadran.errors import Issue, Text
from cadran.intake.group import Group, Part
from cadran.intake.plan import Fill, Source
from cadran.intake.proposal import Proposal
from cadran.intake.raw import SkippedLines
from cadran.intake.remarks import UnknownNames
from cadran.intake.sample import Sample, examples, sample
from cadran.intake.stage import Plan, Stage
from cadran.intake.understand import Understood
from cadran.store.delivery import Replacement, WarningCount
from cadran.store.quarantine import Reason
from cadran.store.record import FileCount, ImportRecord, TableCount
from cadran.store.vanishing import Vanishing

Outcome = Literal["loaded", "preview", "refused"]
_SAMPLE = 20


@dataclass(frozen=True)
class Recognised:
    """Where one column's values were found, and how sure that is (1.0 when a mapping said it)."""

    table: str
    column: str
    found: str
    confidence: float


@dataclass(frozen=True)
class SheetReport:
    """One table of one file: how it was read and understood. `rows`: those cut into cells, and those that could not
    be. `ignored` are the headers that fill nothing, `notes` what a person should know or correct; `not_taken` says why
    the whole sheet fills nothing. A preview has `examples` of the texts under each of the `headers`, and a `sample` of
    lines."""

    file_no: int
    file: str
    sheet: str | None
    rows: int
    encoding: str | None
    delimiter: str | None
    mapping: str | None
    confidence: float
    columns: tuple[Recognised, ...]
    ignored: tuple[str, ...]
    skipped: tuple[SkippedLines, ...]
    notes: tuple[Issue, ...] = ()
    not_taken: Issue | None = None
    headers: tuple[str, ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()
    sample: Sample | None = None


@dataclass(frozen=True)
class QuarantineSample:
    """One of the first rows that could not be taken."""

    file: str
    line: int
    table: str
    original: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class ImportReport:
    """`outcome` is "refused" when a replacement was not confirmed. `vanishing`: what it would take away, as long as it
    has not. `proposals`: what the company could choose now. `upkeep`: what
    went wrong after the import had landed. Times are in seconds."""

    outcome: Outcome
    record: ImportRecord
    sheets: tuple[SheetReport, ...]
    unknown: tuple[UnknownNames, ...]
    quarantine_sample: tuple[QuarantineSample, ...]
    seconds: float
    vanishing: tuple[Vanishing, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    upkeep: Issue | None = None

    def __post_init__(self) -> None:
        unbalanced = [count for count in self.counts if count.read != accounted(count)]
        if unbalanced:
            raise AssertionError(f"rows unaccounted for: {unbalanced}")

    @property
    def counts(self) -> tuple[FileCount, ...]:
        """Per file and table: read = loaded + unchanged + quarantined + filtered + skipped + collapsed."""
        return self.record.counts

    @property
    def tables(self) -> tuple[TableCount, ...]:
        return self.record.tables

    @property
    def warnings(self) -> tuple[WarningCount, ...]:
        return self.record.warnings

    @property
    def replaces(self) -> Replacement | None:
        return self.record.replace

    @property
    def rows(self) -> int:
        """The rows of the files, each counted once however many tables it fills."""
        return sum(sheet.rows for sheet in self.sheets if not sheet.not_taken)

    @property
    def loaded(self) -> int:
        return sum(count.loaded for count in self.counts)

    @property
    def quarantined(self) -> int:
        return sum(count.quarantined for count in self.counts)

    @property
    def removed(self) -> int:
        """Rows that disappear because this import replaces a period of its source."""
        return sum(table.removed for table in self.tables)

    def headline(self) -> Text:
        """One sentence for the terminal."""
        names = ", ".join(dict.fromkeys(file.name for file in self.record.files))
        fr = f"{names} : {self.loaded} lignes chargées, {self.quarantined} en quarantaine."
        return Text(fr, f"{names}: {self.loaded} rows loaded, {self.quarantined} in quarantine.")


def accounted(count: FileCount) -> int:
    return count.loaded + count.unchanged + count.quarantined + count.filtered + count.skipped + count.collapsed


def describe(
    connection: duckdb.DuckDBPyConnection,
    outcome: Outcome,
    record: ImportRecord,
    understood: Understood,
    plans: Sequence[Plan],
    staged: Stage,
    seconds: float,
) -> ImportReport:
    """The report of an import that was just staged on `connection`."""
    sheets = [_taken(part, group, fills, understood) for group, fills in plans for part in group.parts]
    if outcome == "preview":
        parts = [(part, group) for group, _ in plans for part in group.parts]
        sheets = [_shown(connection, sheet, *each, staged) for sheet, each in zip(sheets, parts, strict=True)]
    sheets += [_not_taken(part, issue) for part, issue in understood.not_taken]
    sheets.sort(key=lambda sheet: sheet.file_no)
    names = {file.number: file.name for file in record.files}
    first = tuple(quarantined(connection, names, staged, _SAMPLE))
    return ImportReport(outcome, record, tuple(sheets), staged.unknown, first, seconds)


def _taken(part: Part, group: Group, fills: Sequence[Fill], understood: Understood) -> SheetReport:
    used = {reading.position for fill in fills for reading in fill.readings}
    columns = tuple(
        Recognised(fill.table.name, name, _found(source, group), understood.confidence_of(group, fill.table.name, name))
        for fill in fills
        for name, source in fill.columns.items()
    )
    return SheetReport(
        part.file_no,
        part.raw.file.name,
        part.raw.sheet,
        part.raw.rows + len(part.raw.rejected),
        part.raw.encoding,
        part.raw.delimiter,
        group.mapping.name,
        understood.confidence_in(group),
        columns,
        tuple(header for i, header in enumerate(group.headers) if i not in used),
        part.raw.skipped,
        understood.notes_on(group),
    )


def _shown(
    connection: duckdb.DuckDBPyConnection, sheet: SheetReport, part: Part, group: Group, staged: Stage
) -> SheetReport:
    shown = examples(connection, part.raw), sample(connection, part, group, staged)
    return replace(sheet, headers=group.headers, examples=shown[0], sample=shown[1])


def _found(source: Source, group: Group) -> str:
    """The header, the formula or the constant that a column is filled from."""
    if source.reading:
        return group.headers[source.reading.position]
    return source.formula.text if source.formula else source.constant or ""


def _not_taken(part: Part, issue: Issue) -> SheetReport:
    raw = part.raw
    return SheetReport(
        part.file_no,
        raw.file.name,
        raw.sheet,
        raw.rows,
        raw.encoding,
        raw.delimiter,
        None,
        0.0,
        (),
        raw.headers,
        raw.skipped,
        not_taken=issue,
    )


def quarantined(
    connection: duckdb.DuckDBPyConnection, names: Mapping[int, str], staged: Stage, limit: int | None = None
) -> Iterator[QuarantineSample]:
    """The first rows that could not be taken; `names`: file -> name."""
    rows = connection.execute(
        f'SELECT file_no, line, "table", original, reasons FROM {staged.quarantine} '
        f"ORDER BY file_no, line{f' LIMIT {limit}' if limit else ''}"
    ).fetchall()
    for file_no, line, table, original, reasons in rows:
        yield QuarantineSample(names[file_no], line, table, original, tuple(map(_reason, json.loads(reasons))))


def _reason(found: Mapping[str, str]) -> Reason:
    message, advice = (Text(found[f"{part}_fr"], found[f"{part}_en"]) for part in ("message", "advice"))
    return Reason(found["code"], found["column"], found["value"], message, advice)
