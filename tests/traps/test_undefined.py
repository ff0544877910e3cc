"""Undefined is not zero; what is missing, doubtful or too little says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.answer import AnswerRow
from tests.company import company, rows, table, values


def codes(row: AnswerRow) -> list[str]:
    return [note.code for note in row.notes]


DECISIONS = table(
    """
    opportunity_id | rep_id | amount | created_on | closed_on  | outcome
    D1             | ana    | 100    | 2026-01-05 | 2026-01-31 | lost
    D2             | ana    | 100    | 2026-03-05 | 2026-03-31 | won
    """
)


def test_a_ratio_without_a_denominator_is_undefined(tmp_path: Path) -> None:
    """Nothing was decided in February, and Bob decided nothing at all: no rate, never 0 %; 0 deals won is a fact."""
    people = [{"rep_id": "ana", "name": "Ana"}, {"rep_id": "bob", "name": "Bob"}]
    workspace = company(tmp_path / "company", {"opportunities": DECISIONS, "reps": people})
    months = values(workspace, "win_rate", "2026-Q1", grain="month")
    assert list(months.values()) == [0, None, 1]
    assert values(workspace, "win_rate", "2026-Q1", levels="rep") == {"Ana": 0.5, "Bob": None}
    assert values(workspace, "deals_won", "2026-Q1", levels="rep") == {"Ana": 1, "Bob": 0}
    assert values(workspace, "average_deal_size", "2026-02") == {"Entreprise": None}
    assert values(workspace, "activities_per_win", "2026-02") == {"Entreprise": None}


def test_a_change_from_nothing_is_not_a_hundred_percent(tmp_path: Path) -> None:
    """Rates change in points: from 0 % to 100 % is +1; from no rate at all, nothing can be said."""
    workspace = company(tmp_path / "company", {"opportunities": DECISIONS})
    january, _, march = rows(workspace, "deals_won", "2026-Q1", grain="month", compare=["previous"])
    assert (march.value, march.previous, march.change_previous) == (1, 0, None)
    assert january.change_previous is None
    (rate,) = rows(workspace, "win_rate", "2026-03", compare=["previous"])
    assert (rate.value, rate.previous, rate.change_previous) == (1, None, None)
    (quarter,) = rows(workspace, "win_rate", "2026-01", compare=["previous"])
    assert quarter.change_previous is None


def test_rates_change_in_points_and_amounts_in_percent(tmp_path: Path) -> None:
    """Won 1 of 2, then 3 of 4: 50 % to 75 % is 0.25 of a point and not +50 %; 100 then 300 won is +200 %."""
    deals = [
        {"opportunity_id": f"D{i}", "amount": 100, "created_on": "2026-01-01", "closed_on": day, "outcome": outcome}
        for i, (day, outcome) in enumerate(
            [("2026-01-10", "won"), ("2026-01-11", "lost")] + [("2026-02-10", "won")] * 3 + [("2026-02-11", "lost")]
        )
    ]
    workspace = company(tmp_path / "company", {"opportunities": deals}, revenue_basis="signed")
    rate, revenue = rows(workspace, "win_rate,revenue", "2026-02", compare=["previous"])
    assert (rate.previous, rate.change_previous) == (0.5, 0.25)
    assert (revenue.previous, revenue.change_previous) == (100, 2)


def test_a_kpi_whose_table_is_missing_names_it(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {"opportunities": DECISIONS})
    (row,) = rows(workspace, "nps", "2026-Q1")
    assert row.value is None
    assert codes(row) == ["unavailable"]
    assert "Avis des clients" in row.notes[0].message.fr


def test_a_kpi_whose_column_is_missing_names_it(tmp_path: Path) -> None:
    sales = [{"order_id": "O1", "account_id": "C1", "sold_on": "2026-01-05", "amount": 5}]
    workspace = company(tmp_path / "company", {"sales": sales})
    margin, discount, revenue = rows(workspace, "gross_margin_rate,discount_rate,revenue", "2026-Q1")
    assert (margin.value, discount.value, revenue.value) == (None, None, 5)
    assert "Coût" in margin.notes[0].message.fr
    assert "Montant au tarif" in discount.notes[0].message.fr


def test_a_derived_kpi_lacks_what_its_parts_lack(tmp_path: Path) -> None:
    workspace = company(tmp_path / "company", {"opportunities": DECISIONS})
    (row,) = rows(workspace, "activities_per_win", "2026-Q1")
    assert row.value is None
    assert codes(row) == ["unavailable"]


def test_doubtful_rows_are_left_out_where_the_doubt_matters(tmp_path: Path) -> None:
    """D2 was signed before its first contact: it has no cycle (10 days, on D1 alone, and a note), but it is won."""
    workspace = company(
        tmp_path / "company",
        {
            "opportunities": [
                *table(
                    """
                    opportunity_id | first_contact_on | created_on | closed_on  | outcome
                    D1             | 2026-01-01       | 2026-01-01 | 2026-01-11 | won
                    """
                ),
                {
                    "opportunity_id": "D2",
                    "first_contact_on": "2026-03-01",
                    "created_on": "2026-01-01",
                    "closed_on": "2026-01-21",
                    "outcome": "won",
                    "doubts": ["first_contact_on"],
                },
            ]
        },
    )
    cycle, median, won = rows(workspace, "sales_cycle_days,sales_cycle_median,deals_won", "2026-Q1")
    assert (cycle.value, cycle.numerator, cycle.denominator) == (10, 10, 1)
    assert median.value == 10
    for row in (cycle, median):
        assert "rows_left_out" in codes(row)
        (note,) = [each for each in row.notes if each.code == "rows_left_out"]
        assert note.message.fr.startswith("1 ")
    assert won.value == 2
    assert "rows_left_out" not in codes(won)


def test_doubts_of_another_period_are_not_noted(tmp_path: Path) -> None:
    workspace = company(
        tmp_path / "company",
        {
            "sales": [
                {"order_id": "O1", "account_id": "C1", "sold_on": "2026-01-05", "amount": 5},
                {"order_id": "O2", "account_id": "C1", "sold_on": "2026-02-05", "amount": 7, "doubts": ["amount"]},
            ]
        },
    )
    january, february = rows(workspace, "revenue", "2026-01", compare=[])[0], rows(workspace, "revenue", "2026-02")[0]
    assert (january.value, codes(january)) == (5, [])
    assert (february.value, codes(february)) == (0, ["rows_left_out"])


@pytest.mark.parametrize(("decided", "small"), [(4, True), (5, False), (10, False)])
def test_small_samples_of_rates_say_so(decided: int, small: bool, tmp_path: Path) -> None:
    deals = [
        {"opportunity_id": f"D{i}", "closed_on": "2026-01-05", "outcome": "won" if i < 3 else "lost"}
        for i in range(decided)
    ]
    workspace = company(tmp_path / "company", {"opportunities": deals})
    (row,) = rows(workspace, "win_rate", "2026-Q1", intervals=True)
    assert row.sample_size == decided
    assert ("sample_too_small" in codes(row)) is small
    assert row.low is not None
    assert row.high is not None


def test_wilson_interval_of_3_of_10(tmp_path: Path) -> None:
    """Newcombe (1998): 0.1078 to 0.6032."""
    deals = [
        {"opportunity_id": f"D{i}", "closed_on": "2026-01-05", "outcome": "won" if i < 3 else "lost"} for i in range(10)
    ]
    workspace = company(tmp_path / "company", {"opportunities": deals})
    (row,) = rows(workspace, "win_rate", "2026-Q1", intervals=True)
    assert (round(row.low or 0, 4), round(row.high or 0, 4)) == (0.1078, 0.6032)


@pytest.mark.parametrize(("won", "has_interval"), [(19, False), (20, True)])
def test_a_skewed_mean_needs_twenty(won: int, has_interval: bool, tmp_path: Path) -> None:
    """Cycles of 1, 2, ... days: under 20 no interval and a note; from 20 on the mean lies inside its interval."""
    deals = [
        {
            "opportunity_id": f"D{i}",
            "first_contact_on": "2026-01-01",
            "created_on": "2026-01-01",
            "closed_on": f"2026-01-{i + 2:02}",
            "outcome": "won",
        }
        for i in range(won)
    ]
    workspace = company(tmp_path / "company", {"opportunities": deals})
    (row,) = rows(workspace, "sales_cycle_days", "2026-Q1", intervals=True)
    assert row.value == (won + 1) / 2
    assert ("sample_too_small" in codes(row)) is not has_interval
    if not has_interval:
        assert (row.low, row.high) == (None, None)
    else:
        assert row.low is not None
        assert row.high is not None
        assert 1 <= row.low < row.value < row.high <= won


def test_a_total_has_no_interval(tmp_path: Path) -> None:
    sales = [{"order_id": f"O{i}", "account_id": "C1", "sold_on": "2026-01-05", "amount": i} for i in range(1, 31)]
    workspace = company(tmp_path / "company", {"sales": sales})
    for row in rows(workspace, "revenue,orders", "2026-Q1", intervals=True):
        assert (row.low, row.high) == (None, None)
