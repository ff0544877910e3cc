"""The door itself: the shape of an answer, what was known on a past day, the rows behind a number."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cadran
from cadran.ask import ask
from cadran.errors import CadranError, RequestError
from cadran.store import ledger
from cadran.workspace import Workspace
from tests.company import answer, company, deliver, question, rows, table, values

SHOP: dict[str, Any] = {
    "reps": table(
        """
        rep_id | name
        ana    | Ana
        bob    | Bob
        """
    ),
    "sales": table(
        """
        sale_id | order_id | account_id | rep_id | sold_on    | amount
        S1      | O1       | C1         | ana    | 2026-01-05 | 1000.5
        S2      | O2       | C2         | bob    | 2026-02-05 | 300
        S3      | O3       | C2         | -      | 2026-03-31 | -100.25
        S4      | O4       | C3         | ana    | 2026-04-01 | 7
        """
    ),
    "opportunities": table(
        """
        opportunity_id | rep_id | amount | created_on | closed_on  | outcome
        D1             | ana    | 100    | 2026-01-01 | 2026-01-31 | won
        D2             | bob    | 100    | 2026-01-01 | 2026-02-28 | lost
        D3             | bob    | 100    | 2026-01-01 | -          | open
        """
    ),
    "targets": table(
        """
        kpi     | scope   | period  | value
        revenue | company | 2026-Q1 | 1000
        """
    ),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("shop") / "company", SHOP)


# -- the shape of an answer --------------------------------------------------------------------------------------


def test_reps_come_under_the_team_they_are_in_that_evening(tmp_path: Path) -> None:
    teams = table(
        """
        team_id | name
        north   | North
        south   | South
        """
    )
    memberships = table(
        """
        rep_id | team_id | starts_on  | ends_on
        ana    | north   | 2025-01-01 | 2026-03-01
        ana    | south   | 2026-03-01 | -
        bob    | north   | 2025-01-01 | -
        """
    )
    given = {**SHOP, "reps": [*SHOP["reps"], {"rep_id": "cy", "name": "Cy"}], "teams": teams}
    workspace = company(tmp_path / "company", {**given, "memberships": memberships})
    levels = ("company", "team", "rep")
    before, after = (
        [row.scope_name for row in rows(workspace, "revenue", "2026-Q1", levels=levels, as_of=date(2026, month, 28))]
        for month in (2, 3)
    )
    assert before == ["Entreprise", "North", "Ana", "Bob", "South", "Cy"]
    assert after == ["Entreprise", "North", "Bob", "South", "Ana", "Cy"]


CONTRACT = {
    "kpi", "scope", "scope_id", "scope_name", "dimensions", "period_start", "period_end", "value", "unit", "numerator",
    "denominator", "sample_size", "low", "high", "target", "attainment", "gap", "status", "previous", "last_year",
    "change_previous", "change_last_year", "is_partial", "is_provisional", "notes",
}  # fmt: skip


def test_the_json_contract(shop: Workspace) -> None:
    answered = answer(shop, "revenue,win_rate", "2026-Q1", compare=["target", "previous"]).to_dict()
    revenue, rate = json.loads(json.dumps(answered))["rows"]
    assert revenue.keys() >= CONTRACT
    assert (revenue["value"], revenue["unit"], revenue["period_start"]) == (1200.25, "money", "2026-01-01")
    assert revenue["period_end"] == "2026-04-01"
    assert (revenue["target"], revenue["attainment"], revenue["gap"]) == (1000, 1.20025, 200.25)
    assert (revenue["status"], revenue["previous"], revenue["scope_id"]) == ("exceeded", None, None)
    assert (rate["value"], rate["numerator"], rate["denominator"], rate["target"]) == (0.5, 1, 2, None)
    assert {note["code"] for note in rate["notes"]} == {"sample_too_small"}
    assert answered["request"]["kpis"] == ["revenue", "win_rate"]
    assert isinstance(answered["snapshot"], str)


def test_money_is_decimal_counts_are_whole_rates_are_floats(shop: Workspace) -> None:
    revenue, orders, rate = rows(shop, "revenue,orders,win_rate", "2026-Q1")
    assert (type(revenue.value), revenue.value) == (Decimal, Decimal("1200.25"))
    assert (type(orders.value), orders.value) == (int, 2)
    assert (type(rate.value), rate.value) == (float, 0.5)


def test_rows_come_kpi_by_kpi_period_by_period_scope_by_scope(shop: Workspace) -> None:
    found = rows(shop, "orders,revenue,orders", "2026-Q1", grain="month", levels="company,rep")
    assert [row.kpi for row in found] == sorted(row.kpi for row in found)  # orders, then revenue; asked twice, once
    orders = [(row.period_start.month, row.scope_name) for row in found if row.kpi == "orders"]
    assert orders == [
        *((month, name) for month in (1, 2) for name in ("Entreprise", "Ana", "Bob")),
        *((3, name) for name in ("Entreprise", "Ana", "Bob", "Non attribué")),
    ]


def test_a_window_may_be_any_days(shop: Workspace) -> None:
    asked = question(shop, "revenue", "2026-01-31").at(end=date(2026, 3, 31))
    assert [row.value for row in ask(shop, asked).rows] == [300]


def test_all_mistakes_of_a_request_are_told_at_once(shop: Workspace) -> None:
    with pytest.raises(RequestError) as refused:
        question(shop, "revenue", "2026-Q1", levels=("compny", "tem"), compare=["targt"], grain="mont")
    assert len(refused.value.issues) == 4


def test_an_empty_company_has_no_number_and_no_error(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {})
    every = ",".join(kpi.id for kpi in workspace.catalogue)
    found = rows(workspace, every, "2026-Q1", levels="company,team,rep", compare=["previous", "last_year", "target"])
    assert len({row.kpi for row in found}) == len(list(workspace.catalogue))
    assert all(row.value is None for row in found)
    assert all(note.code == "unavailable" for row in found for note in row.notes)


def test_a_kpi_of_ones_own(tmp_path: Path) -> None:
    """The best sale of the period: 1,000.50, and 300 of Bob's."""
    workspace = company(tmp_path / "company", SHOP)
    (workspace.folder / "kpis").mkdir(exist_ok=True)
    (workspace.folder / "kpis" / "ours.yaml").write_text(
        """
best_sale:
  label: {fr: "Meilleure vente", en: "Best sale"}
  question: {fr: "Quelle est la plus grosse vente ?", en: "What is the largest sale?"}
  definition: {fr: "Le plus grand montant d’une ligne.", en: "The largest amount of a line."}
  kind: flow
  of: sales
  on: sold_on
  formula: max(amount)
  unit: money
""",
        "utf-8",
    )
    again = Workspace.open(workspace.folder)
    assert values(again, "best_sale", "2026-Q1", levels="company,rep") == {
        "Entreprise": Decimal("1000.5"),
        "Ana": Decimal("1000.5"),
        "Bob": 300,
        "Non attribué": Decimal("-100.25"),
    }


# -- in Python ---------------------------------------------------------------------------------------------------


def test_the_python_door(shop: Workspace) -> None:
    found = cadran.open(shop.folder).ask(["revenue"], by=["rep"], grain="month", start="2026-01-01", end="2026-03-01")
    assert [(row.scope_name, row.period_start.month, row.value) for row in found.rows] == [
        ("Ana", 1, Decimal("1000.5")),
        ("Bob", 1, 0),
        ("Ana", 2, 0),
        ("Bob", 2, 300),
    ]


def test_columns_for_programs(shop: Workspace) -> None:
    answered = answer(shop, "revenue,win_rate", "2026-Q1", levels="company,rep")
    columns = answered.to_arrow()
    whole = {
        (kpi, name): value
        for kpi, name, value in zip(
            *(columns.column(each).to_pylist() for each in ("kpi", "scope_name", "value")), strict=True
        )
    }
    assert whole["revenue", "Entreprise"] == 1200.25
    assert whole["win_rate", "Entreprise"] == 0.5


# -- the rows behind a number, and the number explained ---------------------------------------------------------------


def test_the_rows_behind_a_rate_say_which_side_they_are_on(shop: Workspace) -> None:
    behind = answer(shop, "win_rate", "2026-Q1").rows_behind().to_pylist()
    sides = {row["opportunity_id"]: (row["in_numerator"], row["in_denominator"]) for row in behind}
    assert sides == {"D1": (True, True), "D2": (False, True)}


def test_the_rows_behind_a_sum_add_up_to_it(shop: Workspace) -> None:
    whole = answer(shop, "revenue", "2026-Q1").rows_behind().to_pylist()
    assert {row["sale_id"]: row["amount"] for row in whole} == {
        "S1": Decimal("1000.5"),
        "S2": 300,
        "S3": Decimal("-100.25"),
    }
    anas = answer(shop, "revenue", "2026-Q1", levels="rep").rows_behind(scope="rep", scope_id="ana").to_pylist()
    assert [row["sale_id"] for row in anas] == ["S1"]


def test_an_answer_is_explained_in_words_and_sql(shop: Workspace) -> None:
    answered = answer(shop, "revenue,win_rate", "2026-Q1")
    assert "Chiffre d’affaires" in answered.explain("fr")
    assert "Win rate" in answered.explain("en")
    assert "SELECT" in answered.explain("en")


# -- as known on ---------------------------------------------------------------------------------------------------


def snapshot_of(workspace: Workspace) -> int:
    return int(ask(workspace, question(workspace, "revenue", "2026-Q1")).snapshot)


def text_of(workspace: Workspace, **changes: Any) -> str:
    found = answer(workspace, "revenue,orders,win_rate", "2026-Q1", levels="company,rep", compare=["target"], **changes)
    return json.dumps({**found.to_dict(), "request": None}, sort_keys=True)


def more(workspace: Workspace) -> None:
    """One sale more, and one corrected."""
    deliver(workspace, {"sales": table("sale_id | order_id | sold_on | amount\nS9 | O9 | 2026-02-01 | 5000")})
    deliver(workspace, {"sales": table("sale_id | order_id | sold_on | amount\nS1 | O1 | 2026-01-05 | 1")})


def undone(workspace: Workspace) -> None:
    """The company's first import, undone."""
    with workspace.lake(read_only=False) as lake:
        ledger.undo(lake, ledger.imports(lake)[0].id, "test")


@pytest.mark.parametrize("change", [more, undone])
def test_as_known_on_is_what_was_answered_then(change: Callable[[Workspace], None], tmp_path: Path) -> None:
    """Byte for byte, whatever was imported or undone since."""
    workspace = company(tmp_path / "company", SHOP)
    then, snapshot = text_of(workspace), snapshot_of(workspace)
    change(workspace)
    assert text_of(workspace) != then
    assert text_of(workspace, known_on=snapshot) == then


def test_as_known_on_keeps_the_settings_of_then(tmp_path: Path) -> None:
    """A choice made since (freight left out of revenue) does not change what was known."""
    goods = table("order_id | nature | sold_on | amount\nO1 | goods | 2026-01-05 | 100\nO2 | freight | 2026-01-05 | 10")
    workspace = company(tmp_path / "company", {"sales": goods})
    snapshot = snapshot_of(workspace)
    settings = workspace.folder / "cadran.toml"
    left_out = '[company]\nexcluded_natures = ["freight"]'
    settings.write_text(settings.read_text("utf-8").replace("[company]", left_out), "utf-8")
    again = Workspace.open(workspace.folder)
    assert values(again, "revenue", "2026-Q1") == {"Entreprise": 100}
    assert values(again, "revenue", "2026-Q1", known_on=snapshot) == {"Entreprise": 110}


def test_a_day_or_snapshot_before_the_first_import_is_refused(shop: Workspace) -> None:
    for unknown in (date(2000, 1, 1), 10**9):
        with pytest.raises(CadranError):
            answer(shop, "revenue", "2026-Q1", known_on=unknown)
