"""Joins that would count a row twice: a product or account beside each sale, several stages of one deal (fan-out),
sales and deals of the same account (chasm)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.company import company, rows, table, values


def test_parents_beside_a_sale_do_not_multiply_it(tmp_path: Path) -> None:
    """1,000 + 200 + 30 = 1,230, whatever is joined: PME 1,200 (C1) and ETI 30 (C2); machines 1,030, services 200."""
    workspace = company(
        tmp_path / "company",
        {
            "accounts": table(
                """
                account_id | segment | rep_id
                C1         | PME     | ana
                C2         | ETI     | ana
                """
            ),
            "products": table(
                """
                product_id | category
                P1         | Machines
                P2         | Services
                """
            ),
            "reps": table(
                """
                rep_id | name
                ana    | Ana
                """
            ),
            "sales": table(
                """
                order_id | account_id | rep_id | product_id | sold_on    | amount
                O1       | C1         | ana    | P1         | 2026-01-05 | 1000
                O1       | C1         | ana    | P2         | 2026-01-05 | 200
                O2       | C2         | ana    | P1         | 2026-01-06 | 30
                """
            ),
        },
    )
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": 1230}
    assert values(workspace, "revenue", "2026-Q1", dimensions="segment") == {"PME": 1200, "ETI": 30}
    assert values(workspace, "revenue", "2026-Q1", dimensions="product.category") == {"Machines": 1030, "Services": 200}
    both = values(workspace, "orders", "2026-Q1", dimensions="segment,product.category")
    assert both == {("ETI", "Machines"): 1, ("PME", "Machines"): 1, ("PME", "Services"): 1}
    where = "account.segment = 'PME' and product.category = 'Machines' and rep.name = 'Ana'"
    assert values(workspace, "revenue", "2026-Q1", where=where) == {"Entreprise": 1000}


def test_several_stages_do_not_multiply_a_deal(tmp_path: Path) -> None:
    """D1 went through four stages, D2 through none: two deals created, 700 open, one won."""
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | amount | created_on | closed_on  | outcome | stage
                D1             | 700    | 2026-01-05 | -          | open    | Proposal
                D2             | 50     | 2026-01-05 | 2026-02-05 | won     | -
                """
            ),
            "stage_changes": table(
                """
                opportunity_id | stage    | entered_at
                D1             | Contact  | 2026-01-05 09:00:00
                D1             | Demo     | 2026-01-15 09:00:00
                D1             | Contact  | 2026-01-20 09:00:00
                D1             | Proposal | 2026-02-05 09:00:00
                """
            ),
            "stages": table(
                """
                stage    | position | probability
                Contact  | 1        | 0.1
                Demo     | 2        | 0.2
                Proposal | 3        | 0.5
                """
            ),
        },
    )
    found = {row.kpi: row.value for row in rows(workspace, "deals_created,pipeline_open,deals_won", "2026-Q1")}
    assert found == {"deals_created": 2, "pipeline_open": 700, "deals_won": 1}


def test_sales_and_deals_of_one_account_are_counted_apart(tmp_path: Path) -> None:
    """C1 has three sales (600) and two deals (one won of two): 600, 3 orders, 1/2, never 1,200 nor 6 orders."""
    workspace = company(
        tmp_path / "company",
        {
            "accounts": table(
                """
                account_id | segment
                C1         | PME
                """
            ),
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-05 | 100
                O2       | C1         | 2026-01-06 | 200
                O3       | C1         | 2026-01-07 | 300
                """
            ),
            "opportunities": table(
                """
                opportunity_id | account_id | amount | created_on | closed_on  | outcome
                D1             | C1         | 600    | 2026-01-01 | 2026-01-05 | won
                D2             | C1         | 50     | 2026-01-01 | 2026-01-05 | lost
                """
            ),
        },
    )
    splits: list[dict[str, Any]] = [{}, {"dimensions": "segment"}, {"where": "segment = 'PME'"}]
    for split in splits:
        found = {
            row.kpi: (row.numerator, row.denominator)
            for row in rows(workspace, "revenue,orders,win_rate,average_deal_size", "2026-Q1", **split)
        }
        assert found == {
            "revenue": (600, None),
            "orders": (3, None),
            "win_rate": (1, 2),
            "average_deal_size": (600, 1),
        }


def test_several_wins_of_one_account_make_one_client(tmp_path: Path) -> None:
    """C1 has two leads, two won deals and two sales: one prospect, one client."""
    workspace = company(
        tmp_path / "company",
        {
            "leads": table(
                """
                lead_id | account_id | first_contact_on
                L1      | C1         | 2026-01-01
                L2      | C1         | 2026-01-02
                L3      | C2         | 2026-01-02
                """
            ),
            "opportunities": table(
                """
                opportunity_id | account_id | lead_id | created_on | closed_on  | outcome
                D1             | C1         | L1      | 2026-01-03 | 2026-01-15 | won
                D2             | C1         | L2      | 2026-01-03 | 2026-01-16 | won
                """
            ),
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-20 | 100
                O2       | C1         | 2026-01-21 | 100
                """
            ),
        },
    )
    (row,) = rows(workspace, "conversion_rate", "2026-01")
    assert (row.numerator, row.denominator) == (1, 2)
