"""What a page shows of an import before and after it: plain values in one language, ready to be kept and drawn.

`ImportReport` -> {"sum": "...", "totals": {...}, "sheets": [...], "counts": grid, "vanishing": [grid], ...}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cadran.errors import Lang, Text
from cadran.numerals import number, percent
from cadran.present.delivery import COUNTED, counts_grid, remarks_grid, tables_grid, titles, vanishing_grids
from cadran.present.grid import Grid, written
from cadran.present.import_report import sample_grid, unknown_grid
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.intake.replay import Replayed
    from cadran.intake.report import ImportReport, Recognised, SheetReport
    from cadran.intake.sample import Sample, SampleLine
    from cadran.store.record import FileCount

SURE = 0.9
_FATES = ("new", "changed", "unchanged", "quarantined", "filtered", "skipped", "collapsed")
_SUM = Text("{read} lues = {fates}", "{read} read = {fates}")
_DELIMITERS = {
    ";": Text("point-virgule", "semicolon"),
    ",": Text("virgule", "comma"),
    "\t": Text("tabulation", "tab"),
    "|": Text("barre verticale", "vertical bar"),
}


def import_page(report: ImportReport, lang: Lang) -> dict[str, Any]:
    return {
        **looked_page(report.sheets, lang),
        "totals": totals(report.counts),
        "rows": report.rows,
        "sum": sum_of(report.counts, lang),
        "counts": plain(counts_grid(report.record, lang)),
        "tables": plain(tables_grid(report.record, lang)) if report.removed else None,
        "remarks": plain(remarks_grid(report.record, lang)) if report.warnings else None,
        "unknown": plain(unknown_grid(report, lang)) if report.unknown else None,
        "vanishing": [plain(grid) for grid in vanishing_grids(report.vanishing, lang)],
        "removed": sum(each.rows for each in report.vanishing),
        "quarantine": plain(sample_grid(report.quarantine_sample, lang)) if report.quarantine_sample else None,
        "proposals": [
            {"setting": each.setting, "value": each.value, "line": each.line, "why": each.why.to(lang)}
            for each in report.proposals
        ],
        "upkeep": report.upkeep.to(lang) if report.upkeep else "",
    }


def looked_page(sheets: Iterable[SheetReport], lang: Lang) -> dict[str, Any]:
    """What the files hold, as far as it is known."""
    return {"sheets": [_sheet(sheet, lang) for sheet in sheets]}


def replay_page(done: Replayed, lang: Lang) -> dict[str, Any]:
    """What became of the rows of a corrected spreadsheet."""
    wrong = plain(sample_grid(done.still_wrong, lang)) if done.still_wrong else None
    return {"corrected": done.corrected, "settled": done.settled, "wrong": len(done.still_wrong), "still_wrong": wrong}


def totals(counts: Iterable[FileCount]) -> dict[str, int]:
    """Of all the files and tables together: a row that fills two tables has a fate in each."""
    counts = tuple(counts)
    return {key: sum(getattr(count, key) for count in counts) for key in COUNTED}


def sum_of(counts: Iterable[FileCount], lang: Lang) -> str:
    """`12 480 lues = 8 142 nouvelles + 41 identiques + 31 quarantaine`; what is nought is left out."""
    total, words = totals(counts), titles(COUNTED, lang)
    fates = [f"{number(total[key], lang)} {words[key].lower()}" for key in _FATES if total[key]]
    return _SUM.to(lang).format(read=number(total["read"], lang), fates=" + ".join(fates) or number(0, lang))


def plain(grid: Grid) -> dict[str, Any]:
    """A grid as plain values."""
    return {
        "title": grid.title,
        "columns": [{"title": column.title, "right": column.right} for column in grid.columns],
        "rows": [
            [{"text": cell.text, "right": column.right} for cell, column in zip(row.cells, grid.columns, strict=True)]
            for row in grid.rows
        ],
        "notes": list(grid.notes),
    }


def _sheet(sheet: SheetReport, lang: Lang) -> dict[str, Any]:
    return {
        "name": f"{sheet.file} [{sheet.sheet}]" if sheet.sheet else sheet.file,
        "file_no": sheet.file_no,
        "sheet": sheet.sheet or "",
        "mapping": sheet.mapping or "",
        "confidence": percent(sheet.confidence, lang, 0),
        "rows": sheet.rows,
        "encoding": sheet.encoding or "",
        "delimiter": _DELIMITERS[sheet.delimiter].to(lang) if sheet.delimiter in _DELIMITERS else sheet.delimiter or "",
        "not_taken": sheet.not_taken.to(lang) if sheet.not_taken else "",
        "notes": [note.to(lang) for note in sheet.notes],
        "tables": list(dict.fromkeys(each.table for each in sheet.columns)),
        "columns": _columns(sheet, lang),
        "sample": _sample(sheet.sample, lang) if sheet.sample else None,
    }


def _columns(sheet: SheetReport, lang: Lang) -> list[dict[str, Any]]:
    """Every column of the file with what it fills, in the file's order; then what comes from no column of it."""
    by_header: dict[str, list[Recognised]] = {header: [] for header in sheet.headers}
    elsewhere: list[Recognised] = []
    for each in sheet.columns:
        by_header.get(each.found, elsewhere).append(each)
    examples = dict(zip(sheet.headers, sheet.examples, strict=True))
    lines = [_column(header, fills, examples[header], lang) for header, fills in by_header.items()]
    return lines + [_column("", [each], (each.found,) if each.found else (), lang) for each in elsewhere]


def _column(header: str, fills: Sequence[Recognised], examples: Sequence[str], lang: Lang) -> dict[str, Any]:
    """`target` is what the column fills first, as forms name it; `fills` all of it, in words."""
    surest = max((each.confidence for each in fills), default=None)
    return {
        "header": header,
        "examples": list(examples),
        "target": f"{fills[0].table}.{fills[0].column}" if fills else "",
        "fills": [
            f"{SALES_MODEL[e.table].label.to(lang)} › {SALES_MODEL[e.table][e.column].label.to(lang)}" for e in fills
        ],
        "confidence": "" if surest is None else percent(surest, lang, 0),
        "sure": surest is None or surest >= SURE,
    }


def _sample(sample: Sample, lang: Lang) -> dict[str, Any]:
    table = SALES_MODEL[sample.table]
    return {
        "table": table.label.to(lang),
        "headers": [header or "" for header in sample.headers],
        "columns": [table[name].label.to(lang) for name in sample.columns],
        "first": [_line(line, lang) for line in sample.first],
        "doubtful": [_line(line, lang) for line in sample.doubtful],
    }


def _in_full(value: object, lang: Lang) -> str:
    """What was understood of a cell: to its last decimal, for it stands beside the cell."""
    decimals = -int(value.normalize().as_tuple().exponent) if isinstance(value, Decimal) else 0
    return number(value, lang, decimals) if isinstance(value, Decimal) and decimals > 2 else written(value, lang)


def _line(line: SampleLine, lang: Lang) -> dict[str, Any]:
    understood = []
    for cell, value, wrong, doubtful in zip(line.cells, line.values, line.wrong, line.doubtful, strict=True):
        text = _in_full(value, lang)
        state = "wrong" if wrong else "doubtful" if doubtful else "interpreted" if text != (cell or "") else ""
        understood.append({"text": text, "state": state})
    return {"line": line.line, "cells": [cell or "" for cell in line.cells], "understood": understood}
