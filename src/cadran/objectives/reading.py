"""The targets, absences and people of a store, as objectives are worked out from them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from cadran.directory import Directory
from cadran.engines.engine import Engine
from cadran.errors import Issue
from cadran.objectives.book import TargetBook
from cadran.objectives.presence import Presence
from cadran.objectives.sales_force import SalesForce
from cadran.objectives.target import TargetRow, resolve_windows
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Period
from cadran.settings import Settings
from cadran.settings.sections import Company

if TYPE_CHECKING:
    import pyarrow as pa

_TARGETS = """
SELECT kpi, scope, scope_id, starts_on, ends_on, period, value, stretch_value, dimensions, set_by, set_at, notified_at,
       acknowledged_at
FROM {0}.targets{2} WHERE kpi IN ({1}) AND value IS NOT NULL
"""
_ABSENCES = "SELECT rep_id, starts_on, ends_on FROM {0}.absences"


def target_rows(engine: Engine, kpis: tuple[str, ...], schema: str = "lake", snapshot: int | None = None) -> pa.Table:
    """The stored targets of some KPIs, as they stand or stood at a snapshot; without those that were withdrawn."""
    at = "" if snapshot is None else f" AT (VERSION => {snapshot})"
    names = ", ".join("'" + kpi.replace("'", "''") + "'" for kpi in kpis)
    return engine.query(_TARGETS.format(schema, names, at))


def absences(engine: Engine, settings: Settings, schema: str = "lake") -> dict[int, list[Period]]:
    """The days each rep was away, by the store's numbers; none where the company does not count them."""
    away: dict[int, list[Period]] = defaultdict(list)
    if getattr(settings.company, "count_absences", False):
        for row in engine.query(_ABSENCES.format(schema)).to_pylist():
            away[row["rep_id"]].append(Period(row["starts_on"], row["ends_on"] + timedelta(days=1)))
    return away


Book = tuple[TargetBook, tuple[Issue, ...]]
_MOST_BOOKS = 4
_books: list[tuple[pa.Table, Company, Book]] = []  # the last ones read: every page of a snapshot needs the same
_reading = threading.Lock()


def target_book(rows: pa.Table, settings: Settings) -> Book:
    """The targets as a book; the problems are those of rows that cannot be given a window. A book of the very same
    rows is not written twice: those of a thousand reps over five years take seconds."""
    with _reading:
        for known, company, book in _books:
            if company == settings.company and known.equals(rows):
                return book
        book = _book(rows, settings.company)
        _books.insert(0, (rows, settings.company, book))
        del _books[_MOST_BOOKS:]
        return book


def _book(rows: pa.Table, company: Company) -> Book:
    found = resolve_windows([TargetRow(**row) for row in rows.to_pylist()], company.fiscal_month)
    calendar = BusinessCalendar(company.country, company.region, frozenset(company.closures))
    return TargetBook(found.targets, calendar), found.problems


def sales_force(directory: Directory, settings: Settings, away: Mapping[int, list[Period]]) -> SalesForce:
    """Who is where and when, less the days they are `away`."""
    presence = {
        rep.key: Presence(rep.hired_on, rep.left_on, tuple(away.get(rep.number, ()))) for rep in directory.reps.values()
    }
    organisation = directory.organisation(settings.as_of())
    return SalesForce(organisation.teams, organisation.memberships, presence)
