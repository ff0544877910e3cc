"""How the cells of one column are written, found by looking at all of them: decimal sign, order of day and month,
number, date or text."""

from __future__ import annotations

from typing import Any

import duckdb

from cadran.intake import cells
from cadran.intake.reading import PLACES, Kind, Place
from cadran.intake.relation import holds_any
from cadran.tables.contract import Type

_MONTH_FIRST_COUNTRIES = ("US", "PH", "FM", "MH", "PW")


def decimal_of(connection: duckdb.DuckDBPyConnection, relation: str, position: int, given: str) -> str:
    """ "," or ".": what the cells prove, else what was `given`."""
    return proven_decimal(connection, relation, position) or given


def proven_decimal(connection: duckdb.DuckDBPyConnection, relation: str, position: int) -> str | None:
    """ "," or ".": what the cells prove (`1,5`, `1.234,56`); None when they prove neither, or both alike."""
    cell = f"c{position}"
    commas, dots = (holds_any(connection, relation, f"contains({cell}, '{sign}')") for sign in ",.")
    if commas and dots:
        proofs = (f"count(*) FILTER (regexp_matches({cell}, {_proof(*pair)}))" for pair in (",.", ".,"))
        comma, dot = _one(connection, f"SELECT {', '.join(proofs)} FROM {relation}")
        return None if comma == dot else "," if comma > dot else "."
    sign, other = (",", ".") if commas else (".", ",")
    is_proven = (commas or dots) and holds_any(connection, relation, f"regexp_matches({cell}, {_proof(sign, other)})")
    return sign if is_proven else None


def _proof(sign: str, other: str) -> str:
    """A pattern that only decimals make true: one, two or more than three digits at the end, a group of thousands
    before, a whole part without groups, or zero."""
    tail = rf"[{sign}](?:[0-9]{{1,2}}|[0-9]{{4,}})(?:[^0-9,.]|$)"
    head = rf"(?:[{other}][0-9]{{3}}|[0-9]{{4}}|(?:^|[^0-9])0+)[{sign}]"
    return cells.literal(f"{tail}|{head}")


def day_first_of(connection: duckdb.DuckDBPyConnection, relation: str, position: int, country: str) -> bool:
    """Whether `03/04` is 3 April: what the cells prove (`31/12`), else the country's habit."""
    pattern = r"^\s*([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ][0-9]{2,4}\b"
    parts = f"regexp_extract(cell, '{pattern}', ['first', 'second'])"
    query = (
        "SELECT count(*) FILTER (TRY_CAST(p.first AS INTEGER) > 12), "
        "count(*) FILTER (TRY_CAST(p.second AS INTEGER) > 12) "
        f"FROM (SELECT {parts} AS p FROM (SELECT DISTINCT c{position} AS cell FROM {relation}))"
    )
    first, second = _one(connection, query)
    return first > second if first != second else country not in _MONTH_FIRST_COUNTRIES


def type_of(
    connection: duckdb.DuckDBPyConnection, relation: str, position: int, decimal: str, day_first: bool, place: Place
) -> Type:
    """What most of the filled cells of a column are: NUMBER, DATE or TEXT."""
    cell = f"c{position}"
    number = cells.number(cell, decimal, PLACES[Kind.NUMBER])
    day = cells.day(cell, day_first, place.zone.key, None)
    filled, numbers, days = _one(
        connection, f"SELECT count(nullif({cell}, '')), count({number}), count({day}) FROM {relation}"
    )
    if 2 * numbers > filled:
        return Type.NUMBER
    return Type.DATE if 2 * days > filled else Type.TEXT


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    return row or ()
