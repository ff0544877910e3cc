"""The targets, absences and people of a store, as objectives are worked out from them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from cadran.directory import Directory
from cadran.engines.engine import Engine
from cadran.errors import Issue
from cadran.objectives.book import TargetBook
from cadran.objectives.presence import Presence
from cadran.objectives.sales_force import SalesForce
from cadran.objectives.target import TargetRow, resolve_windows
from cadran.objectives.team_targets import TeamTargets
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Period
from cadran.settings import Settings

_TARGETS = """
SELECT kpi, scope, scope_id, starts_on, ends_on, period, value, stretch_value, dimensions, set_by, set_at, notified_at,
       acknowledged_at
FROM {0}.targets WHERE kpi IN ({1})
"""
_ABSENCES = "SELECT rep_id, starts_on, ends_on FROM {0}.absences"


def read_targets(
    engine: Engine, settings: Settings, kpis: tuple[str, ...], schema: str
) -> tuple[TargetBook, tuple[Issue, ...]]:
    """The targets of some KPIs; the problems are those of rows that cannot be given a window."""
    names = ", ".join("'" + kpi.replace("'", "''") + "'" for kpi in kpis)
    rows = [TargetRow(**row) for row in engine.query(_TARGETS.format(schema, names)).to_pylist()]
    company = settings.company
    found = resolve_windows(rows, company.fiscal_month)
    calendar = BusinessCalendar(company.country, company.region, frozenset(company.closures))
    return TargetBook(found.targets, calendar), found.problems


def sales_force(engine: Engine, directory: Directory, settings: Settings, schema: str) -> SalesForce:
    """Who is where and when, absences included where the company counts them."""
    away: dict[int, list[Period]] = defaultdict(list)
    if getattr(settings.company, "count_absences", False):
        for row in engine.query(_ABSENCES.format(schema)).to_pylist():
            away[row["rep_id"]].append(Period(row["starts_on"], row["ends_on"] + timedelta(days=1)))
    presence = {
        rep.key: Presence(rep.hired_on, rep.left_on, tuple(away.get(rep.number, ()))) for rep in directory.reps.values()
    }
    organisation = directory.organisation(settings.as_of())
    return SalesForce(organisation.teams, organisation.memberships, presence)


def team_targets(
    engine: Engine, directory: Directory, settings: Settings, kpis: tuple[str, ...], schema: str = "lake"
) -> tuple[TeamTargets, TargetBook, tuple[Issue, ...]]:
    """Objectives at every level, the book they come from, and the targets that could not be read."""
    book, problems = read_targets(engine, settings, kpis, schema)
    return TeamTargets(book, sales_force(engine, directory, settings, schema)), book, problems
