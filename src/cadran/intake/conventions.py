"""How the cells of one column are written, found by looking at all of them: decimal sign, order of day and month,
number, date or text."""

from __future__ import annotations

from typing import Any

from cadran.intake import cells
from cadran.intake.reading import PLACES, Kind, Place
from cadran.intake.relation import holds_any
from cadran.intake.texts import Texts
from cadran.tables.contract import Type

_MONTH_FIRST_COUNTRIES = ("US", "PH", "FM", "MH", "PW")


class Conventions:
    """The columns of one relation of cells, each looked at once however often it is asked about."""

    def __init__(self, texts: Texts) -> None:
        self._connection = texts.connection
        self._texts = texts
        self._decimals: dict[int, str | None] = {}
        self._orders: dict[int, tuple[int, int]] = {}

    def decimal(self, position: int) -> str | None:
        """ "," or ".": what the cells prove (`1,5`, `1.234,56`); None when they prove neither, or both alike."""
        if position not in self._decimals:
            self._decimals[position] = self._proven_decimal(position)
        return self._decimals[position]

    def day_first(self, position: int, country: str) -> bool:
        """Whether `03/04` is 3 April: what the cells prove (`31/12`), else the country's habit."""
        if position not in self._orders:
            self._orders[position] = self._beyond_twelve(position)
        first, second = self._orders[position]
        return first > second if first != second else country not in _MONTH_FIRST_COUNTRIES

    def type_of(self, position: int, decimal: str, day_first: bool, place: Place) -> Type:
        """What most of the filled cells of a column are: NUMBER, DATE or TEXT."""
        cell = f"c{position}"
        number = cells.number(cell, decimal, PLACES[Kind.NUMBER])
        day = cells.day(cell, day_first, place.zone.key, None)
        filled, numbers, days = self._one(
            f"SELECT count(nullif({cell}, '')), count({number}), count({day}) FROM {self._texts.relation}"
        )
        if 2 * numbers > filled:
            return Type.NUMBER
        return Type.DATE if 2 * days > filled else Type.TEXT

    def _proven_decimal(self, position: int) -> str | None:
        cell, texts = f"c{position}", self._texts.of(position)
        commas, dots = (holds_any(self._connection, texts, f"contains({cell}, '{sign}')") for sign in ",.")
        if commas and dots:
            proofs = (f"count(*) FILTER (regexp_matches({cell}, {_proof(*pair)}))" for pair in (",.", ".,"))
            comma, dot = self._one(f"SELECT {', '.join(proofs)} FROM {self._texts.relation}")
            return None if comma == dot else "," if comma > dot else "."
        sign, other = (",", ".") if commas else (".", ",")
        proof = f"regexp_matches({cell}, {_proof(sign, other)})"
        return sign if (commas or dots) and holds_any(self._connection, texts, proof) else None

    def _beyond_twelve(self, position: int) -> tuple[int, int]:
        """How many different cells hold a first number that is no month, and how many a second."""
        pattern = r"^\s*([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ][0-9]{2,4}\b"
        parts = f"regexp_extract(c{position}, '{pattern}', ['first', 'second'])"
        first, second = self._one(
            "SELECT count(*) FILTER (TRY_CAST(p.first AS INTEGER) > 12), "
            "count(*) FILTER (TRY_CAST(p.second AS INTEGER) > 12) "
            f"FROM (SELECT {parts} AS p FROM (SELECT DISTINCT c{position} FROM {self._texts.of(position)}))"
        )
        return first, second

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self._connection.execute(query).fetchone()
        return row or ()


def _proof(sign: str, other: str) -> str:
    """A pattern that only decimals make true: one, two or more than three digits at the end, a group of thousands
    before, a whole part without groups, or zero."""
    tail = rf"[{sign}](?:[0-9]{{1,2}}|[0-9]{{4,}})(?:[^0-9,.]|$)"
    head = rf"(?:[{other}][0-9]{{3}}|[0-9]{{4}}|(?:^|[^0-9])0+)[{sign}]"
    return cells.literal(f"{tail}|{head}")
