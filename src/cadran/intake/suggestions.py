"""What a cell that could not be read may have meant: proposed to the person who corrects it, never taken by itself.

31/02/2026       impossible_date    ->  28/02/2026
1 240 € + port   unreadable_number  ->  1 240
XYZ              unknown_currency   ->  EUR
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence

from cadran.intake.words import known_words
from cadran.store.quarantine import QuarantinedRow, Reason
from cadran.tables.contract import Column, Type
from cadran.tables.mapping import ColumnMapping, FileMapping, find_header

_DAY = re.compile(r"(\d{1,2})(\D)(\d{1,2})\D(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})(\D)(\d{1,2})\D(\d{1,2})")
_NUMBER = re.compile(r"[-−]?\d+(?:[ \u00a0\u202f.,]\d+)*")


def suggested(reason: Reason, value: str, currency: str) -> str:
    """What could stand in the cell instead of `value`; the text itself where nothing comes to mind. `currency` is the
    company's."""
    if reason.code == "impossible_date":
        return _possible_day(value)
    if reason.code == "unreadable_number":
        found = _NUMBER.findall(value)
        return found[0] if len(found) == 1 else value
    if reason.code == "unknown_currency":
        return currency
    return "" if reason.code == "unknown_choice" else value


def words_for(column: Column, mapping: ColumnMapping) -> tuple[str, ...]:
    """One word for each value the column may take, as the file's mapping reads it; nothing where any text will do."""
    if column.type is not Type.CHOICE:
        return ()
    by_value: dict[str, str] = {}
    for word, value in mapping.values or known_words(column).items():
        by_value.setdefault(value, word)
    return tuple(by_value.values())


def mapping_of_column(row: QuarantinedRow, reason: Reason, mapping: FileMapping) -> ColumnMapping:
    """Where the column that a reason is about comes from."""
    fills = (fill.columns for fill in mapping.tables if fill.table == row.table)
    given = (columns[reason.column] for columns in fills if reason.column in columns)
    return next(given, ColumnMapping())


def header_of(row: QuarantinedRow, reason: Reason, mapping: FileMapping) -> str | None:
    """The cell of a row that a reason is about; None where it is about several, or the whole row."""
    headers = tuple(row.cells)
    named = mapping_of_column(row, reason, mapping).header
    place = None if named is None else find_header(headers, named)
    if place is not None:
        return headers[place]
    return _only_holder(row.cells, headers, reason.value)


def _only_holder(cells: Mapping[str, str | None], headers: Sequence[str], value: str | None) -> str | None:
    holders = [header for header in headers if value and cells[header] == value]
    return holders[0] if len(holders) == 1 else None


def _possible_day(text: str) -> str:
    """The last day of the month that was meant."""
    if found := _DAY.fullmatch(text.strip()):
        day, sign, month, year = found[1], found[2], found[3], found[4]
        last = _last_day(int(year), int(month))
        return f"{min(int(day), last):02d}{sign}{month}{sign}{year}" if last else text
    if found := _ISO_DAY.fullmatch(text.strip()):
        year, sign, month, day = found[1], found[2], found[3], found[4]
        last = _last_day(int(year), int(month))
        return f"{year}{sign}{month}{sign}{min(int(day), last):02d}" if last else text
    return text


def _last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1] if 1 <= month <= 12 and year else 0
