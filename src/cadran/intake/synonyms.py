"""How near a header is to a column of the model: the words people use (`synonyms.yaml`), exact or misspelt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from rapidfuzz import fuzz

from cadran.tables.mapping import fold

_FRENCH_FILLERS = ("de", "du", "des", "la", "le", "les", "l", "d", "un", "une", "a", "par", "en", "pour", "ou", "et")
_FILLERS = frozenset([*_FRENCH_FILLERS, "of", "the", "per", "for", "or", "and"])
_NUMBERS = frozenset(["n", "no", "nr", "num", "numero", "number", "nb", "#"])
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NEAR = 88  # of 100: "Date de cloture prévu" is near "date cloture prevue", "date" is not near "rate"
_PLACE = 0.003  # what a synonym loses for each more telling one before it


@dataclass(frozen=True)
class Synonym:
    text: str
    language: str
    place: int


def words(header: str) -> str:
    """A header as its telling words: `N° de la Facture`, `numFacture`, `n_facture` -> `n facture`."""
    spaced = _CAMEL.sub(" ", header).replace("°", " ").replace("º", " ")
    tokens = re.split(r"[^\w#]+|_", fold(spaced))
    kept = [("n" if token in _NUMBERS else token) for token in tokens if token and token not in _FILLERS]
    return " ".join(kept)


@cache
def synonyms() -> dict[str, dict[str, tuple[Synonym, ...]]]:
    """table -> column -> its synonyms, our own name among them."""
    text = files("cadran.intake").joinpath("synonyms.yaml").read_text("utf-8")
    known = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return {table: {c: _parse(c, line) for c, line in columns.items()} for table, columns in known.items()}


def _parse(column: str, line: str) -> tuple[Synonym, ...]:
    french, _, english = line.partition("|")
    found = [
        Synonym(words(text), language, place)
        for language, texts in (("fr", french), ("en", f"{column}, {english}"))
        for place, text in enumerate(texts.split(","))
        if words(text)
    ]
    return tuple(found)


@cache
def nearness(header: str, table: str, column: str) -> float:
    """0 (nothing alike) to 1 (the very words) between a header and a column of a table."""
    wanted = words(header)
    best = 0.0
    for synonym in synonyms().get(table, {}).get(column, ()):
        if synonym.text == wanted:
            best = max(best, 1 - _PLACE * synonym.place)
        elif len(wanted) > 3:
            near = fuzz.token_sort_ratio(wanted, synonym.text)
            best = max(best, 0.85 * near / 100 if near >= _NEAR else 0.0)
    return best


@cache
def _vocabulary() -> dict[str, frozenset[str]]:
    """The words that only one of the two languages uses in headers."""
    said: dict[str, set[str]] = {"fr": set(), "en": set()}
    for columns in synonyms().values():
        for column in columns.values():
            for synonym in column:
                said[synonym.language] |= set(synonym.text.split())
    return {"fr": frozenset(said["fr"] - said["en"]), "en": frozenset(said["en"] - said["fr"])}


def language_of(headers: tuple[str, ...]) -> str | None:
    """ "fr" or "en", whichever the headers speak; None when they speak neither or both alike."""
    said = {word for header in headers for word in words(header).split()}
    french, english = (len(said & _vocabulary()[language]) for language in ("fr", "en"))
    french += any(letter in "éèàçôê" for header in headers for letter in header.lower())
    return None if french == english else "fr" if french > english else "en"
