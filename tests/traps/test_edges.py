"""Edges that once gave a wrong number, or told too much."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cadran.access import Role, Viewer
from tests.company import company, rows, table, values


def test_a_client_whose_other_contract_is_pending_is_not_lost_yet(tmp_path: Path) -> None:
    """C1 loses K1 and may still renew K2: not decided; with K4, which covers the year, C2 is kept."""
    workspace = company(
        tmp_path / "company",
        {
            "contracts": table(
                """
                contract_id | account_id | product_id | starts_on  | ends_on    | annual_value | terminated_on
                K1          | C1         | P1         | 2025-01-01 | 2026-01-10 | 100          | 2025-12-01
                K2          | C1         | P2         | 2025-01-01 | 2026-03-20 | 100          | -
                K3          | C2         | P1         | 2025-01-01 | 2026-01-10 | 100          | 2025-12-01
                K4          | C2         | P2         | 2025-06-01 | 2026-12-31 | 100          | -
                """
            )
        },
        retention_basis="contracts",
    )
    (row,) = rows(workspace, "retention_rate", "2026-Q1", as_of=date(2026, 3, 31))
    assert (row.numerator, row.denominator) == (1, 1)
    assert row.is_provisional


def test_a_client_who_lost_both_contracts_is_not_kept(tmp_path: Path) -> None:
    """K1 is due on 11 January, K2 on 21 March; neither is renewed."""
    workspace = company(
        tmp_path / "company",
        {
            "contracts": table(
                """
                contract_id | account_id | product_id | starts_on  | ends_on    | annual_value
                K1          | C1         | P1         | 2025-01-01 | 2026-01-10 | 100
                K2          | C1         | P2         | 2025-01-01 | 2026-03-20 | 100
                """
            )
        },
        retention_basis="contracts",
    )
    (row,) = rows(workspace, "retention_rate", "2026-Q1")
    assert (row.numerator, row.denominator) == (0, 1)


def test_a_tacit_contract_terminated_on_the_day_it_is_due_is_not_renewed(tmp_path: Path) -> None:
    """All three are due on 11 January: K1 is terminated that day, K2 the day after, when it has been renewed."""
    workspace = company(
        tmp_path / "company",
        {
            "contracts": table(
                """
                contract_id | account_id | starts_on  | ends_on    | annual_value | tacit | terminated_on
                K1          | C1         | 2025-01-11 | 2026-01-10 | 100          | true  | 2026-01-11
                K2          | C2         | 2025-01-11 | 2026-01-10 | 100          | true  | 2026-01-12
                K3          | C3         | 2025-01-11 | 2026-01-10 | 100          | true  | -
                """
            )
        },
    )
    (row,) = rows(workspace, "renewal_rate", "2026-Q1")
    assert (row.numerator, row.denominator) == (2, 3)


def test_a_team_is_the_same_whatever_else_is_asked(tmp_path: Path) -> None:
    """A rep whom only the memberships know."""
    workspace = company(
        tmp_path / "company",
        {
            "reps": table("rep_id | name\nana | Ana"),
            "teams": table("team_id | name\nnorth | North"),
            "memberships": table("rep_id | team_id | starts_on\nana | north | 2020-01-01\nghost | north | 2020-01-01"),
            "sales": table("order_id | rep_id | sold_on | amount\nO1 | ghost | 2026-01-05 | 5"),
        },
    )
    alone = rows(workspace, "revenue", "2026-Q1", levels="team")
    together = rows(workspace, "revenue", "2026-Q1", levels="company,team,rep")
    assert alone == tuple(row for row in together if row.level == "team")


def test_a_filter_on_orders_that_are_deals(tmp_path: Path) -> None:
    deals = table(
        """
        opportunity_id | amount | created_on | closed_on  | outcome
        D1             | 100    | 2026-01-01 | 2026-01-05 | won
        D2             | 50     | 2026-01-01 | 2026-01-05 | won
        """
    )
    workspace = company(tmp_path / "company", {"opportunities": deals}, revenue_basis="signed")
    assert values(workspace, "revenue", "2026-Q1", where="order_id = 'D2'") == {"Entreprise": 50}


def test_a_rep_is_not_refused_for_somebody_elses_missing_rate(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "reps": table("rep_id | name\nana | Ana\nbob | Bob"),
            "sales": table(
                """
                order_id | rep_id | sold_on    | amount | currency
                O1       | ana    | 2026-01-05 | 5      | EUR
                O2       | bob    | 2026-01-09 | 5      | GBP
                """
            ),
        },
    )
    (row,) = rows(workspace, "revenue", "2026-Q1", Viewer("ana@acme.example", Role.REP, "ana"))
    assert row.value == 5


def test_without_leads_the_accounts_of_deals_are_the_prospects(tmp_path: Path) -> None:
    """C1, who signs, and C2 come in January, by the day their deals were created; the deal of nobody is no prospect.
    C4 is the only one whose first contact is given, in April: there are data before."""
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": table(
                """
                opportunity_id | account_id | first_contact_on | created_on | closed_on  | outcome
                D1             | C1         | -                | 2026-01-05 | 2026-02-05 | won
                D2             | C2         | -                | 2026-01-05 | -          | open
                D3             | -          | -                | 2026-01-05 | 2026-02-05 | won
                D4             | C4         | 2026-04-05       | 2026-04-06 | -          | open
                """
            )
        },
    )
    first, second, before = (rows(workspace, "conversion_rate", each)[0] for each in ("2026-Q1", "2026-Q2", "2025-Q4"))
    assert (first.value, first.numerator, first.denominator) == (0.5, 1, 2)
    assert (second.value, second.denominator) == (0, 1)
    assert [note.code for note in before.notes] == ["no_data"]
