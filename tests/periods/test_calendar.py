"""Business days counted on a paper calendar: French holidays of 2026 on weekdays are 1 January (Thursday), 6 April
(Easter Monday), 1, 8, 14 and 25 May, 14 July (Tuesday), 11 November (Wednesday) and 25 December (Friday)."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.errors import PeriodError
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Period, parse_period

FRANCE = BusinessCalendar("FR")
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("period", "business_days"),
    [
        ("2026-Q1", 63),  # 64 weekdays less 1 January
        ("2026-02-02/2026-04-01", 42),
        ("2026-04", 21),  # 22 weekdays less Easter Monday
        ("2026-05", 17),  # 21 weekdays less the 1st, 8th, 14th and 25th
        ("2026-11", 20),  # the 1st is a Sunday: only the 11th counts
        ("2026", 252),  # 261 weekdays less nine
        ("2025-12-31/2026-01-03", 2),  # Wednesday 31, Friday 2
        ("2026-02-14/2026-02-16", 0),  # a week-end
        ("2026-02-14/2026-02-14", 0),
    ],
)
def test_business_days_of_a_period(period, business_days):
    assert FRANCE.business_days(parse_period(period)) == business_days


@pytest.mark.parametrize(
    ("period", "as_of", "over"),
    [
        ("2026-Q1", "2026-02-14", 31),
        ("2026-Q1", "2026-03-20", 56),
        ("2026-Q1", "2026-03-22", 56),  # on Monday morning, what is known is Sunday evening
        ("2026-Q1", "2026-03-23", 57),
        ("2026-02-02/2026-04-01", "2026-03-20", 35),
        ("2026-Q1", "2025-12-31", 0),
        ("2026-Q1", "2026-07-14", 63),
    ],
)
def test_business_days_over_on_an_evening(period, as_of, over):
    assert FRANCE.business_days_until(parse_period(period), date.fromisoformat(as_of)) == over


def test_regions_closures_and_other_countries():
    april = parse_period("2026-04")
    assert BusinessCalendar("FR", "Moselle").business_days(april) == 20  # Good Friday, 3 April
    assert BusinessCalendar("FR", "57").business_days(april) == 20
    assert BusinessCalendar("fr", closures=frozenset({date(2026, 5, 15)})).business_days(parse_period("2026-05")) == 16
    assert BusinessCalendar("France").business_days(april) == 21
    assert not BusinessCalendar("US").is_business_day(date(2026, 7, 3))  # 4 July is a Saturday: Friday is given
    assert BusinessCalendar("US").is_business_day(date(2026, 7, 14))
    assert BusinessCalendar("AE").is_business_day(date(2021, 6, 6))  # a Sunday, when the week-end was Friday, Saturday


def test_a_closure_on_a_day_off_changes_nothing():
    closed = BusinessCalendar("FR", closures=frozenset({date(2026, 1, 1), date(2026, 2, 14)}))
    assert closed.business_days(parse_period("2026-Q1")) == 63


@pytest.mark.parametrize(
    ("country", "region", "code", "hint"),
    [
        ("Frnace", None, "unknown_country", "« France »"),
        ("", None, "unknown_country", "FR"),
        ("FR", "Alsase", "unknown_region", "« Alsace »"),
        ("FR", "", "unknown_region", "57"),
    ],
)
def test_says_which_country_or_region_is_unknown(country, region, code, hint):
    with pytest.raises(PeriodError) as refused:
        BusinessCalendar(country, region).is_business_day(date(2026, 1, 2))
    assert refused.value.code == code
    assert hint in refused.value.to("fr")


@given(DAYS, st.integers(0, 900))
@settings(max_examples=60, deadline=None)
def test_a_period_counts_as_the_sum_of_its_days(start, length):
    period = Period(start, start + timedelta(days=length))
    assert FRANCE.business_days(period) == sum(FRANCE.is_business_day(start + timedelta(days=n)) for n in range(length))


@given(st.lists(st.tuples(DAYS, st.integers(0, 900)), max_size=8))
@settings(max_examples=30, deadline=None)
def test_many_windows_at_once_count_as_one_by_one(windows):
    periods = [Period(start, start + timedelta(days=length)) for start, length in windows]
    starts = np.array([period.start for period in periods], dtype="datetime64[D]")
    ends = np.array([period.end for period in periods], dtype="datetime64[D]")
    assert FRANCE.count_many(starts, ends).tolist() == [FRANCE.business_days(period) for period in periods]


def test_a_window_that_ends_before_it_starts_counts_none():
    starts, ends = np.array(["2026-03-01"], dtype="datetime64[D]"), np.array(["2026-02-01"], dtype="datetime64[D]")
    assert FRANCE.count_many(starts, ends).tolist() == [0]


def test_holidays_are_imported_only_when_a_day_is_asked_for():
    program = (
        "import sys; from cadran.periods.calendar import BusinessCalendar; BusinessCalendar('FR');"
        "print(sorted({'holidays', 'numpy', 'babel', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
