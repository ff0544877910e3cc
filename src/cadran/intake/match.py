"""Which header is which column of a table: by its words, then by what its cells look like.

header       nearness to the words of `closed_on`    share of dates    score
close_date   1.00                                    1.00              1.00
close_value  0.00                                    0.00              0.00

Each header goes to one column and each column takes one header, best scores first; a fact may also be known by a
header that stands for two things (a stage that says won or lost is the stage and the outcome).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cadran.intake.profile import Profile
from cadran.intake.synonyms import nearness
from cadran.intake.words import known_words
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapping import fold

_WITH_TAX = re.compile(
    r"\b(ttc|t\.t\.c\.?|toutes taxes|tax included|incl\.? (?:tax|vat)|including (?:tax|vat)|tva incluse)(?!\w)"
)
_LEAST = 0.6
_NUMERIC = (Type.MONEY, Type.NUMBER, Type.INTEGER, Type.SHARE)


@dataclass(frozen=True)
class Match:
    column: str
    profile: Profile
    confidence: float


def includes_tax(header: str) -> bool:
    """Whether a header says that its money includes tax (TTC)."""
    return _WITH_TAX.search(fold(header)) is not None


def must_be_net(table: Table, column: Column) -> bool:
    """Whether a column's money must be net of tax; what a client pays is not."""
    return column.type is Type.MONEY and table.name != "payments"


def match(table: Table, profiles: Sequence[Profile], taken: Iterable[str] = ()) -> tuple[Match, ...]:
    """The best pairs of a column of `table` and a header, columns in `taken` left out; in the order of the table."""
    free = [column for column in table.columns if column.name not in set(taken)]
    pairs = [Match(c.name, p, score(table, c, p)) for c in free for p in profiles]
    found: dict[str, Match] = {}
    used: set[str] = set()
    for pair in sorted(pairs, key=lambda pair: (-pair.confidence, table.position(pair.column), pair.profile.column)):
        if pair.confidence >= _LEAST and pair.column not in found and pair.profile.header not in used:
            found[pair.column] = pair
            used.add(pair.profile.header)
    return tuple(found[name] for name in table.column_names if name in found)


def score(table: Table, column: Column, profile: Profile, alias: str | None = None) -> float:
    """0 to 1: the nearness of the header's words, lowered where the cells do not look like the column."""
    near = nearness(alias or profile.header, table.name, column.name)
    if near == 0 or profile.is_empty:
        return 0.9 * near if near and column.name not in table.required else 0.0
    if must_be_net(table, column) and includes_tax(profile.header):
        return 0.0
    return near * likeness(table, column, profile)


def likeness(table: Table, column: Column, profile: Profile) -> float:
    """How much the cells look like the column's type, 0 to 1."""
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return _at_least_half(max(profile.dates, profile.serials))
    if column.type in _NUMERIC:
        return _at_least_half(profile.numbers)
    if column.choices:
        return max(0.5, min(1.0, 0.4 + profile.share_in(frozenset(known_words(column)))))
    if column.type is Type.BOOLEAN:
        return _at_least_half(profile.booleans)
    if column.name == "email":
        return _at_least_half(profile.emails)
    if profile.dates > 0.8 and column.type in (Type.ID, Type.TEXT) and column.name != "period":
        return 0.3
    if table.key == (column.name,) and profile.distinct < 0.9:
        return 0.75 if not table.is_fact else 0.6
    if column.name == "name" and profile.numbers > 0.8:
        return 0.4
    return 1.0


def _at_least_half(share: float) -> float:
    """A column may hold some cells that cannot be read, but most must look right."""
    return 1.0 if share >= 0.7 else share if share >= 0.4 else 0.1
