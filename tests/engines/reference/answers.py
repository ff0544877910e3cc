"""The rows of an answer: every KPI asked for, at every scope and period, beside what it is compared with.

Readings of the text, where it leaves room:
- The days of data are those of the column a KPI counts by, over all rows of its table, whatever their kind. A state
  (a stock, contracts in force) goes on after the last of them.
- Outside the days of data a value is undefined, while its terms count what is there: nothing.
- A derived KPI is undefined where a part of it is, and has no terms of its own.
- A KPI whose table is empty is unavailable: all of it is undefined. Signed deals have no list amount and no cost: where
  the sales have them, a margin is undefined for want of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.engines.cases import Case
from tests.engines.companies import Company
from tests.engines.reference import kpis
from tests.engines.reference.calendar import Compared, Period, before, compared, pieces
from tests.engines.reference.kpis import Number, Terms
from tests.engines.reference.selection import Scope, Selection, View

DAY = timedelta(days=1)
RIPE = Decimal("0.8")  # the share of known outcomes from which on a cohort is final
Z = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Counted:
    """Where a KPI's rows come from: a source and the way they are counted in a period (see selection._day)."""

    source: str
    on: str
    is_money: bool = False
    is_proportion: bool = False

    @property
    def is_state(self) -> bool:
        return self.on in ("open at end", "moved by end", "in force")


def _counted(source: str, on: str, names: str, **marks: bool) -> dict[str, Counted]:
    return dict.fromkeys(names.split(), Counted(source, on, **marks))


COUNTED = {
    **_counted("sales", "sold_on", "revenue average_basket average_order_value revenue_new_clients", is_money=True),
    **_counted("sales", "sold_on", "orders active_clients active_reps orders_per_client items_per_order new_clients"),
    **_counted("sales", "sold_on", "discount_rate gross_margin_rate markup_rate top10_share"),
    **_counted("sales", "sold_on", "cross_sell_rate repeat_rate retention_rate", is_proportion=True),
    **_counted("orders", "sold_on", "bookings", is_money=True),
    **_counted("movements", "moved by end", "backlog", is_money=True),
    **_counted("deals", "closed_on", "win_rate", is_proportion=True),
    **_counted("deals", "closed_on", "win_rate_amount deals_won sales_cycle_days sales_cycle_median sales_cycle_p80"),
    **_counted("deals", "closed_on", "average_deal_size", is_money=True),
    **_counted("deals", "created_on", "deals_created"),
    **_counted("deals", "created_on", "opportunity_conversion", is_proportion=True),
    **_counted("deals", "open at end", "deals_open"),
    **_counted("deals", "open at end", "pipeline_open pipeline_weighted", is_money=True),
    **_counted("prospects", "first_contact_on", "leads_created"),
    **_counted("prospects", "first_contact_on", "conversion_rate", is_proportion=True),
    **_counted("activities", "happened_at", "activities meetings"),
    **_counted("feedback", "happened_at", "nps"),
    **_counted("feedback", "happened_at", "csat", is_proportion=True),
    **_counted("contracts", "due_on", "renewal_rate", is_proportion=True),
    **_counted("contracts", "in force", "grr nrr"),
    **_counted("contracts", "in force", "logo_churn", is_proportion=True),
}
DERIVED = {
    "revenue_per_rep": ("revenue", "active_reps"),
    "activities_per_win": ("activities", "deals_won"),
    "sales_velocity": ("deals_open", "average_deal_size", "win_rate", "sales_cycle_days"),
}
DERIVED_MONEY = ("revenue_per_rep", "sales_velocity")
NEEDED = {"discount_rate": "list_amount", "gross_margin_rate": "cost", "markup_rate": "cost"}


@dataclass(frozen=True)
class Row:
    """One number of the reference, with the fields of an answer's row that it knows."""

    value: Number | None
    numerator: Number | None
    denominator: Number | None
    sample_size: int | None
    low: float | None
    high: float | None
    previous: Number | None
    last_year: Number | None
    previous_full: Number | None
    last_year_full: Number | None
    is_partial: bool
    is_provisional: bool
    is_money: bool
    is_proportion: bool

    @property
    def holds(self) -> bool:
        """Whether there is anything in it."""
        numbers = self.value, self.sample_size, self.previous, self.last_year, self.previous_full, self.last_year_full
        return any(numbers)


Key = tuple[str, str | None, tuple[Any, ...], date]  # KPI, unit, values of the dimensions, first day


class Answers:
    """A case answered for one level."""

    def __init__(self, company: Company, case: Case, level: str) -> None:
        self.company, self.case = company, case
        self.fiscal_month = company.choices["fiscal_month"]
        self.selection = Selection(company, case.as_of, level, case.dimensions, case.keep)
        self.periods = [
            compared(period, case.grain, case.as_of, self.fiscal_month)
            for period in pieces((case.start, case.end), case.grain, self.fiscal_month)
        ]
        self._period_of = {period.whole[0]: period for period in self.periods}
        self._known: dict[tuple[str, Scope, Period], Terms] = {}
        self._spans: dict[str, Period | None] = {}
        self._available: dict[str, bool] = {}

    def keys(self) -> Iterator[Key]:
        """Every row there may be: each scope, with each combination of dimension values that its facts have."""
        for kpi in self.case.kpis:
            for period in self.periods:
                for unit, values in self._scopes(kpi, period):
                    yield kpi, unit, values, period.whole[0]

    def _scopes(self, kpi: str, period: Compared) -> set[Scope]:
        if not self.case.dimensions:
            return {(unit, ()) for unit in self.selection.organisation.scopes(self.selection.level)}
        found: set[Scope] = set()
        for name in DERIVED.get(kpi, (kpi,)):
            counted = self._counted(name)
            for each in filter(None, (period.current, period.previous, period.last_year)):
                found |= self.selection.scoped(counted.source, counted.on, each).keys()
        return found

    def row(self, key: Key) -> Row:
        kpi, unit, values, start = key
        period = self._period_of[start]
        scope = unit, values
        terms = None if kpi in DERIVED else self._terms(kpi, scope, period.current, period.whole)
        low, high = self._interval(kpi, terms)
        previous, previous_full = self._compared("previous", kpi, scope, period.previous, period.previous_full)
        last_year, last_year_full = self._compared("last_year", kpi, scope, period.last_year, period.last_year_full)
        return Row(
            value=self._value(kpi, scope, period.current, period.whole),
            numerator=None if terms is None else terms.above,
            denominator=None if terms is None else terms.below,
            sample_size=None if terms is None else terms.sample,
            low=low,
            high=high,
            previous=previous,
            last_year=last_year,
            previous_full=previous_full,
            last_year_full=last_year_full,
            is_partial=period.is_partial,
            is_provisional=terms is not None and self._is_provisional(kpi, terms, period),
            is_money=kpi in DERIVED_MONEY or (kpi in COUNTED and COUNTED[kpi].is_money),
            is_proportion=kpi in COUNTED and COUNTED[kpi].is_proportion,
        )

    def may_lack(self, key: Key) -> bool:
        """Whether the row's scope may be left out of an answer where it holds nothing."""
        return self.selection.organisation.is_optional(self.selection.level, key[1])

    def _compared(
        self, name: str, kpi: str, scope: Scope, cut: Period | None, full: Period
    ) -> tuple[Number | None, Number | None]:
        """The values of the other period: cut at the same day, and whole; none where they were not asked for."""
        if name not in self.case.compare:
            return None, None
        return self._value(kpi, scope, cut, full), self._value(kpi, scope, full, full)

    # -- values ----------------------------------------------------------------------------------------------------

    def _value(self, kpi: str, scope: Scope, period: Period | None, whole: Period | None) -> Number | None:
        if period is None or whole is None:
            return None
        if kpi in DERIVED:
            return _derived(kpi, [self._value(name, scope, period, whole) for name in DERIVED[kpi]])
        terms = self._terms(kpi, scope, period, whole)
        return None if terms is None or self._is_outside(kpi, period) else terms.value

    def _terms(self, kpi: str, scope: Scope, period: Period | None, whole: Period) -> Terms | None:
        if period is None or not self._is_available(kpi):
            return None
        asked = kpi, scope, period
        if asked not in self._known:
            base = before(whole, self.case.grain, self.fiscal_month)
            self._known[asked] = getattr(kpis, kpi)(View(self.selection, scope, period, base))
        return self._known[asked]

    def _interval(self, kpi: str, terms: Terms | None) -> tuple[float | None, float | None]:
        if terms is None or kpi not in COUNTED or not COUNTED[kpi].is_proportion or not terms.below:
            return None, None
        return wilson(int(terms.above or 0), int(terms.below))

    def _is_provisional(self, kpi: str, terms: Terms, period: Compared) -> bool:
        """A cohort of which too little is known, a contract that is pending, new clients in the first twelve months of
        data. (A derived KPI is where a part of it is: of those there are, none can be.)"""
        if kpi in ("new_clients", "revenue_new_clients"):
            span = self._span(kpi)
            assert span is not None, "there are terms"
            return period.whole[0] < span[0].replace(year=span[0].year + 1)
        if terms.known is not None and terms.below:
            return Decimal(terms.known) / Decimal(terms.below) < RIPE
        return terms.pending > 0

    # -- what there are data for -----------------------------------------------------------------------------------

    def _counted(self, kpi: str) -> Counted:
        if kpi == "retention_rate" and self.company.choices["retention_basis"] == "contracts":
            return COUNTED["renewal_rate"]
        return COUNTED[kpi]

    def _days(self, kpi: str) -> list[date]:
        """The days of data a KPI counts by."""
        counted = self._counted(kpi)
        facts = self.selection.facts
        table, column = {
            "open at end": ("opportunities", "created_on"),
            "moved by end": ("sales", "sold_on"),
            "in force": ("contracts", "starts_on"),
        }.get(counted.on, (counted.source, counted.on))
        if (table, facts.basis) == ("sales", "signed") and counted.source == "sales":
            table, column = "opportunities", "closed_on"
        if table == "orders":
            table, column = ("sales", "sold_on") if facts.has_orders else ("opportunities", "closed_on")
        if table == "prospects":
            rows = self.company["leads"] or facts.prospects
        elif column == "due_on":
            rows = facts.contracts
        else:
            rows = self.company["opportunities" if table == "deals" else table]
        return [_as_day(row[column]) for row in rows if row[column] is not None]

    def _span(self, kpi: str) -> Period | None:
        """The first and the last of those days."""
        if kpi not in self._spans:
            days = self._days(kpi)
            self._spans[kpi] = (min(days), max(days)) if days else None
        return self._spans[kpi]

    def _is_outside(self, kpi: str, period: Period) -> bool:
        span = self._span(kpi)
        return span is None or period[1] <= span[0] or (not self._counted(kpi).is_state and period[0] > span[1])

    def _is_available(self, kpi: str) -> bool:
        if kpi not in self._available:
            self._available[kpi] = self._has_rows(kpi)
        return self._available[kpi]

    def _has_rows(self, kpi: str) -> bool:
        counted = self._counted(kpi)
        if kpi == "leads_created":
            return bool(self.company["leads"])
        if counted.source == "movements":
            return self.selection.facts.has_orders and any(row["order_id"] for row in self.company["sales"])
        needed = NEEDED.get(kpi)
        if needed is not None and all(row[needed] is None for row in self.company["sales"]):
            return False
        return bool(self.selection.facts.of(counted.source)) or bool(self._days(kpi))


def _as_day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _derived(kpi: str, parts: list[Any]) -> Number | None:
    if any(part is None for part in parts):
        return None
    first, *others = (Decimal(part) for part in parts)
    if kpi == "sales_velocity":
        size, won, cycle = others
        return first * size * won / cycle if cycle else None
    return first / others[0] if others[0] else None


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (Newcombe 1998, method 3)."""
    share = successes / trials
    middle = share + Z * Z / (2 * trials)
    spread = Z * math.sqrt((share * (1 - share) + Z * Z / (4 * trials)) / trials)
    whole = 1 + Z * Z / trials
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
