"""An import, in tables: what each file held, what became of each row, what was remarked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cadran.errors import Lang, Text
from cadran.numerals import number
from cadran.present.grid import Grid, record_grid
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.store.quarantine import QuarantinedRow
    from cadran.store.record import ImportRecord
    from cadran.store.vanishing import Vanishing

STATUS = {
    "live": Text("en place", "in place"),
    "undone": Text("annulé", "undone"),
    "preview": Text("aperçu", "preview"),
}
_TITLES = {
    "id": Text("N°", "No."),
    "committed_at": Text("Le", "On"),
    "name": Text("Import", "Import"),
    "source": Text("Source", "Source"),
    "author": Text("Par", "By"),
    "status": Text("État", "State"),
    "rows_read": Text("Lues", "Read"),
    "loaded": Text("Chargées", "Loaded"),
    "file": Text("Fichier", "File"),
    "table": Text("Table", "Table"),
    "read": Text("Lues", "Read"),
    "new": Text("Nouvelles", "New"),
    "changed": Text("Modifiées", "Changed"),
    "unchanged": Text("Identiques", "Unchanged"),
    "quarantined": Text("Quarantaine", "Quarantine"),
    "filtered": Text("Filtrées", "Filtered"),
    "skipped": Text("Sautées", "Skipped"),
    "collapsed": Text("Regroupées", "Collapsed"),
    "removed": Text("Retirées", "Removed"),
    "restored": Text("Rétablies", "Restored"),
    "column": Text("Colonne", "Column"),
    "rows": Text("Lignes", "Rows"),
    "remark": Text("Remarque", "Remark"),
    "example": Text("Exemple", "Example"),
    "line": Text("Ligne", "Line"),
    "reasons": Text("Motifs", "Reasons"),
    "original": Text("Texte d’origine", "Original text"),
}
_ADDS_UP = Text(
    "Lues = nouvelles + modifiées + identiques + quarantaine + filtrées + sautées + regroupées, pour chaque fichier.",
    "Read = new + changed + unchanged + quarantine + filtered + skipped + collapsed, for every file.",
)
_IMPORTS = Text("Imports", "Imports")
_ROWS = Text("Lignes", "Rows")
_TABLES = Text("Tables", "Tables")
_REMARKS = Text("Remarques", "Remarks")
_VANISHING = Text("{table} : lignes qui disparaissent ({rows})", "{table}: rows that disappear ({rows})")
_AND_MORE = Text("Et {rows} de plus.", "And {rows} more.")
_QUARANTINE = Text("Quarantaine", "Quarantine")
COUNTED = ("read", "new", "changed", "unchanged", "quarantined", "filtered", "skipped", "collapsed")


def titles(keys: Sequence[str], lang: Lang) -> dict[str, str]:
    return {key: _TITLES[key].to(lang) for key in keys}


def import_records(imports: Sequence[ImportRecord], timezone: str, lang: Lang) -> list[dict[str, Any]]:
    """One line per import, newest first; times in the company's zone."""
    return [
        {
            "id": each.id,
            "committed_at": _local(each.committed_at, timezone),
            "name": each.name,
            "source": each.source,
            "author": each.author,
            "status": STATUS[each.status].to(lang),
            "rows_read": rows_read(each),
            "loaded": sum(count.loaded for count in each.counts),
            "quarantined": sum(count.quarantined for count in each.counts),
            "undone_at": _local(each.undone_at, timezone) if each.undone_at else None,
            "undone_by": each.undone_by,
        }
        for each in reversed(imports)
    ]


def _local(moment: datetime, timezone: str) -> datetime:
    """A moment of the store, which is UTC, by the company's clock."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def rows_read(record: ImportRecord) -> int:
    """The rows read for every table: a row that fills two tables counts in each, as its fate does."""
    return sum(count.read for count in record.counts)


def imports_grid(records: Sequence[dict[str, Any]], lang: Lang) -> Grid:
    keys = ("id", "committed_at", "name", "source", "author", "status", "rows_read", "loaded", "quarantined")
    return record_grid(_IMPORTS.to(lang), records, titles(keys, lang), lang)


def count_records(record: ImportRecord, lang: Lang) -> list[dict[str, Any]]:
    """What became of the rows of each file, for each table it fills."""
    names = {file.number: file.name for file in record.files}
    return [
        {"file": names[count.file_no], "table": _table(count.table, lang)}
        | {key: getattr(count, key) for key in COUNTED}
        for count in record.counts
    ]


def counts_grid(record: ImportRecord, lang: Lang) -> Grid:
    """The columns that hold a number somewhere, and the sum that must hold."""
    records = count_records(record, lang)
    keys = ["file", "table", "read", *(key for key in COUNTED[1:] if any(each[key] for each in records))]
    return record_grid(_ROWS.to(lang), records, titles(keys, lang), lang, [_ADDS_UP.to(lang)])


def tables_grid(
    record: ImportRecord,
    lang: Lang,
    keys: Sequence[str] = ("table", "new", "changed", "unchanged", "removed", "restored"),
) -> Grid:
    """What the import (or its undoing) did to each table; `keys`: the counts to show."""
    records = [
        {"table": _table(count.table, lang)} | {key: getattr(count, key) for key in keys[1:]} for count in record.tables
    ]
    return record_grid(_TABLES.to(lang), records, titles(keys, lang), lang)


def vanishing_grids(vanishing: Sequence[Vanishing], lang: Lang) -> Iterator[Grid]:
    """Per table, the first rows that a replacement takes away, and how many more there are."""
    for each in vanishing:
        columns = {name: SALES_MODEL[each.table][name].label.to(lang) for name in each.first[0]}
        more = each.rows - len(each.first)
        notes = [_AND_MORE.to(lang).format(rows=number(more, lang))] if more else []
        title = _VANISHING.to(lang).format(table=_table(each.table, lang), rows=number(each.rows, lang))
        yield record_grid(title, each.first, columns, lang, notes)


def remark_records(record: ImportRecord, lang: Lang) -> list[dict[str, Any]]:
    names = {file.number: file.name for file in record.files}
    return [
        {
            "file": names[warning.file_no],
            "table": _table(warning.table, lang),
            "rows": warning.rows,
            "column": warning.column,
            "remark": warning.message.to(lang),
            "example": warning.example,
        }
        for warning in record.warnings
    ]


def remarks_grid(record: ImportRecord, lang: Lang) -> Grid:
    keys = ("file", "table", "rows", "remark", "example")
    return record_grid(_REMARKS.to(lang), remark_records(record, lang), titles(keys, lang), lang)


def quarantine_records(
    rows: Sequence[QuarantinedRow], files: dict[tuple[int, int], str], lang: Lang
) -> list[dict[str, Any]]:
    """One line per row: where it stood, every reason with its advice, and its text. `files` names (import, file)."""
    return [
        {
            "id": row.id,
            "file": files.get((row.import_id, row.file_no), ""),
            "line": row.line,
            "table": _table(row.table, lang),
            "reasons": " ".join(f"{each.message.to(lang)} {each.advice.to(lang)}".strip() for each in row.reasons),
            "original": row.original,
        }
        for row in rows
    ]


def quarantine_grid(records: Sequence[dict[str, Any]], lang: Lang) -> Grid:
    keys = ("id", "file", "line", "table", "reasons", "original")
    return record_grid(_QUARANTINE.to(lang), records, titles(keys, lang), lang)


def _table(name: str, lang: Lang) -> str:
    return SALES_MODEL[name].label.to(lang) if name in SALES_MODEL else name
