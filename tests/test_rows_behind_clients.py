"""The rows behind a number that is counted by client (order ...): flagged by what became of their client.

kept client    in the numerator and the denominator
lost client    in the denominator
neither        not listed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cadran.answer import Answer, AnswerRow
from cadran.catalogue.loader import load_catalogue
from cadran.workspace import Workspace
from tests.company import answer, company, table
from tests.kpi_cases.clients import BOUGHT_AGAIN, CONTRACTS
from tests.kpi_cases.example import NORTH_AND_SOUTH, Example
from tests.planner.world import KNOWN_REPS, world

BOTH, BASE, KEPT = (True, True), (False, True), (True, False)


def _built(example: Example, folder: Path) -> Workspace:
    drawn = {name: table(text) for name, text in {**NORTH_AND_SOUTH, **example.tables}.items()}
    return company(folder, drawn, **example.choices)


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return _built(BOUGHT_AGAIN, tmp_path_factory.mktemp("bought") / "company")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return _built(CONTRACTS, tmp_path_factory.mktemp("signed") / "company")


def _flags(found: Answer, key: str, **scope: str) -> dict[str, tuple[bool, bool]]:
    rows = found.rows_behind(**scope).to_pylist()
    return {row[key]: (row["in_numerator"], row["in_denominator"]) for row in rows}


def test_purchases_kept_and_lost(bought: Workspace) -> None:
    """C3 only got money back and C4 never bought: C3's purchase is in the base alone, C4 and the new C5 nowhere."""
    found = answer(bought, "retention_rate", "2026-Q1")
    assert _flags(found, "order_id") == {"O1": BOTH, "O2": BOTH, "O3": BASE, "O5": BOTH, "O6": BOTH}
    assert {str(row["period_start"]) for row in found.rows_behind().to_pylist()} == {"2026-01-01"}


def test_what_is_said_of_a_client_is_said_for_the_scope(bought: Workspace) -> None:
    """C2 bought again, but from Bob: lost for Ana, and no client of Bob's before."""
    found = answer(bought, "retention_rate", "2026-Q1")
    assert _flags(found, "order_id", scope="rep", scope_id="ana") == {"O1": BOTH, "O2": BASE, "O5": BOTH}
    assert _flags(found, "order_id", scope="rep", scope_id="bob") == {"O3": BASE}
    assert _flags(found, "order_id", scope="rep", scope_id="cleo") == {}
    assert _flags(found, "order_id", scope="team", scope_id="north")["O2"] == BOTH


def test_a_row_stands_behind_each_period_it_counts_for(bought: Workspace) -> None:
    """C1 bought in January: now for January (nobody bought in December but C3, lost), base for February."""
    found = answer(bought, "retention_rate", "2026-Q1", grain="month")
    rows = found.rows_behind().to_pylist()
    listed = {(str(row["period_start"])[:7], row["order_id"], row["in_numerator"]) for row in rows}
    assert listed == {("2026-01", "O3", False), ("2026-02", "O5", False), ("2026-03", "O6", False)}


def test_contracts_kept_and_lost(signed: Workspace) -> None:
    found = answer(signed, "retention_rate", "2026-Q1")
    assert _flags(found, "contract_id") == {"K1": BOTH, "K3": BOTH, "K4": BASE}


def test_recurring_revenue_stands_where_it_was_counted(signed: Workspace) -> None:
    """On 1 January K1b, K2, K3 and K4; on 31 March K1b, K2, K3 and, as an expansion, K5. C6 was no client."""
    expected = {"K1b": BOTH, "K2": BOTH, "K3": BOTH, "K4": BASE, "K5": KEPT}
    for kpi in ("grr", "nrr"):
        assert _flags(answer(signed, kpi, "2026-Q1"), "contract_id") == expected


def test_the_lost_are_the_numerator_of_churn(signed: Workspace) -> None:
    found = answer(signed, "logo_churn", "2026-Q1")
    assert _flags(found, "contract_id") == {"K1b": BASE, "K2": BASE, "K3": BASE, "K4": BOTH, "K5": BASE}


# -- every KPI that is counted by client or order, on companies that were drawn at random or by hand -----------------

GATHERED = {kpi.id for kpi in load_catalogue() if any(population.per for population in kpi.populations)}
TERMS = ("numerator", "denominator")


@pytest.fixture(scope="module", params=["moves", "signed"])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    basis = "contracts" if request.param == "signed" else "purchases"
    made = world(11, teams="nested", moves=request.param == "moves", splits=True, retention_basis=basis)
    for number, sale in enumerate(made["sales"]):
        sale["kind"] = "order" if number % 4 == 0 else "invoice"
    for number, product in enumerate(made["products"]):
        product["category"] = ("Machines", "Services", None)[number % 3]
    made.tables["contracts"] = [_contract(Random(number), number) for number in range(60)]
    return made.build(tmp_path_factory.mktemp(f"drawn-{request.param}") / "company")


def _contract(chance: Random, number: int) -> dict[str, Any]:
    start = date(2025, 1, 1) + timedelta(days=chance.randint(0, 400))
    return {
        "contract_id": f"k{number}",
        "account_id": f"c{chance.randint(1, 14)}",
        "rep_id": chance.choice([*KNOWN_REPS, "ghost", None]),
        "product_id": f"p{chance.randint(1, 2)}",
        "starts_on": start,
        "ends_on": start + timedelta(days=chance.randint(60, 400)),
        "annual_value": chance.randint(1, 5000),
        "tacit": chance.random() < 0.2,
    }


@pytest.mark.parametrize("dimensions", ["", "account.segment"])
def test_the_flagged_make_the_terms(dimensions: str, drawn: Workspace) -> None:
    found = answer(drawn, ",".join(GATHERED), "2026", levels="company,team,rep", dimensions=dimensions or ())
    assert {row.kpi for row in found.rows if row.numerator and (row.denominator or row.kpi == "backlog")} == GATHERED
    for (level, scope, scope_id), rows in _by_scope(found.rows).items():
        if scope_id not in (None, "a", "r1"):
            continue
        behind = found.rows_behind(scope=scope, scope_id=scope_id, level=level).to_pylist()
        for kpi in GATHERED:
            told = [sum(float(getattr(row, term) or 0) for row in rows if row.kpi == kpi) for term in TERMS]
            flagged = _terms(kpi, [row for row in behind if row["kpi"] == kpi])
            assert flagged == pytest.approx(told, abs=0.001), (kpi, scope, scope_id)


def _by_scope(rows: Iterable[AnswerRow]) -> dict[tuple[str, str, str | None], list[AnswerRow]]:
    found: dict[tuple[str, str, str | None], list[AnswerRow]] = defaultdict(list)
    for row in rows:
        found[row.level, row.scope, row.scope_id].append(row)
    return found


def _terms(kpi: str, behind: list[dict[str, Any]]) -> list[float]:
    """The terms, told from the flags alone: entities counted, or amounts summed."""
    if kpi == "grr":
        return [float(_kept(behind)), _summed(behind, "in_denominator", "annual_value")]
    if kpi in ("nrr", "top10_share", "backlog"):
        amount = "annual_value" if kpi == "nrr" else "amount"
        return [_summed(behind, "in_numerator", amount), _summed(behind, "in_denominator", amount)]
    return [float(len({row["account_id"] for row in behind if row[f"in_{term}"]})) for term in TERMS]


def _summed(behind: list[dict[str, Any]], flag: str, amount: str) -> float:
    return float(sum((row[amount] * (row.get("share") or 1) for row in behind if row[flag]), Decimal(0)))


def _kept(behind: list[dict[str, Any]]) -> Decimal:
    """By client, the lesser of what was in force before and now."""
    before, now = (
        {
            client: sum((r["annual_value"] for r in behind if r[flag] and r["account_id"] == client), Decimal(0))
            for client in {row["account_id"] for row in behind}
        }
        for flag in ("in_denominator", "in_numerator")
    )
    return sum((min(before[client], now[client]) for client in before), Decimal(0))
