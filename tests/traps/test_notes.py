"""What a number does not cover stands beside it, and what may still change is provisional."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadran.answer import AnswerRow
from tests.company import company, rows, table


def notes(row: AnswerRow) -> str:
    return " | ".join(note.message.fr for note in row.notes).replace("\u202f", " ").replace("\xa0", " ")


def test_revenue_without_a_client_is_told_beside_the_basket(tmp_path: Path) -> None:
    """C1 1,000 and 500 without a client; the 70 of April are another period's."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-15 | 1000
                O2       | -          | 2026-02-15 | 500
                O3       | -          | 2026-04-15 | 70
                """
            )
        },
    )
    found = rows(workspace, "average_basket,active_clients,new_clients,top10_share,revenue", "2026-Q1")
    told = {row.kpi: notes(row) for row in found}
    for kpi in ("average_basket", "active_clients", "new_clients", "top10_share"):
        assert "500 € sans client" in told[kpi], told[kpi]
    assert "sans client" not in told["revenue"]


def test_rows_without_their_date_are_counted_in_a_note(tmp_path: Path) -> None:
    """Two lines do not say when: they are in no period."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-15 | 1
                O2       | C1         | -          | 20
                O3       | C1         | -          | 300
                """
            )
        },
    )
    (row,) = rows(workspace, "revenue", "2026-Q1")
    assert row.value == 1
    assert "2 lignes" in notes(row)


@pytest.mark.parametrize("kpi", ["gross_margin_rate", "markup_rate", "discount_rate"])
def test_a_margin_tells_the_share_of_revenue_it_covers(kpi: str, tmp_path: Path) -> None:
    """Cost and list amount are known of 750 of 1,000."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount | cost | list_amount
                O1       | C1         | 2026-01-15 | 750    | 500  | 1000
                O2       | C1         | 2026-02-15 | 250    | -    | -
                """
            )
        },
    )
    (row,) = rows(workspace, kpi, "2026-Q1")
    assert row.value == pytest.approx({"gross_margin_rate": 1 / 3, "markup_rate": 1 / 2, "discount_rate": 1 / 4}[kpi])
    assert "75 %" in notes(row)


def test_a_first_contact_taken_from_the_creation_is_told(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | first_contact_on | created_on | closed_on  | outcome
                D1             | 2026-01-01       | 2026-01-05 | 2026-01-11 | won
                D2             | -                | 2026-01-01 | 2026-01-21 | won
                """
            )
        },
    )
    (row,) = rows(workspace, "sales_cycle_days", "2026-Q1")
    assert (row.numerator, row.denominator) == (30, 2)
    assert "premier contact" in notes(row).lower()


@pytest.mark.parametrize("contact", ["own", "lead"])
def test_a_negative_cycle_is_left_out_and_counted(contact: str, tmp_path: Path) -> None:
    """D2 is signed before its first contact, its own or its lead's: the cycle is D1's ten days, and a note says so."""
    workspace = company(
        tmp_path / "company",
        {
            "leads": [{"lead_id": "L1", "first_contact_on": "2026-03-01"}],
            "opportunities": [
                *table(
                    """
                    opportunity_id | first_contact_on | created_on | closed_on  | outcome
                    D1             | 2026-01-01       | 2026-01-01 | 2026-01-11 | won
                    """
                ),
                {
                    "opportunity_id": "D2",
                    "lead_id": "L1" if contact == "lead" else None,
                    "first_contact_on": "2026-03-01" if contact == "own" else None,
                    "created_on": "2026-01-01",
                    "closed_on": "2026-01-21",
                    "outcome": "won",
                },
            ],
        },
    )
    for row in rows(workspace, "sales_cycle_days,sales_cycle_median,sales_cycle_p80", "2026-Q1"):
        assert row.value == 10
        assert "1 " in notes(row)
        assert "rows_left_out" in [note.code for note in row.notes] or "contact" in notes(row)


CONTRACTS = """
    contract_id | account_id | product_id | starts_on  | ends_on    | annual_value | tacit | terminated_on
    K1          | C1         | P1         | 2025-01-01 | 2026-01-10 | 100          | false | 2025-12-01
    K2          | C2         | P1         | 2025-01-01 | 2026-03-10 | 100          | true  | -
    K3          | C3         | P1         | 2025-01-01 | 2026-03-20 | 100          | false | -
    """


@pytest.mark.parametrize("kpi", ["renewal_rate", "retention_rate"])
def test_a_contract_within_its_grace_time_is_on_neither_side(kpi: str, tmp_path: Path) -> None:
    """On 31 March K1 is lost, K2 goes on, K3, due on the 21st, may still be renewed: 1 of 2, provisional. On 30 April
    its thirty days are over: 1 of 3, and final."""
    workspace = company(tmp_path / "company", {"contracts": table(CONTRACTS)}, retention_basis="contracts")
    (pending,) = rows(workspace, kpi, "2026-Q1", as_of=date(2026, 3, 31))
    assert (pending.numerator, pending.denominator, pending.sample_size) == (1, 2, 2)
    assert pending.is_provisional
    (final,) = rows(workspace, kpi, "2026-Q1", as_of=date(2026, 4, 30))
    assert (final.numerator, final.denominator) == (1, 3)
    assert not final.is_provisional


@pytest.mark.parametrize("kpi", ["repeat_rate", "cross_sell_rate"])
def test_a_client_with_only_a_credit_note_is_not_in_the_sample(kpi: str, tmp_path: Path) -> None:
    """Four clients bought, a fifth only got money back: four are too few for a rate."""
    sales = [{"order_id": f"O{n}", "account_id": f"C{n}", "sold_on": "2026-01-05", "amount": 10} for n in range(4)]
    credit = {"order_id": "O9", "account_id": "C9", "sold_on": "2026-01-05", "amount": -10}
    workspace = company(
        tmp_path / "company",
        {
            "sales": [{"product_id": "P1", **row} for row in (*sales, credit)],
            "products": [{"product_id": "P1", "category": "Machines"}],
        },
    )
    (row,) = rows(workspace, kpi, "2026-Q1")
    assert (row.denominator, row.sample_size) == (4, 4)
    assert "sample_too_small" in [note.code for note in row.notes]


def test_new_clients_are_provisional_in_the_first_twelve_months(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2025-01-01 | 1
                O2       | C2         | 2025-12-15 | 1
                O3       | C3         | 2026-03-15 | 1
                """
            )
        },
    )
    early, late = (rows(workspace, "new_clients", period)[0] for period in ("2025-Q4", "2026-Q1"))
    assert (early.value, early.is_provisional) == (1, True)
    assert (late.value, late.is_provisional) == (1, False)


def test_twelve_months_of_data_are_a_year_also_when_it_is_a_leap_year(tmp_path: Path) -> None:
    sales = [{"account_id": "C1", "sold_on": day, "amount": 1} for day in ("2024-01-01", "2025-06-01")]
    workspace = company(tmp_path / "company", {"sales": sales})
    last, after = (rows(workspace, "new_clients", day)[0] for day in ("2024-12-31", "2025-01-01"))
    assert (last.is_provisional, after.is_provisional) == (True, False)


def test_a_cohort_is_provisional_until_most_of_it_is_known(tmp_path: Path) -> None:
    """Ten leads of January: two clients and three lost by the end of February (5 of 10), three more lost in March (8
    of 10: mature)."""
    ends = [("client_on", "2026-02-01")] * 2 + [("lost_on", "2026-02-15")] * 3 + [("lost_on", "2026-03-15")] * 3
    leads = [
        {"lead_id": f"L{i}", "first_contact_on": "2026-01-15", **({ends[i][0]: ends[i][1]} if i < len(ends) else {})}
        for i in range(10)
    ]
    workspace = company(tmp_path / "company", {"leads": leads})
    (early,) = rows(workspace, "conversion_rate", "2026-01", as_of=date(2026, 2, 28))
    assert (early.value, early.maturity, early.is_provisional) == (0.2, 0.5, True)
    (late,) = rows(workspace, "conversion_rate", "2026-01", as_of=date(2026, 3, 31))
    assert (late.value, late.maturity, late.is_provisional) == (0.2, 0.8, False)
