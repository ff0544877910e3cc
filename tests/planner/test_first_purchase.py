"""A first purchase that lies after the windows asked about is not taken for none, where a KPI can tell."""

from __future__ import annotations

from datetime import date

import pytest

from cadran.planner.resolve import Resolver
from cadran.planner.rows import Reach
from cadran.planner.shortcuts import shorten
from cadran.session import session
from cadran.workspace import Workspace
from tests.company import company, question, rows, table

# Late's only line of 2025 is a credit note; Late buys for the first time in 2026.
SALES = """
sale_id | account_id | sold_on    | amount
s1      | early      | 2025-01-05 | 100
s2      | late       | 2025-03-10 | -20
s3      | early      | 2025-03-15 | 50
s4      | late       | 2026-02-01 | 80
"""
OWN = """
{name}:
  label: {{fr: "Essai", en: "Trial"}}
  question: {{fr: "Combien ?", en: "How many?"}}
  definition: {{fr: "Des clients.", en: "Clients."}}
  kind: flow
  of: sales
  on: sold_on
  formula: count(distinct account_id) filter (where {where})
  unit: count
"""
# What must hold of a client with a line in the month; clients of March 2025; whether a look-up within 2025 will do.
KPIS = {
    "new_or_later": ("first_purchase_on >= period_start", 1, False),
    "later": ("first_purchase_on >= period_end", 1, False),
    "before_the_end": ("first_purchase_on < period_end", 1, True),
    "other_than_first_of_march": ("first_purchase_on != date '2025-03-01'", 2, False),
    "old_buyers": ("amount > 0 and first_purchase_on < period_start", 1, True),
    "new_buyers": ("amount > 0 and first_purchase_on >= period_start", 0, True),
    "never_bought": ("first_purchase_on is null", 0, False),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("late") / "shop"
    (folder / "kpis").mkdir(parents=True)
    text = "".join(OWN.format(name=name, where=where) for name, (where, _, _) in KPIS.items())
    (folder / "kpis" / "own.yaml").write_text(text, "utf-8")
    return company(folder, {"sales": table(SALES)})


@pytest.mark.parametrize("kpi", KPIS)
def test_who_buys_after_the_last_window_is_no_stranger_to_it(shop: Workspace, kpi: str) -> None:
    found = {row.period_start.month: row.value for row in rows(shop, kpi, "2025", grain="month")}
    assert found[3] == KPIS[kpi][1]


@pytest.mark.parametrize("kpi", KPIS)
def test_first_purchases_are_read_apart_where_a_later_one_can_be_told(shop: Workspace, kpi: str) -> None:
    assert _reads_them_off(shop, kpi) is KPIS[kpi][2]


@pytest.mark.parametrize("kpi", KPIS)
def test_no_purchase_lies_after_windows_that_reach_the_last_sale(shop: Workspace, kpi: str) -> None:
    assert _reads_them_off(shop, kpi, end=date(2026, 3, 1))
    assert _reads_them_off(shop, kpi, end=date(2026, 2, 1)) is KPIS[kpi][2]


def _reads_them_off(shop: Workspace, kpi: str, end: date = date(2026, 1, 1)) -> bool:
    """Whether first purchases are read off the windows' own rows."""
    request = question(shop, kpi, "2025", grain="month").at(end=end)
    with session(shop, request) as opened:
        (batch,) = Resolver(request, opened.catalogue, opened.settings, opened.context).resolve().batches
        stages = shorten(batch, opened.context, Reach()).stages
    return any(partial.name == "first_day" for stage in stages for partial in stage.partials)
