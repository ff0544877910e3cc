"""Expected to date by the company's own past curve: shares of last year counted by hand, and when there are none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.access import Membership, Team
from cadran.catalogue.kpi import Additivity
from cadran.objectives.pace import expected_by_past
from cadran.objectives.past_curve import PastCurve
from cadran.objectives.presence import ALWAYS, Presence
from cadran.objectives.proration import objective
from cadran.objectives.sales_force import SalesForce
from cadran.objectives.target import TargetKey
from cadran.objectives.team_targets import Asked, TeamTargets
from cadran.periods.period import Grain, Period, parse_period
from tests.objectives.sample import COMPANY, book, months, rep, target

ADDITIVE = Additivity.ADDITIVE
LAST_Q1 = parse_period("2025-Q1")
UNEVEN = {"2025-01-31": 100, "2025-02-28": 100, "2025-03-31": 800}


def curve(sold: dict[str, int | None], days: Period = LAST_Q1, grain: Grain | None = None) -> PastCurve:
    """What was counted on some days, nothing on the others; None: not even data."""
    given = {date.fromisoformat(day): amount for day, amount in sold.items()}
    each = (given.get(days.start + timedelta(n), 0) for n in range(days.days))
    return PastCurve(days, [None if amount is None else Decimal(amount) for amount in each], grain)


def due(targets, as_of, past, window="2026-Q1", key: TargetKey = COMPANY, presence: Presence = ALWAYS):
    shelf = book(*targets)
    goal = objective(shelf, key, parse_period(window), ADDITIVE, presence)
    return expected_by_past(shelf, goal, date.fromisoformat(as_of), past)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2025-12-31", 0),
        ("2026-01-30", 0),
        ("2026-01-31", 100),
        ("2026-02-28", 200),  # business days would say 41 of 63: 650.79
        ("2026-03-30", 200),
        ("2026-03-31", 1_000),
    ],
)
def test_the_share_reached_by_the_same_day_a_year_before(as_of: str, expected: int) -> None:
    assert due([target(COMPANY, "2026-Q1", 1_000)], as_of, curve(UNEVEN)) == expected


def test_months_that_are_over_are_due_whole_and_the_curve_is_that_of_the_month_that_runs() -> None:
    past = curve({"2025-01-10": 999, "2025-02-07": 30, "2025-02-21": 70, "2025-03-05": 5})
    assert due(months(), "2026-02-14", past) == 339_500  # 260,000 and 30 % of 265,000
    double = target(COMPANY, "2026-Q1", 1_600_000)
    assert due([double, *months()], "2026-02-14", past) == 679_000


def test_a_month_of_a_quarter_follows_the_same_month() -> None:
    """22 of 63 business days of 63,000 are March's; a year before, a quarter of March was reached on the 10th."""
    past = curve({"2025-01-10": 500, "2025-03-10": 25, "2025-03-28": 75})
    assert due([target(COMPANY, "2026-Q1", 63_000)], "2026-03-15", past, window="2026-03") == 5_500


def test_the_pace_starts_at_arrival() -> None:
    past = curve({"2025-01-10": 100, "2025-02-10": 10, "2025-03-10": 30})
    anne, arrived = rep("anne"), Presence(hired_on=date(2026, 2, 2))
    full = [target(anne, "2026-Q1", 90_000)]  # 60,000 for the days she is there
    assert due(full, "2026-02-01", past, key=anne, presence=arrived) == 0
    assert due(full, "2026-02-28", past, key=anne, presence=arrived) == 15_000
    assert due(full, "2026-03-31", past, key=anne, presence=arrived) == 60_000


def test_after_a_departure_all_is_due() -> None:
    anne, left = rep("anne"), Presence(left_on=date(2026, 1, 30))
    assert due([target(anne, "2026-Q1", 90_000)], "2026-02-20", curve(UNEVEN), key=anne, presence=left) == 30_000


def test_a_team_is_due_what_its_members_bring_while_they_are_in_it() -> None:
    """Bruno leaves North for South on 1 March: 41 of 63 business days of 63,000 are North's, and due there by then."""
    stays = [
        Membership("bruno", "north", date(2026, 1, 1), date(2026, 3, 1)),
        Membership("bruno", "south", date(2026, 3, 1), None),
    ]
    force = SalesForce([Team("north", None, None), Team("south", None, None)], stays, {})
    shelf = book(target(rep("bruno"), "2026-Q1", 63_000))
    teams = TeamTargets(shelf, force)
    asked = Asked("revenue", parse_period("2026-Q1"), ADDITIVE)
    past = curve({"2025-01-10": 25, "2025-02-10": 75, "2025-03-10": 40, "2025-03-30": 60})

    def both(as_of: str) -> list[Decimal | None]:
        goals = (teams.team("north", asked), teams.team("south", asked), teams.company(asked))
        return [expected_by_past(shelf, goal, date.fromisoformat(as_of), past) for goal in goals if goal]

    assert both("2026-01-31") == [10_250, 0, 10_250]  # 25 of the 100 of January and February
    assert both("2026-02-28") == [41_000, 0, 41_000]
    assert both("2026-03-15") == [41_000, 8_800, 49_800]  # and 40 of the 100 of March


def test_29_february_is_compared_as_everywhere() -> None:
    """28 February 2025 meets 28 February 2024; the whole of February 2025, the whole of February 2024."""
    leap = curve({"2024-02-27": 25, "2024-02-29": 75, "2024-03-20": 100}, parse_period("2024-Q1"))
    quarter = [target(COMPANY, "2025-Q1", 1_000)]
    assert due(quarter, "2025-02-28", leap, window="2025-Q1") == 125
    assert due(quarter, "2025-03-01", leap, window="2025-Q1") == 500
    each = [target(COMPANY, "2025-02", 1_000), target(COMPANY, "2025-03", 1_000)]
    assert due(each, "2025-02-27", leap, window="2025-02") == 250
    assert due(each, "2025-02-28", leap, window="2025-02") == 1_000
    assert due(each, "2025-03-19", leap, window="2025-03") == 0  # nothing of February is March's


def test_weeks_meet_the_week_of_the_same_number() -> None:
    """Week 12 begins on Monday 16 March 2026 and on Monday 17 March 2025."""
    days = parse_period("2025-W12")
    past = curve({"2025-03-17": 30, "2025-03-23": 70}, days, Grain.WEEK)
    week = [target(COMPANY, "2026-W12", 1_000)]
    assert due(week, "2026-03-16", past, window="2026-W12") == 300
    assert due(week, "2026-03-21", past, window="2026-W12") == 300


def test_credit_notes_of_the_past_take_no_share_out_of_0_to_1() -> None:
    quarter = [target(COMPANY, "2026-Q1", 1_000)]
    assert due(quarter, "2026-02-14", curve({"2025-01-10": -50, "2025-03-10": 150})) == 0
    assert due(quarter, "2026-02-14", curve({"2025-01-10": 150, "2025-03-10": -50})) == 1_000


NOTHING_YET = {(LAST_Q1.start + timedelta(n)).isoformat(): None for n in range(23)}


@pytest.mark.parametrize(
    "past",
    [
        curve({}),
        curve({"2025-01-10": 100, "2025-03-10": -100}),
        curve({"2025-01-10": 100, "2025-03-10": -300}),
        curve(NOTHING_YET | {"2025-02-10": 100, "2025-03-10": 100}),  # data begin on 24 January: 23 of 90 days lack
        curve({"2025-02-10": 100}, parse_period("2025-02")),  # not the whole quarter
    ],
    ids=["zero", "balanced", "negative", "begins late", "elsewhere"],
)
def test_no_past_tells_nothing(past: PastCurve) -> None:
    assert due([target(COMPANY, "2026-Q1", 1_000)], "2026-02-14", past) is None


def test_data_that_begin_with_the_year_s_first_sale_are_a_past() -> None:
    late = dict(list(NOTHING_YET.items())[:22]) | {"2025-01-23": 100, "2025-03-10": 300}
    assert due([target(COMPANY, "2026-Q1", 1_000)], "2026-02-14", curve(late)) == 250


@given(
    st.lists(st.integers(0, 1_000), min_size=90, max_size=90),
    st.integers(-5, 95),
    st.integers(0, 10**8),
    st.integers(0, 60),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_a_past_without_credit_notes_never_falls_and_ends_at_the_objective(sold, offset, cents, hired, monthly) -> None:
    anne, first = rep("anne"), date(2026, 1, 1)
    given = target(anne, "2026-Q1", str(Decimal(cents) / 100)), *(months(anne) if monthly else ())
    past = PastCurve(LAST_Q1, [Decimal(amount) for amount in sold])
    here = Presence(first + timedelta(hired))
    days = [(first + timedelta(offset + n)).isoformat() for n in (0, 1)]
    today, tomorrow = (due(given, day, past, key=anne, presence=here) for day in days)
    whole = due(given, "2026-03-31", past, key=anne, presence=here)
    assert whole is not None
    if today is not None and tomorrow is not None:
        assert 0 <= today <= tomorrow <= whole
