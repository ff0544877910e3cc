"""What is true of the sample company: figures counted while it was made, and the chances they were drawn with.

Nothing here knows the planner: each figure is counted from the plain rows, in loops that a reader can follow, by the
definitions of the catalogue. Quarters are written 2026-Q1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from statistics import fmean

from cadran.demo import world
from cadran.demo.rows import Company, Contract, Deal, Lead, SaleLine

# ("company", ""), ("team", "SE"), ("rep", "CAU"); what no team or no rep has is ("unassigned", "team") or (.., "rep").
Scope = tuple[str, str]
COMPANY: Scope = ("company", "")
_GRACE = timedelta(days=30)


@dataclass(frozen=True)
class Figure:
    """A total, or a ratio with both its terms."""

    numerator: Decimal
    denominator: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        """The total, or the ratio; None when there is nothing to divide by."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Truth:
    """`figures` by (kpi, scope, quarter); `conversion_rate` by source and the other chances are those that were drawn
    with, so that what is observed lies about them as chance has it."""

    figures: Mapping[tuple[str, Scope, str], Figure]
    backlog: Decimal
    conversion_rate: Mapping[str, float]
    win_rate: Mapping[str, float]
    cycle_days: Mapping[str, float]

    def figure(self, kpi: str, quarter: str, scope: str = "company", scope_id: str = "") -> Figure:
        """That figure; a scope in which nothing happened in the quarter has a total of 0."""
        return self.figures.get((kpi, (scope, scope_id), quarter), Figure(Decimal(0)))


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def count_truth(company: Company) -> Truth:
    count = _Count(company)
    for part in (count.sales, count.orders, count.deals, count.leads, count.contracts, count.feedback, count.work):
        part()
    return Truth(
        figures=count.figures(),
        backlog=count.backlog(world.AS_OF),
        conversion_rate=_expected_conversion(company),
        win_rate=world.WIN_RATE,
        cycle_days=world.CYCLE_DAYS,
    )


def _expected_conversion(company: Company) -> dict[str, float]:
    """By source: the chance to become a deal, times the mean chance to win of the reps who have its deals."""
    chances: dict[str, list[float]] = defaultdict(list)
    for deal in company.deals:
        if deal.lead_id:
            chances[deal.source].append(world.WIN_RATE[deal.rep_id])
    return {source: rate * fmean(chances[source]) for source, rate in world.QUALIFIED_RATE.items()}


class _Count:
    """Sums and distinct things, by KPI, scope and quarter."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.sums: dict[tuple[str, Scope, str], Decimal] = defaultdict(Decimal)
        self.things: dict[tuple[str, Scope, str], set[str]] = defaultdict(set)

    @cached_property
    def shares(self) -> Mapping[tuple[str, str], list[tuple[str, Decimal]]]:
        found: dict[tuple[str, str], list[tuple[str, Decimal]]] = defaultdict(list)
        for credit in self.company.credits:
            found[credit.fact, credit.fact_id].append((credit.rep_id, credit.share))
        return found

    def scopes(self, fact: str, fact_id: str, rep: str | None, day: date) -> dict[Scope, Decimal]:
        """Whom a fact counts for, and with what share: the company whole, each rep and their teams by credit."""
        credited = self.shares.get((fact, fact_id)) or ([(rep, Decimal(1))] if rep else [])
        found: dict[Scope, Decimal] = defaultdict(Decimal)
        found[COMPANY] = Decimal(1)
        for who, share in credited:
            team = world.team_of(who, day)
            found["rep", who] += share
            found[("team", team) if team else ("unassigned", "team")] += share
        if not credited:
            found["unassigned", "rep"] = found["unassigned", "team"] = Decimal(1)
        return found

    def add(self, kpi: str, scope: Scope, day: date, value: Decimal | int) -> None:
        self.sums[kpi, scope, quarter_of(day)] += value

    # -- money ---------------------------------------------------------------------------------------------------

    def sales(self) -> None:
        for line in self.company.invoices:
            terms = {
                "revenue": line.amount,
                "margin": line.amount - line.cost,
                "list": line.list_amount,
                "discount": line.list_amount - line.amount,
                "basket": line.amount if line.account_id else Decimal(0),
            }
            for scope, share in self.scopes("sales", line.sale_id, line.rep_id, line.sold_on).items():
                for kpi, amount in terms.items():
                    self.add(kpi, scope, line.sold_on, share * _euros(line, amount))
                if line.amount > 0:
                    self._purchase(scope, line)

    def _purchase(self, scope: Scope, line: SaleLine) -> None:
        quarter = quarter_of(line.sold_on)
        self.things["orders", scope, quarter].add(line.order_id or "")
        if line.account_id:
            self.things["active_clients", scope, quarter].add(line.account_id)

    def orders(self) -> None:
        for line in self.company.orders:
            for scope, share in self.scopes("sales", line.sale_id, line.rep_id, line.sold_on).items():
                self.add("bookings", scope, line.sold_on, share * _euros(line, line.amount))

    def backlog(self, day: date) -> Decimal:
        """What was ordered by the evening of that day and not invoiced by then."""
        lines = [(1, line) for line in self.company.orders] + [(-1, line) for line in self.company.invoices]
        known = [(sign, line) for sign, line in lines if line.order_id and line.sold_on <= day]
        return sum((sign * _euros(line, line.amount) for sign, line in known), Decimal(0))

    # -- deals and leads -----------------------------------------------------------------------------------------

    def deals(self) -> None:
        contacts = {lead.lead_id: lead.first_contact_on for lead in self.company.leads}
        for deal in self.company.deals:
            self._for_deal(deal, deal.created_on, {"deals_created": 1, "created and won": deal.outcome == "won"})
            if deal.closed_on:
                self._for_deal(deal, deal.closed_on, _decision(deal, contacts))

    def _for_deal(self, deal: Deal, day: date, counts: dict[str, int]) -> None:
        for scope in self.scopes("opportunities", deal.opportunity_id, deal.rep_id, day):
            for kpi, count in counts.items():
                self.add(kpi, scope, day, count)

    def leads(self) -> None:
        """A prospect is an account, or a lead without one; who was a client before is none."""
        since = _client_since(self.company)
        for lead in self.company.leads:
            client_on = lead.client_on or since.get(lead.account_id or "")
            self._for_lead("leads_created", lead, lead.lead_id)
            if client_on is None or client_on >= lead.first_contact_on:
                prospect = lead.account_id or lead.lead_id
                self._for_lead("prospects", lead, prospect)
                if client_on:
                    self._for_lead("converted", lead, prospect)

    def _for_lead(self, kpi: str, lead: Lead, thing: str) -> None:
        for scope in self.scopes("leads", lead.lead_id, lead.rep_id, lead.first_contact_on):
            self.things[kpi, scope, quarter_of(lead.first_contact_on)].add(thing)

    # -- clients -------------------------------------------------------------------------------------------------

    def contracts(self) -> None:
        """Contracts due by the evening before the clock whose outcome is known; clients who still have one."""
        followed = {term.renews for term in self.company.contracts}
        for term in self.company.contracts:
            due_on = term.ends_on + timedelta(days=1)
            is_renewed = term.contract_id in followed or (term.tacit and term.terminated_on is None)
            if due_on > world.AS_OF or (not is_renewed and _is_pending(term, due_on)):
                continue
            for scope in self.scopes("contracts", term.contract_id, term.rep_id, due_on):
                self._due(scope, quarter_of(due_on), term, is_renewed)

    def _due(self, scope: Scope, quarter: str, term: Contract, is_renewed: bool) -> None:
        """A client has one contract at a time here, and keeps it or not."""
        self.things["due", scope, quarter].add(term.contract_id)
        self.things["clients due", scope, quarter].add(term.account_id)
        if is_renewed:
            self.things["renewed", scope, quarter].add(term.contract_id)
            self.things["clients kept", scope, quarter].add(term.account_id)

    def feedback(self) -> None:
        for answer in self.company.feedback:
            day = answer.happened_at.date()
            promoted, detracted = answer.score >= 9, answer.score <= 6
            score = 100 * (promoted - detracted) if answer.kind == "nps" else int(answer.score >= 4)
            for scope in self.scopes("feedback", "", answer.rep_id, day):
                self.add(f"{answer.kind} score", scope, day, score)
                self.add(f"{answer.kind} answers", scope, day, 1)

    def work(self) -> None:
        for activity in self.company.activities:
            day = activity.happened_at.date()
            for scope in self.scopes("activities", "", activity.rep_id, day):
                self.add("activities", scope, day, 1)

    # -- figures -------------------------------------------------------------------------------------------------

    def figures(self) -> dict[tuple[str, Scope, str], Figure]:
        terms = defaultdict(Decimal, self.sums)
        terms.update({key: Decimal(len(things)) for key, things in self.things.items()})
        cells = {(scope, quarter) for _, scope, quarter in terms}
        return {
            (kpi, scope, quarter): Figure(terms[top, scope, quarter], terms[bottom, scope, quarter] if bottom else None)
            for kpi, (top, bottom) in FIGURES.items()
            for scope, quarter in cells
        }


# Each KPI, from the terms counted above: a total, or a ratio of two.
FIGURES: dict[str, tuple[str, str | None]] = {
    "revenue": ("revenue", None),
    "bookings": ("bookings", None),
    "orders": ("orders", None),
    "active_clients": ("active_clients", None),
    "average_basket": ("basket", "active_clients"),
    "gross_margin_rate": ("margin", "revenue"),
    "discount_rate": ("discount", "list"),
    "deals_created": ("deals_created", None),
    "deals_won": ("won", None),
    "win_rate": ("won", "decided"),
    "opportunity_conversion": ("created and won", "deals_created"),
    "sales_cycle_days": ("days", "timed"),
    "leads_created": ("leads_created", None),
    "conversion_rate": ("converted", "prospects"),
    "renewal_rate": ("renewed", "due"),
    "retention_rate": ("clients kept", "clients due"),
    "nps": ("nps score", "nps answers"),
    "csat": ("csat score", "csat answers"),
    "activities": ("activities", None),
}


def _euros(line: SaleLine, amount: Decimal) -> Decimal:
    return world.in_euros(amount, line.currency, line.sold_on)


def _decision(deal: Deal, contacts: Mapping[str, date]) -> dict[str, int]:
    """What a decided deal counts for. Its cycle starts at its first contact, else its lead's, else its creation; one
    that would last less than nothing is not timed."""
    if deal.outcome != "won" or deal.closed_on is None:
        return {"decided": 1}
    start = deal.first_contact_on or contacts.get(deal.lead_id or "") or deal.created_on
    days = (deal.closed_on - start).days
    return {"decided": 1, "won": 1} | ({"days": days, "timed": 1} if days >= 0 else {})


def _client_since(company: Company) -> dict[str, date]:
    """The first won deal or sale of each account."""
    signed = ((deal.account_id, deal.closed_on) for deal in company.deals if deal.outcome == "won")
    bought = ((line.account_id, line.sold_on) for line in company.invoices if line.amount > 0)
    since: dict[str, date] = {}
    for account, day in (*signed, *bought):
        if account and day:
            since[account] = min(day, since.get(account, day))
    return since


def _is_pending(term: Contract, due_on: date) -> bool:
    return not term.tacit and due_on + _GRACE > world.AS_OF
