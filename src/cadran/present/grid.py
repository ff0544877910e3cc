"""A table as data: titled columns, rows of written cells, notes. Terminal and page draw the same grid.

Rows that are no answer (imports, source rows) become one here, a column per field; answers do in `answers.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.errors import Lang
from cadran.periods.period import Grain, Period, label_of
from cadran.present.words import (
    YES_NO,
)

if TYPE_CHECKING:
    from cadran.answer import AnswerRow


class Tone(StrEnum):
    """Why a cell may be coloured: the gap to an objective, and nothing else."""

    PLAIN = "plain"
    BETTER = "better"
    WORSE = "worse"
    WATCH = "watch"


@dataclass(frozen=True)
class Cell:
    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Column:
    """`key` is stable and never translated; numbers stand at the right."""

    key: str
    title: str
    right: bool = False


@dataclass(frozen=True)
class Row:
    """`level` is the scope's: company, team, rep, unassigned; empty in a grid that is no answer."""

    cells: tuple[Cell, ...]
    level: str = ""


@dataclass(frozen=True)
class Grid:
    """`names`: how many columns at the left name a row; a grid too wide for its place is cut between the others and
    keeps these. With 0 it is not cut: its texts fold."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    names: int = 0

    def only(self, places: Sequence[int]) -> Grid:
        """The same rows with some of the columns, by their places."""
        rows = (Row(tuple(row.cells[place] for place in places), row.level) for row in self.rows)
        return replace(self, columns=tuple(self.columns[place] for place in places), rows=tuple(rows))


@dataclass(frozen=True)
class Reader:
    """Who reads: the language, and what the company's numbers need to be written. `labels` names the KPIs."""

    lang: Lang
    currency: str = "EUR"
    fiscal_month: int = 1
    grain: Grain | None = None
    labels: Mapping[str, str] | None = None

    def kpi(self, kpi_id: str) -> str:
        return (self.labels or {}).get(kpi_id, kpi_id)

    def period(self, row: AnswerRow) -> str:
        period = Period(row.period_start, row.period_end)
        return label_of(period, self.lang, self.fiscal_month, self.grain)


def record_grid(
    title: str,
    records: Sequence[Mapping[str, object]],
    titles: Mapping[str, str],
    lang: Lang,
    notes: Iterable[str] = (),
    right: Iterable[str] = (),
) -> Grid:
    """`records` as they are, `titles` naming the fields to show, in order. Numbers stand at the right, and so does what
    is named in `right`: amounts that are written already."""
    at_right = {*right} | {key for key in titles if any(_is_number(record.get(key)) for record in records)}
    return Grid(
        title=title,
        columns=tuple(Column(key, name, key in at_right) for key, name in titles.items()),
        rows=tuple(Row(tuple(Cell(written(record.get(key), lang)) for key in titles)) for record in records),
        notes=tuple(notes),
    )


def written(value: object, lang: Lang) -> str:
    match value:
        case None:
            return ""
        case bool():
            return YES_NO[value].to(lang)
        case int() | float() | Decimal():
            return numerals.number(value, lang)
        case datetime():
            return numerals.moment(value, lang)
        case date():
            return numerals.day(value, lang)
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
