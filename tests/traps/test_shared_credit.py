"""Reps who share a sale or a deal: money is split, the deal is counted once at each level."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from cadran.access import Role, Viewer
from tests.company import answer, company, rows, table, values

# Ana and Bob are in the north, Cleo in the south.
PEOPLE: dict[str, Any] = {
    "reps": table(
        """
        rep_id | name
        ana    | Ana
        bob    | Bob
        cleo   | Cleo
        """
    ),
    "teams": table(
        """
        team_id | name
        north   | North
        south   | South
        """
    ),
    "memberships": table(
        """
        rep_id | team_id | starts_on
        ana    | north   | 2020-01-01
        bob    | north   | 2020-01-01
        cleo   | south   | 2020-01-01
        """
    ),
}
LEVELS = "company,team,rep"


def test_money_follows_the_shares(tmp_path: Path) -> None:
    """S1, 1,000: Ana 600, Bob 400. S2, 90: Ana 30, Cleo 60. S3, 5, is Cleo's alone."""
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "sales": table(
                """
                sale_id | order_id | account_id | rep_id | sold_on    | amount
                S1      | O1       | C1         | ana    | 2026-01-05 | 1000
                S2      | O2       | C2         | ana    | 2026-01-05 | 90
                S3      | O3       | C3         | cleo   | 2026-01-05 | 5
                """
            ),
            "credits": table(
                """
                fact  | fact_id | rep_id | share
                sales | S1      | ana    | 0.6
                sales | S1      | bob    | 0.4
                sales | S2      | ana    | 0.333333333333
                sales | S2      | cleo   | 0.666666666667
                """
            ),
        },
    )
    assert values(workspace, "revenue", "2026-Q1", levels=LEVELS) == {
        "Entreprise": 1095,
        "North": 1030,
        "South": 65,
        "Ana": 630,
        "Bob": 400,
        "Cleo": 65,
    }
    counts = {"Entreprise": 3, "North": 2, "South": 2, "Ana": 2, "Bob": 1, "Cleo": 2}
    assert values(workspace, "orders", "2026-Q1", levels=LEVELS) == counts
    assert values(workspace, "active_clients", "2026-Q1", levels=LEVELS) == counts


def test_a_shared_deal_is_counted_once_at_each_level(tmp_path: Path) -> None:
    """D1, won, is Ana's and Bob's: one deal of each, one of the north, one of the company. D2, lost, is Ana's."""
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "opportunities": table(
                """
                opportunity_id | rep_id | amount | first_contact_on | created_on | closed_on  | outcome
                D1             | ana    | 1000   | 2026-01-01       | 2026-01-01 | 2026-01-11 | won
                D2             | ana    | 3000   | 2026-01-01       | 2026-01-01 | 2026-01-21 | lost
                D3             | cleo   | 500    | 2026-01-01       | 2026-01-01 | 2026-01-31 | won
                """
            ),
            "credits": table(
                """
                fact          | fact_id | rep_id | share
                opportunities | D1      | ana    | 0.5
                opportunities | D1      | bob    | 0.5
                """
            ),
        },
    )

    def terms(kpi: str) -> dict[str, tuple[object, object]]:
        return {r.scope_name: (r.numerator, r.denominator) for r in rows(workspace, kpi, "2026-Q1", levels=LEVELS)}

    assert terms("win_rate") == {
        "Entreprise": (2, 3),
        "North": (1, 2),
        "South": (1, 1),
        "Ana": (1, 2),
        "Bob": (1, 1),
        "Cleo": (1, 1),
    }
    assert terms("win_rate_amount") == {
        "Entreprise": (1500, 4500),
        "North": (1000, 4000),
        "South": (500, 500),
        "Ana": (500, 3500),
        "Bob": (500, 500),
        "Cleo": (500, 500),
    }
    assert terms("average_deal_size")["Bob"] == (1000, 1)
    assert terms("sales_cycle_days") == {
        "Entreprise": (40, 2),
        "North": (10, 1),
        "South": (30, 1),
        "Ana": (10, 1),
        "Bob": (10, 1),
        "Cleo": (30, 1),
    }
    assert values(workspace, "sales_cycle_median", "2026-Q1", levels=LEVELS) == {
        "Entreprise": 20,
        "North": 10,
        "South": 30,
        "Ana": 10,
        "Bob": 10,
        "Cleo": 30,
    }


def test_what_shares_leave_is_nobodys(tmp_path: Path) -> None:
    """Half to Ana and 30 % to Cleo of 1,000: 200 are left. The order is one order of each, and of nobody too."""
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "sales": table(
                """
                sale_id | order_id | account_id | rep_id | sold_on    | amount
                S1      | O1       | C1         | ana    | 2026-01-05 | 1000
                """
            ),
            "credits": table(
                """
                fact  | fact_id | rep_id | share
                sales | S1      | ana    | 0.5
                sales | S1      | cleo   | 0.3
                """
            ),
        },
    )
    whole = {"Entreprise": 1000}
    assert values(workspace, "revenue", "2026-Q1") == whole
    nobodys = {"Non attribué": 200}
    reps = values(workspace, "revenue", "2026-Q1", levels="rep")
    assert reps == {"Ana": 500, "Bob": 0, "Cleo": 300, **nobodys}
    teams = values(workspace, "revenue", "2026-Q1", levels="team")
    assert teams == {"North": 500, "South": 300, **nobodys}


def test_three_thirds_make_a_whole(tmp_path: Path) -> None:
    """3,000 in three thirds, three times: 3,000 each, to the cent, and nothing left over for nobody."""
    third = "0.333333333333"
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "sales": [
                {"sale_id": f"S{i}", "order_id": f"O{i}", "rep_id": "ana", "sold_on": "2026-01-05", "amount": 3000}
                for i in range(3)
            ],
            "credits": [
                {"fact": "sales", "fact_id": f"S{i}", "rep_id": rep, "share": third}
                for i in range(3)
                for rep in ("ana", "bob", "cleo")
            ],
        },
    )
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": 9000}
    reps = {name: round(value, 2) for name, value in values(workspace, "revenue", "2026-Q1", levels="rep").items()}
    assert reps == {"Ana": 3000, "Bob": 3000, "Cleo": 3000}
    teams = {name: round(value, 2) for name, value in values(workspace, "revenue", "2026-Q1", levels="team").items()}
    assert teams == {"North": 6000, "South": 3000}


def test_a_rep_as_a_dimension_is_who_is_credited(tmp_path: Path) -> None:
    """S1, 1,000, written under Ana's name: Ana 600, Bob 300, nobody the rest. S2, 5, is Cleo's. Ana's deal is also
    Bob's. Bob never sees whose name stands on what he shares."""
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "sales": table(
                """
                sale_id | order_id | rep_id | sold_on    | amount
                S1      | O1       | ana    | 2026-01-05 | 1000
                S2      | O2       | cleo   | 2026-01-05 | 5
                """
            ),
            "opportunities": table(
                """
                opportunity_id | rep_id | outcome | created_on | closed_on
                D1             | ana    | won     | 2026-01-01 | 2026-01-05
                """
            ),
            "credits": table(
                """
                fact          | fact_id | rep_id | share
                sales         | S1      | ana    | 0.6
                sales         | S1      | bob    | 0.3
                opportunities | D1      | ana    | 0.5
                opportunities | D1      | bob    | 0.5
                """
            ),
        },
    )
    by_rep = values(workspace, "revenue", "2026-01", dimensions="rep_id")
    assert by_rep == {"ana": 600, "bob": 300, "cleo": 5, None: 100}
    assert values(workspace, "revenue", "2026-01", dimensions="rep.name") == {
        "Ana": 600, "Bob": 300, "Cleo": 5, None: 100,
    }  # fmt: skip
    assert values(workspace, "deals_won", "2026-01", dimensions="rep_id") == {"ana": 1, "bob": 1}
    assert values(workspace, "revenue", "2026-01", where="rep_id = 'bob'") == {"Entreprise": 300}
    assert values(workspace, "active_reps", "2026-01") == {"Entreprise": 3}
    bob = Viewer("bob@example.org", Role.REP, "bob")
    assert values(workspace, "revenue", "2026-01", viewer=bob, dimensions="rep_id") == {"bob": 300}
    (row,) = answer(workspace, "revenue", "2026-01", bob).rows_behind().to_pylist()
    assert (row["rep_id"], row["amount"] * row["share"]) == ("bob", 300)


def test_deals_that_stand_for_sales_or_orders_are_shared_as_deals(tmp_path: Path) -> None:
    """D1, 1,000: Ana 600, Bob 400, when signatures make the revenue and where the company records no order. A sale
    that happens to bear the same id is shared otherwise."""
    workspace = company(
        tmp_path / "company",
        {
            **PEOPLE,
            "sales": table("sale_id | rep_id | sold_on | amount\nD1 | cleo | 2026-01-05 | 7"),
            "opportunities": table(
                """
                opportunity_id | rep_id | amount | outcome | created_on | closed_on
                D1             | ana    | 1000   | won     | 2026-01-01 | 2026-01-05
                D2             | cleo   | 50     | won     | 2026-01-01 | 2026-01-05
                """
            ),
            "credits": table(
                """
                fact          | fact_id | rep_id | share
                opportunities | D1      | ana    | 0.6
                opportunities | D1      | bob    | 0.4
                sales         | D1      | cleo   | 1
                """
            ),
        },
        revenue_basis="signed",
    )
    for kpi in ("revenue", "bookings"):
        found = values(workspace, kpi, "2026-01", levels="team,rep")
        assert found == {"North": 1000, "South": 50, "Ana": 600, "Bob": 400, "Cleo": 50}


def test_a_weighted_pipeline_is_rounded_once_shared_or_not(tmp_path: Path) -> None:
    """Four deals of 0.01 at 33.3 %: 0.01332, whether one of them is shared or none."""
    deals = [
        {"opportunity_id": f"D{n}", "amount": "0.01", "probability": "0.333", "outcome": "open", "rep_id": "ana"}
        for n in range(4)
    ]
    shares = table(
        """
        fact          | fact_id | rep_id | share
        opportunities | D1      | ana    | 0.5
        opportunities | D1      | bob    | 0.5
        """
    )
    alone: dict[str, Any] = {**PEOPLE, "opportunities": [{"created_on": "2026-01-05", **deal} for deal in deals]}
    for name, tables in (("alone", alone), ("shared", alone | {"credits": shares})):
        (row,) = rows(company(tmp_path / name, tables), "pipeline_weighted", "2026-01")
        assert row.value == Decimal("0.0133")
