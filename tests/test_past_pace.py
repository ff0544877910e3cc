"""The pace a company sets by its own past: what an answer expects to date, what it costs, and what it lets be seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cadran.access import Role, Viewer
from cadran.answer import AnswerRow
from cadran.engines.duckdb import DuckDBEngine
from cadran.workspace import Workspace
from tests.company import answer, company, rows, table

TABLES = {
    "reps": table(
        """
        rep_id | name | email
        ana    | Ana  | ana@essai.fr
        bob    | Bob  | bob@essai.fr
        """
    ),
    "teams": table("team_id | name\nnorth | North"),
    "memberships": table("rep_id | team_id | starts_on\nana | north | 2024-01-01"),
    # 2025-Q1: 100, 100 and 800, of which Ana sold the first 100 only; a client each.
    "sales": table(
        """
        order_id | account_id | rep_id | product_id | sold_on    | amount
        O1       | C1         | ana    | P1         | 2025-01-15 | 100
        O2       | C2         | bob    | P1         | 2025-02-28 | 100
        O3       | C3         | bob    | P2         | 2025-03-31 | 800
        O4       | C1         | ana    | P1         | 2026-01-15 | 150
        O5       | C2         | bob    | P1         | 2026-02-20 | 40
        """
    ),
    "opportunities": table(
        """
        opportunity_id | rep_id | amount | created_on | closed_on  | outcome
        D1             | ana    | 100    | 2025-01-02 | 2025-01-31 | won
        D2             | bob    | 100    | 2025-02-10 | -          | open
        D3             | bob    | 100    | 2025-03-10 | -          | open
        """
    ),
    "products": table("product_id | category\nP1 | hard\nP2 | soft"),
    "targets": table(
        """
        kpi           | scope   | scope_id | period  | value | dimensions
        revenue       | company | -        | 2026-Q1 | 1000  | -
        revenue       | company | -        | 2026-Q1 | 500   | product.category = hard
        revenue       | rep     | ana      | 2026-Q1 | 400   | -
        revenue       | company | -        | 2025-Q1 | 500   | -
        deals_created | company | -        | 2026-Q1 | 6     | -
        win_rate      | company | -        | 2026-Q1 | 0.3   | -
        """
    ),
}
FEBRUARY = date(2026, 2, 28)
ANA = Viewer("ana@essai.fr", Role.REP, "ana")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("past") / "company", TABLES, pace="past_curve")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return company(tmp_path_factory.mktemp("plain") / "company", TABLES)


def one(workspace: Workspace, kpi: str, period: str = "2026-Q1", viewer: Viewer | None = None, **changes) -> AnswerRow:
    asked = {"as_of": FEBRUARY, "compare": ["target"], **changes}
    (row,) = rows(workspace, kpi, period, *([viewer] if viewer else []), **asked)
    return row


def codes(row: AnswerRow) -> set[str]:
    return {note.code for note in row.notes}


def test_two_tenths_of_last_year_s_quarter_are_two_tenths_of_the_target(shop: Workspace, plain: Workspace) -> None:
    row = one(shop, "revenue")
    assert (row.target, row.expected, row.value) == (1_000, 200, 190)
    assert row.status == "at_risk"  # 190 is 95 % of 200
    by_days = one(plain, "revenue")
    assert (by_days.expected, by_days.status) == (Decimal("650.79"), "behind")  # 41 of 63 business days
    assert "no_past_to_go_by" not in codes(row) | codes(by_days)


@pytest.mark.parametrize("evening", [date(2026, 1, 14), date(2026, 1, 15), date(2026, 3, 30), date(2026, 4, 5)])
def test_it_is_the_share_of_last_year_that_is_shown_beside(evening: date, shop: Workspace) -> None:
    row = one(shop, "revenue", as_of=evening, compare=["target", "last_year"])
    assert row.last_year_full == 1_000
    assert row.expected == ((row.last_year or 0) if row.is_partial else None)  # the target is 1,000 too


def test_counts_follow_their_own_curve_and_rates_none(shop: Workspace) -> None:
    assert one(shop, "deals_created").expected == 4  # two of last year's three, of a target of 6
    assert one(shop, "win_rate").expected == Decimal("0.3")


def test_the_curve_is_the_company_s_for_reps_and_categories_too(shop: Workspace) -> None:
    found = {
        row.scope_id: row.expected
        for row in rows(shop, "revenue", "2026-Q1", as_of=FEBRUARY, compare=["target"], levels="rep")
    }
    assert found == {"ana": 80, "bob": None}  # 20 % of 400, though her own past says 100 %
    assert one(shop, "revenue", viewer=ANA).expected == 80
    hard = [
        row
        for row in rows(shop, "revenue", "2026-Q1", as_of=FEBRUARY, compare=["target"], dimensions="product.category")
        if row.dimensions == {"product.category": "hard"}
    ]
    assert [row.expected for row in hard] == [100]


def test_a_team_is_expected_what_its_members_are(shop: Workspace) -> None:
    found = rows(shop, "revenue", "2026-Q1", as_of=FEBRUARY, compare=["target"], levels="team")
    assert {row.scope_id: row.expected for row in found if row.target is not None} == {"north": 80}


def test_months_of_a_year_that_runs(shop: Workspace) -> None:
    """The quarter's 1,000 are shared by business days: 20 of 63 are February's; on the 27th nothing was sold yet."""
    found = rows(shop, "revenue", "2026-Q1", as_of=date(2026, 2, 27), compare=["target"], grain="month")
    assert [(row.target, row.expected) for row in found] == [
        (Decimal("333.33"), None),
        (Decimal("317.46"), 0),
        (Decimal("349.21"), 0),
    ]


def test_without_a_past_business_days_are_followed_and_that_is_said(shop: Workspace) -> None:
    row = one(shop, "revenue", "2025-Q1", as_of=date(2025, 2, 28))
    assert row.expected == Decimal("333.33")  # 42 of 63 business days of 500
    assert "no_past_to_go_by" in codes(row)
    assert "no_past_to_go_by" not in codes(one(shop, "revenue", "2025-Q1", as_of=date(2025, 4, 1)))


def test_credit_notes_that_eat_all_of_last_year_are_no_past(tmp_path: Path) -> None:
    back = {"order_id": "O9", "account_id": "C3", "rep_id": "bob", "sold_on": "2025-03-31", "amount": -1_000}
    workspace = company(tmp_path / "company", TABLES | {"sales": [*TABLES["sales"], back]}, pace="past_curve")
    row = one(workspace, "revenue")
    assert row.expected == Decimal("650.79")
    assert "no_past_to_go_by" in codes(row)


def test_business_days_ask_nothing_more(shop: Workspace, plain: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    query = DuckDBEngine.query
    monkeypatch.setattr(DuckDBEngine, "query", lambda self, *args: asked.append(args[0]) or query(self, *args))

    def count(workspace: Workspace, **changes) -> int:
        asked.clear()
        answer(workspace, "revenue", "2026-Q1", **{"as_of": FEBRUARY, "compare": ["target"], **changes})
        return len(asked)

    least = count(plain)
    assert count(shop) > least
    for changes in ({"compare": []}, {"as_of": date(2026, 4, 1)}, {"as_of": date(2025, 12, 31)}):
        assert count(shop, **changes) == count(plain, **changes)


def test_the_explanation_says_by_what_the_pace_is_set(shop: Workspace, plain: Workspace) -> None:
    asked = {"as_of": FEBRUARY, "compare": ["target"]}
    assert "un an plus tôt" in answer(shop, "revenue", "2026-Q1", **asked).explain("fr")
    assert "un an plus tôt" not in answer(shop, "win_rate", "2026-Q1", **asked).explain("fr")
    assert "un an plus tôt" not in answer(plain, "revenue", "2026-Q1", **asked).explain("fr")


def test_a_past_answer_keeps_the_pace_of_its_day(tmp_path: Path) -> None:
    """The choice is one of the company's settings: it is remembered with each import."""
    workspace = company(tmp_path / "company", TABLES, pace="past_curve")
    settings = tmp_path / "company" / "cadran.toml"
    settings.write_text(settings.read_text("utf-8").replace("past_curve", "business_days"), "utf-8")
    changed = Workspace.open(tmp_path / "company")
    assert one(changed, "revenue").expected == Decimal("650.79")
    snapshot = int(answer(workspace, "revenue", "2026-Q1").snapshot)
    assert one(changed, "revenue", known_on=snapshot).expected == 200
