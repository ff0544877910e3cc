"""Comparisons as one table on fixed days. In 2026, 1 January is a Thursday and the ISO year has 53 weeks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.periods.comparison import compare
from cadran.periods.period import Grain, Period, containing, parse_period, split

# period, as of, grain asked for (None: found), previous full, previous same day, last year full, last year same day
CASES = {
    "a quarter that is over": (
        "2026-Q1", "2026-03-31", None,
        "2025-10-01/2026-01-01", "2025-10-01/2026-01-01", "2025-01-01/2025-04-01", "2025-01-01/2025-04-01",
    ),
    "a quarter running, on 20 March": (
        "2026-Q1", "2026-03-20", Grain.QUARTER,
        "2025-10-01/2026-01-01", "2025-10-01/2025-12-21", "2025-01-01/2025-04-01", "2025-01-01/2025-03-21",
    ),
    "14 February in the founding quarter": (
        "2026-Q1", "2026-02-14", None,
        "2025-10-01/2026-01-01", "2025-10-01/2025-11-15", "2025-01-01/2025-04-01", "2025-01-01/2025-02-15",
    ),
    "30 March meets the whole of February, never beyond": (
        "2026-03", "2026-03-30", None,
        "2026-02-01/2026-03-01", "2026-02-01/2026-03-01", "2025-03-01/2025-04-01", "2025-03-01/2025-03-31",
    ),
    "28 February of a leap year is still running": (
        "2024-02", "2024-02-28", None,
        "2024-01-01/2024-02-01", "2024-01-01/2024-01-29", "2023-02-01/2023-03-01", "2023-02-01/2023-03-01",
    ),
    "29 February of last year's year": (
        "2024", "2024-02-29", None,
        "2023-01-01/2024-01-01", "2023-01-01/2023-03-01", "2023-01-01/2024-01-01", "2023-01-01/2023-03-01",
    ),
    "1 March after a leap year: the same date, not the sixtieth day": (
        "2025", "2025-03-01", None,
        "2024-01-01/2025-01-01", "2024-01-01/2024-03-02", "2024-01-01/2025-01-01", "2024-01-01/2024-03-02",
    ),
    "29 February, as a day": (
        "2024-02-29", "2024-02-29", None,
        "2024-02-28/2024-02-29", "2024-02-28/2024-02-29", "2023-02-28/2023-03-01", "2023-02-28/2023-03-01",
    ),
    "a week on its Wednesday": (
        "2026-W05", "2026-01-28", None,
        "2026-01-19/2026-01-26", "2026-01-19/2026-01-22", "2025-01-27/2025-02-03", "2025-01-27/2025-01-30",
    ),
    "week 53 meets week 52 of a year without one": (
        "2026-W53", "2027-01-03", None,
        "2026-12-21/2026-12-28", "2026-12-21/2026-12-28", "2025-12-22/2025-12-29", "2025-12-22/2025-12-29",
    ),
    "week 1 after a year of 53 weeks": (
        "2027-W01", "2027-01-04", None,
        "2026-12-28/2027-01-04", "2026-12-28/2026-12-29", "2025-12-29/2026-01-05", "2025-12-29/2025-12-30",
    ),
    "a quarter that has not begun": (
        "2026-Q2", "2026-03-20", None,
        "2026-01-01/2026-04-01", "2026-01-01/2026-01-01", "2025-04-01/2025-07-01", "2025-04-01/2025-04-01",
    ),
    "any window: its own length before, its dates last year": (
        "2026-02-10/2026-02-20", "2026-02-12", None,
        "2026-01-31/2026-02-10", "2026-01-31/2026-02-03", "2025-02-10/2025-02-20", "2025-02-10/2025-02-13",
    ),
    "any window is cut day by day, whatever the months": (
        "2026-03-15/2026-04-12", "2026-03-30", None,
        "2026-02-15/2026-03-15", "2026-02-15/2026-03-03", "2025-03-15/2025-04-12", "2025-03-15/2025-03-31",
    ),
    "two whole months meet the two before": (
        "2026-03-01/2026-05-01", "2026-04-30", None,
        "2026-01-01/2026-03-01", "2026-01-01/2026-03-01", "2025-03-01/2025-05-01", "2025-03-01/2025-05-01",
    ),
    "a grain that does not hold the window is no grain of it": (
        "2026-03-01/2026-05-01", "2026-03-31", Grain.MONTH,
        "2026-01-01/2026-03-01", "2026-01-01/2026-02-01", "2025-03-01/2025-05-01", "2025-03-01/2025-04-01",
    ),
    "the piece of a month meets the same piece of the one before": (
        "2026-03-10/2026-04-01", "2026-04-30", Grain.MONTH,
        "2026-02-10/2026-03-01", "2026-02-10/2026-03-01", "2025-03-10/2025-04-01", "2025-03-10/2025-04-01",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_compares_like_with_like(case):
    period, as_of, grain, *expected = case
    found = compare(parse_period(period), date.fromisoformat(as_of), grain)
    assert [
        found.previous_full,
        found.previous_same_day,
        found.last_year_full,
        found.last_year_same_day,
    ] == [parse_period(text) for text in expected]


@pytest.mark.parametrize(
    ("as_of", "partial", "elapsed"),
    [
        ("2025-12-31", True, "2026-01-01/2026-01-01"),
        ("2026-01-01", True, "2026-01-01"),
        ("2026-03-30", True, "2026-01-01/2026-03-31"),
        ("2026-03-31", False, "2026-Q1"),
        ("2027-01-01", False, "2026-Q1"),
    ],
)
def test_is_partial_until_the_evening_of_its_last_day(as_of, partial, elapsed):
    found = compare(parse_period("2026-Q1"), date.fromisoformat(as_of))
    assert (found.partial, found.elapsed) == (partial, parse_period(elapsed))


def test_a_fiscal_quarter_is_compared_with_the_fiscal_quarter_before():
    found = compare(parse_period("FY2026-Q1", 5), date(2025, 6, 30), Grain.FISCAL_QUARTER, fiscal_month=5)
    assert found.previous_full == parse_period("FY2025-Q4", 5)
    assert found.previous_same_day == parse_period("2025-02-01/2025-03-31")
    assert found.last_year_full == parse_period("FY2025-Q1", 5)


DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))


@given(DAYS, st.sampled_from(list(Grain)), st.integers(-400, 400), st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_a_cut_never_reaches_beyond_its_full_period(day, grain, offset, fiscal_month):
    found = compare(containing(day, grain, fiscal_month), day + timedelta(days=offset), grain, fiscal_month)
    for full, cut in (
        (found.previous_full, found.previous_same_day),
        (found.last_year_full, found.last_year_same_day),
    ):
        assert full.covers(cut)
        assert cut.start == full.start
        assert cut.is_empty == found.elapsed.is_empty
        assert found.partial or cut == full
    assert found.previous_full.end == found.current.start


@given(DAYS, st.integers(1, 800), st.integers(-100, 900), st.none() | st.sampled_from(list(Grain)))
@settings(max_examples=300, deadline=None)
def test_any_window_is_compared_with_days_before_it(start, length, offset, grain):
    period = Period(start, start + timedelta(days=length))
    for piece in split(period, grain) if grain else (period,):
        found = compare(piece, start + timedelta(days=offset), grain)
        assert found.previous_full.start < piece.start
        assert found.previous_full.covers(found.previous_same_day)
        assert found.last_year_full.covers(found.last_year_same_day)
        assert found.last_year_full.start < piece.start
