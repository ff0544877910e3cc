"""Everything that can go wrong, in one tree.

CadranError
├── SettingsError       cadran.toml cannot be read, or says something impossible
├── PeriodError         a period, a grain or a date that does not exist
├── DefinitionError     a KPI definition (its formula included) is wrong
│   └── FormulaError    a formula or a filter is refused, with its position
├── RequestError        a question that cannot be asked: unknown KPI, dimension, scope ...
├── UnavailableError    a KPI whose tables or columns are missing
├── AccessError         the viewer may not see what was asked
├── IntakeError         a file that cannot be read or recognised at all
├── MappingError        a mapping file that is wrong
├── StoreError          the store is locked, missing or damaged
├── CurrencyError       an exchange rate is missing
├── EngineError         the engine refused or failed a query
└── WarehouseError      a company's own tables cannot be read as they are mapped

An error carries every problem found, each as an `Issue`: what happened, and what to do, in French and in English.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Lang = Literal["fr", "en"]


@dataclass(frozen=True)
class Text:
    """A sentence in the two languages of the product."""

    fr: str
    en: str

    def to(self, lang: Lang) -> str:
        return self.fr if lang == "fr" else self.en


NO_TEXT = Text("", "")


@dataclass(frozen=True)
class Issue:
    """One problem: a stable `code` (snake_case), what happened and where, and what to do about it."""

    code: str
    message: Text
    advice: Text = NO_TEXT

    def to(self, lang: Lang) -> str:
        advice = self.advice.to(lang)
        return self.message.to(lang) + (f" {advice}" if advice else "")


class CadranError(Exception):
    """The base of every error a user can meet; `str()` is English, `.to("fr")` is French."""

    def __init__(self, *issues: Issue) -> None:
        if not issues:
            raise ValueError("an error needs at least one issue")
        super().__init__(*issues)
        self.issues: tuple[Issue, ...] = issues

    def to(self, lang: Lang) -> str:
        return "\n".join(issue.to(lang) for issue in self.issues)

    def __str__(self) -> str:
        return self.to("en")

    @property
    def code(self) -> str:
        return self.issues[0].code


class SettingsError(CadranError):
    pass


class PeriodError(CadranError):
    pass


class DefinitionError(CadranError):
    pass


class FormulaError(DefinitionError):
    pass


class RequestError(CadranError):
    pass


class UnavailableError(CadranError):
    pass


class AccessError(CadranError):
    pass


class IntakeError(CadranError):
    pass


class MappingError(CadranError):
    pass


class StoreError(CadranError):
    pass


class CurrencyError(CadranError):
    pass


class EngineError(CadranError):
    pass


class WarehouseError(CadranError):
    pass


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to a mistyped one, or None when none is near."""
    from difflib import get_close_matches

    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """« Vouliez-vous dire "x" ? » for the nearest known name; empty when none is near."""
    near = closest(word, known)
    if near is None:
        return NO_TEXT
    return Text(f"Vouliez-vous dire « {near} » ?", f'Did you mean "{near}"?')
