"""The requests that every engine is asked: every KPI, level, grain, comparison and dimension of the catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.engines.companies import TODAY, Row

SALES = [
    "revenue",
    "bookings",
    "backlog",
    "orders",
    "active_clients",
    "active_reps",
    "average_basket",
    "average_order_value",
    "orders_per_client",
    "items_per_order",
    "new_clients",
    "revenue_new_clients",
    "discount_rate",
    "gross_margin_rate",
    "markup_rate",
    "top10_share",
    "cross_sell_rate",
    "repeat_rate",
    "revenue_per_rep",
]
DEALS = [
    "win_rate",
    "win_rate_amount",
    "average_deal_size",
    "deals_won",
    "deals_created",
    "deals_open",
    "pipeline_open",
    "pipeline_weighted",
    "opportunity_conversion",
    "sales_cycle_days",
    "sales_cycle_median",
    "sales_cycle_p80",
    "sales_velocity",
]
PROSPECTS = ["leads_created", "conversion_rate"]
DONE = ["activities", "meetings", "nps", "csat"]
KEPT = ["retention_rate", "renewal_rate", "grr", "nrr", "logo_churn"]
KPIS = (*SALES, *DEALS, *PROSPECTS, *DONE, *KEPT, "activities_per_win")
LEVELS = ("company", "team", "rep")
BOTH = frozenset({"previous", "last_year"})

# Windows with the grain that cuts them: whole periods, clipped ones, a leap day, a year with 53 ISO weeks behind it.
WINDOWS = (
    ("2024-02-24", "2024-03-04", "day"),
    ("2024-12-23", "2025-02-17", "week"),
    ("2024-01-01", "2025-04-01", "month"),
    ("2024-02-10", "2024-06-20", "month"),
    ("2024-01-01", "2025-04-01", "quarter"),
    ("2023-01-01", "2026-01-01", "year"),
    ("2024-01-01", "2025-07-01", "fiscal_quarter"),
    ("2023-10-01", "2025-10-01", "fiscal_year"),
    ("2024-02-29", "2024-03-01", None),
    ("2025-01-01", "2025-04-01", None),
    ("2024-03-05", "2024-05-17", None),
    ("2024-11-01", "2025-03-01", None),
)
# Evenings: the last one known, a leap day, a day that a shorter month lacks, an end of year, a Monday.
EVENINGS = tuple(
    date.fromisoformat(day)
    for day in ("2025-02-11", "2025-02-11", "2024-02-29", "2024-03-30", "2024-12-31", "2024-07-15")
)


@dataclass(frozen=True)
class Case:
    """One request, and what its filter keeps, as a function of a row with the columns of those it names."""

    kpis: tuple[str, ...]
    start: date
    end: date
    as_of: date
    grain: str | None = None
    levels: tuple[str, ...] = LEVELS
    dimensions: tuple[str, ...] = ()
    where: str | None = None
    keep: Callable[[Row], bool] = lambda _: True
    compare: frozenset[str] = BOTH

    def __str__(self) -> str:
        by = ",".join((*self.levels, *self.dimensions))
        asked = f"{self.start}..{self.end} by {self.grain or 'nothing'}, {by}, as of {self.as_of}"
        return f"{asked} where {self.where}" if self.where else asked


# Dimensions, each with the KPIs of the sources that have it.
SPLITS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("segment",), KPIS),
    (("region", "segment"), (*SALES, *DEALS)),
    (("account_id",), KPIS),
    (("rep_id",), KPIS),
    (("product.category",), (*SALES, *DEALS, *KEPT)),
    (("product_id",), (*SALES, *DEALS)),
    (("nature",), tuple(SALES)),
    (("source",), (*DEALS, *PROSPECTS)),
    (("outcome",), tuple(DEALS)),
    (("tacit",), ("renewal_rate", "grr", "nrr", "logo_churn")),
)
FILTERS: tuple[tuple[str, Callable[[Row], bool], tuple[str, ...]], ...] = (
    ("segment = 'PME'", lambda row: row["segment"] == "PME", KPIS),
    ("segment <> 'PME'", lambda row: row["segment"] not in (None, "PME"), KPIS),
    ("rep_id = 'r1'", lambda row: row["rep_id"] == "r1", KPIS),
    ("account_id in ('c1', 'c2', 'c16')", lambda row: row["account_id"] in ("c1", "c2", "c16"), KPIS),
    ("product.category is null", lambda row: row["product.category"] is None, (*SALES, *DEALS, *KEPT)),
    ("amount > 500 or amount < 0", lambda row: _is_over(row["amount"]), tuple(SALES)),
    ("source = 'web'", lambda row: row["source"] == "web", (*DEALS, *PROSPECTS)),
)


def _is_over(amount: Any) -> bool:
    return amount is not None and (amount > 500 or amount < 0)


def every_kpi() -> list[Case]:
    """Every KPI at every level over every window, as of the last evening known."""
    return [_case(window, TODAY.replace(day=11)) for window in WINDOWS]


def drawn(seed: int, number: int) -> list[Case]:
    """Some random requests: splits, filters and evenings of the past."""
    chance = random.Random(seed)
    found = []
    for _ in range(number):
        kpis: tuple[str, ...] = KPIS
        changes: dict[str, Any] = {}
        if chance.random() < 0.6:
            changes["dimensions"], kpis = chance.choice(SPLITS)
        if chance.random() < 0.4:
            where, keep, known = chance.choice(FILTERS)
            both = tuple(kpi for kpi in kpis if kpi in known)
            if both:
                kpis, changes["where"], changes["keep"] = both, where, keep
        levels = tuple(chance.sample(LEVELS, chance.randint(1, 3)))
        compare = frozenset(chance.sample(sorted(BOTH), chance.randint(0, 2)))
        asked = tuple(chance.sample(kpis, min(len(kpis), 8)))
        window, evening = chance.choice(WINDOWS), chance.choice(EVENINGS)
        found.append(_case(window, evening, kpis=asked, levels=levels, compare=compare, **changes))
    return found


def _case(window: tuple[str, str, str | None], as_of: date, **changes: Any) -> Case:
    start, end, grain = window
    given = {"kpis": KPIS, "grain": grain, **changes}
    return Case(start=date.fromisoformat(start), end=date.fromisoformat(end), as_of=as_of, **given)
