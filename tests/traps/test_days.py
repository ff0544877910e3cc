"""Days at the edge of a period, periods still running, leap days, and what lies outside the data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadran.workspace import Workspace
from tests.company import company, rows, table, values


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Every amount is another power of ten, so that a sum tells which days are in it. The fiscal year starts in April.

    2024: 29 February, 31 March, 30 December (week 1 of 2025). 2025: 28 February, 20 and 21 March. 2026: 4 January
    (the last day of week 1), 5 January, 31 March, 1 April.
    """
    return company(
        tmp_path_factory.mktemp("days") / "company",
        {
            "sales": table(
                """
                order_id | account_id | sold_on    | amount
                O1       | C1         | 2024-02-29 | 1
                O2       | C1         | 2024-03-31 | 10
                O3       | C1         | 2024-12-30 | 100
                O4       | C1         | 2025-02-28 | 1000
                O5       | C1         | 2025-03-20 | 10000
                O6       | C1         | 2025-03-21 | 100000
                O7       | C1         | 2026-01-04 | 1000000
                O8       | C1         | 2026-01-05 | 10000000
                O9       | C1         | 2026-03-31 | 100000000
                O10      | C1         | 2026-04-01 | 1000000000
                """
            )
        },
        fiscal_month=4,
    )


@pytest.mark.parametrize(
    ("period", "revenue"),
    [
        ("2026-03", 100_000_000),  # 31 March belongs to March ...
        ("2026-04", 1_000_000_000),  # ... and 1 April to April
        ("2026-Q1", 111_000_000),
        ("2026-03-31", 100_000_000),
        ("2024-02", 1),
        ("2024-02-29", 1),
        ("2025-W01", 100),  # Monday 30 December 2024 to Sunday 5 January 2025
        ("2026-W01", 1_000_000),  # 29 December 2025 to 4 January 2026
        ("2026-W02", 10_000_000),
        ("FY2026", 111_000_000),  # April 2025 to March 2026
        ("FY2026-Q4", 111_000_000),
        ("FY2025", 111_100),  # April 2024 to March 2025
        ("FY2024", 11),
        ("2025-06", 0),  # no sale in the middle of the data: nothing was sold
    ],
)
def test_a_period_holds_its_own_days(period: str, revenue: int, shop: Workspace) -> None:
    assert values(shop, "revenue", period) == {"Entreprise": revenue}


def test_a_grain_cuts_a_window_without_losing_a_day(shop: Workspace) -> None:
    quarters = values(shop, "revenue", "FY2026", grain="fiscal_quarter")
    assert list(quarters.values()) == [0, 0, 0, 111_000_000]
    months = values(shop, "revenue", "2026", grain="month", as_of=date(2026, 4, 30))
    assert [value for value in months.values() if value] == [11_000_000, 100_000_000, 1_000_000_000]
    weeks = values(shop, "revenue", "2026-Q1", grain="week")
    assert sum(weeks.values()) == 111_000_000
    days = values(shop, "revenue", "2026-03", grain="day")
    assert days["Entreprise", "2026-03-31"] == 100_000_000
    assert len(days) == 31


def test_a_leap_day_meets_the_28th(shop: Workspace) -> None:
    """29 February 2024 a year later is 28 February 2025, and the whole of February is compared with all 29 days."""
    (day,) = rows(shop, "revenue", "2025-02-28", compare=["last_year"])
    (month,) = rows(shop, "revenue", "2025-02", compare=["last_year"])
    assert (day.value, day.last_year) == (1000, None)  # 28 February 2024 is before the first day of data
    assert (month.value, month.last_year) == (1000, 1)
    (running,) = rows(shop, "revenue", "2025-02", as_of=date(2025, 2, 28), compare=["last_year"])
    assert running.last_year == 1


def test_a_running_period_is_compared_with_the_same_days(shop: Workspace) -> None:
    """On 20 March 2026 the quarter holds 11,000,000; last year's, cut on 20 March, 11,000 (111,000 whole)."""
    (row,) = rows(shop, "revenue", "2026-Q1", as_of=date(2026, 3, 20), compare=["last_year", "previous"])
    assert row.is_partial
    assert row.value == 11_000_000
    assert (row.last_year, row.last_year_full) == (11_000, 111_000)
    assert row.change_last_year == pytest.approx(11_000_000 / 11_000 - 1)
    assert (row.previous, row.change_previous) == (0, None)  # from zero: not significant, never 100 %


def test_a_period_that_is_over_is_compared_whole(shop: Workspace) -> None:
    (row,) = rows(shop, "revenue", "2026-Q1", compare=["last_year"])
    assert not row.is_partial
    assert (row.value, row.last_year, row.last_year_full) == (111_000_000, 111_000, 111_000)


def test_before_the_first_and_after_the_last_day_there_are_no_data(shop: Workspace) -> None:
    for period in ("2023", "2024-01", "2026-05", "2026-Q3"):
        (row,) = rows(shop, "revenue", period)
        assert row.value is None
        assert [note.code for note in row.notes] == ["no_data"]


def test_the_period_of_the_first_and_of_the_last_day_has_data(shop: Workspace) -> None:
    assert values(shop, "revenue", "2024-Q1") == {"Entreprise": 11}
    assert values(shop, "revenue", "2026-Q2") == {"Entreprise": 1_000_000_000}


def test_what_is_sold_after_the_evening_is_not_known(shop: Workspace) -> None:
    assert values(shop, "revenue", "2026-Q1", as_of=date(2026, 1, 4)) == {"Entreprise": 1_000_000}
    (future,) = rows(shop, "revenue", "2026-04", as_of=date(2026, 3, 31))
    assert future.value is None


def test_the_clock_stands_at_yesterday(tmp_path: Path) -> None:
    """`today` is 5 January: only the days up to the 4th are over."""
    workspace = company(
        tmp_path / "company",
        {"sales": [{"order_id": d, "sold_on": f"2026-01-{d}", "amount": 1} for d in ("03", "04", "05")]},
        today=date(2026, 1, 5),
    )
    assert values(workspace, "revenue", "2026-01") == {"Entreprise": 2}


def test_a_moment_belongs_to_its_day(tmp_path: Path) -> None:
    """31 March at 23:59:59 is in March, 1 April at 00:00 in April."""
    workspace = company(
        tmp_path / "company",
        {
            "activities": table(
                """
                rep_id | kind    | happened_at
                ana    | call    | 2026-03-01 00:00:00
                ana    | meeting | 2026-03-31 23:59:59
                ana    | visit   | 2026-04-01 00:00:00
                """
            )
        },
    )
    assert values(workspace, "activities", "2026-03") == {"Entreprise": 2}
    assert values(workspace, "activities", "2026-03-31") == {"Entreprise": 1}
    assert values(workspace, "activities", "2026-04") == {"Entreprise": 1}
    assert values(workspace, "activities", "2026-Q1", as_of=date(2026, 3, 30)) == {"Entreprise": 1}


DEALS = """
    opportunity_id | amount | created_on | closed_on  | outcome
    D1             | 100    | 2026-01-05 | 2026-01-20 | lost
    D2             | 70     | 2026-01-10 | 2026-02-10 | won
    D3             | 30     | 2026-01-31 | -          | open
    """


@pytest.mark.parametrize(
    ("evening", "cohort", "decided", "pipeline"),
    [
        (date(2026, 1, 15), (0, 2), None, 170),  # D1 and D2 are open, D3 is not there yet
        (date(2026, 1, 31), (0, 3), (0, 1), 100),  # D1 is lost
        (date(2026, 2, 28), (1, 3), (0, 1), 100),  # D2 is won, in February
    ],
)
def test_a_later_decision_is_not_known_yet(
    evening: date, cohort: tuple[int, int], decided: tuple[int, int] | None, pipeline: int, tmp_path: Path
) -> None:
    workspace = company(tmp_path / "company", {"opportunities": table(DEALS)})
    found = {
        row.kpi: row
        for row in rows(workspace, "opportunity_conversion,win_rate,pipeline_open", "2026-01", as_of=evening)
    }
    row = found["opportunity_conversion"]
    assert (row.numerator, row.denominator) == cohort
    row = found["win_rate"]
    assert (None if row.value is None else (row.numerator, row.denominator)) == decided
    assert found["pipeline_open"].value == pipeline


def test_a_stock_is_never_summed_over_time(tmp_path: Path) -> None:
    """100 + 70 + 30 open in January, 30 on 31 March: the quarter is its last evening, not the sum of its months."""
    workspace = company(tmp_path / "company", {"opportunities": table(DEALS)})
    months = values(workspace, "pipeline_open", "2026-Q1", grain="month")
    assert list(months.values()) == [100, 30, 30]
    assert values(workspace, "pipeline_open", "2026-Q1") == {"Entreprise": 30}
    assert values(workspace, "pipeline_open", "2026-Q3") == {"Entreprise": 30}
