"""Random companies, as rows of the sales model: a seed makes one company, always the same.

They hold what real companies hold and what is easily got wrong: empty cells, facts of nobody, names that no table
knows, people who are hired, move and leave, shared sales and deals, several currencies, leap days, credit notes, sales
without a client, tacit contracts, deals without a first contact, things that happen at the edge of a day. How a company
counts (its revenue basis, its fiscal year, the tables it lacks ...) is drawn from the seed as well.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
DAY = timedelta(days=1)
FIRST, LAST = date(2023, 12, 11), date(2025, 4, 30)
TODAY = date(2025, 2, 12)
REPS = ("r1", "r2", "r3", "r4", "r5", "r6")
# Days at which a period, a week or a leap year turns: drawn more often than others.
TURNS = tuple(
    date.fromisoformat(day)
    for day in [
        "2023-12-31",
        "2024-01-01",
        "2024-01-31",
        "2024-02-28",
        "2024-02-29",
        "2024-03-01",
        "2024-03-31",
        "2024-04-01",
        "2024-06-30",
        "2024-07-01",
        "2024-09-30",
        "2024-10-01",
        "2024-12-29",
        "2024-12-30",
        "2024-12-31",
        "2025-01-01",
        "2025-01-31",
        "2025-02-11",
        "2025-02-12",
    ]
)
TEAMS: dict[str, dict[str, str | None]] = {
    "under one root": {"all": None, "north": "all", "north-1": "north", "south": "all"},
    "two trees": {"east": None, "east-1": "east", "west": None},
    "flat": {"a": None, "b": None, "c": None},
    "none": {},
}
SHARES = (("0.5", "0.5"), ("0.6", "0.4"), ("0.333333333333",) * 3, ("0.5", "0.3"), ("0.25", "0.25", "0.5"), ("1",))
MOMENTS = (time(0, 0), time(9, 30), time(17, 5, 12), time(23, 59, 59, 999999))


@dataclass(frozen=True)
class Company:
    """Rows by table, the company's choices (`[company]` of its settings) and its thresholds."""

    seed: int
    tables: dict[str, list[Row]]
    choices: dict[str, Any]
    thresholds: dict[str, Any]

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    def __repr__(self) -> str:
        """Short: a failing test would print every row."""
        return f"company({self.seed})"


def company(seed: int) -> Company:
    """The company of a seed."""
    chance = random.Random(seed)
    pick = chance.choice
    choices: dict[str, Any] = {
        "today": TODAY,
        "revenue_basis": pick(("invoiced", "invoiced", "ordered", "signed")),
        "retention_basis": pick(("purchases", "contracts")),
        "organisation": pick(("dated", "dated", "current")),
        "fiscal_month": pick((1, 4, 7, 10)),
        "excluded_natures": pick(((), ("freight",))),
    }
    thresholds = {"grace_days": pick((0, 15, 30))}
    if chance.random() < 0.4:
        thresholds["horizon_days"] = pick((45, 120))
    return Company(seed, _Maker(chance).tables(), choices, thresholds)


class _Maker:
    """Draws the rows of one company, in an order that never changes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.pick = chance.choice
        self.currencies = self.pick(((None,), (None, "EUR", "USD", "GBP")))
        self.kinds = self.pick(((None, "invoice"), (None, "invoice", "order", "order")))
        self.has_leads, self.has_orders_ids, self.is_shared = (chance.random() < odds for odds in (0.75, 0.8, 0.65))

    def tables(self) -> dict[str, list[Row]]:
        shape = TEAMS[self.pick(tuple(TEAMS))]
        leads = [self.lead(number) for number in range(45)] if self.has_leads else []
        tables: dict[str, list[Row]] = {
            "reps": [{"rep_id": rep, "name": rep.upper()} for rep in REPS],
            "teams": [{"team_id": team, "name": team, "parent_team_id": parent} for team, parent in shape.items()],
            "memberships": [stay for rep in REPS[:-1] for stay in self.stays(rep, list(shape))] if shape else [],
            "accounts": self.accounts(),
            "products": [
                {"product_id": f"p{n}", "category": self.pick(("Machines", "Services", "Parts", None))}
                for n in range(1, 6)
            ],
            "leads": leads,
            "opportunities": [self.deal(number, leads) for number in range(70)],
            "sales": [self.sale(number) for number in range(140)],
            "contracts": self.contracts(),
            "activities": [self.activity(number) for number in range(60)],
            "feedback": [self.feedback(number) for number in range(60)],
            "stages": [
                {"stage": "talk", "position": 1, "probability": self.pick((Decimal("0.2"), None))},
                {"stage": "offer", "position": 2, "probability": Decimal("0.55")},
            ],
            "exchange_rates": self.rates(),
        }
        tables["credits"] = [
            *self.credits("sales", [row["sale_id"] for row in tables["sales"]]),
            *self.credits("opportunities", [row["opportunity_id"] for row in tables["opportunities"]]),
        ]
        return {name: rows for name, rows in tables.items() if rows}

    # -- small draws -----------------------------------------------------------------------------------------------

    def maybe(self, value: Any, odds: float = 0.85) -> Any:
        return value if self.chance.random() < odds else None

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        near = [day for day in TURNS if first <= day <= last]
        if near and self.chance.random() < 0.25:
            return self.pick(near)
        return first + timedelta(days=self.chance.randint(0, (last - first).days))

    def later(self, day: date, most: int) -> date:
        return day + timedelta(days=self.chance.randint(0, most))

    def moment(self) -> datetime:
        return datetime.combine(self.day(), self.pick(MOMENTS))

    def money(self, most: int = 5_000) -> Decimal:
        return Decimal(self.chance.randint(1, most * 100)) / 100

    def rep(self) -> str | None:
        return self.pick((*REPS, *REPS, "ghost", None))

    def account(self) -> str | None:
        """One of 16 clients, the last of whom no table knows, or none."""
        account = f"c{self.chance.randint(1, 16)}"
        return account if self.chance.random() < 0.9 else None

    # -- who there is ----------------------------------------------------------------------------------------------

    def stays(self, rep: str, teams: list[str]) -> list[Row]:
        """Teams one after the other, at times with a gap of nobody's days; the last stay may have ended. Once in a
        while a team that no table knows."""
        start, found = self.pick((date(2020, 1, 1), self.day(date(2024, 1, 1), date(2024, 6, 30)))), []
        for _ in range(self.pick((1, 1, 2, 3))):
            end = self.later(start + DAY, 250)
            team = "unheard-of" if self.chance.random() < 0.06 else self.pick(teams)
            found.append({"rep_id": rep, "team_id": team, "starts_on": start, "ends_on": end})
            start = end + timedelta(days=self.pick((0, 0, 20)))
        found[-1]["ends_on"] = self.maybe(found[-1]["ends_on"], 0.3)
        return found

    def accounts(self) -> list[Row]:
        segments, regions = ("PME", "ETI", None), ("Nord", "Sud", None)
        return [
            {"account_id": f"c{n}", "segment": self.pick(segments), "region": self.pick(regions)} for n in range(1, 15)
        ]

    def rates(self) -> list[Row]:
        """Rates that change every month or so; the first one is older than any fact."""
        rates: dict[str, int] = {"USD": 9_200, "GBP": 11_600}
        days = [date(2020, 1, 1), *(FIRST + timedelta(days=30 * n) for n in range(20))]
        return [
            {"currency": code, "rate_on": day, "rate": Decimal(middle + self.chance.randint(-400, 400)) / 10_000}
            for code, middle in rates.items()
            for day in days
        ]

    def credits(self, fact: str, keys: list[str]) -> list[Row]:
        """About a third of the facts is shared, at times with somebody unknown, at times not wholly."""
        found: list[Row] = []
        for key in keys if self.is_shared else ():
            if self.chance.random() < 0.3:
                shares = self.pick(SHARES)
                for rep, share in zip(self.chance.sample([*REPS, "ghost"], len(shares)), shares, strict=True):
                    found.append({"fact": fact, "fact_id": key, "rep_id": rep, "share": Decimal(share)})
        return found

    # -- what happened ---------------------------------------------------------------------------------------------

    def sale(self, number: int) -> Row:
        amount, kind = self.money(), self.pick(self.kinds)
        order = f"o{self.chance.randint(1, 45)}"
        if self.chance.random() < 0.15:
            amount, kind = -amount, self.pick((kind, "credit_note"))
        return {
            "sale_id": f"s{number}",
            "order_id": self.maybe(order, 0.95) if self.has_orders_ids else None,
            "document_id": self.maybe(f"i{self.chance.randint(1, 60)}"),
            "kind": kind,
            "nature": self.pick(("goods", "service", "freight", "Freight", None)),
            "account_id": self.account(),
            "rep_id": self.rep(),
            "product_id": self.maybe(f"p{self.chance.randint(1, 6)}"),
            "sold_on": self.maybe(self.day(), 0.97),
            "quantity": self.maybe(Decimal(self.chance.randint(1, 40)) / self.pick((1, 4))),
            "amount": amount,
            "list_amount": self.maybe(amount * self.pick((Decimal(1), Decimal("1.25")))),
            "cost": self.maybe((amount * Decimal("0.625")).quantize(Decimal("0.01"))),
            "currency": self.pick(self.currencies),
        }

    def lead(self, number: int) -> Row:
        contact = self.day()
        return {
            "lead_id": f"l{number}",
            "account_id": self.maybe(f"c{self.chance.randint(1, 30)}", 0.7),
            "rep_id": self.rep(),
            "source": self.pick(("web", "salon", None)),
            "first_contact_on": self.maybe(contact, 0.95),
            "client_on": self.maybe(self.later(contact, 200), 0.2),
            "lost_on": self.maybe(self.later(contact, 200), 0.2),
        }

    def deal(self, number: int, leads: list[Row]) -> Row:
        """A deal; now and then one decided on no day, created on no day, or first contacted after it was created. None
        was first contacted after its decision: such a date is doubtful, and doubts are not held to the reference."""
        created, outcome = self.day(), self.pick(("won", "won", "lost", "open"))
        closed = self.later(created, 150)
        earlier, later = created - timedelta(days=self.chance.randint(0, 60)), min(self.later(created, 200), closed)
        contact = self.pick((earlier, created, later))
        lead = self.pick(leads)["lead_id"] if leads and self.chance.random() < 0.3 else None
        return {
            "opportunity_id": f"d{number}",
            "account_id": self.maybe(f"c{self.chance.randint(1, 30)}"),
            "lead_id": lead or self.maybe("unheard-of", 0.05),
            "rep_id": self.rep(),
            "kind": self.pick(("new", "upsell", "renewal", None)),
            "source": self.pick(("web", "salon", None)),
            "product_id": self.maybe(f"p{self.chance.randint(1, 6)}"),
            "amount": self.maybe(self.money(20_000), 0.9),
            "currency": self.pick(self.currencies),
            "first_contact_on": self.maybe(contact, 0.5),
            "created_on": self.maybe(created, 0.95),
            "closed_on": self.maybe(closed, 0.05 if outcome == "open" else 0.95),
            "outcome": outcome,
            "stage": self.pick(("talk", "offer", "unheard-of", None)),
            "probability": self.maybe(Decimal(self.chance.randint(0, 100)) / 100, 0.5),
        }

    def contracts(self) -> list[Row]:
        """Each client's terms: renewed by name, followed by another or by none, tacit, terminated early or late."""
        found: list[Row] = []
        for account in (f"c{n}" for n in range(1, 19)):
            start = self.day(date(2022, 6, 1), date(2024, 6, 30))
            for _ in range(self.pick((1, 1, 2, 3))):
                term = self.term(len(found), account, start)
                follows = found and found[-1]["account_id"] == account and self.chance.random() < 0.4
                found.append(term | ({"renews_contract_id": found[-1]["contract_id"]} if follows else {}))
                start = term["ends_on"] + timedelta(days=self.pick((1, 1, 2, 16, 31, 60, -20)))
        return found

    def term(self, number: int, account: str, start: date) -> Row:
        end = start + timedelta(days=self.pick((89, 180, 364, 365)))
        around = end + timedelta(days=self.pick((-40, -1, 0, 1, 2, 90)))
        return {
            "contract_id": f"k{number}",
            "account_id": account,
            "rep_id": self.rep(),
            "product_id": self.pick(("p1", "p1", None)),
            "signed_on": self.maybe(start - timedelta(days=self.pick((0, 10, 45))), 0.7),
            "starts_on": start,
            "ends_on": end,
            "annual_value": self.money(),
            "currency": self.pick(self.currencies),
            "tacit": self.pick((True, False, None)),
            "terminated_on": self.maybe(around, 0.35),
        }

    def activity(self, number: int) -> Row:
        kinds = ("call", "email", "meeting", "visit", "demo", "quote", "other")
        return {
            "activity_id": f"a{number}",
            "rep_id": self.pick((*REPS, "ghost")),
            "account_id": self.account(),
            "kind": self.pick(kinds),
            "happened_at": self.moment(),
        }

    def feedback(self, number: int) -> Row:
        kind = self.pick(("nps", "nps", "csat", "csat", "ces"))
        most = 12 if kind == "nps" else 6
        return {
            "feedback_id": f"f{number}",
            "account_id": self.account() or "c1",
            "rep_id": self.rep(),
            "kind": kind,
            "score": self.maybe(Decimal(self.chance.randint(0, most)), 0.95),
            "happened_at": self.moment(),
        }
