"""Decimal sign and order of day and month, decided over whole columns; said when the cells leave it open."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cadran.errors import Issue, Text
from cadran.intake.conventions import Conventions
from cadran.intake.profile import Profile
from cadran.intake.raw import Raw
from cadran.intake.recognition import NO_HABIT, Habit, RecognisedTable
from cadran.intake.synonyms import language_of
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL

_NUMERIC = (Type.MONEY, Type.NUMBER, Type.SHARE)
_DAY_AND_MONTH = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}\b")
_PROVEN = Text("les cellules le prouvent", "the cells prove it")


def decimal_sign(conventions: Conventions, raw: Raw, tables: Sequence[RecognisedTable], locale: str | None) -> Habit:
    """ "," or ".", proven by the amounts of the file (the same whatever one would have guessed), else by its locale."""
    positions = _positions(raw, tables, _NUMERIC)
    if not positions:
        return NO_HABIT
    for position in positions:
        proven = conventions.decimal(position)
        if proven:
            return Habit(proven, 1.0, _PROVEN)
    if raw.delimiter == ";":
        return Habit(",", 0.8, Text("les cellules sont séparées par « ; »", 'cells are parted by ";"'))
    return _by_language(raw, locale, ",", ".")


def day_order(
    conventions: Conventions,
    raw: Raw,
    tables: Sequence[RecognisedTable],
    profiles: Sequence[Profile],
    locale: str | None,
) -> Habit:
    """True when 03/04 is 3 April. Nothing to say of ISO dates, nor when two columns prove the contrary."""
    found: set[bool] = set()
    undecided = False
    for position in _positions(raw, tables, (Type.DATE, Type.TIMESTAMP)):
        if not any(_DAY_AND_MONTH.match(example) for example in profiles[position].examples):
            continue
        by_habit = {conventions.day_first(position, country) for country in ("FR", "US")}
        undecided = undecided or len(by_habit) > 1
        found |= by_habit if len(by_habit) == 1 else set()
    if len(found) == 1:
        return Habit(found.pop(), 1.0, _PROVEN)
    return _by_language(raw, locale, True, False) if undecided and not found else NO_HABIT


def ambiguity(raw: Raw, day_first: Habit) -> tuple[Issue, ...]:
    """What to say when the order of day and month was chosen without a proof."""
    if day_first.value is None or day_first.confidence >= 0.95:
        return ()
    fr, en = ("jour d’abord", "day first") if day_first.value else ("mois d’abord", "month first")
    message = Text(
        f"{raw.file.name} : des dates telles que 03/04/2025 se lisent de deux façons ; lues {fr}, car "
        f"{day_first.evidence.fr}.",
        f"{raw.file.name}: dates such as 03/04/2025 can be read in two ways; read {en}, because "
        f"{day_first.evidence.en}.",
    )
    advice = Text(
        "Précisez day_first dans la correspondance si ce n’est pas le cas.", "Set day_first in the mapping if not so."
    )
    return (Issue("ambiguous_dates", message, advice),)


def _by_language(raw: Raw, locale: str | None, continental: str | bool, american: str | bool) -> Habit:
    speaks = locale or language_of(raw.headers)
    if speaks in ("fr", "cs"):
        return Habit(continental, 0.8, Text("les en-têtes sont en français", "the headers are in French"))
    evidence = Text("les en-têtes sont en anglais", "the headers are in English")
    if raw.delimiter == ";":
        return Habit(continental, 0.6, Text("les cellules sont séparées par « ; »", 'cells are parted by ";"'))
    return Habit(american, 0.5, evidence) if speaks == "en" else Habit(continental, 0.5, _NOTHING_KNOWN)


_NOTHING_KNOWN = Text("c’est l’usage le plus répandu", "it is the most common habit")


def _positions(raw: Raw, tables: Sequence[RecognisedTable], types: Sequence[Type]) -> list[int]:
    headers = [
        column.header
        for table in tables
        for column in table.columns
        if column.header is not None and SALES_MODEL[table.table][column.column].type in types
    ]
    return sorted({raw.headers.index(header) for header in headers})
