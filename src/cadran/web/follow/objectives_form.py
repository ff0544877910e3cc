"""The cells of a form -> what is to be set: read, compared with what the person had before them, and checked.

A cell is named after its scope and period: `cell-team:GC@2026-03`. The form also says which snapshot it showed: what
is as it was then is left alone, and what somebody else has changed meanwhile is not overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cadran.errors import AccessError, Issue, RequestError, Text
from cadran.objectives.planning import Place, Wish
from cadran.periods.period import Period, label_of, name_of, parse_period
from cadran.present.words import NOT_GIVEN
from cadran.web.follow.objectives_board import Board, Who, board_of
from cadran.web.follow.objectives_numbers import Unreadable, read_cell, write_cell
from cadran.web.people.frame import NOT_OPEN
from cadran.web.people.numbers import whole

_PREFIX = "cell-"


@dataclass(frozen=True)
class Wrong:
    """A cell that cannot be taken, and why."""

    cell: str
    where: str
    told: str


@dataclass(frozen=True)
class Filled:
    """What a form asks for: `wishes` are those that change something, `wrong` what must be put right first."""

    wishes: tuple[Wish, ...]
    wrong: tuple[Wrong, ...]
    texts: Mapping[str, str]


def cell_name(who: Who, period: Period, fiscal_month: int) -> str:
    return f"{_PREFIX}{who.address}@{name_of(period, fiscal_month)}"


def read_form(board: Board, posted: Mapping[str, str]) -> Filled:
    """Raises AccessError for a scope whose objectives the person may not set, whatever else the form holds."""
    texts = {name: text for name, text in posted.items() if name.startswith(_PREFIX)}
    shown = _shown(board, posted.get("seen", ""))
    cells = {name: _cell(board, name) for name in texts}
    wishes: list[Wish] = []
    wrong: list[Wrong] = []
    for name, (who, period) in cells.items():
        try:
            wishes += _wishes(board, shown, who, period, texts[name])
        except Unreadable as error:
            where = f"{who.name}, {label_of(period, board.frame.lang, board.fiscal_month)}"
            wrong.append(Wrong(name, where, error.told.to(board.frame.lang)))
    return Filled(tuple(wishes), tuple(wrong), texts)


def _shown(board: Board, seen: str) -> Board:
    snapshot = whole(seen)
    if snapshot is None:
        raise RequestError(_TOO_OLD)
    return board if snapshot == board.snapshot else board_of(board.frame, snapshot)


def _cell(board: Board, name: str) -> tuple[Who, Period]:
    scope, _, period = name.removeprefix(_PREFIX).rpartition("@")
    level, _, key = scope.partition(":")
    who = board.who(level, key)
    if not who.may_set:
        raise AccessError(NOT_OPEN)
    return who, parse_period(period, board.fiscal_month)


def _wishes(board: Board, shown: Board, who: Who, period: Period, text: str) -> Iterator[Wish]:
    value = read_cell(text, board.kpi.unit, board.frame.reader)
    before = shown.place(who, period)
    was = shown.given.value(before) if before else None
    if value == was:
        return
    place = board.place(who, period)
    if place is None:
        raise Unreadable(_NOT_THERE)
    now = board.given.value(place)
    if now not in (was, value):
        raise Unreadable(_changed(board, place))
    if now != value:
        yield Wish(place, value)


def _changed(board: Board, place: Place) -> Text:
    """Somebody else was here first: who, and to what."""
    row = board.given.row(place)
    who = row.set_by if row and row.set_by else "?"
    fr, en = (write_cell(row.value, board.kpi.unit, lang) if row else NOT_GIVEN.to(lang) for lang in ("fr", "en"))
    return Text(
        f"Changé entre-temps par {who} : {fr}. Rechargez la page.",
        f"Changed meanwhile by {who}: {en}. Reload the page.",
    )


_NOT_THERE = Text("Cette personne n’est pas là à cette période.", "This person is not there in that period.")
_TOO_OLD = Issue(
    "form_too_old",
    Text("Ce formulaire ne dit pas ce qu’il montrait.", "This form does not say what it showed."),
    Text("Rechargez la page et recommencez.", "Reload the page and start again."),
)
