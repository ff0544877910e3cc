"""Amounts in several currencies: converted at the rate of the fact's own day, refused without one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadran.errors import CurrencyError
from tests.company import company, rows, table, values

# A dollar is 0.90 € from 1 January, 0.80 € from 1 March.
RATES = table(
    """
    currency | rate_on    | rate
    USD      | 2026-01-01 | 0.90
    USD      | 2026-03-01 | 0.80
    """
)


def test_each_amount_is_converted_at_the_rate_of_its_day(tmp_path: Path) -> None:
    """100 $ on 28 February are 90 €, 100 $ on 1 March 80 €, a credit note of 10 $ on 31 March -8 €, and 5 €."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount | cost | currency
                O1       | C1         | 2026-02-28 | 100    | 50   | USD
                O2       | C1         | 2026-03-01 | 100    | 50   | USD
                O3       | C1         | 2026-03-31 | -10    | -    | USD
                O4       | C1         | 2026-03-31 | 2      | 1    | EUR
                O5       | C1         | 2026-03-31 | 3      | 1    | -
                """
            ),
            "exchange_rates": RATES,
        },
    )
    months = values(workspace, "revenue", "2026-Q1", grain="month")
    assert list(months.values())[1:] == [90, 77]
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": 167}
    (margin,) = rows(workspace, "gross_margin_rate", "2026-02")
    assert (margin.numerator, margin.denominator) == (45, 90)


def test_a_deal_is_converted_at_its_own_date_too(tmp_path: Path) -> None:
    """100 $ of a deal created in January are 90 €."""
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | amount | currency | created_on | closed_on  | outcome
                D1             | 100    | USD      | 2026-01-05 | -          | open
                D2             | 50     | EUR      | 2026-01-05 | 2026-03-05 | won
                """
            ),
            "exchange_rates": RATES,
        },
    )
    assert values(workspace, "pipeline_open", "2026-Q1") == {"Entreprise": 90}


def test_signed_revenue_is_converted_on_the_day_of_signature(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | amount | currency | created_on | closed_on  | outcome
                D1             | 100    | USD      | 2026-01-05 | 2026-03-05 | won
                """
            ),
            "exchange_rates": RATES,
        },
        revenue_basis="signed",
    )
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": 80}


@pytest.mark.parametrize(
    ("currency", "day", "written"),
    [("USD", date(2025, 12, 31), "2025-12-31"), ("GBP", date(2026, 1, 5), "2026-01-05")],
)
def test_a_missing_rate_is_refused_by_currency_and_day(currency: str, day: date, written: str, tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "sales": [
                {"order_id": "O1", "account_id": "C1", "sold_on": day, "amount": 100, "currency": currency},
                {"order_id": "O2", "account_id": "C1", "sold_on": "2026-02-05", "amount": 100, "currency": "USD"},
            ],
            "exchange_rates": RATES,
        },
    )
    with pytest.raises(CurrencyError) as refused:
        rows(workspace, "revenue", "2025" if day.year == 2025 else "2026-01")
    (issue,) = refused.value.issues
    for text in (issue.message.fr, issue.message.en):
        assert currency in text
        assert written in text
    assert values(workspace, "revenue", "2026-02") == {"Entreprise": 90}


def test_a_filter_may_speak_of_any_column(tmp_path: Path) -> None:
    """100 $ of C1 are 90 €; that C2's 100 £ have no rate is not asked about C1."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                account_id | nature | sold_on    | amount | currency
                C1         | goods  | 2026-02-28 | 100    | USD
                C2         | goods  | 2026-02-28 | 100    | GBP
                C1         | -      | 2026-02-28 | 5      | EUR
                """
            ),
            "exchange_rates": RATES,
        },
    )
    assert values(workspace, "revenue", "2026-Q1", where="account_id = 'C1'") == {"Entreprise": 95}
    assert values(workspace, "revenue", "2026-Q1", where="currency = 'USD' and amount > 50") == {"Entreprise": 90}
    assert values(workspace, "revenue", "2026-Q1", where="nature is null") == {"Entreprise": 5}
    with pytest.raises(CurrencyError, match="GBP"):
        values(workspace, "revenue", "2026-Q1", where="nature = 'goods'")


def test_no_rate_is_asked_of_a_kpi_that_converts_nothing(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": [
                {
                    "opportunity_id": "D1",
                    "amount": 1,
                    "currency": "USD",
                    "created_on": "2026-01-05",
                    "closed_on": "2026-01-06",
                    "outcome": "won",
                }
            ]
        },
    )
    assert values(workspace, "win_rate", "2026-Q1") == {"Entreprise": 1}


def test_another_reporting_currency(tmp_path: Path) -> None:
    """A company that reports in dollars: its euros are the foreign ones."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount | currency
                O1       | C1         | 2026-02-28 | 100    | USD
                O2       | C1         | 2026-02-28 | 100    | EUR
                """
            ),
            "exchange_rates": table(
                """
                currency | rate_on    | rate
                EUR      | 2026-01-01 | 1.1
                """
            ),
        },
        currency="USD",
    )
    assert values(workspace, "revenue", "2026-Q1") == {"Entreprise": 210}
