"""The table of teams and reps: a line for each, the same group of columns for each KPI.

An amount with objectives shows value, bullet, attainment, gap and change; everything else value, interval and sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.catalogue.kpi import Better, Kpi, Unit
from cadran.errors import Text
from cadran.present.block import written
from cadran.present.grid import Reader
from cadran.present.judgement import PLAIN, is_small, side, tone_of_change, tone_of_gap
from cadran.present.marks.bullet import Bullet, bullet
from cadran.present.marks.interval import Interval, interval
from cadran.present.words import COMPANY, UNASSIGNED

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_TOO_SMALL = Text("trop petit", "too small")


@dataclass(frozen=True)
class Figure:
    """One KPI of one line, written and drawn. `why`: what makes a value undefined or doubtful."""

    value: str
    mark: str
    tone: str
    attainment: str
    gap: str
    gap_tone: str
    change: str
    change_tone: str
    sample: str
    small: str
    why: str


@dataclass(frozen=True)
class ScoreLine:
    """`level` is company, team, rep or unassigned; `key` the scope's own id; `size` the people of a team."""

    level: str
    key: str | None
    name: str
    figures: tuple[Figure, ...]
    team: str | None = None


@dataclass(frozen=True)
class Group:
    """The columns of one KPI. `judged`: it has objectives, so bullet, attainment and gap are shown."""

    kpi: str
    name: str
    judged: bool


@dataclass(frozen=True)
class Scorecard:
    groups: tuple[Group, ...]
    lines: tuple[ScoreLine, ...]


def scorecard(
    kpis: Sequence[Kpi], rows: Sequence[AnswerRow], reader: Reader, references: Mapping[str, float | None]
) -> Scorecard:
    """`rows` in the order of an answer; `references`: KPI -> what intervals are judged against (the company's value),
    by KPI id."""
    lines: dict[tuple[str, str, str | None], dict[str, AnswerRow]] = {}
    for row in rows:
        lines.setdefault((row.level, row.scope, row.scope_id), {})[row.kpi] = row
    judged = {
        kpi.id for kpi in kpis if _is_amount(kpi) and any(row.target is not None for row in rows if row.kpi == kpi.id)
    }
    bounds = {kpi.id: _bounds(kpi, rows, references.get(kpi.id)) for kpi in kpis}
    return Scorecard(
        tuple(Group(kpi.id, reader.kpi(kpi.id), kpi.id in judged) for kpi in kpis),
        tuple(
            ScoreLine(
                scope,
                key,
                _name(next(iter(found.values())), reader),
                tuple(
                    _figure(kpi, found.get(kpi.id), reader, kpi.id in judged, references.get(kpi.id), bounds[kpi.id])
                    for kpi in kpis
                ),
            )
            for (_, scope, key), found in lines.items()
        ),
    )


def _name(row: AnswerRow, reader: Reader) -> str:
    """What has no name of its own is named in the reader's language."""
    own = {"company": COMPANY, "unassigned": UNASSIGNED}.get(row.scope)
    return own.to(reader.lang) if own else row.scope_name


def _is_amount(kpi: Kpi) -> bool:
    return kpi.unit in (Unit.MONEY, Unit.COUNT) and kpi.interval.value == "none"


def _figure(
    kpi: Kpi,
    row: AnswerRow | None,
    reader: Reader,
    judged: bool,
    reference: float | None,
    bounds: tuple[float, float],
) -> Figure:
    if row is None:
        return Figure(numerals.NO_VALUE, "", "", "", "", "", "", "", "", "", "")
    lang, shown = reader.lang, judged and row.attainment is not None
    small = is_small(row) and not judged
    change = "" if row.change_last_year is None else numerals.change_of(row.change_last_year, row.unit, lang)
    return Figure(
        value=written(row.value, row, reader),
        mark=_bullet(row) if shown else "" if small else _interval(kpi, row, reference, bounds),
        tone=_tone(kpi, row, reference),
        attainment=numerals.percent(row.attainment, lang) if shown else numerals.NO_VALUE if judged else "",
        gap=_gap(row, reader) if shown else numerals.NO_VALUE if judged else "",
        gap_tone=tone_of_gap(row, kpi),
        change=change or numerals.NO_VALUE,
        change_tone=tone_of_change(row, kpi, row.last_year),
        sample=_sample(row, reader),
        small=_TOO_SMALL.to(lang) if small else "",
        why=" ".join(note.message.to(lang) for note in row.notes),
    )


def _bullet(row: AnswerRow) -> str:
    expected = float(row.expected) / float(row.target) if row.expected is not None and row.target else None
    return bullet(Bullet(attainment=row.attainment, expected=expected, status=row.status or "", width=104.0))


def _interval(kpi: Kpi, row: AnswerRow, reference: float | None, bounds: tuple[float, float]) -> str:
    if row.value is None or row.low is None or row.high is None:
        return ""
    return interval(
        Interval(
            value=float(row.value),
            low=row.low,
            high=row.high,
            start=bounds[0],
            end=bounds[1],
            reference=None if row.is_provisional else reference,
            higher_is_better=kpi.better is Better.HIGHER,
            width=64.0,
        )
    )


def _tone(kpi: Kpi, row: AnswerRow, reference: float | None) -> str:
    """An interval that leaves the reference out; a provisional or small one is never judged."""
    if reference is None or row.low is None or row.high is None or is_small(row) or row.is_provisional:
        return PLAIN
    return side(row.low, row.high, reference, kpi.better)


def _bounds(kpi: Kpi, rows: Sequence[AnswerRow], reference: float | None) -> tuple[float, float]:
    """One scale for a column: from the lowest to the highest end, the reference included."""
    ends = [end for row in rows if row.kpi == kpi.id for end in (row.low, row.high) if end is not None]
    ends += [reference] if reference is not None else []
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def _gap(row: AnswerRow, reader: Reader) -> str:
    if row.gap is None:
        return numerals.NO_VALUE
    return ("+" if row.gap > 0 else "") + numerals.money(row.gap, reader.currency, reader.lang, 0)


def _sample(row: AnswerRow, reader: Reader) -> str:
    if Unit(row.unit) is Unit.RATE and row.numerator is not None and row.denominator is not None:
        return f"{numerals.number(row.numerator, reader.lang)}/{numerals.number(row.denominator, reader.lang)}"
    return "" if row.sample_size is None else numerals.number(row.sample_size, reader.lang)
