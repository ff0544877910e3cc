"""Columns whose cells are all written alike: they are read where they lie, and nothing of them is written down.

A way of writing is tried on the first texts, then on all the texts of the column. One cell that is written otherwise,
and the column is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress

from cadran.intake.cells import Uniform
from cadran.intake.reading import Kind, Reading
from cadran.intake.texts import Texts

_FIRST_TEXTS = 1_024


@dataclass(frozen=True)
class Alike:
    """A column whose cells are all written alike: `value` is its SQL over the column `c<position>`; `is_full` where no
    cell is empty; `days` the first and the last of its days."""

    value: str
    is_full: bool
    days: tuple[date, date] | None


def uniform_readings(texts: Texts, readings: Sequence[Reading]) -> Mapping[Reading, Alike]:
    """What is known of every reading whose cells are all alike."""
    tried = [(reading, way) for reading in readings for way in reading.uniform(f"c{reading.position}")]
    wanted = _holding(texts, tried, [_first(texts, reading.position) for reading, _ in tried])
    found = _holding(texts, wanted, [texts.of(reading.position) for reading, _ in wanted])
    return {reading: _look_at(texts, reading, way) for reading, way in found}


def _first(texts: Texts, position: int) -> str:
    return f"(SELECT c{position} FROM {texts.of(position)} LIMIT {_FIRST_TEXTS})"


def _look_at(texts: Texts, reading: Reading, way: Uniform) -> Alike:
    is_full = f"coalesce(bool_and(coalesce(c{reading.position}, '') <> ''), true)"
    days = f"min({way.value}), max({way.value})" if reading.kind is Kind.DAY else "NULL, NULL"
    query = f"SELECT {is_full}, {days} FROM {texts.of(reading.position)}"
    filled, first, last = texts.connection.execute(query).fetchone() or ()
    return Alike(way.value, filled, None if first is None else (first, last))


def _holding(
    texts: Texts, tried: Sequence[tuple[Reading, Uniform]], relations: Sequence[str]
) -> list[tuple[Reading, Uniform]]:
    """The readings whose way of writing is that of every cell in their relation. A missing cell is nothing in any."""
    if not tried:
        return []
    checks = (
        f"(SELECT coalesce(bool_and({way.holds}), true) FROM {each})"
        for (_, way), each in zip(tried, relations, strict=True)
    )
    return list(compress(tried, texts.connection.execute(f"SELECT {', '.join(checks)}").fetchone() or ()))
