"""What the cells of a file look like: how many are dates, numbers, words that we know; how distinct they are.

Looked at in stretches of rows spread evenly over the whole file, never only in the first ones: a file sorted by date
or by client is not alike from end to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from cadran.intake.raw import Raw
from cadran.intake.relation import stretches
from cadran.tables.mapping import fold

_STRETCHES, _STRETCH = 20, 250  # lines
_WORDS = 400
_EXAMPLES = 3
_DATE = (
    r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}([ ,].*)?|(19|20)\d{6}|"
    r"\d{1,2}(er|st|nd|rd|th)?[ -][^\d\s]{3,10}\.?[ -]\d{2,4}( .*)?|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}.*)$"
)
_NUMBER = (
    r"^[-+(−]?\s*([€$£]|[A-Z]{3} ?)?\s*[-−]?\d[\d\s.,'’\x{a0}\x{202f}]*([eE][-+]?\d+)?\s*"
    r"([€$£%]|[A-Z]{3})?\s*[)-]?$"
)
_SERIAL = r"^[34]\d{4}([.,]\d+)?$"  # days of a spreadsheet from 1982 to 2036
_BOOLEAN = r"^(0|1|true|false|vrai|faux|oui|non|yes|no|x)$"


@dataclass(frozen=True)
class Profile:
    """One column. Shares are of the filled cells looked at; `words` are its distinct texts, empty when they are too
    many to be a choice; `distinct` is their number over that of the filled cells."""

    header: str
    column: str
    filled: float
    dates: float
    serials: float
    numbers: float
    emails: float
    booleans: float
    coded: float
    distinct: float
    words: frozenset[str]
    examples: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return self.filled == 0

    def share_in(self, known: frozenset[str]) -> float:
        """The share of the column's distinct words that are among `known` (folded)."""
        folded = {fold(word) for word in self.words}
        return len(folded & known) / len(folded) if folded else 0.0


def profiles(connection: duckdb.DuckDBPyConnection, raw: Raw) -> tuple[Profile, ...]:
    """The profile of every column of `raw`, in order."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE looked_at AS {_some_rows(connection, raw)}")
    try:
        counted = connection.execute(" UNION ALL ".join(map(_counted, raw.columns))).fetchall()
    finally:
        connection.execute("DROP TABLE looked_at")
    by_column = {column: counts for column, *counts in counted}
    return tuple(_profile(h, c, *by_column[c]) for h, c in zip(raw.headers, raw.columns, strict=True))


def _some_rows(connection: duckdb.DuckDBPyConnection, raw: Raw) -> str:
    """The rows that are looked at: all of a short file."""
    if raw.rows <= 2 * _STRETCHES * _STRETCH:
        return f"FROM {raw.relation}"
    return stretches(connection, raw.relation, _STRETCH, raw.rows // _STRETCHES)


def _counted(column: str) -> str:
    """The counts of one column as SQL; of all columns in one statement, both processors work."""
    return f"""(
        WITH filled AS (
            SELECT trim({column}) AS cell, count(*) AS n FROM looked_at WHERE trim({column}) <> '' GROUP BY cell
        )
        SELECT '{column}', (SELECT count(*) FROM looked_at), coalesce(sum(n), 0), count(*),
            {_share_of(_DATE)}, {_share_of(_SERIAL)}, {_share_of(_NUMBER)}, {_share_of("^[^@ ]+@[^@ ]+[.][^@ ]+$")},
            {_share_of(_BOOLEAN, "lower(cell)")}, {_share_of("[0-9]")},
            list(cell ORDER BY n DESC, cell)[:{_WORDS}]
        FROM filled)"""


def _profile(header: str, column: str, rows: int, filled: int, distinct: int, *told: Any) -> Profile:
    *counts, common = told
    common = common or []
    dates, serials, numbers, emails, booleans, coded = (count / filled if filled else 0.0 for count in counts)
    return Profile(
        header=header,
        column=column,
        filled=filled / rows if rows else 0.0,
        dates=dates,
        serials=serials,
        numbers=numbers,
        emails=emails,
        booleans=booleans,
        coded=coded,
        distinct=distinct / filled if filled else 0.0,
        words=frozenset(common) if distinct <= _WORDS else frozenset(),
        examples=tuple(common[:_EXAMPLES]),
    )


def _share_of(pattern: str, cell: str = "cell") -> str:
    escaped = pattern.replace("'", "''")
    return f"coalesce(sum(n) FILTER (regexp_matches({cell}, '{escaped}')), 0)"
