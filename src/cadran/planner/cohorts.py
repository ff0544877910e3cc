"""Cohorts: who entered in a period, what became of them within a horizon, and how sure that already is.

10 leads, horizon 30 days: 2 won on day 20, 4 lost on day 10, 2 open aged 40, 2 open aged 15
value 2/10 · maturity 8/10 (the two aged 15 may still change) · estimate 3/10 once all are 30 days old
"""

from __future__ import annotations

from dataclasses import dataclass

from cadran.catalogue.kpi import Credit
from cadran.catalogue.parsed import ParsedPopulation
from cadran.planner.measures import Measures
from cadran.planner.plan import Term
from cadran.planner.sql import Expr

OPEN, REACHED, OTHER = 0, 1, 2  # as statistics.survival codes them


@dataclass(frozen=True)
class Course:
    """Where a source tells how its members ended: the day of success, and of the other outcome."""

    member: str
    reached_on: str
    other_on: str
    reached: str
    other: str


_COURSES = {
    "leads": Course("prospect_id", "client_on", "lost_on", "client_on is not null", "lost_on is not null"),
    "opportunities": Course("opportunity_id", "closed_on", "closed_on", "outcome = 'won'", "outcome = 'lost'"),
}


def within_horizon(parsed: ParsedPopulation, measures: Measures, horizon: int | None) -> Expr | None:
    """The condition that success came within the horizon; None without one."""
    course = _COURSES.get(parsed.population.of)
    if course is None or horizon is None:
        return None
    return measures.row_condition(f"date_diff('day', {parsed.population.on}, {course.reached_on}) <= {horizon}")


def known(parsed: ParsedPopulation, measures: Measures, where: Expr | None, horizon: int | None) -> Term | None:
    """Members whose outcome is known, or who are older than the horizon."""
    course = _COURSES.get(parsed.population.of)
    if course is None:
        return None
    ripe = f" or date_diff('day', {parsed.population.on}, as_of) >= {horizon}" if horizon is not None else ""
    text = f"count(distinct {course.member}) filter (where {course.reached} or {course.other}{ripe})"
    return measures.term(measures.parse(text), where, Credit.ONCE)


def courses(parsed: ParsedPopulation, measures: Measures, where: Expr | None, horizon: int | None) -> str | None:
    """The output that lists each member's [days followed, outcome]; None without a horizon."""
    course = _COURSES.get(parsed.population.of)
    if course is None or horizon is None:
        return None
    on = parsed.population.on
    ended = f"case when {course.reached} then {course.reached_on} when {course.other} then {course.other_on} end"
    days = f"date_diff('day', {on}, coalesce({ended}, as_of))"
    outcome = f"case when {course.reached} then {REACHED} when {course.other} then {OTHER} else {OPEN} end"
    return measures.members(course.member, measures.row_value(days), measures.row_value(outcome), where)
