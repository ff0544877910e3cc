"""Orders and invoices never add up: revenue counts the rows of the company's basis, less the natures left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cadran.workspace import Workspace
from tests.company import company, rows, table

# Ordered 1,000; invoiced 600 and 40 of freight, 100 given back; signed 900.
TABLES: dict[str, Any] = {
    "sales": table(
        """
        kind        | nature  | order_id | account_id | sold_on    | amount
        order       | goods   | O1       | C1         | 2026-01-05 | 1000
        invoice     | goods   | O1       | C1         | 2026-01-20 | 600
        invoice     | Freight | O1       | C1         | 2026-01-20 | 40
        credit_note | goods   | O1       | C1         | 2026-02-05 | -100
        -           | -       | O2       | C2         | 2026-02-06 | 7
        """
    ),
    "opportunities": table(
        """
        opportunity_id | account_id | amount | created_on | closed_on  | outcome
        D1             | C1         | 900    | 2026-01-01 | 2026-01-04 | won
        D2             | C2         | 80     | 2026-01-01 | 2026-01-04 | lost
        D3             | C3         | 70     | 2026-01-01 | -          | open
        """
    ),
}


def asked(workspace: Workspace) -> dict[str, object]:
    return {row.kpi: row.value for row in rows(workspace, "revenue,orders,active_clients,bookings", "2026-Q1")}


@pytest.mark.parametrize(
    ("basis", "revenue", "orders", "clients"),
    [
        ("invoiced", 547, 2, 2),  # 600 + 40 - 100, and 7 of a line that does not say what it is: an invoice
        ("ordered", 1000, 1, 1),
        ("signed", 900, 1, 1),
    ],
)
def test_each_basis_counts_its_own_rows(basis: str, revenue: int, orders: int, clients: int, tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", TABLES, revenue_basis=basis)
    assert asked(workspace) == {"revenue": revenue, "orders": orders, "active_clients": clients, "bookings": 1000}


def test_natures_left_out_are_out_of_revenue(tmp_path: Path) -> None:
    """Without freight, however it is written: 507."""
    workspace = company(tmp_path / "company", TABLES, excluded_natures=["freight"])
    assert asked(workspace) == {"revenue": 507, "orders": 2, "active_clients": 2, "bookings": 1000}


def test_signed_deals_make_baskets_and_new_clients(tmp_path: Path) -> None:
    """C1 signs 300 and 100, C2 50: two clients, three orders, basket 225."""
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | account_id | amount | created_on | closed_on  | outcome
                D1             | C1         | 300    | 2026-01-01 | 2026-01-04 | won
                D2             | C1         | 100    | 2026-01-01 | 2026-03-31 | won
                D3             | C2         | 50     | 2026-01-01 | 2026-02-04 | won
                D4             | C2         | 50     | 2026-01-01 | 2026-04-01 | won
                """
            )
        },
        revenue_basis="signed",
    )
    found = {
        row.kpi: row.value for row in rows(workspace, "revenue,orders,average_basket,new_clients,bookings", "2026-Q1")
    }
    assert found == {"revenue": 450, "orders": 3, "average_basket": 225, "new_clients": 2, "bookings": 450}


def test_an_open_or_lost_deal_is_no_signature(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {"opportunities": TABLES["opportunities"]}, revenue_basis="signed")
    assert asked(workspace)["revenue"] == 900
