"""Clients kept: the base is a whole period, new clients are never in it, and old ones are known as such."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cadran.workspace import Workspace
from tests.company import company, rows, table, values


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Buyers: third quarter C1 and C2; fourth C1, C2, C3, C4; first C1 (January), C2 (March), C9, who is new."""
    return company(
        tmp_path_factory.mktemp("retention") / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2025-07-05 | 1
                O2       | C2         | 2025-09-30 | 1
                O3       | C1         | 2025-10-05 | 1
                O4       | C2         | 2025-11-05 | 1
                O5       | C3         | 2025-12-05 | 1
                O6       | C4         | 2025-12-31 | 1
                O7       | C1         | 2026-01-01 | 1
                O8       | C9         | 2026-02-01 | 1
                O9       | C2         | 2026-03-31 | 1
                """
            )
        },
    )


@pytest.mark.parametrize("grain", [None, "quarter"])
@pytest.mark.parametrize(
    ("evening", "kept"),
    [(date(2026, 12, 31), (2, 4)), (date(2026, 3, 31), (2, 4)), (date(2026, 2, 14), (1, 4))],
)
def test_the_base_is_the_whole_period_before(
    grain: str | None, evening: date, kept: tuple[int, int], shop: Workspace
) -> None:
    """Also while the quarter runs: of the four buyers of the fourth quarter, C1 has come back by 14 February."""
    (row,) = rows(shop, "retention_rate", "2026-Q1", grain=grain, as_of=evening)
    assert (row.numerator, row.denominator) == kept


def test_the_period_before_has_its_own_base(shop: Workspace) -> None:
    """The fourth quarter kept both buyers of the third."""
    (row,) = rows(shop, "retention_rate", "2026-Q1", compare=["previous"])
    assert (row.value, row.previous) == (0.5, 1)
    assert list(values(shop, "retention_rate", "2026-Q1", grain="month").values()) == [0, 0, 0]


def test_an_old_client_is_not_new_whatever_the_currency_then(tmp_path: Path) -> None:
    """C1 bought in dollars in 2024, when no rate was known: not a new client of 2026. No amount is converted here."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount | currency
                O1       | C1         | 2024-01-05 | 100    | USD
                O2       | C1         | 2026-01-05 | 100    | EUR
                O3       | C2         | 2026-01-05 | 100    | EUR
                """
            ),
            "exchange_rates": table("currency | rate_on | rate\nUSD | 2026-01-01 | 0.9"),
        },
    )
    assert values(workspace, "new_clients", "2026-Q1") == {"Entreprise": 1}


def test_a_deal_without_a_creation_day_is_converted_or_refused_never_dropped(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | amount | currency | closed_on  | outcome
                D1             | 100    | USD      | 2026-01-05 | won
                """
            ),
            "exchange_rates": table("currency | rate_on | rate\nUSD | 2026-01-01 | 0.9"),
        },
    )
    assert values(workspace, "average_deal_size", "2026-Q1") == {"Entreprise": 90}


def test_ids_of_signed_sales_are_those_of_the_deals(tmp_path: Path) -> None:
    """With the basis « signed » the orders are the deals: 100 and 50, each under its own name."""
    deals: dict[str, Any] = {
        "opportunities": table(
            """
            opportunity_id | account_id | amount | created_on | closed_on  | outcome
            D1             | C1         | 100    | 2026-01-01 | 2026-01-05 | won
            D2             | C2         | 50     | 2026-01-01 | 2026-01-05 | won
            """
        )
    }
    workspace = company(tmp_path / "company", deals, revenue_basis="signed")
    assert values(workspace, "revenue", "2026-Q1", dimensions="order_id") == {"D1": 100, "D2": 50}


def test_the_order_book_is_shared_like_the_orders(tmp_path: Path) -> None:
    """1,000 ordered, half Bob's; nothing invoiced: 500 each."""
    workspace = company(
        tmp_path / "company",
        {
            "reps": table("rep_id | name\nana | Ana\nbob | Bob"),
            "sales": table(
                """
                sale_id | kind  | order_id | rep_id | sold_on    | amount
                S1      | order | O1       | ana    | 2026-01-05 | 1000
                """
            ),
            "credits": table(
                """
                fact  | fact_id | rep_id | share
                sales | S1      | ana    | 0.5
                sales | S1      | bob    | 0.5
                """
            ),
        },
    )
    for kpi in ("bookings", "backlog"):
        assert values(workspace, kpi, "2026-Q1", levels="rep") == {"Ana": 500, "Bob": 500}
        assert values(workspace, kpi, "2026-Q1") == {"Entreprise": 1000}
