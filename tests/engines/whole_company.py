"""A seeded company with a few rows in every table a KPI reads: the planner tests' world, and what it lacks."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.planner.world import FIRST, KNOWN_REPS, LAST, world

Row = dict[str, Any]


def whole_company(seed: int, teams: str) -> dict[str, list[Row]]:
    """Shared sales and people who move in a flat organisation only: whole orders take another way through the plan."""
    chance = random.Random(seed)
    tables = dict(world(seed, teams=teams, moves=teams == "flat", splits=teams == "flat").tables)
    tables["sales"] = [_priced(row, chance) for row in tables["sales"]] + [_order(i, chance) for i in range(30)]
    tables["opportunities"] = [_staged(row, chance) for row in tables["opportunities"]]
    tables["stages"] = [
        {"stage": "lead", "position": 1, "probability": "0.1"},
        {"stage": "offer", "position": 2, "probability": "0.555555555555"},
    ]
    rates = (("USD", "2024-12-01", "0.91234567"), ("USD", "2025-09-01", "0.85"), ("CHF", "2024-12-01", "1.05"))
    tables["exchange_rates"] = [{"currency": c, "rate_on": date.fromisoformat(d), "rate": r} for c, d, r in rates]
    tables["contracts"] = [_contract(number, chance) for number in range(40)]
    tables["activities"] = [_activity(number, chance) for number in range(80)]
    tables["feedback"] = [_feedback(number, chance) for number in range(60)]
    tables["targets"] = [_target(rep, chance) for rep in KNOWN_REPS]
    return tables


def _day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randint(0, (LAST - FIRST).days))


def _moment(chance: random.Random) -> datetime:
    return datetime.combine(_day(chance), datetime.min.time()) + timedelta(minutes=chance.randint(0, 1439))


def _account(chance: random.Random) -> str:
    return f"c{chance.randint(1, 12)}"


def _cents(chance: random.Random, most: int) -> Decimal:
    return Decimal(chance.randint(1, most)) / 100


def _priced(row: Row, chance: random.Random) -> Row:
    amount = row["amount"]
    costs = {"list_amount": amount * Decimal("1.1"), "cost": amount * Decimal("0.6")} if chance.random() < 0.8 else {}
    money = {"currency": chance.choice(["EUR", "EUR", "USD", "CHF", None]), "nature": chance.choice(["goods", None])}
    return {**row, "quantity": chance.choice(["1", "2.5", None]), **costs, **money}


def _order(number: int, chance: random.Random) -> Row:
    return {
        "sale_id": f"order-{number}",
        "order_id": f"o{chance.randint(1, 40)}",
        "kind": "order",
        "account_id": _account(chance),
        "rep_id": chance.choice(KNOWN_REPS),
        "sold_on": _day(chance),
        "amount": _cents(chance, 400_000),
    }


def _staged(row: Row, chance: random.Random) -> Row:
    expected = row["created_on"] + timedelta(days=chance.randint(10, 200))
    given = {"stage": chance.choice(["lead", "offer", None]), "expected_close_on": expected}
    return {**row, **given, "probability": chance.choice([None, "0.333333333333"]), "currency": None}


def _contract(number: int, chance: random.Random) -> Row:
    starts = date(2024, 1, 1) + timedelta(days=chance.randint(0, 700))
    ends = starts + timedelta(days=364)
    return {
        "contract_id": f"k{number}",
        "account_id": _account(chance),
        "rep_id": chance.choice([*KNOWN_REPS, None]),
        "product_id": chance.choice(["p1", "p2", None]),
        "starts_on": starts,
        "ends_on": ends,
        "annual_value": _cents(chance, 900_000),
        "tacit": chance.choice([True, False, None]),
        "terminated_on": ends - timedelta(days=60) if chance.random() < 0.2 else None,
        "renews_contract_id": f"k{chance.randint(0, number - 1)}" if number and chance.random() < 0.2 else None,
    }


def _activity(number: int, chance: random.Random) -> Row:
    kind = chance.choice(["call", "meeting", "visit", "demo"])
    return {"rep_id": chance.choice([*KNOWN_REPS, "ghost"]), "kind": kind, "happened_at": _moment(chance)}


def _feedback(number: int, chance: random.Random) -> Row:
    kind = chance.choice(["nps", "csat"])
    score = chance.randint(0, 10) if kind == "nps" else chance.randint(1, 5)
    rep = chance.choice([*KNOWN_REPS, None])
    return {"account_id": _account(chance), "rep_id": rep, "kind": kind, "score": score, "happened_at": _moment(chance)}


def _target(rep: str, chance: random.Random) -> Row:
    value = Decimal(chance.randint(500, 5000))
    return {"kpi": "revenue", "scope": "rep", "scope_id": rep, "period": "2026-Q1", "value": value}
