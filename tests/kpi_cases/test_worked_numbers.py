"""The worked numbers of the KPI semantics that a question answers, added up in each docstring."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cadran.answer import AnswerRow
from tests.company import company, rows, table, values


def one(*args: object, **kwargs: object) -> AnswerRow:
    (row,) = rows(*args, **kwargs)  # type: ignore[arg-type]
    return row


def notes(row: AnswerRow) -> str:
    return " ".join(note.message.fr for note in row.notes)


# -- revenue and clients -----------------------------------------------------------------------------------------


def test_the_founding_example(tmp_path: Path) -> None:
    """1,000,000 sold against 800,000: 125 %, 200,000 more than asked, exceeded; nothing is capped."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-15 | 400000.10
                O2       | C2         | 2026-03-31 | 599999.90
                O3       | C2         | 2026-04-01 | 77
                """
            ),
            "targets": table(
                """
                kpi     | scope   | period  | value
                revenue | company | 2026-Q1 | 800000
                """
            ),
        },
    )
    row = one(workspace, "revenue", "2026-Q1", compare=["target"])
    assert (row.value, row.target) == (Decimal(1_000_000), Decimal(800_000))
    assert (row.attainment, row.gap, row.status) == (1.25, Decimal(200_000), "exceeded")


def test_a_client_with_only_a_credit_note_is_not_active(tmp_path: Path) -> None:
    """C1 +1,000; C2 +500; C3 -300: revenue 1,200, two clients, basket 600, two orders."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                kind        | order_id | account_id | sold_on    | amount
                invoice     | O1       | C1         | 2026-01-15 | 1000
                invoice     | O2       | C2         | 2026-02-15 | 500
                credit_note | O0       | C3         | 2026-03-15 | -300
                """
            )
        },
    )
    found = {row.kpi: row.value for row in rows(workspace, "revenue,active_clients,average_basket,orders", "2026-Q1")}
    assert found == {"revenue": 1200, "active_clients": 2, "average_basket": 600, "orders": 2}


def test_a_sale_without_a_client_counts_in_revenue_but_not_in_the_basket(tmp_path: Path) -> None:
    """C1 1,000 and 500 without a client: revenue 1,500, basket 1,000, and the basket says « 500 € sans client »."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-15 | 1000
                O2       | -          | 2026-02-15 | 500
                """
            )
        },
    )
    revenue, basket, clients = rows(workspace, "revenue,average_basket,active_clients", "2026-Q1")
    assert (revenue.value, basket.value, clients.value) == (1500, 1000, 1)
    assert (basket.numerator, basket.denominator) == (1000, 1)
    assert "500" in notes(basket)
    assert "sans client" in notes(basket)


def test_the_basket_is_orders_per_client_times_order_value(tmp_path: Path) -> None:
    """Two clients, three orders, 700: basket 350 = 3/2 x 700/3."""
    workspace = company(
        tmp_path / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2026-01-15 | 100
                O2       | C1         | 2026-02-15 | 200
                O3       | C2         | 2026-02-15 | 450
                O3       | C2         | 2026-03-15 | -50
                """
            )
        },
    )
    basket, per_client, order_value = rows(workspace, "average_basket,orders_per_client,average_order_value", "2026-Q1")
    assert basket.value == 350
    assert (per_client.numerator, per_client.denominator) == (3, 2)
    assert (order_value.numerator, order_value.denominator) == (700, 3)


def test_rates_of_a_team_are_computed_from_its_rows(tmp_path: Path) -> None:
    """Reps 9/10 and 10/100: the team is 19/110 = 17.27 %, neither the mean of 90 % and 10 % nor their sum."""
    deals = [
        {
            "opportunity_id": f"{rep}{i}",
            "rep_id": rep,
            "outcome": "won" if i < won else "lost",
            "closed_on": "2026-02-01",
        }
        for rep, won, decided in (("ana", 9, 10), ("bob", 10, 100))
        for i in range(decided)
    ]
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": deals,
            "reps": [{"rep_id": "ana", "name": "Ana"}, {"rep_id": "bob", "name": "Bob"}],
            "teams": [{"team_id": "north", "name": "North"}],
            "memberships": [{"rep_id": rep, "team_id": "north", "starts_on": "2025-01-01"} for rep in ("ana", "bob")],
        },
    )
    found = {
        row.scope_name: (row.numerator, row.denominator)
        for row in rows(workspace, "win_rate", "2026-Q1", levels="company,team,rep")
    }
    assert found == {"Entreprise": (19, 110), "North": (19, 110), "Ana": (9, 10), "Bob": (10, 100)}
    assert round(values(workspace, "win_rate", "2026-Q1", levels="team")["North"], 4) == 0.1727


# -- deals and prospects -----------------------------------------------------------------------------------------


def test_decided_deals_and_the_cohort_are_two_rates(tmp_path: Path) -> None:
    """100 deals of January, 3 won, 7 lost, 90 open: cohort 3 % (provisional: 10 outcomes known), win rate 30 %."""
    outcomes = ["won"] * 3 + ["lost"] * 7 + ["open"] * 90
    deals = [
        {
            "opportunity_id": f"D{i}",
            "outcome": outcome,
            "created_on": "2026-01-15",
            "closed_on": None if outcome == "open" else "2026-01-25",
        }
        for i, outcome in enumerate(outcomes)
    ]
    workspace = company(tmp_path / "company", {"opportunities": deals})
    cohort, decided = rows(workspace, "opportunity_conversion,win_rate", "2026-01")
    assert (cohort.value, cohort.numerator, cohort.denominator) == (0.03, 3, 100)
    assert cohort.is_provisional
    assert cohort.maturity == pytest.approx(0.1)
    assert (decided.value, decided.numerator, decided.denominator) == (0.3, 3, 10)
    assert not decided.is_provisional


def test_the_funnel(tmp_path: Path) -> None:
    """500 leads, 100 of them met, 25 clients: 25 of 500 is 5 %, met 20 %, signed 25 % of those met."""
    leads = [
        {
            "lead_id": f"L{i}",
            "first_contact_on": "2026-01-05",
            "qualified_on": "2026-01-20" if i < 100 else None,
            "client_on": "2026-03-01" if i < 25 else None,
        }
        for i in range(500)
    ]
    workspace = company(tmp_path / "company", {"leads": leads})
    created, conversion = rows(workspace, "leads_created,conversion_rate", "2026-Q1")
    assert (created.value, conversion.value) == (500, 0.05)
    (met,) = rows(workspace, "conversion_rate", "2026-Q1", where="qualified_on is not null")
    assert (met.denominator, met.value) == (100, 0.25)
    assert met.denominator / created.value == 0.2  # type: ignore[operator]


def test_lost_prospects_compete_with_clients(tmp_path: Path) -> None:
    """On the evening of 1 March, with 30 days to become a client. Ten leads: 4 lost on day 10, 2 won on day 20, 2 open
    aged 40, 2 open aged 15. Observed 20 %; the outcome of 8 of 10 is known; at day 30 the estimate is 30 %: the first
    4 of 10 leave, then 2 of the 4 that are still looked at are won, (1 - 0.4) x 2/4. (50 % if the lost were censored.)
    """
    kinds = [
        *[("2026-01-10", None, "2026-01-20")] * 4,
        *[("2026-01-10", "2026-01-30", None)] * 2,
        *[("2026-01-20", None, None)] * 2,
        *[("2026-02-14", None, None)] * 2,
    ]
    leads = [
        {"lead_id": f"L{i}", "first_contact_on": contact, "client_on": won, "lost_on": lost}
        for i, (contact, won, lost) in enumerate(kinds)
    ]
    workspace = company(tmp_path / "company", {"leads": leads}, thresholds={"horizon_days": 30})
    row = one(workspace, "conversion_rate", "2026-Q1", as_of=date(2026, 3, 1), intervals=True)
    assert (row.value, row.maturity) == (0.2, 0.8)
    assert row.estimate == pytest.approx(0.3)
    assert not row.is_provisional


# -- contracts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kpi", ["retention_rate", "renewal_rate"])
def test_contracts_due_in_the_quarter(kpi: str, tmp_path: Path) -> None:
    """K1, covered to 31 December, is due on 1 January and renewed; K3 goes on by itself; K2, covered to 31 March, is
    due on 1 April: 2 of 2."""
    workspace = company(
        tmp_path / "company",
        {
            "contracts": table(
                """
                contract_id | account_id | starts_on  | ends_on    | annual_value | tacit | terminated_on | renews_contract_id
                K1          | C1         | 2025-01-01 | 2025-12-31 | 100          | false | -             | -
                K1b         | C1         | 2026-01-01 | 2026-12-31 | 100          | false | -             | K1
                K2          | C2         | 2025-04-01 | 2026-03-31 | 100          | true  | 2026-03-01    | -
                K3          | C3         | 2025-02-16 | 2026-02-15 | 100          | true  | -             | -
                """  # noqa: E501
            )
        },
        retention_basis="contracts",
    )
    row = one(workspace, kpi, "2026-Q1")
    assert (row.numerator, row.denominator, row.value) == (2, 2, 1)
    later = one(workspace, kpi, "2026-Q2")
    assert (later.numerator, later.denominator, later.value) == (0, 1, 0)


# -- pace: the first quarter of 2026 has 63 business days in France ------------------------------------------------

QUARTER = """
    kpi     | scope   | period  | value
    revenue | company | 2026-Q1 | 800000
    """
MONTHS = """
    kpi     | scope   | period  | value
    revenue | company | 2026-01 | 260000
    revenue | company | 2026-02 | 265000
    revenue | company | 2026-03 | 275000
    """


@pytest.mark.parametrize(
    ("targets", "evening", "expected"),
    [
        (QUARTER, date(2026, 2, 14), "393650.79"),  # 31 of 63 days
        (MONTHS, date(2026, 2, 14), "392500.00"),  # 260,000 + 10 of 20 days of 265,000
        (QUARTER, date(2026, 3, 20), "711111.11"),  # 56 of 63
        (MONTHS, date(2026, 3, 20), "712500.00"),  # 525,000 + 15 of 22 days of 275,000
        (QUARTER, date(2026, 3, 22), "711111.11"),  # the Sunday after: nothing more is expected
    ],
)
def test_what_is_expected_by_the_evening(targets: str, evening: date, expected: str, tmp_path: Path) -> None:
    sales = [{"order_id": "O1", "account_id": "C1", "sold_on": "2026-01-20", "amount": 720_000}]
    workspace = company(tmp_path / "company", {"sales": sales, "targets": table(targets)})
    row = one(workspace, "revenue", "2026-Q1", as_of=evening, compare=["target"])
    assert row.is_partial
    assert row.target == 800_000
    assert row.expected is not None
    assert round(row.expected, 2) == Decimal(expected)
    assert row.status == "on_pace"


def test_monday_morning_looks_back_to_sunday(tmp_path: Path) -> None:
    """On Monday 23 March `as_of` is Sunday: 711,111.11 is expected, so 720,000 is on pace and 700,000 is not."""
    sales = [{"order_id": "O1", "account_id": "C1", "sold_on": "2026-01-20", "amount": 720_000}]
    workspace = company(tmp_path / "company", {"sales": sales, "targets": table(QUARTER)}, today=date(2026, 3, 23))
    assert one(workspace, "revenue", "2026-Q1", compare=["target"]).status == "on_pace"


def test_an_objective_of_someone_who_arrives_on_2_february(tmp_path: Path) -> None:
    """90,000 for the quarter, 42 of 63 business days present: 60,000; on 20 March 35 of 42 are over: 50,000."""
    workspace = company(
        tmp_path / "company",
        {
            "reps": table(
                """
                rep_id | name | hired_on
                ana    | Ana  | 2026-02-02
                """
            ),
            "sales": table(
                """
                order_id | account_id | rep_id | sold_on    | amount
                O1       | C1         | ana    | 2026-02-20 | 45000
                """
            ),
            "targets": table(
                """
                kpi     | scope | scope_id | period  | value
                revenue | rep   | ana      | 2026-Q1 | 90000
                """
            ),
        },
    )
    row = one(workspace, "revenue", "2026-Q1", levels="rep", as_of=date(2026, 3, 20), compare=["target"])
    assert row.target == 60_000
    assert row.expected == 50_000
    assert row.attainment == 0.75
    assert row.gap == -15_000
    assert row.status == "at_risk"  # 45,000 is exactly 90 % of the 50,000 expected
