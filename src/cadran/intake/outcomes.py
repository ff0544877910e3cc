"""Won, lost or open: in which column a file says it, in which words, and when a close date is only a forecast."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from cadran.intake.profile import Profile
from cadran.intake.raw import Raw
from cadran.intake.recognition import RecognisedColumn, column_of, identifier
from cadran.intake.words import known_words
from cadran.tables.mapping import ColumnMapping, find_header, fold
from cadran.tables.model import SALES_MODEL

_OUTCOME = SALES_MODEL["opportunities"]["outcome"]
_DECIDED = ("won", "lost")
_TRUE = "('1', 'true', 'vrai', 'oui', 'yes', 'x')"
Words = tuple[tuple[str, str], ...]


def outcome_words(profile: Profile, given: Words = ()) -> Words:
    """The words of a column with what they mean: those `given`, and those of its cells that are known."""
    known = {fold(word): ours for word, ours in given}
    usual = known_words(_OUTCOME)
    found = [
        (word, usual[fold(word)]) for word in sorted(profile.words) if fold(word) in usual and fold(word) not in known
    ]
    return (*given, *found)


def column_that_decides(profiles: Sequence[Profile]) -> Profile | None:
    """The column whose words say most often won or lost: a status, or a stage such as « Closed Won »."""
    decided = {word for word, ours in known_words(_OUTCOME).items() if ours in _DECIDED}
    shares = [(len({fold(word) for word in p.words} & decided) / len(p.words), p) for p in profiles if p.words]
    found = [(share, p) for share, p in shares if share > 0 and len(p.words) <= 60 and not p.numbers]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def outcome_column(
    profile: Profile, confidence: float, given: Words = (), otherwise: str | None = None
) -> RecognisedColumn:
    """The outcome read from a column. A stage, which has words for won or lost and none for open, is else open; a
    status has words for all three, and any other is a word that cannot be read."""
    words = outcome_words(profile, given)
    there = {fold(word) for word in profile.words}
    said = {ours for word, ours in words if fold(word) in there}
    all_known = there <= {fold(word) for word, _ in words}
    is_stage = not all_known and "open" not in said and said & set(_DECIDED)
    mapping = ColumnMapping(profile.header, values=words, otherwise=otherwise or ("open" if is_stage else None))
    return RecognisedColumn("outcome", mapping, confidence, profile.examples)


def learned_words(connection: duckdb.DuckDBPyConnection, raw: Raw, header: str, won: str, closed: str) -> Words:
    """The words of a stage that stand beside a true `won` column, or a true `closed` one that is not won."""
    if find_header(raw.headers, won) is None or find_header(raw.headers, closed) is None:
        return ()
    shares = (f"avg((lower(trim({column_of(raw, name)})) IN {_TRUE})::INTEGER)" for name in (won, closed))
    query = (
        f"SELECT word, CASE WHEN won > 0.5 THEN 'won' ELSE 'lost' END FROM (SELECT trim({column_of(raw, header)}) "
        f"AS word, {next(shares)} AS won, {next(shares)} AS closed FROM {raw.relation} GROUP BY word) "
        f"WHERE word <> '' AND closed > 0.5 ORDER BY word"
    )
    return tuple(connection.execute(query).fetchall())


def closed_only(outcome: ColumnMapping, date_header: str) -> ColumnMapping:
    """The date of deals that are won or lost; of open ones it is a forecast, and no close date."""
    words = sorted({word.lower() for word, ours in outcome.values if ours in _DECIDED})
    status, day = identifier(outcome.header or ""), identifier(date_header)
    if not words or not status.isidentifier() or not day.isidentifier():
        return ColumnMapping(date_header)
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return ColumnMapping(formula=f"case when lower({status}) in ({listed}) then {day} end")


def dates_of_open_deals(
    connection: duckdb.DuckDBPyConnection, raw: Raw, outcome: ColumnMapping, date_header: str
) -> bool:
    """Whether many deals that are neither won nor lost carry a close date all the same: then it is a forecast."""
    decided = [word.lower() for word, ours in outcome.values if ours in _DECIDED]
    if outcome.header is None or not decided:
        return False
    status, day = column_of(raw, outcome.header), column_of(raw, date_header)
    is_open = f"NOT list_contains($1, lower(trim({status})))"
    query = f"SELECT avg((trim({day}) <> '')::INTEGER) FROM {raw.relation} WHERE {is_open}"
    found = connection.execute(query, [decided]).fetchone()
    return bool(found and found[0] is not None and found[0] > 0.2)
