"""Columns brought up to date are those laid out anew, and what is told as before is taken over."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cadran import columns_again
from cadran.answers import Answers
from cadran.columns import Laying
from cadran.planner.request import Request
from cadran.workspace import Workspace
from tests.company import ask_anew, company, deliver, question
from tests.test_columns import CLIENTS, REPS, SALES, STAYS, TARGETS, TEAMS

KPIS = "revenue,orders,average_basket,active_clients,new_clients,retention_rate,sales_cycle_median,win_rate"
COMPARED = ("previous", "last_year", "target")
NOBODYS = {"order_id": "O9", "account_id": "C1", "rep_id": None, "sold_on": date(2026, 5, 2), "amount": 5}
DEAL = {
    "opportunity_id": "D1",
    "rep_id": "R1",
    "account_id": "C1",
    "created_on": date(2026, 1, 4),
    "closed_on": date(2026, 3, 4),
    "outcome": "won",
    "amount": 10,
}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    sales = [{"sale_id": f"s{n}", **sale} for n, sale in enumerate(SALES)]
    people = {"reps": REPS, "teams": TEAMS, "memberships": STAYS, "accounts": CLIENTS}
    return company(tmp_path / "shop", {**people, "sales": sales, "targets": TARGETS, "opportunities": [DEAL]})


def _asked(shop: Workspace, **more: Any) -> Request:
    given = {"grain": "month", "levels": "company,team,rep", "compare": COMPARED, **more}
    return question(shop, KPIS, "2026", **given)


def _columns(answers: Answers, asked: Request) -> pa.Table:
    """As they are at hand, once they are known to be those that asking anew gives."""
    found = answers.ask(asked).to_arrow()
    assert found.equals(ask_anew(answers.workspace, asked).to_arrow())
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {"sales": {"sale_id": "s0", **SALES[0], "amount": "12.50"}},  # an amount
        {"sales": {"sale_id": "s0", **SALES[0], "rep_id": "R3"}},  # who sold it
        {"sales": {"sale_id": "s0", **SALES[0], "sold_on": date(2026, 4, 1)}},  # another month
        {"sales": {"sale_id": "s9", **NOBODYS}},  # rows of nobody where there were none
        {"targets": TARGETS[0] | {"value": "1.00"}},
        {"targets": TARGETS[0] | {"kpi": "orders"}},  # of a KPI whose numbers stay
        {"opportunities": {**DEAL, "closed_on": date(2026, 6, 5)}},
        {"accounts": {**CLIENTS[1], "segment": "PME"}},
        {"reps": {**REPS[0], "name": "Annie"}},
        {"memberships": {**STAYS[2], "team_id": "T1"}},
        {"reps": {"rep_id": "R4", "name": "David"}},
    ],
)
@pytest.mark.parametrize("more", [{}, {"dimensions": "segment", "levels": "company"}, {"intervals": True}])
def test_after_an_import_the_columns_are_those_laid_out_anew(
    shop: Workspace, changed: dict[str, Any], more: dict[str, Any]
) -> None:
    answers, asked = Answers(shop), _asked(shop, **more)
    _columns(answers, asked)
    deliver(shop, {table: [row] for table, row in changed.items()})
    _columns(answers, asked)


def test_only_periods_that_read_another_number_are_laid_out(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """February's amount is March's previous one; who bought stays, so numbers of clients and orders do."""
    answers, asked = Answers(shop), _asked(shop)
    _columns(answers, asked)
    deliver(shop, {"sales": [{"sale_id": "s2", **SALES[2], "amount": "1.00"}]})
    found: list[tuple[str, list[int]]] = []

    class Listening(Laying):
        def of_kpi(self, number: int) -> pa.Table:
            periods = [each.period.start.month for each in self._answer.periods]
            found.append((self._answer.kpis[number].id, periods))
            return super().of_kpi(number)

    monkeypatch.setattr(columns_again, "Laying", Listening)
    _columns(answers, asked)
    skewed = ("sales_cycle_median",)  # of single values
    assert [each for each in found if each[0] not in skewed] == [("revenue", [2, 3]), ("average_basket", [2, 3])]


def test_columns_are_brought_up_to_date_over_states_whose_columns_nobody_asked_for(shop: Workspace) -> None:
    chance, answers, asked = random.Random(3), Answers(shop), _asked(shop)
    _columns(answers, asked)
    for number in range(6):
        sale = SALES[number % len(SALES)] | {"amount": chance.choice([-7, 3, 12]), "account_id": chance.choice("xyz")}
        deliver(shop, {"sales": [{"sale_id": f"s{number}", **sale}]})
        answers.ask(asked)
        if number % 3 == 2:
            _columns(answers, asked)


def test_at_most_one_earlier_answer_is_kept(shop: Workspace) -> None:
    answers, asked = Answers(shop), _asked(shop)
    first = answers.ask(asked)
    assert first.laid_out.latest(first) is None
    first.to_arrow()
    for amount in (1, 2):
        deliver(shop, {"sales": [{"sale_id": "s0", **SALES[0], "amount": amount}]})
        later = answers.ask(asked)
        earlier = later.laid_out.latest(later)
        assert earlier is not None
        assert earlier.snapshot == first.snapshot
    later.to_arrow()
    assert later.laid_out.latest(later) is later


def test_columns_stay_in_few_pieces(shop: Workspace) -> None:
    """Twenty imports, each about another month and the one after it."""
    answers, asked = Answers(shop), question(shop, "revenue", "2026", grain="month", levels="rep")
    _columns(answers, asked)
    for number in range(20):
        sale = {**SALES[0], "sale_id": f"n{number}", "sold_on": date(2026, 1 + number % 12, 3)}
        deliver(shop, {"sales": [sale]})
        found = _columns(answers, asked)
        assert found.column("value").num_chunks <= 4
    assert found.to_pandas().equals(ask_anew(shop, asked).to_arrow().to_pandas())
