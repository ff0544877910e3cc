"""Runs in a process of its own: the filled rows of every sheet of a workbook, written as CSV.

A broken or hostile workbook may ask for more memory than there is, or crash the library that reads it; then this
process dies, not the one that answers people. The first column of each CSV is the number of the row in its sheet.
Prints one JSON object: {"sheets": [...]} or {"error": "..."}.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine


def run(path: str, folder: str, rows: int, memory: int) -> dict[str, Any]:
    _limit_memory(memory)
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheets = [meta.name for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
            files = [(name, Path(folder) / f"sheet{i}.csv") for i, name in enumerate(sheets)]
            return {"sheets": [write(book.get_sheet_by_name(name), file, rows) for name, file in files]}
    except calamine.PasswordError:
        return {"error": "password"}
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError) as error:
        return {"error": "damaged", "detail": str(error)}


def _limit_memory(memory: int) -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def write(sheet: Any, file: Path, rows: int) -> dict[str, Any]:
    """Writes the sheet's filled rows and describes them; stops after `rows` rows (`cut` is then true)."""
    written, width, longest = 0, 0, 0
    blank: list[int] = []
    gap: list[int] = []
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [to_text(cell) for cell in row]
            if not any(cell.strip() for cell in cells):
                gap.append(number)
                continue
            blank, gap = blank + gap if gap else blank, []
            if written == rows:
                return {"name": sheet.name, "file": str(file), "cut": True}
            longest = max(longest, writer.writerow([number, *cells]))
            written, width = written + 1, len(cells)
    return {
        "name": sheet.name,
        "file": str(file),
        "cut": False,
        "rows": written,
        "width": width,
        "longest_line": longest,
        "blank": blank,
    }


def to_text(value: object) -> str:
    """Dates and times as ISO, numbers in plain notation with the 15 digits a spreadsheet keeps."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _plain(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _plain(value / timedelta(days=1))
    return "" if value is None else str(value)


def _plain(value: float) -> str:
    """0.1 + 0.2 -> 0.3; 1e20 -> 100000000000000000000; 12.0 -> 12."""
    text = f"{value:.15g}"
    if "e" in text or "n" in text:  # exponents, nan and inf
        text = format(Decimal(text), "f") if "n" not in text else ""
    return text


if __name__ == "__main__":
    path, folder, rows, memory = sys.argv[1:]
    json.dump(run(path, folder, int(rows), int(memory)), sys.stdout)
