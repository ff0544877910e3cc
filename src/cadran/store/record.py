"""The record of one import, as the ledger keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from cadran.errors import Text
from cadran.store.delivery import DeliveredFile, Replacement, WarningCount

Status = Literal["live", "undone", "preview"]


@dataclass(frozen=True)
class FileCount:
    """What became of the rows read from one file for one table:
    read = new + changed + unchanged + quarantined + filtered + skipped + collapsed."""

    file_no: int
    table: str
    read: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    filtered: int
    skipped: int
    collapsed: int

    @property
    def loaded(self) -> int:
        return self.new + self.changed


@dataclass(frozen=True)
class TableCount:
    """What an import (or its undoing) did to one table, in keys. `removed`: gone from the table; `restored`: back to
    an earlier version."""

    table: str
    new: int
    changed: int
    unchanged: int
    removed: int
    restored: int

    @property
    def loaded(self) -> int:
        return self.new + self.changed


@dataclass(frozen=True)
class ImportRecord:
    """One import. `snapshot` shows the store right after it; times are naive UTC; the record of a preview was never
    written. The record that `undo` returns counts what the undoing did."""

    id: int
    name: str
    source: str | None
    status: Status
    committed_at: datetime
    snapshot: int
    author: str
    mapping: str
    replace: Replacement | None
    files: tuple[DeliveredFile, ...]
    counts: tuple[FileCount, ...]
    tables: tuple[TableCount, ...]
    warnings: tuple[WarningCount, ...]
    undone_at: datetime | None = None
    undone_by: str | None = None


def to_json(record: ImportRecord) -> str:
    return json.dumps(asdict(record), default=lambda moment: moment.isoformat(), ensure_ascii=False)


def from_json(text: str, status: Status, undone_at: datetime | None, undone_by: str | None) -> ImportRecord:
    """The record of `text`, with what happened to the import since."""
    stored: dict[str, Any] = json.loads(text)
    stored |= {
        "status": status,
        "undone_at": undone_at,
        "undone_by": undone_by,
        "committed_at": datetime.fromisoformat(stored["committed_at"]),
        "replace": _replacement(stored["replace"]),
        "files": tuple(DeliveredFile(**file) for file in stored["files"]),
        "counts": tuple(FileCount(**count) for count in stored["counts"]),
        "tables": tuple(TableCount(**count) for count in stored["tables"]),
        "warnings": tuple(WarningCount(**{**w, "message": Text(**w["message"])}) for w in stored["warnings"]),
    }
    return ImportRecord(**stored)


def _replacement(stored: dict[str, str | None] | None) -> Replacement | None:
    if stored is None:
        return None
    starts_on, ends_on = (date.fromisoformat(day) if day else None for day in (stored["starts_on"], stored["ends_on"]))
    return Replacement(starts_on, ends_on)
