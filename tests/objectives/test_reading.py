"""The book of a store's targets: written once for the same rows, anew for any others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cadran.engines.duckdb import DuckDBEngine
from cadran.objectives.reading import target_book, target_rows
from cadran.objectives.target import TargetKey
from cadran.periods.period import Period
from cadran.workspace import Workspace
from tests.company import company, deliver

ANNE = {"kpi": "revenue", "scope": "rep", "scope_id": "A", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}
JANUARY = Period(ANNE["starts_on"], ANNE["ends_on"])


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return company(tmp_path / "shop", {"targets": [{**ANNE, "value": 100}]})


def _rows(shop: Workspace):
    with shop.lake() as lake:
        return target_rows(DuckDBEngine(lake.connection), ("revenue",))


def test_the_same_rows_are_the_same_book(shop: Workspace) -> None:
    assert target_book(_rows(shop), shop.settings)[0] is target_book(_rows(shop), shop.settings)[0]


def test_other_rows_or_another_fiscal_year_are_another_book(shop: Workspace) -> None:
    before = target_book(_rows(shop), shop.settings)[0]
    deliver(shop, {"targets": [{**ANNE, "value": 250}]})
    after = target_book(_rows(shop), shop.settings)[0]
    key = TargetKey("revenue", "rep", "A")
    assert before.given(key)[JANUARY].value == Decimal(100)
    assert after.given(key)[JANUARY].value == Decimal(250)
    later = replace(shop.settings, company=replace(shop.settings.company, fiscal_month=4))
    assert target_book(_rows(shop), later)[0] is not after
