"""The KPIs again, in plain Python and as slowly as they read: what the planner's answers are held against.

A fact is attributed to reps with shares; a scope (company, a team, a rep, nobody) gathers the facts attributed to it,
each once, with the sum of its shares there. Nothing of the planner is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from tests.planner.world import KNOWN_REPS, Row, World

NOBODY = None
Unit = str | None
Terms = tuple[Fraction | None, Fraction | None]  # numerator and denominator; no denominator: the value itself
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """One number asked of the reference: over [start, end), as known on the evening of `as_of`, the rows kept by
    `keep`. `before` is the period before, the base of retention."""

    level: str
    unit: Unit
    start: date
    end: date
    as_of: date
    before: tuple[date, date]
    keep: Callable[[Row], bool]

    @property
    def stop(self) -> date:
        return min(self.end, self.as_of + DAY)


class Reference:
    """Answers questions about one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parents = {team["team_id"]: team["parent_team_id"] for team in world["teams"]}
        self.current = world.choices.get("organisation") == "current"
        nested = any(self.parents.values())
        self.root = next((team for team, parent in self.parents.items() if parent is None), None) if nested else None
        self.credits: dict[tuple[str, str], list[tuple[str, Fraction]]] = {}
        for row in world["credits"]:
            self.credits.setdefault((row["fact"], row["fact_id"]), []).append((row["rep_id"], Fraction(row["share"])))

    # -- who a fact belongs to -----------------------------------------------------------------------------------

    def shares(self, fact: str, key: str, row: Row) -> list[tuple[str | None, Fraction]]:
        given = self.credits.get((fact, key))
        if not given:
            return [(row["rep_id"], Fraction(1))]
        left = 1 - sum((share for _, share in given), Fraction(0))
        nobodys: list[tuple[str | None, Fraction]] = [(None, left)] if abs(left) > Fraction(1, 10**9) else []
        return [*given, *nobodys]

    def team_of(self, rep: str | None, day: date, as_of: date) -> str | None:
        day = as_of if self.current else day
        stays = [stay for stay in self.world["memberships"] if stay["rep_id"] == rep and stay["starts_on"] <= day]
        return max(stays, key=lambda stay: stay["starts_on"])["team_id"] if stays else None

    def units(self, question: Question, rep: str | None, day: date) -> set[Unit]:
        """The scopes of the question's level that a rep's fact of that day belongs to."""
        if question.level == "company":
            return {NOBODY}
        if question.level == "rep":
            return {rep if rep in KNOWN_REPS else NOBODY}
        team = self.team_of(rep, day, question.as_of)
        found: set[Unit] = {team}
        while team is not None and self.parents[team] not in (None, self.root):
            team = self.parents[team]
            found.add(team)
        return found

    def attributed(
        self, question: Question, fact: str, rows: Iterable[tuple[str, Row]], day: Callable[[Row], date]
    ) -> list[tuple[Row, Fraction]]:
        """The rows of the question's scope, each once, with the share of it that is this scope's. Whose a row is, is
        who is credited with it."""
        found = []
        for key, row in rows:
            mine = [
                share
                for rep, share in self.shares(fact, key, row)
                if question.keep(self.joined({**row, "rep_id": rep}))
                and question.unit in self.units(question, rep, day(row))
            ]
            if mine:
                found.append((row, sum(mine, Fraction(0))))
        return found

    def joined(self, row: Row) -> Row:
        """A row with its account's segment and its product's category."""
        segments = {account["account_id"]: account["segment"] for account in self.world["accounts"]}
        categories = {product["product_id"]: product["category"] for product in self.world["products"]}
        parents = {"segment": segments.get(row.get("account_id")), "category": categories.get(row.get("product_id"))}
        return {**row, **parents}

    # -- sales ---------------------------------------------------------------------------------------------------

    def sales(self, question: Question, start: date, stop: date) -> list[tuple[Row, Fraction]]:
        rows = [(r["sale_id"], r) for r in self.world["sales"] if r["sold_on"] and start <= r["sold_on"] < stop]
        return self.attributed(question, "sales", rows, lambda row: row["sold_on"])

    def buyers(self, question: Question, start: date, stop: date) -> set[str]:
        return {r["account_id"] for r, _ in self.sales(question, start, stop) if r["account_id"] and r["amount"] > 0}

    def first_purchases(self) -> dict[str, date]:
        found: dict[str, date] = {}
        for row in self.world["sales"]:
            if row["account_id"] and row["sold_on"] and row["amount"] > 0:
                found[row["account_id"]] = min(found.get(row["account_id"], row["sold_on"]), row["sold_on"])
        return found

    def revenue(self, question: Question) -> Terms:
        return _sum(self.sales(question, question.start, question.stop), "amount"), None

    def orders(self, question: Question) -> Terms:
        sales = self.sales(question, question.start, question.stop)
        return Fraction(len({row["order_id"] for row, _ in sales if row["order_id"] and row["amount"] > 0})), None

    def active_clients(self, question: Question) -> Terms:
        return Fraction(len(self.buyers(question, question.start, question.stop))), None

    def new_clients(self, question: Question) -> Terms:
        first = self.first_purchases()
        buyers = self.buyers(question, question.start, question.stop)
        return Fraction(sum(first[account] >= question.start for account in buyers)), None

    def average_basket(self, question: Question) -> Terms:
        sales = [each for each in self.sales(question, question.start, question.stop) if each[0]["account_id"]]
        return _sum(sales, "amount"), Fraction(len(self.buyers(question, question.start, question.stop)))

    def retention_rate(self, question: Question) -> Terms:
        base = self.buyers(question, *question.before)
        again = base & self.buyers(question, question.start, question.stop)
        return Fraction(len(again)), Fraction(len(base))

    # -- deals ---------------------------------------------------------------------------------------------------

    def deals(self, as_of: date) -> list[tuple[str, Row]]:
        """Every deal as it was known on that evening."""
        found = []
        for row in self.world["opportunities"]:
            decided = row["outcome"] != "open" and row["closed_on"] <= as_of
            known = row if decided else {**row, "outcome": "open", "closed_on": None}
            found.append((row["opportunity_id"], known))
        return found

    def decided(self, question: Question, *outcomes: str) -> list[tuple[Row, Fraction]]:
        rows = [
            (key, row)
            for key, row in self.deals(question.as_of)
            if row["outcome"] in outcomes and question.start <= row["closed_on"] < question.stop
        ]
        return self.attributed(question, "opportunities", rows, lambda row: row["closed_on"])

    def win_rate(self, question: Question) -> Terms:
        won, decided = self.decided(question, "won"), self.decided(question, "won", "lost")
        return Fraction(len(won)), Fraction(len(decided))

    def cycles(self, question: Question) -> list[int]:
        contacts = {lead["lead_id"]: lead["first_contact_on"] for lead in self.world["leads"]}
        return [
            (row["closed_on"] - (row["first_contact_on"] or contacts.get(row["lead_id"]) or row["created_on"])).days
            for row, _ in self.decided(question, "won")
        ]

    def sales_cycle_days(self, question: Question) -> Terms:
        cycles = self.cycles(question)
        return Fraction(sum(cycles)), Fraction(len(cycles))

    def sales_cycle_median(self, question: Question) -> Terms:
        cycles = self.cycles(question)
        return (Fraction(median(cycles)) if cycles else None), None

    def pipeline_open(self, question: Question) -> Terms:
        last = question.stop - DAY
        rows = [
            (key, row)
            for key, row in self.deals(question.as_of)
            if row["created_on"] <= last and (row["closed_on"] is None or row["closed_on"] > last)
        ]
        return _sum(self.attributed(question, "opportunities", rows, lambda _: last), "amount"), None

    # -- prospects -----------------------------------------------------------------------------------------------

    def first_wins(self, key: str, as_of: date) -> dict[str, date]:
        found: dict[str, date] = {}
        for row in self.world["opportunities"]:
            if row["outcome"] == "won" and row[key] and row["closed_on"] <= as_of:
                found[row[key]] = min(found.get(row[key], row["closed_on"]), row["closed_on"])
        return found

    def conversion_rate(self, question: Question) -> Terms:
        bought = self.first_purchases()
        by_account, by_lead = (self.first_wins(key, question.as_of) for key in ("account_id", "lead_id"))
        rows = [
            (r["lead_id"], r)
            for r in self.world["leads"]
            if r["first_contact_on"] and question.start <= r["first_contact_on"] < question.stop
        ]
        prospects, clients = set(), set()
        for row, _ in self.attributed(question, "leads", rows, lambda row: row["first_contact_on"]):
            account = row["account_id"]
            dates = [row["client_on"], by_account.get(account), bought.get(account)]
            if any(day and day < row["first_contact_on"] for day in dates):
                continue
            won = [day for day in (by_lead.get(row["lead_id"]), by_account.get(account)) if day]
            client_on = row["client_on"] or (min(won) if won else bought.get(account))
            prospect = account or ("lead", row["lead_id"])
            prospects.add(prospect)
            if client_on and client_on <= question.as_of:
                clients.add(prospect)
        return Fraction(len(clients)), Fraction(len(prospects))

    # -- what is undefined ---------------------------------------------------------------------------------------

    def has_data(self, kpi: str, question: Question) -> bool:
        """Whether the period has begun, and lies between the first and the last day the KPI counts by."""
        table, column = COUNTED_BY[kpi]
        days = [row[column] for row in self.world[table] if row[column]]
        if question.start > question.as_of or question.stop <= min(days):
            return False
        return kpi == "pipeline_open" or question.start <= max(days)

    def value(self, kpi: str, question: Question) -> Fraction | None:
        """The number, or None where it is undefined."""
        if not self.has_data(kpi, question):
            return None
        terms: Terms = getattr(self, kpi)(question)
        above, below = terms
        if above is None or below is None:
            return above
        return above / below if below else None


COUNTED_BY = {
    **dict.fromkeys(
        ("revenue", "orders", "active_clients", "new_clients", "average_basket", "retention_rate"), ("sales", "sold_on")
    ),
    **dict.fromkeys(("win_rate", "sales_cycle_days", "sales_cycle_median"), ("opportunities", "closed_on")),
    "pipeline_open": ("opportunities", "created_on"),
    "conversion_rate": ("leads", "first_contact_on"),
}


def _sum(rows: Iterable[tuple[Row, Fraction]], column: str) -> Fraction:
    return sum((Fraction(row[column]) * share for row, share in rows if row[column] is not None), Fraction(0))


def split_of(dimension: str, wanted: Any) -> Callable[[Row], bool]:
    """Keeps the rows of one value of a dimension."""
    name = dimension.rpartition(".")[2]
    return lambda row: bool(row[name] == wanted)
