"""What an import understood and did, as the tables shown at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cadran.errors import Lang, Text
from cadran.numerals import number, percent
from cadran.present.delivery import (
    count_records,
    counts_grid,
    remark_records,
    remarks_grid,
    tables_grid,
    vanishing_grids,
)
from cadran.present.grid import Grid, record_grid
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.intake.report import ImportReport, QuarantineSample, SheetReport

_TITLES = {
    "table": Text("Table", "Table"),
    "column": Text("Colonne", "Column"),
    "found": Text("Trouvée dans", "Found in"),
    "confidence": Text("Certitude", "Confidence"),
    "file": Text("Fichier", "File"),
    "line": Text("Ligne", "Line"),
    "original": Text("Texte d’origine", "Original text"),
    "reasons": Text("Motifs", "Reasons"),
    "names": Text("Noms", "Names"),
    "rows": Text("Lignes", "Rows"),
    "example": Text("Exemples", "Examples"),
}
_RECOGNISED = Text("{file} : {mapping}, certitude {confidence}", "{file}: {mapping}, confidence {confidence}")
_BY_HAND = Text("colonnes reconnues", "columns recognised")
_IGNORED = Text("Colonnes ignorées : {headers}.", "Columns left out: {headers}.")
_QUARANTINE = Text("Quarantaine : les premières lignes", "Quarantine: the first rows")
_UNKNOWN = Text("Noms inconnus, gardés tels quels", "Unknown names, kept as they are")
_PREVIEW = Text("Aperçu : rien n’a été écrit.", "Preview: nothing was written.")
_REFUSED = Text("Import abandonné : rien n’a été écrit.", "Import given up: nothing was written.")
_DONE = Text(
    "Import n° {id}, en {seconds} s. Lignes lues : {read}. Chargé : {loaded}. En quarantaine : {quarantined}.",
    "Import {id}, in {seconds} s. Rows read: {read}. Loaded: {loaded}. In quarantine: {quarantined}.",
)
_NOTHING_NEW = Text("rien de nouveau", "nothing new")
_NONE = Text("rien", "nothing")
_SURE = 0.9


def grids(report: ImportReport, lang: Lang) -> Iterator[Grid]:
    """What was recognised, what became of every row, what was remarked, what could not be taken."""
    for sheet in report.sheets:
        yield recognition_grid(sheet, lang)
    yield counts_grid(report.record, lang)
    if report.removed:
        yield tables_grid(report.record, lang)
    if report.outcome == "preview":
        yield from vanishing_grids(report.vanishing, lang)
    if report.warnings:
        yield remarks_grid(report.record, lang)
    if report.unknown:
        yield unknown_grid(report, lang)
    if report.quarantine_sample:
        yield sample_grid(report.quarantine_sample, lang)


def closing_words(report: ImportReport, lang: Lang) -> str:
    if report.outcome != "loaded":
        return (_PREVIEW if report.outcome == "preview" else _REFUSED).to(lang)
    done = _DONE.to(lang).format(
        id=report.record.id,
        read=number(report.rows, lang),
        loaded=_by_table(report, "loaded", lang) or _NOTHING_NEW.to(lang),
        quarantined=_by_table(report, "quarantined", lang) or _NONE.to(lang),
        seconds=number(report.seconds, lang, 1),
    )
    return f"{done}\n{report.upkeep.to(lang)}" if report.upkeep else done


def _by_table(report: ImportReport, fate: str, lang: Lang) -> str:
    """`clients 3, ventes 2`: a line that fills two tables has a fate in each."""
    rows = {count.table: 0 for count in report.counts}
    for count in report.counts:
        rows[count.table] += getattr(count, fate)
    return ", ".join(f"{SALES_MODEL[name].label.to(lang).lower()} {number(n, lang)}" for name, n in rows.items() if n)


def recognition_grid(sheet: SheetReport, lang: Lang) -> Grid:
    name = f"{sheet.file} [{sheet.sheet}]" if sheet.sheet else sheet.file
    if sheet.not_taken:
        return Grid(name, (), (), (sheet.not_taken.to(lang),))
    title = _RECOGNISED.to(lang).format(
        file=name,
        mapping=sheet.mapping or _BY_HAND.to(lang),
        confidence=percent(sheet.confidence, lang, 0),
    )
    records = [
        {
            "table": SALES_MODEL[each.table].label.to(lang),
            "column": SALES_MODEL[each.table][each.column].label.to(lang),
            "found": each.found,
            "confidence": percent(each.confidence, lang, 0) + ("" if each.confidence >= _SURE else " ?"),
        }
        for each in sheet.columns
    ]
    notes = [_IGNORED.to(lang).format(headers=", ".join(sheet.ignored))] if sheet.ignored else []
    return record_grid(title, records, _titles(("table", "column", "found", "confidence"), lang), lang, notes)


def document(report: ImportReport, lang: Lang) -> dict[str, Any]:
    """The report for machines."""
    return {
        "outcome": report.outcome,
        "id": report.record.id,
        "seconds": report.seconds,
        "rows": count_records(report.record, lang),
        "remarks": remark_records(report.record, lang),
        "vanishing": [{"table": each.table, "rows": each.rows, "first": each.first} for each in report.vanishing],
        "upkeep": report.upkeep.to(lang) if report.upkeep else None,
        "proposals": [
            {"setting": each.setting, "value": each.value, "why": each.why.to(lang)} for each in report.proposals
        ],
        "quarantine_sample": _sample_records(report.quarantine_sample, lang),
        "recognised": [
            {"file": sheet.file, "sheet": sheet.sheet, "mapping": sheet.mapping, "ignored": list(sheet.ignored)}
            | {"columns": [vars(each) for each in sheet.columns]}
            for sheet in report.sheets
        ],
    }


def unknown_grid(report: ImportReport, lang: Lang) -> Grid:
    """Names that no record knows, with the rows that use them."""
    records = [
        {
            "table": SALES_MODEL[each.table].label.to(lang),
            "column": SALES_MODEL[each.table][each.column].label.to(lang),
            "names": each.count,
            "rows": each.rows,
            "example": ", ".join(each.names),
        }
        for each in report.unknown
    ]
    return record_grid(_UNKNOWN.to(lang), records, _titles(("table", "column", "names", "rows", "example"), lang), lang)


def sample_grid(rows: Sequence[QuarantineSample], lang: Lang) -> Grid:
    """The first rows that could not be taken, with every reason."""
    keys = ("file", "line", "table", "reasons", "original")
    return record_grid(_QUARANTINE.to(lang), _sample_records(rows, lang), _titles(keys, lang), lang)


def _sample_records(rows: Sequence[QuarantineSample], lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "file": row.file,
            "line": row.line,
            "table": SALES_MODEL[row.table].label.to(lang) if row.table in SALES_MODEL else row.table,
            "reasons": " ".join(f"{each.message.to(lang)} {each.advice.to(lang)}".strip() for each in row.reasons),
            "original": row.original,
        }
        for row in rows
    ]


def _titles(keys: tuple[str, ...], lang: Lang) -> dict[str, str]:
    return {key: _TITLES[key].to(lang) for key in keys}
