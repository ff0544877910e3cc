"""Plans found again: only where they are what planning anew would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cadran.ask import ask
from cadran.catalogue.kpi import Kpi
from cadran.errors import RequestError
from cadran.planner import kept_plans
from cadran.planner.kept_plans import KeptPlans
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.planner.resolve import Resolver
from cadran.planner.rows import Reach
from cadran.planner.to_sql import statement
from cadran.session import Session, session
from cadran.workspace import Workspace
from tests.company import ask_anew, company, deliver, question
from tests.planner.world import world


def _sale(number: int, **more: Any) -> dict[str, Any]:
    own = {"sale_id": f"s{number}", "order_id": f"o{number}", "account_id": f"c{number % 3}", "rep_id": "A"}
    return {**own, "sold_on": date(2026, 1 + number % 12, 1), "amount": 100, **more}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    rates = [{"currency": "GBP", "rate_on": date(2023, 1, 1), "rate": 1.25}]
    return company(tmp_path / "shop", {"sales": [_sale(n) for n in range(12)], "exchange_rates": rates})


@pytest.fixture
def opened(shop: Workspace) -> Iterator[Session]:
    with session(shop, question(shop, "revenue", "2026")) as found:
        yield found


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is planned from now on."""
    found: list[str] = []

    def resolver(*given: Any) -> Resolver:
        found.append("resolved")
        return Resolver(*given)

    def written(batch: Batch, *given: Any) -> Any:
        found.append(f"written: {batch.source}")
        return statement(batch, *given)

    monkeypatch.setattr(kept_plans, "Resolver", resolver)
    monkeypatch.setattr(kept_plans, "statement", written)
    return found


def _every(shop: Workspace, period: str = "2026") -> Request:
    return question(shop, "revenue,orders,active_clients,new_clients", period, grain="month", levels="company,rep")


def test_a_question_is_planned_once(shop: Workspace, planned: list[str]) -> None:
    first = ask(shop, _every(shop))
    assert planned == ["resolved", "written: sales"]
    assert ask(shop, _every(shop)).to_dict() == first.to_dict()
    assert planned == ["resolved", "written: sales"]


def test_an_import_that_changes_nothing_of_the_kind_leaves_the_plan(shop: Workspace, planned: list[str]) -> None:
    ask(shop, _every(shop))
    deliver(shop, {"sales": [_sale(30, sold_on=date(2026, 5, 5), amount=7)]})
    assert ask(shop, _every(shop)).rows[0].value == 100
    assert sum(row.value or 0 for row in ask(shop, question(shop, "revenue", "2026", grain="month")).rows) == 1207
    assert planned.count("resolved") == 2  # two questions


@pytest.mark.parametrize(
    "more",
    [
        {"currency": "GBP"},
        {"order_id": None},
        {"order_id": "o1"},
        {"kind": "order"},
        {"account_id": None},
        {"amount": -5},
        {"sold_on": None},
        {"sold_on": date(2025, 1, 1)},
        {"cost": 60},
    ],
)
def test_a_line_that_is_the_first_of_its_kind_is_planned_for(shop: Workspace, more: dict[str, Any]) -> None:
    asked = question(shop, "revenue,orders,active_clients,new_clients,average_basket,gross_margin_rate", "2026")
    asked = asked.at(grain="month", levels=("company", "rep"))
    for line in ({}, more, {}):
        deliver(shop, {"sales": [{**_sale(30), **line}]})
        assert ask(shop, asked).to_dict() == ask_anew(shop, asked).to_dict()


def test_another_choice_is_another_plan(opened: Session) -> None:
    asked = question_of(opened)
    company_of = opened.settings.company
    fiscal = replace(opened, settings=replace(opened.settings, company=replace(company_of, fiscal_month=4)))
    assert fiscal.resolution(asked) is not opened.resolution(asked)
    later = replace(opened.context, as_of=date(2026, 6, 15))
    assert opened.resolution(asked, later) is not opened.resolution(asked)
    assert opened.resolution(asked) is opened.resolution(asked)


def question_of(opened: Session) -> Request:
    return Request(("revenue",), date(2026, 1, 1), date(2027, 1, 1), opened.context.as_of, ("company",), grain="year")


def test_another_definition_is_another_plan(opened: Session) -> None:
    asked = question_of(opened)
    revenue = opened.catalogue.get("revenue")
    large = replace(revenue, populations=tuple(replace(each, where="amount > 100") for each in revenue.populations))
    other = replace(opened, catalogue=replace(opened.catalogue, kpis=tuple(_instead(opened, large))))
    assert opened.resolution(asked).plans["revenue"].where is None
    assert other.resolution(asked).plans["revenue"].where is not None


def _instead(opened: Session, kpi: Kpi) -> Iterator[Kpi]:
    for each in opened.catalogue:
        yield kpi if each.id == kpi.id else each


def test_what_cannot_be_asked_is_refused_each_time(opened: Session) -> None:
    asked = replace(question_of(opened), dimensions=("nothing",))
    for _ in range(2):
        with pytest.raises(RequestError, match="nothing"):
            opened.resolution(asked)


def test_those_found_least_recently_leave_first(opened: Session, planned: list[str]) -> None:
    plans, (one, two, three) = (
        KeptPlans(most=2),
        (question_of(opened).at(grain=grain) for grain in ("month", "quarter", "year")),
    )
    for asked in (one, two, one, three, one):
        plans.resolution(asked, opened.catalogue, opened.settings, opened.context)
    assert planned == ["resolved"] * 3
    plans.resolution(two, opened.catalogue, opened.settings, opened.context)
    assert planned == ["resolved"] * 4


@pytest.mark.parametrize("given", range(3))
def test_writing_a_plan_leaves_it_as_it_was(tmp_path: Path, given: int) -> None:
    """A kept plan is written for every viewer and every state of the data: each time like one resolved for it alone."""
    shop = world(30 + given, teams=("none", "flat", "nested")[given], moves=True, splits=given == 1).build(
        tmp_path / "w"
    )
    kpis = ",".join(kpi.id for kpi in shop.catalogue)
    asked = question(
        shop, kpis, "2025", grain="quarter", levels="company,team,rep", compare=("previous",), intervals=True
    )
    with session(shop, asked) as opened:
        kept = opened.resolution(asked)
        reaches = Reach(), Reach(visible_reps=frozenset({1}), visible_teams=frozenset({1}))
        for reach in (*reaches, *reaches):
            fresh = Resolver(asked, opened.catalogue, opened.settings, opened.context).resolve()
            assert fresh == kept
            told = [opened.engine.written(statement(batch, opened.context, reach)) for batch in kept.batches]
            assert told == [opened.engine.written(statement(batch, opened.context, reach)) for batch in fresh.batches]
        assert len(kept.batches) > 5
