"""Objectives for windows nobody typed, counted by hand (business days of 2026 in France: 21, 20, 22)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.catalogue.kpi import Additivity
from cadran.objectives.presence import Presence
from cadran.objectives.proration import Origin, objective, portion
from cadran.objectives.target import FOREVER, Target
from cadran.periods.period import Grain, Period, parse_period, split
from tests.objectives.sample import COMPANY, FRANCE, book, months, rep, target

ADDITIVE, RATE, STOCK = Additivity.ADDITIVE, Additivity.NON_ADDITIVE, Additivity.SEMI_ADDITIVE
QUARTER = target(COMPANY, "2026-Q1", 800_000)
JANUARY = months()[0]
QUOTAS = (
    target(COMPANY, "2010-12-29/2011-03-31", 28_000),
    target(COMPANY, "2011-03-31/2011-07-01", 7_000),
    target(COMPANY, "2011-07-01/2011-09-29", 91_000),
)

# what was given, window asked for, value, origin, derived
CASES = {
    "exactly this window": ([QUARTER], "2026-Q1", "800000", Origin.GIVEN, False),
    "exactly this window, though months are given": ([QUARTER, *months()], "2026-Q1", "800000", Origin.GIVEN, False),
    "the sum of months": (months(), "2026-Q1", "800000", Origin.SUM, False),
    "the sum of two months": ([QUARTER, *months()], "2026-02-01/2026-04-01", "540000", Origin.SUM, False),
    "the fewest tiles: two half-years before twelve months": (
        [*(target(COMPANY, f"2026-{m:02}", 1) for m in range(1, 13)),
         target(COMPANY, "2026-01-01/2026-07-01", 5), target(COMPANY, "2026-07-01/2027-01-01", 8)],
        "2026", "13", Origin.SUM, False,
    ),
    "windows that are no calendar period": (QUOTAS, "2010-12-29/2011-07-01", "35000", Origin.SUM, False),
    "January of a quarter: 21/63": ([QUARTER], "2026-01", "266666.67", Origin.SHARE, True),
    "February of a quarter: 20/63": ([QUARTER], "2026-02", "253968.25", Origin.SHARE, True),
    "March of a quarter: 22/63": ([QUARTER], "2026-03", "279365.08", Origin.SHARE, True),
    "February, January given: 20/42 of the rest": ([QUARTER, JANUARY], "2026-02", "257142.86", Origin.SHARE, True),
    "March, January given: the rest": ([QUARTER, JANUARY], "2026-03", "282857.14", Origin.SHARE, True),
    "January above the whole quarter leaves nothing": (
        [QUARTER, target(COMPANY, "2026-01", 900_000)], "2026-02", "0", Origin.SHARE, True,
    ),
    "a day off": ([QUARTER], "2026-02-14", "0", Origin.SHARE, True),
    "a working day: 1/63": ([QUARTER], "2026-03-31", "12698.41", Origin.SHARE, True),
    "across two months: 10/20 and 10/22": (
        months(), "2026-02-15/2026-03-16", "257500.00", Origin.SHARE, True,
    ),
    "weeks without their week-ends": (
        [target(COMPANY, "2026-02-02/2026-02-07", 10), target(COMPANY, "2026-02-09/2026-02-14", 20)],
        "2026-02-02/2026-02-16", "30", Origin.SHARE, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given_", "window", "value", "origin", "derived"), CASES.values(), ids=CASES.keys())
def test_the_objective_of_a_window(given_, window, value, origin, derived):
    goal = objective(book(*given_), COMPANY, parse_period(window), ADDITIVE)
    assert (goal.value, goal.origin, goal.is_derived) == (Decimal(value), origin, derived)


@pytest.mark.parametrize("window", ["2025-Q4", "2026-04", "2026-03-01/2026-04-02", "2026"])
def test_days_nobody_gave_a_target_for_make_no_objective(window):
    assert objective(book(QUARTER), COMPANY, parse_period(window), ADDITIVE) is None


def test_each_scope_kpi_and_breakdown_has_its_own():
    targets = book(QUARTER)
    window = parse_period("2026-Q1")
    assert objective(targets, rep("anne"), window, ADDITIVE) is None
    assert objective(targets, COMPANY._replace(kpi="orders"), window, ADDITIVE) is None
    assert objective(targets, COMPANY._replace(dimensions=(("segment", "PME"),)), window, ADDITIVE) is None


def test_an_open_amount_keeps_the_rhythm_of_the_one_before():
    open_months = Target(COMPANY, Period(date(2026, 4, 1), FOREVER), Decimal(300_000))
    last = objective(book(QUARTER, open_months), COMPANY, parse_period("2026-Q2"), ADDITIVE)
    assert (last.value, last.origin) == (Decimal(300_000), Origin.GIVEN)
    open_quota = Target(COMPANY, Period(date(2011, 9, 29), FOREVER), Decimal(140_000))
    quotas = book(*QUOTAS, open_quota)  # 90 days after 90 days
    assert objective(quotas, COMPANY, parse_period("2011-09-29/2011-12-28"), ADDITIVE).value == 140_000
    assert objective(book(open_quota), COMPANY, parse_period("2011-09-29/2011-12-28"), ADDITIVE) is None


@pytest.mark.parametrize("additivity", [RATE, STOCK])
def test_a_level_applies_as_it_is(additivity):
    year, quarter = target(COMPANY, "2026", "0.25"), target(COMPANY, "2026-Q1", "0.20")
    open_rate = Target(COMPANY, Period(date(2027, 1, 1), FOREVER), Decimal("0.30"))
    rates = book(year, quarter, open_rate)
    for window, value in [("2026", "0.25"), ("2026-Q1", "0.20"), ("2026-02", "0.20"), ("2026-05", "0.25"),
                          ("2026-03-15/2026-04-15", "0.25"), ("2031-Q4", "0.30")]:  # fmt: skip
        goal = objective(rates, COMPANY, parse_period(window), additivity)
        assert (goal.value, goal.origin, goal.is_derived) == (Decimal(value), Origin.GIVEN, False)
    assert objective(rates, COMPANY, parse_period("2025"), additivity) is None


def test_levels_are_never_summed_nor_averaged():
    same = [target(COMPANY, f"2026-0{month}", "0.2") for month in (1, 2, 3)]
    assert objective(book(*same), COMPANY, parse_period("2026-Q1"), RATE).value == Decimal("0.2")
    different = [*same[:2], target(COMPANY, "2026-03", "0.3")]
    assert objective(book(*different), COMPANY, parse_period("2026-Q1"), RATE) is None


ANNE = rep("anne")
FULL = target(ANNE, "2026-Q1", 90_000)
ARRIVED = Presence(hired_on=date(2026, 2, 2))


def test_an_arrival_prorates_the_full_target():
    goal = objective(book(FULL), ANNE, parse_period("2026-Q1"), ADDITIVE, ARRIVED)
    assert (goal.value, goal.is_prorated, goal.is_derived) == (Decimal(60_000), True, True)  # 42 of 63 days
    assert goal.present == (parse_period("2026-02-02/2026-04-01"),)


def test_unless_a_target_is_given_for_exactly_the_days_they_are_there():
    own = target(ANNE, "2026-02-02/2026-04-01", 54_000)
    goal = objective(book(FULL, own), ANNE, parse_period("2026-Q1"), ADDITIVE, ARRIVED)
    assert (goal.value, goal.origin, goal.is_prorated) == (Decimal(54_000), Origin.GIVEN, False)


@pytest.mark.parametrize(
    ("presence", "value"),
    [
        (Presence(hired_on=date(2026, 1, 1)), "90000"),
        (Presence(hired_on=date(2026, 1, 2)), "90000"),  # 1 January is a day off: nothing is missed
        (Presence(left_on=date(2026, 1, 30)), "30000"),  # the last day worked is the 21st of 63
        (Presence(absences=(parse_period("2026-02"),)), "61428.57"),  # 43 of 63
        (Presence(date(2026, 2, 2), date(2026, 2, 27), (parse_period("2026-W07"),)), "21428.57"),  # 15 of 63
        (Presence(hired_on=date(2026, 4, 1)), None),
        (Presence(left_on=date(2025, 12, 31)), None),
    ],
)
def test_the_days_somebody_is_there(presence, value):
    goal = objective(book(FULL), ANNE, parse_period("2026-Q1"), ADDITIVE, presence)
    assert (goal and goal.value) == (value and Decimal(value))


def test_an_arrival_with_monthly_targets_owes_the_months_they_are_there():
    goal = objective(book(*months(ANNE)), ANNE, parse_period("2026-Q1"), ADDITIVE, ARRIVED)
    assert goal.value == 540_000


def test_a_rate_is_not_prorated():
    rate = target(ANNE, "2026-Q1", "0.2")
    assert objective(book(rate), ANNE, parse_period("2026-Q1"), RATE, ARRIVED).value == Decimal("0.2")
    assert objective(book(rate), ANNE, parse_period("2026-01"), RATE, ARRIVED) is None


def test_the_stretch_keeps_its_proportion():
    stretched = target(ANNE, "2026-Q1", 90_000, 120_000)
    quarter = parse_period("2026-Q1")
    assert objective(book(stretched), ANNE, quarter, ADDITIVE).stretch_value == 120_000
    assert objective(book(stretched), ANNE, quarter, ADDITIVE, ARRIVED).stretch_value == 80_000
    assert objective(book(stretched), ANNE, parse_period("2026-01"), ADDITIVE).stretch_value == 40_000
    both = [target(ANNE, "2026-01", 10, 12), target(ANNE, "2026-02", 20, 23)]
    assert objective(book(*both), ANNE, parse_period("2026-01-01/2026-03-01"), ADDITIVE).stretch_value == 35
    one = [both[0], target(ANNE, "2026-02", 20)]
    assert objective(book(*one), ANNE, parse_period("2026-01-01/2026-03-01"), ADDITIVE).stretch_value is None


CENTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)
YEAR = parse_period("2026")


@given(CENTS, st.sampled_from(list(Grain)))
@settings(max_examples=60, deadline=None)
def test_shares_over_any_tiling_add_up_to_the_cent(value, grain):
    targets = book(Target(COMPANY, YEAR, value))
    pieces = [objective(targets, COMPANY, piece, ADDITIVE) for piece in split(YEAR, grain)]
    assert sum(piece.value for piece in pieces) == value
    assert all(piece.value == piece.value.quantize(Decimal("0.01")) for piece in pieces)


WINDOWS = st.tuples(st.integers(0, 364), st.integers(1, 120)).map(
    lambda window: Period(YEAR.start + timedelta(window[0]), min(YEAR.start + timedelta(sum(window)), YEAR.end))
)


@given(st.lists(st.tuples(WINDOWS, CENTS), max_size=6), CENTS, st.lists(st.integers(1, 364), max_size=5, unique=True))
@settings(max_examples=120, deadline=None)
def test_whatever_was_given_inside_shares_of_the_year_add_up(inside, value, cuts):
    total = value + sum(amount for _, amount in inside)
    targets = book(*(Target(COMPANY, window, amount) for window, amount in inside), Target(COMPANY, YEAR, total))
    profile = targets.profile(COMPANY)
    assert profile.covers(YEAR)
    edges = [YEAR.start, *(YEAR.start + timedelta(cut) for cut in sorted(cuts)), YEAR.end]
    cut = [Period(start, end) for start, end in pairwise(edges)]
    amounts = [profile.amount(piece) for piece in cut]
    assert sum(amounts) == profile.amount(YEAR)
    assert all(amount >= 0 for amount in amounts)
    assert all(first.end <= second.start for first, second in pairwise(profile.segments))
    goal = objective(targets, COMPANY, YEAR, ADDITIVE)
    pieces = [portion(targets, goal, piece) for piece in cut]
    assert sum(pieces) == goal.value


@given(CENTS, st.integers(0, 89), st.integers(1, 90))
@settings(max_examples=60, deadline=None)
def test_presence_never_gives_more_than_the_target(value, arrival, stay):
    hired = date(2026, 1, 1) + timedelta(arrival)
    presence = Presence(hired, hired + timedelta(stay))
    goal = objective(
        book(Target(ANNE, parse_period("2026-Q1"), value)), ANNE, parse_period("2026-Q1"), ADDITIVE, presence
    )
    days = sum(FRANCE.business_days(part) for part in goal.present)
    assert abs(goal.value - value * days / 63) <= Decimal("0.01")


def test_targets_given_for_no_more_than_the_days_somebody_is_there() -> None:
    """Hired on 2 February: February's 20,000 from that day on, March's 30,000; nothing was given for January."""
    hired, quarter = Presence(date(2026, 2, 2)), parse_period("2026-Q1")
    given = [target(rep("A"), "2026-02-02/2026-03-01", 20_000), target(rep("A"), "2026-03", 30_000)]
    goal = objective(book(*given), rep("A"), quarter, ADDITIVE, hired)
    assert goal is not None
    assert (goal.value, goal.origin, goal.is_prorated) == (Decimal(50_000), Origin.SUM, False)
    assert objective(book(*given[1:]), rep("A"), quarter, ADDITIVE, hired) is None
