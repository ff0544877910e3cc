"""Objectives as they are planned: what is given for each cell of a grid, and the rows that say what it is to be.

A cell is a scope and a window. Setting one writes a new version of the row it shows, or a row of its own; withdrawing
it writes versions without a value of every row about that window, so that no older one comes forward. Who did it, and
when, stands in the row; undoing the import brings back what was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from cadran.objectives.target import TargetRow, place
from cadran.periods.period import Period, name_of


@dataclass(frozen=True, order=True)
class Place:
    """One cell: `scope_id` is the company's own id of a team or rep, "" for the company."""

    scope: str
    scope_id: str
    window: Period


@dataclass(frozen=True)
class Wish:
    """What a cell is to hold; None withdraws its objective."""

    place: Place
    value: Decimal | None


class Given:
    """The objectives of one KPI as they were given, without breakdown, by cell."""

    def __init__(self, rows: Iterable[TargetRow], fiscal_month: int = 1) -> None:
        self._rows: dict[Place, list[TargetRow]] = defaultdict(list)
        placed, _ = place(rows, fiscal_month)
        for row, target in sorted(placed, key=lambda each: each[0].set_at or datetime.min):
            if not target.key.dimensions:
                self._rows[Place(row.scope, row.scope_id or "", target.period)].append(row)

    def rows(self, cell: Place) -> tuple[TargetRow, ...]:
        """The rows about a cell; the last one counts."""
        return tuple(self._rows.get(cell, ()))

    def row(self, cell: Place) -> TargetRow | None:
        return self.rows(cell)[-1] if cell in self._rows else None

    def value(self, cell: Place) -> Decimal | None:
        row = self.row(cell)
        return row.value if row else None


@dataclass(frozen=True)
class Author:
    """Who sets objectives, when (in the company's time)."""

    email: str
    at: datetime


def rows_of(kpi: str, wishes: Iterable[Wish], given: Given, author: Author, fiscal_month: int = 1) -> list[TargetRow]:
    """The rows that make `given` what is wished; none for a cell that holds its value already."""
    changed = [wish for wish in wishes if wish.value != given.value(wish.place)]
    return [row for wish in changed for row in _rows(kpi, wish, given, author, fiscal_month)]


def _rows(kpi: str, wish: Wish, given: Given, author: Author, fiscal_month: int) -> Iterator[TargetRow]:
    if wish.value is None:
        yield from (_anew(row, None, author) for row in given.rows(wish.place))
        return
    row = given.row(wish.place)
    if row is not None:
        yield _anew(row, wish.value, author)
        return
    place_, window = wish.place, wish.place.window
    yield TargetRow(
        kpi,
        place_.scope,
        place_.scope_id or None,
        window.start,
        window.end,
        name_of(window, fiscal_month),  # January and its year begin on the same day: the name tells their keys apart
        wish.value,
        set_by=author.email,
        set_at=author.at,
    )


def _anew(row: TargetRow, value: Decimal | None, author: Author) -> TargetRow:
    """The next version of a row: nobody has been told of it yet."""
    return replace(row, value=value, set_by=author.email, set_at=author.at, notified_at=None, acknowledged_at=None)
