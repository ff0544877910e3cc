"""What must not matter, and what may change: the order of rows, and one row more."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.answer import AnswerRow
from cadran.workspace import Workspace
from tests.company import company, deliver, rows
from tests.planner.world import KNOWN_REPS, World, world

KPIS = "revenue,orders,active_clients,new_clients,average_basket,win_rate,sales_cycle_median,pipeline_open"
WORLD = world(11, teams="nested", moves=True, splits=True)
Key = tuple[Any, ...]


def asked(workspace: Workspace, kpis: str = KPIS) -> dict[Key, AnswerRow]:
    """Rows by level, KPI, scope and month."""
    return {
        (level, row.kpi, row.scope_id, row.period_start): row
        for level in ("company", "team", "rep")
        for row in rows(workspace, kpis, "2025", grain="month", levels=level)
    }


def shuffled(given: World, seed: int) -> World:
    chance = random.Random(seed)
    return replace(given, tables={name: chance.sample(each, len(each)) for name, each in given.tables.items()})


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    first = asked(WORLD.build(tmp_path / "first"))
    again = asked(shuffled(WORLD, 1).build(tmp_path / "again"))
    assert len(first) > 500
    assert first == again


@pytest.mark.heavy
def test_files_that_arrive_one_after_the_other_make_the_same_company(tmp_path: Path) -> None:
    """The same rows in one import, or half of the sales first, then everything else."""
    whole = asked(WORLD.build(tmp_path / "whole"))
    tables = dict(WORLD.tables)
    sales = tables.pop("sales")
    workspace = company(tmp_path / "parts", {"sales": sales[::2]})
    deliver(workspace, {**tables, "sales": sales[1::2]})
    assert asked(workspace) == whole


@st.composite
def one_more_sale(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "order_id": draw(st.sampled_from(["new", "o1"])),
        "account_id": draw(st.sampled_from(["c1", "stranger", None])),
        "rep_id": draw(st.sampled_from([*KNOWN_REPS, "ghost", None])),
        "sold_on": draw(st.dates(date(2025, 1, 1), date(2025, 12, 31))),
        "amount": draw(st.decimals(Decimal(1), Decimal(10_000), places=2)),
    }


@pytest.mark.heavy
def test_one_row_more_changes_its_own_periods_and_scopes_only(tmp_path: Path) -> None:
    """After each new sale: revenue is more by its amount in its month, for the company, its rep, its team and the
    teams above; everything else stands as before."""
    workspace = WORLD.build(tmp_path / "company")
    known = [asked(workspace, "revenue,orders,leads_created")]

    @given(sale=one_more_sale())
    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def add(sale: dict[str, Any]) -> None:
        deliver(workspace, {"sales": [{"sale_id": f"more{len(known)}", **sale}]})
        known.append(asked(workspace, "revenue,orders,leads_created"))
        _check(known[-2], known[-1], sale)

    add()


def _check(before: dict[Key, AnswerRow], after: dict[Key, AnswerRow], sale: dict[str, Any]) -> None:
    month = sale["sold_on"].replace(day=1)
    changed = {key for key in before.keys() | after.keys() if _value(before, key) != _value(after, key)}
    touched = {("company", None), ("rep", sale["rep_id"] if sale["rep_id"] in KNOWN_REPS else None)}
    touched |= {("team", team) for team in _teams(sale["rep_id"], sale["sold_on"])}
    assert {key[-1] for key in changed} == {month}
    assert {(key[0], key[2]) for key in changed if key[1] == "revenue"} == touched
    assert {(key[0], key[2]) for key in changed} == touched
    assert {key[1] for key in changed} <= {"revenue", "orders"}
    assert all(_value(after, key) - _value(before, key) == sale["amount"] for key in changed if key[1] == "revenue")


def _value(found: dict[Key, AnswerRow], key: Key) -> Any:
    """What is nobody's is only shown when there is some: nothing is zero here."""
    return (found[key].value or 0) if key in found else 0


def _teams(rep: str | None, day: date) -> set[str | None]:
    """The team of the rep that day and those above, without the root; nobody's where there is none."""
    stays = [stay for stay in WORLD["memberships"] if stay["rep_id"] == rep and stay["starts_on"] <= day]
    team = max(stays, key=lambda stay: stay["starts_on"])["team_id"] if stays else None
    return {team, "a"} if team == "a1" else {team}
