"""Columns whose cells are all written alike: they are read where they lie, and nothing of them is written down.

A way of writing is tried on all the texts of the column; where they are many, on the first ones before. One cell that
is written otherwise, and the column is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
    many = [pair for pair in tried if texts.distinct(pair[0].position) is None]
    unlikely = {pair for pair, (holds, _) in _checked(texts, many, f" LIMIT {_FIRST_TEXTS}") if not holds}
    likely = [pair for pair in tried if pair not in unlikely]
    proven = [(pair, is_full) for pair, (holds, is_full) in _checked(texts, likely, "") if holds]
    return {reading: _alike(texts, reading, way, is_full) for (reading, way), is_full in proven}


_Pair = tuple[Reading, Uniform]


def _checked(texts: Texts, tried: Sequence[_Pair], limit: str) -> list[tuple[_Pair, tuple[bool, bool]]]:
    """Whether a way of writing is that of every text of its column, or of the first ones, and whether none of them is
    empty. A missing cell is empty, and nothing in any way of writing."""
    if not tried:
        return []
    checks = (
        f"(SELECT [coalesce(bool_and({way.holds}), true), coalesce(bool_and(coalesce(cell, '') <> ''), true)] "
        f"FROM (SELECT c{reading.position}, c{reading.position} AS cell FROM {texts.of(reading.position)}{limit}))"
        for reading, way in tried
    )
    found = texts.connection.execute(f"SELECT {', '.join(checks)}").fetchone() or ()
    return list(zip(tried, found, strict=True))


def _alike(texts: Texts, reading: Reading, way: Uniform, is_full: bool) -> Alike:
    cell = f"c{reading.position}"
    value = way.read(cell if is_full else f"nullif({cell}, '')")
    if reading.kind is not Kind.DAY:
        return Alike(value, is_full, None)
    query = f"SELECT min({value}), max({value}) FROM {texts.of(reading.position)}"
    first, last = texts.connection.execute(query).fetchone() or (None, None)
    return Alike(value, is_full, None if first is None or last is None else (first, last))
