"""Objectives in and out of spreadsheets: a workbook in the layout of the grid, and cells that were pasted.

    kpi      scope    name            2026-Q1   2026-Q2
    revenue  company  Entreprise       800000    900000
    revenue  team:GC  Grands comptes   350000

What is read back is a proposal: it is shown in the grid, and saved from there. A row is known by its `scope`, else by
its name; a column by its period, else, in a paste without headers, by its place.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cadran.catalogue.kpi import Unit
from cadran.errors import AccessError, PeriodError, Text
from cadran.intake.raw import Limits
from cadran.intake.read import identify, read_tables
from cadran.periods.period import Period, label_of, name_of, parse_period
from cadran.tables.mapping import fold
from cadran.web.follow.objectives_board import YEAR, Board, Who
from cadran.web.follow.objectives_numbers import Unreadable, read_cell
from cadran.web.people.frame import served

LIMITS = Limits(file_bytes=20_000_000, unpacked_bytes=200_000_000, rows=20_000, columns=60, seconds=60)
_ADDRESS = re.compile(r"company|(team|rep):.+")
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_MOST_DIGITS = 15  # that a spreadsheet keeps of a number

Proposed = Mapping[tuple[Who, Period], Decimal | None]


@dataclass(frozen=True)
class Proposal:
    """What a sheet would make of some cells, and what of it was not understood, in words."""

    values: Proposed
    refused: tuple[str, ...] = ()


def workbook(board: Board) -> bytes:
    """The grid as a workbook: given objectives as numbers, an empty cell where none was. No text is a formula."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Objectifs" if board.frame.lang == "fr" else "Objectives")
        bold, number = book.add_format({"bold": True}), book.add_format({"num_format": _FORMATS[board.kpi.unit]})
        names = [_column(board, period) for period in board.columns]
        for place, header in enumerate(("kpi", "scope", "name", *names)):
            sheet.write_string(0, place, header, bold)
        for line, who in enumerate(board.rows, start=1):
            for place, text in enumerate((board.kpi.id, who.address, who.name)):
                sheet.write_string(line, place, text)
            for place, period in enumerate(board.columns, start=3):
                cell = board.place(who, period)
                value = board.given.value(cell) if cell else None
                if value is not None and len(value.normalize().as_tuple().digits) > _MOST_DIGITS:
                    sheet.write_string(line, place, f"{value:f}", number)
                elif value is not None:
                    sheet.write_number(line, place, float(value), number)
        sheet.freeze_panes(1, 3)
        sheet.set_column(0, 1, 12)
        sheet.set_column(2, 2, 26)
        sheet.set_column(3, 2 + len(board.columns), 14)
    return out.getvalue()


def read_workbook(board: Board, path: Path) -> Proposal:
    """The first table of a file (Excel, OpenDocument, CSV) as a proposal. Raises IntakeError for one that cannot be
    read. An empty cell withdraws."""
    import duckdb

    file = identify(path, LIMITS)
    with duckdb.connect() as connection:
        raw = read_tables(connection, file, limits=LIMITS)[0]
        columns = ", ".join(raw.columns)
        rows = connection.execute(f"SELECT {columns} FROM {raw.relation} ORDER BY line").fetchall()
    return understand(board, [raw.headers, *([cell or "" for cell in row] for row in rows)], is_file=True)


def read_paste(board: Board, text: str) -> Proposal:
    """Lines of cells with tabs between them, as a spreadsheet copies them. An empty cell is left as it is."""
    return understand(board, [line.split("\t") for line in text.splitlines() if line.strip()], is_file=False)


def understand(board: Board, rows: Sequence[Sequence[str]], *, is_file: bool) -> Proposal:
    values: dict[tuple[Who, Period], Decimal | None] = {}
    refused: list[str] = []
    columns = _periods(board, rows[0]) if rows else {}
    people = _People(board)
    for row in rows[1:] if columns else rows:
        try:
            who = people.find(board, row)
            for place, period in (columns or _by_place(board, row)).items():
                text = row[place] if place < len(row) else ""
                if is_file or text.strip():
                    values[who, period] = _value(board, text, is_file=is_file)
        except Unreadable as error:
            refused.append(f"{' '.join(cell for cell in row if cell.strip())[:80]} – {error.told.to(board.frame.lang)}")
    return Proposal({at: value for at, value in values.items() if value != _now(board, *at)}, tuple(refused))


def _now(board: Board, who: Who, period: Period) -> Decimal | None:
    cell = board.place(who, period)
    return board.given.value(cell) if cell else None


def _value(board: Board, text: str, *, is_file: bool) -> Decimal | None:
    """A number of a file is written plainly, a rate as a share; a pasted one as its program shows it."""
    if is_file and _PLAIN.fullmatch(text.strip()):
        return Decimal(text.strip())
    return read_cell(text, board.kpi.unit, board.frame.reader)


def _column(board: Board, period: Period) -> str:
    """A header that no reader takes for a number: FY2026, 2026-Q1, 2026-03."""
    name = name_of(period, board.fiscal_month)
    return f"FY{name}" if board.cut == YEAR and name.isdecimal() else name


def _periods(board: Board, headers: Sequence[str]) -> dict[int, Period]:
    """Which columns are which of the page's periods; none when the first row is no header."""
    lang = board.frame.lang
    brief = {
        fold(label_of(each, lang, board.fiscal_month, board.grain).partition(" ")[0]): each for each in board.columns
    }
    found = {place: _period(board, header) or brief.get(fold(header)) for place, header in enumerate(headers)}
    return {place: period for place, period in found.items() if period is not None}


def _period(board: Board, text: str) -> Period | None:
    try:
        period = parse_period(text, board.fiscal_month)
    except PeriodError:
        return None
    return period if period in board.columns else None


def _by_place(board: Board, row: Sequence[str]) -> dict[int, Period]:
    """Without headers: the cells after the name, one for each column of the page."""
    first = len(row) - len(board.columns)
    if first < 1 or first > 3:
        raise Unreadable(_wrong_width(len(row) - 1, len(board.columns)))
    return {first + place: period for place, period in enumerate(board.columns)}


class _People:
    """The rows of the page by what a sheet may call them."""

    def __init__(self, board: Board) -> None:
        self._by_name: dict[str, list[Who]] = {}
        self._kpis = {kpi.id for kpi in served.workspace.catalogue} - {board.kpi.id}
        for who in board.rows:
            for name in {fold(who.name), fold(who.key)} - {""}:
                self._by_name.setdefault(name, []).append(who)

    def find(self, board: Board, row: Sequence[str]) -> Who:
        """Who a row is about. Raises Unreadable for nobody the person may plan for, as for nobody there is."""
        cells = [cell.strip() for cell in row[:3]]
        if any(cell in self._kpis for cell in cells[:1]):
            raise Unreadable(_OTHER_KPI)
        address = next((cell for cell in cells if _ADDRESS.fullmatch(cell)), None)
        if address is not None:
            level, _, key = address.partition(":")
            try:
                found = [board.who(level, key)]
            except AccessError:
                found = []
        else:
            found = next((self._by_name[fold(cell)] for cell in cells if fold(cell) in self._by_name), [])
        if len(found) > 1:
            raise Unreadable(_SEVERAL)
        if not found or not found[0].may_set:
            raise Unreadable(_NOBODY)
        return found[0]


_FORMATS = {
    Unit.MONEY: "#,##0.00",
    Unit.COUNT: "#,##0",
    Unit.RATE: "0.00%",
    Unit.DAYS: "0.0",
    Unit.SCORE: "0.0",
    Unit.RATIO: "0.00",
}
_NOBODY = Text(
    "aucune équipe ni aucun commercial de ce nom parmi ceux dont vous fixez les objectifs.",
    "no team or rep of that name among those whose objectives you set.",
)
_SEVERAL = Text("plusieurs portent ce nom : donnez l’identifiant.", "several have that name: give the id.")
_OTHER_KPI = Text("cette ligne est d’un autre indicateur.", "this row is about another KPI.")


def _wrong_width(found: int, wanted: int) -> Text:
    return Text(
        f"{found} nombres pour {wanted} colonnes. Copiez aussi la ligne des périodes.",
        f"{found} numbers for {wanted} columns. Copy the line of periods too.",
    )
