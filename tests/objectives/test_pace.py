"""Expected to date: the worked numbers of the definition, and what holds of any pace."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.catalogue.kpi import Additivity
from cadran.objectives.pace import expected_to_date
from cadran.objectives.presence import ALWAYS, Presence
from cadran.objectives.proration import objective
from cadran.periods.period import parse_period
from tests.objectives.sample import COMPANY, book, months, rep, target

Q1 = parse_period("2026-Q1")
QUARTER = target(COMPANY, "2026-Q1", 800_000)
ADDITIVE = Additivity.ADDITIVE


def due(targets, as_of, window=Q1, key=COMPANY, presence=ALWAYS, additivity=ADDITIVE):
    shelf = book(*targets)
    goal = objective(shelf, key, window, additivity, presence)
    return expected_to_date(shelf, goal, date.fromisoformat(as_of), additivity)


@pytest.mark.parametrize(
    ("as_of", "targets", "expected"),
    [
        ("2026-02-14", [QUARTER], "393650.79"),  # 31 of 63 business days
        ("2026-02-14", months(), "392500"),  # January whole, 10 of 20 days of February
        ("2026-02-14", [QUARTER, *months()], "392500"),
        ("2026-03-20", [QUARTER], "711111.11"),
        ("2026-03-20", months(), "712500"),
        ("2026-03-22", [QUARTER], "711111.11"),  # known on Monday morning: Sunday evening
        ("2025-12-31", [QUARTER], "0"),
        ("2026-01-01", [QUARTER], "0"),
        ("2026-03-31", [QUARTER], "800000"),
        ("2026-12-31", [QUARTER], "800000"),
    ],
)
def test_business_days_over_inside_the_finest_targets(as_of, targets, expected):
    assert due(targets, as_of) == Decimal(expected)


def test_months_give_their_course_to_a_quarter_they_do_not_add_up_to():
    double = target(COMPANY, "2026-Q1", 1_600_000)
    assert due([double, *months()], "2026-02-14") == 785_000
    assert due([double, *months()], "2026-03-31") == 1_600_000


def test_the_pace_starts_at_arrival():
    anne = rep("anne")
    full = [target(anne, "2026-Q1", 90_000)]
    arrived = Presence(hired_on=date(2026, 2, 2))
    assert due(full, "2026-03-20", key=anne, presence=arrived) == 50_000  # 35 of 42 days of 60,000
    assert due(full, "2026-02-01", key=anne, presence=arrived) == 0
    assert due(full, "2026-03-31", key=anne, presence=arrived) == 60_000


def test_a_target_for_the_days_they_are_there_is_due_over_those_days():
    anne = rep("anne")
    both = [target(anne, "2026-Q1", 90_000), target(anne, "2026-02-02/2026-04-01", 84_000)]
    arrived = Presence(hired_on=date(2026, 2, 2))
    assert due(both, "2026-03-20", key=anne, presence=arrived) == 70_000  # 35 of 42


def test_after_a_departure_all_is_due():
    anne = rep("anne")
    left = Presence(left_on=date(2026, 1, 30))
    assert due([target(anne, "2026-Q1", 90_000)], "2026-02-20", key=anne, presence=left) == 30_000


@pytest.mark.parametrize("additivity", [Additivity.NON_ADDITIVE, Additivity.SEMI_ADDITIVE])
def test_a_level_is_due_whole_on_every_day(additivity):
    rate = [target(COMPANY, "2026-Q1", "0.2")]
    assert due(rate, "2026-01-05", additivity=additivity) == Decimal("0.2")


@given(st.integers(-10, 100), st.integers(0, 10**8), st.integers(0, 60), st.booleans())
@settings(max_examples=100, deadline=None)
def test_pace_never_falls_and_ends_at_the_objective(offset, cents, hired, monthly):
    anne = rep("anne")
    shelf = book(target(anne, "2026-Q1", str(Decimal(cents) / 100)), *(months(anne) if monthly else ()))
    goal = objective(shelf, anne, Q1, ADDITIVE, Presence(Q1.start + timedelta(hired)))
    day = Q1.start + timedelta(offset)
    today, tomorrow = (expected_to_date(shelf, goal, day + timedelta(n), ADDITIVE) for n in (0, 1))
    assert 0 <= today <= tomorrow <= goal.value
    assert expected_to_date(shelf, goal, Q1.last_day, ADDITIVE) == goal.value
