"""A company of two teams and three reps. Bruno moves from North to South on 1 March 2026.

First quarter 2026, France: 21 + 20 business days before 1 March, 22 after.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.access import Membership, Team
from cadran.catalogue.kpi import Additivity
from cadran.objectives.pace import expected_to_date
from cadran.objectives.presence import Presence
from cadran.objectives.proration import Origin
from cadran.objectives.sales_force import SalesForce
from cadran.objectives.team_targets import Asked, Assignment, TeamTargets
from cadran.periods.period import parse_period
from tests.objectives.sample import COMPANY, book, rep, target, team

Q1 = parse_period("2026-Q1")
REVENUE = Asked("revenue", Q1, Additivity.ADDITIVE)
START, MOVE = date(2025, 1, 1), date(2026, 3, 1)
TEAMS = [Team("north", None, None), Team("south", None, None)]
MEMBERSHIPS = [
    Membership("anne", "north", START, None),
    Membership("bruno", "north", START, MOVE),
    Membership("bruno", "south", MOVE, None),
    Membership("chloe", "south", START, None),
]
REPS = [
    target(rep("anne"), "2026-Q1", 100_000),
    target(rep("bruno"), "2026-Q1", 63_000),
    target(rep("chloe"), "2026-Q1", 200_000),
]


def level(*targets, teams=TEAMS, memberships=MEMBERSHIPS, presence=None) -> TeamTargets:
    return TeamTargets(book(*targets), SalesForce(teams, memberships, presence or {}))


def test_a_team_has_its_members_each_for_the_days_spent_there():
    company = level(*REPS)
    north, south = company.team("north", REVENUE), company.team("south", REVENUE)
    assert (north.value, north.origin) == (Decimal(141_000), Origin.MEMBERS)  # 100,000 and 41 of 63 days
    assert south.value == Decimal(222_000)  # 200,000 and 22 of 63 days
    assert company.company(REVENUE).value == Decimal(363_000)
    assert north.is_derived
    assert north.missing == ()


def test_what_was_given_to_the_team_counts():
    company = level(*REPS, target(team("north"), "2026-Q1", 150_000))
    assert company.team("north", REVENUE).origin is Origin.GIVEN
    assert company.team("north", REVENUE).value == 150_000
    assert company.company(REVENUE).value == 372_000  # 150,000 and South's 222,000
    given_above = level(*REPS, target(COMPANY, "2026", 2_520_000))
    assert given_above.company(REVENUE).value == 630_000  # 63 of 252 business days


def test_over_assignment_is_shown():
    company = level(*REPS, target(team("north"), "2026-Q1", 150_000), target(COMPANY, "2026-Q1", 350_000))
    assert company.assignment(None, REVENUE) == Assignment(Decimal(350_000), Decimal(372_000), Decimal(363_000))
    assert company.assignment(None, REVENUE).teams_over == 22_000
    assert company.assignment(None, REVENUE).reps_over == 13_000
    north = company.assignment("north", REVENUE)
    assert (north.given, north.teams, north.reps, north.reps_over) == (150_000, None, 141_000, -9_000)
    assert north.teams_over is None
    assert company.assignment("south", REVENUE).reps_over is None


def test_teams_below_teams():
    tree = [*TEAMS, Team("north-east", "north", None)]
    members = [*MEMBERSHIPS, Membership("dan", "north-east", START, None)]
    company = level(*REPS, target(rep("dan"), "2026-Q1", 10_000), teams=tree, memberships=members)
    assert company.team("north-east", REVENUE).value == 10_000
    assert company.team("north", REVENUE).value == 151_000
    assert company.company(REVENUE).value == 373_000
    assert company.assignment("north", REVENUE) == Assignment(None, Decimal(10_000), Decimal(151_000))


def test_who_is_in_no_team_counts_for_the_company():
    company = level(*REPS, target(rep("eve"), "2026-Q1", 7_000))
    assert company.company(REVENUE).value == 370_000
    late = [Membership("bruno", "south", MOVE, None)]
    assert level(REPS[1], memberships=late).team("south", REVENUE).value == 22_000
    assert level(REPS[1], memberships=late).company(REVENUE).value == 63_000


def test_who_has_no_target_is_named():
    company = level(REPS[0], REPS[2])
    assert company.team("north", REVENUE).value == 100_000
    assert company.team("north", REVENUE).missing == ("bruno",)
    assert company.company(REVENUE).missing == ("bruno",)
    gone = {"bruno": Presence(left_on=date(2025, 6, 30))}
    assert level(REPS[0], REPS[2], presence=gone).company(REVENUE).missing == ()
    assert level().company(REVENUE) is None


def test_arrivals_prorate_inside_the_team():
    arrived = {"anne": Presence(hired_on=date(2026, 2, 2))}
    assert level(*REPS, presence=arrived).rep("anne", REVENUE).value == Decimal("66666.67")  # 42 of 63
    assert level(*REPS, presence=arrived).team("north", REVENUE).value == Decimal("107666.67")


def test_the_pace_of_a_team_is_that_of_its_members():
    shelf = book(*REPS)
    company = TeamTargets(shelf, SalesForce(TEAMS, MEMBERSHIPS, {}))
    north, south = company.team("north", REVENUE), company.team("south", REVENUE)
    on = date(2026, 3, 20)  # 56 of 63 business days, 15 of the 22 of March
    assert expected_to_date(shelf, north, on, Additivity.ADDITIVE) == Decimal("129888.89")  # 88,888.89 and 41,000
    assert expected_to_date(shelf, south, on, Additivity.ADDITIVE) == Decimal("192777.78")  # 177,777.78 and 15,000
    whole = company.company(REVENUE)
    assert expected_to_date(shelf, whole, on, Additivity.ADDITIVE) == Decimal("322666.67")
    assert expected_to_date(shelf, whole, Q1.last_day, Additivity.ADDITIVE) == whole.value


def test_rates_are_never_summed_and_stocks_only_over_people():
    rates = Asked("revenue", Q1, Additivity.NON_ADDITIVE)
    assert level(*REPS).team("north", rates) is None
    stock = Asked("revenue", Q1, Additivity.SEMI_ADDITIVE)
    assert level(*REPS).team("north", stock).value == 100_000  # Bruno is in South on 31 March
    assert level(*REPS).team("south", stock).value == 263_000
    assert level(*REPS).company(stock).value == 363_000


def test_stretch_of_a_team():
    stretched = [target(rep(name), "2026-Q1", 63_000, 126_000) for name in ("anne", "bruno")]
    assert level(*stretched).team("north", REVENUE).stretch_value == 208_000  # twice 63,000 and 41,000
    assert level(stretched[0], REPS[1]).team("north", REVENUE).stretch_value is None


@pytest.mark.parametrize("parent", ["circle", "unknown"])
def test_a_broken_tree_neither_hangs_nor_loses_targets(parent):
    if parent == "circle":
        tree = [Team("north", "south", None), Team("south", "north", None)]
        assert level(*REPS, teams=tree).team("north", REVENUE).value == 363_000
    else:
        tree = [Team("north", "nowhere", None), Team("south", None, None)]
        assert level(*REPS, teams=tree).company(REVENUE).value == 363_000


@given(st.lists(st.integers(0, 10**8), min_size=3, max_size=3), st.dates(date(2025, 12, 1), date(2026, 4, 30)))
@settings(max_examples=60, deadline=None)
def test_teams_add_up_to_their_reps_to_the_cent(cents, move):
    names = ("anne", "bruno", "chloe")
    targets = [target(rep(n), "2026-Q1", str(Decimal(c) / 100)) for n, c in zip(names, cents, strict=True)]
    moves = [
        Membership("anne", "north", START, None),
        Membership("bruno", "north", START, move),
        Membership("bruno", "south", move, None),
        Membership("chloe", "south", START, None),
    ]
    company = level(*targets, memberships=moves)
    both = [company.team(name, REVENUE) for name in ("north", "south")]
    assert sum(goal.value for goal in both) == Decimal(sum(cents)) / 100
    assert company.company(REVENUE).value == Decimal(sum(cents)) / 100
