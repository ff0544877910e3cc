"""How many reached their objective: the first sentence of a team's page; ranks where a company shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.errors import Text
from cadran.present.grid import Reader

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_REACHED = Text("{reached} sur {all} ont atteint leur objectif", "{reached} of {all} have reached their objective")
_AT_PACE = Text(
    "{reached} sur {all} sont au rythme de leur objectif ou au-delà",
    "{reached} of {all} are at the pace of their objective or beyond",
)
_NO_OBJECTIVES = Text("Aucun objectif pour cette période", "No objectives for this period")
_NOBODY = Text("Personne dans ce périmètre", "Nobody in this scope")
_GOOD = frozenset({"exceeded", "reached", "on_pace"})


@dataclass(frozen=True)
class Rank:
    """One rep's place by the attainment of their own objective; equal attainments share a place. Nobody has one below
    their objective: a list of ranks is not a list of faults."""

    place: int | None
    name: str
    key: str | None
    value: str
    attainment: str
    is_me: bool


def standing(statuses: Sequence[str], running: bool, reader: Reader) -> str:
    """`statuses`: how each rep's revenue stands, `no_target` without an objective; `running`: whether the period is."""
    with_target = [status for status in statuses if status != "no_target"]
    if not statuses:
        return _NOBODY.to(reader.lang)
    if not with_target:
        return _NO_OBJECTIVES.to(reader.lang)
    reached = sum(status in _GOOD for status in with_target)
    text = _AT_PACE if running else _REACHED
    return text.to(reader.lang).format(
        reached=numerals.number(reached, reader.lang), all=numerals.number(len(with_target), reader.lang)
    )


def ranks(rows: Sequence[AnswerRow], reader: Reader, me: str | None) -> tuple[Rank, ...]:
    """Those past their objective by attainment, then the others by name, without a place."""
    past = [row for row in rows if row.attainment is not None and row.attainment >= 1]
    past.sort(key=lambda row: (-(row.attainment or 0), row.scope_name))
    others = sorted((row for row in rows if row not in past), key=lambda row: row.scope_name)
    return (
        *(_rank(row, 1 + sum(_above(each, row) for each in past), reader, me) for row in past),
        *(_rank(row, None, reader, me) for row in others),
    )


def _above(one: AnswerRow, other: AnswerRow) -> bool:
    return (one.attainment or 0) > (other.attainment or 0)


def _rank(row: AnswerRow, place: int | None, reader: Reader, me: str | None) -> Rank:
    shown = place is not None or row.scope_id == me
    return Rank(
        place,
        row.scope_name,
        row.scope_id,
        numerals.money(row.value, reader.currency, reader.lang, 0) if shown else "",
        numerals.percent(row.attainment, reader.lang) if shown else "",
        row.scope_id == me,
    )
