"""Every KPI of the catalogue, computed from the facts of one scope and period, as kpis.md and its definition say.

Readings of the text, where it leaves room:
- The sample of a proportion or a mean is what its denominator counts; of a quotient of amounts, the rows (or clients)
  it is taken over; of anything else, the rows that meet the KPI's condition.
- At each level, a client, an order or a contract is what its lines of that scope say: a client kept by another rep is
  lost for this one.
- A shared fact counts once at each level; its quantity too. Money follows the shares.
- An amount in an answer has four decimals (half to even): a quotient is taken of amounts that are so rounded, once.
- A prospect counts once in each period that holds a first contact of it, at each level, for the rep of that lead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.engines.reference.facts import is_purchase
from tests.engines.reference.selection import Part, View, covers

DAY = timedelta(days=1)
FOUR_DECIMALS = Decimal("0.0001")
Number = Decimal | int | float


@dataclass(frozen=True)
class Terms:
    """A value, or the two terms of a quotient, and how many things it is drawn from. `known`: of a cohort, those whose
    outcome is known or who are older than the horizon; `pending`: contracts on neither side."""

    above: Number | None
    sample: int
    below: Number | None = None
    known: int | None = None
    pending: int = 0

    @property
    def value(self) -> Number | None:
        if self.below is None or self.above is None:
            return self.above
        return Decimal(self.above) / Decimal(self.below) if self.below else None


Measure = Callable[[View], Terms]


# -- counting ----------------------------------------------------------------------------------------------------------


def rate(above: int | Decimal, below: int) -> Terms:
    return Terms(above, below, below)


def how_many(parts: Iterable[Any]) -> int:
    return sum(1 for _ in parts)


def distinct(names: Iterable[Hashable]) -> int:
    return len({name for name in names if name is not None})


def bought(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if is_purchase(part.row)]


def total(parts: Iterable[Part], column: str) -> Decimal:
    return rounded([exact(parts, column)])


def exact(parts: Iterable[Part], column: str) -> Decimal:
    return sum((part.money(column) for part in parts), Decimal(0))


def rounded(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0)).quantize(FOUR_DECIMALS, ROUND_HALF_EVEN)


def by(column: str, parts: Iterable[Part]) -> dict[Any, list[Part]]:
    """The parts of each client, order ..."""
    found: dict[Any, list[Part]] = {}
    for part in parts:
        if part.row[column] is not None:
            found.setdefault(part.row[column], []).append(part)
    return found


# -- what was sold -----------------------------------------------------------------------------------------------------


def revenue(view: View) -> Terms:
    return Terms(total(view.sales(), "amount"), how_many(view.sales()))


def bookings(view: View) -> Terms:
    lines = view.parts("orders", "sold_on")
    return Terms(total(lines, "amount"), how_many(lines))


def backlog(view: View) -> Terms:
    orders = by("order_id", view.parts("movements", "moved by end"))
    left = [exact(lines, "amount") for lines in orders.values()]
    return Terms(rounded(amount for amount in left if amount > 0), len(orders))


def orders(view: View) -> Terms:
    return Terms(distinct(part.row["order_id"] for part in bought(view.sales())), how_many(view.sales()))


def active_clients(view: View) -> Terms:
    lines = list(view.clients())
    return Terms(distinct(part.row["account_id"] for part in bought(lines)), how_many(lines))


def active_reps(view: View) -> Terms:
    lines = [part for part in view.sales() if part.reps - {None}]
    return Terms(distinct(rep for part in bought(lines) for rep in part.reps), how_many(lines))


def average_basket(view: View) -> Terms:
    buyers = distinct(part.row["account_id"] for part in bought(view.clients()))
    return Terms(total(view.clients(), "amount"), buyers, buyers)


def average_order_value(view: View) -> Terms:
    placed = distinct(part.row["order_id"] for part in bought(view.clients()))
    return Terms(total(view.clients(), "amount"), placed, placed)


def orders_per_client(view: View) -> Terms:
    lines = bought(view.clients())
    return rate(distinct(part.row["order_id"] for part in lines), distinct(part.row["account_id"] for part in lines))


def items_per_order(view: View) -> Terms:
    lines = [part for part in bought(view.clients()) if part.row["quantity"] is not None]
    items = sum((part.row["quantity"] for part in lines), Decimal(0))
    return rate(items, distinct(part.row["order_id"] for part in lines))


def _is_new(view: View, part: Part) -> bool:
    first = part.row["first_purchase_on"]
    return first is not None and first >= view.period[0]


def new_clients(view: View) -> Terms:
    found = (part.row["account_id"] for part in bought(view.clients()) if _is_new(view, part))
    return Terms(distinct(found), how_many(view.clients()))


def revenue_new_clients(view: View) -> Terms:
    lines = [part for part in view.clients() if _is_new(view, part)]
    return Terms(total(lines, "amount"), how_many(view.clients()))


def discount_rate(view: View) -> Terms:
    lines = [part for part in view.sales() if part.row["list_amount"] is not None]
    listed = total(lines, "list_amount")
    return Terms(listed - total(lines, "amount"), how_many(lines), listed)


def _margin(view: View, over: str) -> Terms:
    lines = [part for part in view.sales() if part.row["cost"] is not None]
    margin = total(lines, "amount") - total(lines, "cost")
    return Terms(margin, how_many(lines), total(lines, over))


def gross_margin_rate(view: View) -> Terms:
    return _margin(view, "amount")


def markup_rate(view: View) -> Terms:
    return _margin(view, "cost")


def top10_share(view: View) -> Terms:
    worth = sorted((exact(lines, "amount") for lines in by("account_id", view.sales()).values()), reverse=True)
    return Terms(rounded(worth[:10]), len(worth), rounded(worth))


def cross_sell_rate(view: View) -> Terms:
    category = view.selection.category
    clients = by("account_id", (part for part in bought(view.sales()) if category(part.row) is not None))
    several = [lines for lines in clients.values() if distinct(category(part.row) for part in lines) >= 2]
    return rate(len(several), len(clients))


def repeat_rate(view: View) -> Terms:
    clients = by("account_id", bought(view.sales()))
    several = [lines for lines in clients.values() if distinct(part.row["order_id"] for part in lines) >= 2]
    return rate(len(several), len(clients))


# -- deals -------------------------------------------------------------------------------------------------------------


def win_rate(view: View) -> Terms:
    return rate(how_many(view.decided("won")), how_many(view.decided("won", "lost")))


def win_rate_amount(view: View) -> Terms:
    known = [part for part in view.decided("won", "lost") if part.row["amount"] is not None]
    won = [part for part in known if part.row["outcome"] == "won"]
    return Terms(total(won, "amount"), len(known), total(known, "amount"))


def average_deal_size(view: View) -> Terms:
    amounts = [part.row["amount"] for part in view.decided("won") if part.row["amount"] is not None]
    return rate(sum(amounts, Decimal(0)), len(amounts))


def deals_won(view: View) -> Terms:
    return _count(view.decided("won"))


def deals_created(view: View) -> Terms:
    return _count(view.parts("deals", "created_on"))


def deals_open(view: View) -> Terms:
    return _count(view.parts("deals", "open at end"))


def _count(parts: list[Part]) -> Terms:
    return Terms(len(parts), len(parts))


def pipeline_open(view: View) -> Terms:
    deals = view.parts("deals", "open at end")
    return Terms(total(deals, "amount"), len(deals))


def pipeline_weighted(view: View) -> Terms:
    deals = [part for part in view.parts("deals", "open at end") if part.row["probability"] is not None]
    return Terms(rounded(part.money("amount") * part.row["probability"] for part in deals), len(deals))


def opportunity_conversion(view: View) -> Terms:
    deals = [part.row for part in view.parts("deals", "created_on")]
    won = [deal for deal in deals if deal["outcome"] == "won"]
    soon = [deal for deal in won if _in_time(view, deal["created_on"], deal["closed_on"])]
    known = [deal for deal in deals if deal["outcome"] != "open" or _is_ripe(view, deal["created_on"])]
    return Terms(len(soon), len(deals), len(deals), known=len(known))


def _in_time(view: View, start: Any, end: Any) -> bool:
    horizon = view.selection.facts.company.thresholds.get("horizon_days")
    return horizon is None or (end is not None and (end - start).days <= horizon)


def _is_ripe(view: View, start: Any) -> bool:
    horizon = view.selection.facts.company.thresholds.get("horizon_days")
    return horizon is not None and (view.selection.as_of - start).days >= horizon


def _cycles(view: View) -> list[int]:
    """Days from first contact to signature; a negative duration is left out."""
    deals = [part.row for part in view.decided("won") if part.row["first_contact_on"] is not None]
    days = ((deal["closed_on"] - deal["first_contact_on"]).days for deal in deals)
    return sorted(each for each in days if each >= 0)


def sales_cycle_days(view: View) -> Terms:
    return rate(sum(_cycles(view)), len(_cycles(view)))


def _quantile(view: View, tenths: int) -> Terms:
    """The value at that part of the way through the sorted ones, between two of them in proportion."""
    days = _cycles(view)
    if not days:
        return Terms(None, 0)
    place = Decimal(tenths * (len(days) - 1)) / 10
    low, high = days[math.floor(place)], days[math.ceil(place)]
    return Terms(low + (high - low) * (place % 1), len(days))


def sales_cycle_median(view: View) -> Terms:
    return _quantile(view, 5)


def sales_cycle_p80(view: View) -> Terms:
    return _quantile(view, 8)


# -- prospects, activities, what clients say ---------------------------------------------------------------------------


def leads_created(view: View) -> Terms:
    return _count(view.parts("prospects", "first_contact_on"))


def conversion_rate(view: View) -> Terms:
    leads = [part.row for part in view.parts("prospects", "first_contact_on") if not part.row["was_client"]]
    prospects = {lead["prospect"] for lead in leads}
    clients = {
        lead["prospect"]
        for lead in leads
        if lead["client_on"] and _in_time(view, lead["first_contact_on"], lead["client_on"])
    }
    known = {
        lead["prospect"]
        for lead in leads
        if lead["client_on"] or lead["lost_on"] or _is_ripe(view, lead["first_contact_on"])
    }
    return Terms(len(clients), len(prospects), len(prospects), known=len(known))


def activities(view: View) -> Terms:
    return _count(view.parts("activities", "happened_at"))


def meetings(view: View) -> Terms:
    return _count(
        [part for part in view.parts("activities", "happened_at") if part.row["kind"] in ("meeting", "visit")]
    )


def _scores(view: View, kind: str, least: int, most: int) -> list[Decimal]:
    answers = [part.row for part in view.parts("feedback", "happened_at") if part.row["kind"] == kind]
    return [row["score"] for row in answers if row["score"] is not None and least <= row["score"] <= most]


def nps(view: View) -> Terms:
    scores = _scores(view, "nps", 0, 10)
    return rate(100 * (how_many(s for s in scores if s >= 9) - how_many(s for s in scores if s <= 6)), len(scores))


def csat(view: View) -> Terms:
    scores = _scores(view, "csat", 1, 5)
    return rate(how_many(score for score in scores if score >= 4), len(scores))


# -- clients kept ------------------------------------------------------------------------------------------------------


def retention_rate(view: View) -> Terms:
    if view.selection.facts.company.choices["retention_basis"] == "contracts":
        return _clients_with_a_contract(view)
    active, again = (by("account_id", bought(view.sales(period))) for period in (view.base, None))
    return rate(len(active.keys() & again.keys()), len(active))


def _clients_with_a_contract(view: View) -> Terms:
    due = view.parts("contracts", "due_on")
    outcomes = [{part.row["kept"] for part in parts} for parts in by("account_id", due).values()]
    known = [kept for kept in outcomes if None not in kept]
    pending = how_many(part for part in due if part.row["kept"] is None)
    return Terms(how_many(kept for kept in known if kept == {True}), len(known), len(known), pending=pending)


def renewal_rate(view: View) -> Terms:
    renewed = [part.row["renewed"] for part in view.parts("contracts", "due_on")]
    known = [each for each in renewed if each is not None]
    return Terms(sum(known), len(known), len(known), pending=len(renewed) - len(known))


def _worths(view: View) -> list[tuple[Decimal, Decimal]]:
    """What each client under contract on the first day was worth then, and is worth on the last."""
    start, last = view.period[0], view.period[1] - DAY
    clients = by("account_id", view.parts("contracts", "in force")).values()
    worths = [
        tuple(exact((part for part in parts if covers(part.row, day)), "annual_value") for day in (start, last))
        for parts in clients
    ]
    return [(before, now) for before, now in worths if before > 0]


def _kept_share(worths: list[tuple[Decimal, Decimal]], kept: Iterable[Decimal]) -> Terms:
    return Terms(sum(kept, Decimal(0)), len(worths), sum((before for before, _ in worths), Decimal(0)))


def grr(view: View) -> Terms:
    return _kept_share(_worths(view), (min(worth) for worth in _worths(view)))


def nrr(view: View) -> Terms:
    return _kept_share(_worths(view), (now for _, now in _worths(view)))


def logo_churn(view: View) -> Terms:
    return rate(how_many(now for _, now in _worths(view) if now <= 0), len(_worths(view)))
