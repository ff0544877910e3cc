"""The facts of one scope: which of them count in a period, each once, with the share of it that is the scope's.

A fact that is shared between two reps of one team is one fact of the team, with the sum of their shares. A scope here
is a level, a unit of it, and a value for each dimension the answer is split by; a row's dimensions are its own columns
or those of the account, product or rep it names, and whose a row is, is who is credited with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.engines.companies import Company, Row
from tests.engines.reference.calendar import Period
from tests.engines.reference.facts import Facts
from tests.engines.reference.organisation import Organisation

DAY = timedelta(days=1)
Keep = Callable[[Row], bool]
Scope = tuple[str | None, tuple[Any, ...]]  # a unit of a level, and the values of the dimensions
PARENTS = {"account": ("accounts", "account_id"), "product": ("products", "product_id"), "rep": ("reps", "rep_id")}


@dataclass
class Part:
    """What a scope has of a fact: the row, its share, and the reps through whom it is the scope's."""

    row: Row
    share: Decimal = Decimal(0)
    reps: set[str | None] = field(default_factory=set)

    def money(self, column: str) -> Decimal:
        """The scope's share of an amount; nothing where there is none."""
        amount = self.row[column]
        return Decimal(0) if amount is None else amount * self.share


class Selection:
    """The facts of a company by scope, as known on an evening, for one level, some dimensions and one filter."""

    def __init__(self, company: Company, as_of: date, level: str, dimensions: tuple[str, ...], keep: Keep) -> None:
        self.facts, self.organisation = Facts(company, as_of), Organisation(company)
        self.as_of, self.level, self.dimensions, self.keep = as_of, level, dimensions, keep
        self._tables = {parent: {row[key]: row for row in company[table]} for parent, (table, key) in PARENTS.items()}
        self._found: dict[tuple[str, str, Period], dict[Scope, list[Part]]] = {}

    def scoped(self, source: str, on: str, period: Period) -> dict[Scope, list[Part]]:
        """By scope, the facts counted by the date `on` in a period; see `_days` for the other ways of counting."""
        asked = source, on, period
        if asked not in self._found:
            self._found[asked] = {}
            for row in self.facts.of(source):
                day = _day(row, on, period)
                if day is not None:
                    self._place(self._found[asked], row, day)
        return self._found[asked]

    def _place(self, found: dict[Scope, list[Part]], row: Row, day: date) -> None:
        mine: dict[Scope, Part] = {}
        for rep, share in self.organisation.credited(row["fact"], row["key"], row):
            joined = self._joined({**row, "rep_id": rep})
            if not self.keep(joined):
                continue
            values = tuple(_written(joined[name]) for name in self.dimensions)
            for unit in set(self.organisation.units(self.level, rep, day, self.as_of)):
                part = mine.setdefault((unit, values), Part(row))
                part.share += share
                part.reps.add(rep)
        for scope, part in mine.items():
            found.setdefault(scope, []).append(part)

    def _joined(self, row: Row) -> Row:
        """A row with the columns of those it names, as account.segment, and by their short names."""
        found = dict(row)
        for parent, (_, key) in PARENTS.items():
            columns = next(iter(self._tables[parent].values()), {})
            other = self._tables[parent].get(row.get(key), {})
            for name in columns:
                found[f"{parent}.{name}"] = other.get(name)
                found.setdefault(name, other.get(name))
        return found

    def category(self, row: Row) -> str | None:
        product = self._tables["product"].get(row["product_id"])
        return product["category"] if product else None


def _written(value: Any) -> str | None:
    """The value of a dimension is a text."""
    return str(value).lower() if isinstance(value, bool) else value


def _day(row: Row, on: str, period: Period) -> date | None:
    """The day that decides the team of a fact that counts in a period: its own date in it (`on` names a column); the
    last day for what is open then (`open at`); the first day for contracts in force then or on the last (`at ends`)."""
    start, last = period[0], period[1] - DAY
    if on == "open at end":
        closed = row["closed_on"]
        is_open = row["created_on"] is not None and row["created_on"] <= last and (closed is None or closed > last)
        return last if is_open and (row["outcome"] == "open" or closed is not None) else None
    if on == "moved by end":
        return last if row["sold_on"] is not None and row["sold_on"] <= last else None
    if on == "in force":
        return start if covers(row, start) or covers(row, last) else None
    day: date | None = row[on]
    return day if day is not None and start <= day <= last else None


def covers(contract: Row, day: date) -> bool:
    """Whether a contract is in force on a day."""
    return bool(contract["starts_on"] <= day <= contract["covers_to"])


class View:
    """One scope of a selection, for one period: what a KPI is computed from."""

    def __init__(self, selection: Selection, scope: Scope, period: Period, base: Period | None) -> None:
        self.selection, self.scope, self.period, self.base = selection, scope, period, base

    def parts(self, source: str, on: str, period: Period | None = None) -> list[Part]:
        return self.selection.scoped(source, on, period or self.period).get(self.scope, [])

    def sales(self, period: Period | None = None) -> list[Part]:
        return self.parts("sales", "sold_on", period)

    def clients(self) -> Iterator[Part]:
        """The sales of identified clients."""
        return (part for part in self.sales() if part.row["account_id"] is not None)

    def decided(self, *outcomes: str) -> list[Part]:
        return [part for part in self.parts("deals", "closed_on") if part.row["outcome"] in outcomes]
