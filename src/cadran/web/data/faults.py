"""The rows in quarantine by what is wrong with them: one line for each mistake, however many rows make it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cadran.errors import Lang
from cadran.intake.replay import mapping_of
from cadran.intake.suggestions import header_of, mapping_of_column, suggested, words_for
from cadran.store.ledger import imports
from cadran.store.quarantine import QuarantinedRow, Reason, quarantine
from cadran.store.record import ImportRecord
from cadran.tables.mapping import FileMapping
from cadran.tables.model import SALES_MODEL
from cadran.web.people.frame import Frame, served


@dataclass(frozen=True)
class Wrong:
    """One reason and the cell it is about. `header` None: the whole line is to be looked at. `words`: what the cell
    may say, where that is a few words."""

    column: str
    raw: str
    why: str
    header: str | None
    proposed: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """`key` names it in forms; `rows` make the same mistake with the same text, in files read alike."""

    key: str
    table: str
    file: str
    rows: tuple[QuarantinedRow, ...]
    wrongs: tuple[Wrong, ...]

    @property
    def first(self) -> QuarantinedRow:
        return self.rows[0]

    @property
    def others(self) -> int:
        return len(self.rows) - 1

    @property
    def is_in_place(self) -> bool:
        """Whether what is wrong can be corrected where it is shown."""
        return bool(self.first.cells) and all(wrong.header is not None for wrong in self.wrongs)


@dataclass(frozen=True)
class Waiting:
    """Everything open; `names`: of the files, by import and number."""

    faults: tuple[Fault, ...]
    names: Mapping[tuple[int, int], str]

    @property
    def rows(self) -> int:
        return sum(len(fault.rows) for fault in self.faults)

    def find(self, key: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.key == key), None)


def waiting(frame: Frame) -> Waiting:
    with served.workspace.lake() as lake:
        rows = quarantine(lake)
        records = {record.id: record for record in imports(lake)}
    names = {(record.id, file.number): file.name for record in records.values() for file in record.files}
    alike: dict[tuple[object, ...], list[QuarantinedRow]] = defaultdict(list)
    for row in rows:
        alike[_mistake(row)].append(row)
    mappings: dict[tuple[object, ...], FileMapping | None] = {}
    faults = [_fault(some, records, mappings, names, frame) for some in alike.values()]
    return Waiting(tuple(faults), names)


def _mistake(row: QuarantinedRow) -> tuple[object, ...]:
    """What rows have in common that one correction settles. Of rows at odds with each other, each is its own."""
    reasons = tuple((each.code, each.column, each.value) for each in row.reasons)
    is_own = not row.cells or any(each.code == "key_twice" for each in row.reasons)
    return (row.import_id, row.file_no, row.table, reasons, tuple(row.cells), row.id if is_own else None)


def _fault(
    rows: Sequence[QuarantinedRow],
    records: Mapping[int, ImportRecord],
    mappings: dict[tuple[object, ...], FileMapping | None],
    names: Mapping[tuple[int, int], str],
    frame: Frame,
) -> Fault:
    first = rows[0]
    come_from = (first.import_id, first.file_no, first.table, tuple(first.cells))
    if come_from not in mappings:
        headers = tuple(first.cells)
        mappings[come_from] = (
            mapping_of(records[first.import_id], first.file_no, first.table, headers) if headers else None
        )
    wrongs = tuple(_wrong(first, reason, mappings[come_from], frame) for reason in first.reasons)
    key = hashlib.sha256(repr((_mistake(first), first.id)).encode()).hexdigest()[:16]
    table = SALES_MODEL[first.table].label.to(frame.lang)
    return Fault(key, table, names[first.import_id, first.file_no], tuple(rows), wrongs)


def _wrong(row: QuarantinedRow, reason: Reason, mapping: FileMapping | None, frame: Frame) -> Wrong:
    lang: Lang = frame.lang
    why = f"{reason.message.to(lang)} {reason.advice.to(lang)}".strip()
    table = SALES_MODEL[row.table]
    column = table[reason.column] if reason.column and reason.column in table else None
    label = column.label.to(lang) if column else ""
    header = header_of(row, reason, mapping) if mapping else None
    raw = (row.cells.get(header) if header else reason.value) or ""
    if header is None or column is None or mapping is None:
        return Wrong(label, raw or row.original, why, header, raw, ())
    words = words_for(column, mapping_of_column(row, reason, mapping))
    return Wrong(label, raw, why, header, suggested(reason, raw, frame.settings.company.currency), words)
