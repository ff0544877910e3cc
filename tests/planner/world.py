"""Random small companies: clients, reps and products that nobody knows, empty cells, teams in teams, people who move,
shared sales and deals. A seed and a few choices make one company, always the same."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cadran.workspace import Workspace
from tests.company import company

Row = dict[str, Any]
FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)
KNOWN_REPS = ("r1", "r2", "r3", "r4", "r5")
SPLITS = (
    ("0.5", "0.5"),
    ("0.6", "0.4"),
    ("0.333333333333", "0.333333333333", "0.333333333333"),
    ("0.5", "0.3"),
    ("0.25", "0.25", "0.5"),
    ("1",),
)
TEAMS: dict[str, dict[str, str | None]] = {
    "flat": {"a": None, "b": None},
    "nested": {"root": None, "a": "root", "a1": "a", "b": "root"},
    "none": {},
}


@dataclass(frozen=True)
class World:
    """The company's rows by table, as given to the store and as read by the reference."""

    tables: dict[str, list[Row]]
    choices: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    def build(self, folder: Path) -> Workspace:
        return company(folder, {name: rows for name, rows in self.tables.items() if rows}, **self.choices)


def world(seed: int, *, teams: str, moves: bool = False, splits: bool = False, **choices: Any) -> World:
    """A company; `teams` is a shape of TEAMS."""
    make = _Maker(random.Random(seed))
    tables: dict[str, list[Row]] = {
        "reps": [{"rep_id": rep, "name": rep.upper()} for rep in KNOWN_REPS],
        "teams": [
            {"team_id": team, "name": team.upper(), "parent_team_id": parent} for team, parent in TEAMS[teams].items()
        ],
        "memberships": make.memberships(list(TEAMS[teams]), moves=moves),
        "accounts": [{"account_id": f"c{i}", "segment": make.pick("PME", "ETI", None)} for i in range(1, 9)],
        "products": [{"product_id": f"p{i}", "category": make.pick("Machines", "Services", None)} for i in range(1, 5)],
        "leads": [make.lead(number) for number in range(40)],
        "sales": [make.sale(number) for number in range(90)],
    }
    tables["opportunities"] = [make.opportunity(number, tables["leads"]) for number in range(60)]
    if splits:
        tables["credits"] = make.credits("sales", [row["sale_id"] for row in tables["sales"]])
        tables["credits"] += make.credits("opportunities", [row["opportunity_id"] for row in tables["opportunities"]])
    return World(tables, choices)


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def pick(self, *options: Any) -> Any:
        return self.chance.choice(options)

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        return first + timedelta(days=self.chance.randint(0, (last - first).days))

    def maybe(self, value: Any, share: float = 0.8) -> Any:
        return value if self.chance.random() < share else None

    def rep(self) -> str | None:
        return self.pick(*KNOWN_REPS, *KNOWN_REPS, "ghost", None)  # type: ignore[no-any-return]

    def account(self) -> str | None:
        return self.maybe(f"c{self.chance.randint(1, 10)}", 0.9)  # type: ignore[no-any-return]

    def memberships(self, teams: list[str], *, moves: bool) -> list[Row]:
        """Each rep's stays; the last rep is in no team, and who moves may leave a gap of ten days."""
        found: list[Row] = []
        for rep in KNOWN_REPS[:-1] if teams else ():
            start = date(2024, 1, 1) if not moves else self.pick(date(2024, 1, 1), date(2025, 3, 1))
            stays = self.chance.sample(teams, 2) if moves else [self.pick(*teams)]
            change = self.day(date(2025, 4, 1), date(2026, 4, 1))
            ends = [change - timedelta(days=self.pick(0, 10)), None] if moves else [None]
            for team, starts_on, ends_on in zip(stays, [start, change], ends, strict=False):
                found.append({"rep_id": rep, "team_id": team, "starts_on": starts_on, "ends_on": ends_on})
        return found

    def sale(self, number: int) -> Row:
        amount = Decimal(self.chance.randint(1, 200_000)) / 100
        return {
            "sale_id": f"s{number}",
            "order_id": self.maybe(f"o{self.chance.randint(1, 40)}", 0.95),
            "account_id": self.account(),
            "rep_id": self.rep(),
            "product_id": self.maybe(f"p{self.chance.randint(1, 5)}"),
            "sold_on": self.maybe(self.day(), 0.97),
            "amount": -amount if self.chance.random() < 0.15 else amount,
        }

    def lead(self, number: int) -> Row:
        contact = self.day()
        return {
            "lead_id": f"l{number}",
            "account_id": self.maybe(f"c{self.chance.randint(1, 20)}", 0.7),
            "rep_id": self.rep(),
            "source": self.pick("web", "salon", None),
            "first_contact_on": self.maybe(contact, 0.95),
            "client_on": self.maybe(contact + timedelta(days=self.chance.randint(0, 200)), 0.2),
        }

    def opportunity(self, number: int, leads: list[Row]) -> Row:
        """A deal whose dates are in order: first contact (its own or its lead's), creation, decision."""
        created, outcome = self.day(), self.pick("won", "won", "lost", "open")
        before = [lead for lead in leads if lead["first_contact_on"] and lead["first_contact_on"] <= created]
        lead = self.maybe(self.pick(*before), 0.3) if before else None
        contact = created - timedelta(days=self.chance.randint(0, 60))
        return {
            "opportunity_id": f"d{number}",
            "account_id": self.maybe(f"c{self.chance.randint(1, 20)}", 0.8),
            "lead_id": lead["lead_id"] if lead else None,
            "rep_id": self.rep(),
            "source": self.pick("web", "salon", None),
            "amount": self.maybe(Decimal(self.chance.randint(1, 500_000)) / 100, 0.9),
            "first_contact_on": self.maybe(contact, 0.6),
            "created_on": created,
            "closed_on": None if outcome == "open" else created + timedelta(days=self.chance.randint(0, 150)),
            "outcome": outcome,
        }

    def credits(self, fact: str, keys: list[str]) -> list[Row]:
        """About a third of the facts is shared, at times between people of whom one is unknown."""
        found: list[Row] = []
        for key in keys:
            if self.chance.random() < 0.35:
                shares = self.pick(*SPLITS)
                for rep, share in zip(self.chance.sample([*KNOWN_REPS, "ghost"], len(shares)), shares, strict=True):
                    found.append({"fact": fact, "fact_id": key, "rep_id": rep, "share": share})
        return found
