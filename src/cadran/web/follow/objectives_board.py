"""What an objectives page stands on: a KPI, a fiscal year cut into columns, who may be planned for, what is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cadran.access import Visible, plannable_scopes
from cadran.catalogue.kpi import Additivity, Kpi
from cadran.directory import COMPANY, REP, TEAM, Rep, TeamNode
from cadran.engines.duckdb import DuckDBEngine
from cadran.errors import AccessError, Issue, RequestError, Text
from cadran.objectives.planning import Given, Place
from cadran.objectives.proration import Objective
from cadran.objectives.reading import absences, sales_force, target_book, target_rows
from cadran.objectives.sales_force import SalesForce
from cadran.objectives.target import TargetRow
from cadran.objectives.team_targets import Asked, Assignment, TeamTargets
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Grain, Period, containing, name_of, split
from cadran.store.newest import newest_snapshot
from cadran.web.people.frame import NOT_OPEN, Frame, served

FIRST_KPI = "revenue"
MONTH, QUARTER, YEAR = "month", "quarter", "year"
CUTS = (MONTH, QUARTER, YEAR)
_FISCAL = {MONTH: Grain.MONTH, QUARTER: Grain.FISCAL_QUARTER, YEAR: Grain.FISCAL_YEAR}
MOST_REPS = 200  # so many are shown at once; of more, those of a team once it is chosen


@dataclass(frozen=True)
class Who:
    """A row: a scope, and whether the person may set its objectives. `team`: of a rep, the one they are listed in."""

    level: str
    key: str
    name: str
    may_set: bool
    team: str = ""

    @property
    def address(self) -> str:
        return f"{self.level}:{self.key}" if self.key else self.level


@dataclass(frozen=True)
class Board:
    """`snapshot`: that of the data `given` stands in."""

    frame: Frame
    kpi: Kpi
    year: Period
    cut: str
    columns: tuple[Period, ...]
    given: Given
    force: SalesForce
    targets: TeamTargets
    calendar: BusinessCalendar
    snapshot: int

    @property
    def fiscal_month(self) -> int:
        return self.frame.settings.company.fiscal_month

    @property
    def is_additive(self) -> bool:
        return self.kpi.additivity is Additivity.ADDITIVE

    @property
    def grain(self) -> Grain:
        return grain_of(self.cut, self.fiscal_month)

    @property
    def grain_of_year(self) -> Grain:
        return grain_of(YEAR, self.fiscal_month)

    @cached_property
    def plannable(self) -> Visible:
        return plannable_scopes(self.frame.viewer, self.frame.known.organisation)

    def at(self, **changes: object) -> str:
        """The query of this page's address, with changes."""
        given = {"period": name_of(self.year, self.fiscal_month), "kpi": self.kpi.id, "by": self.cut}
        return self.frame.at(**given | changes)

    def who(self, level: str, key: str) -> Who:
        """A scope by its id. Raises AccessError for one that may not be seen, as for one that there is not."""
        directory, visible = self.frame.directory, self.frame.visible
        may_set = self.plannable.holds(level, key)
        if level == COMPANY and not key and visible.company:
            return Who(COMPANY, "", self.frame.with_scope(COMPANY).scope.name, may_set)
        if level == TEAM and key in directory.team_keys and visible.holds(level, key):
            return Who(TEAM, key, directory.teams[directory.team_keys[key]].name, may_set)
        if level == REP and key in directory.rep_keys and visible.holds(level, key):
            return Who(REP, key, directory.reps[directory.rep_keys[key]].name, may_set, self._team_of(key))
        raise AccessError(NOT_OPEN)

    def place(self, who: Who, period: Period) -> Place | None:
        """The cell of a scope in a column; None for a rep who is not there.

        A rep who is there for a part of it has the objective of that part: what is typed is what counts. One that was
        given for the whole column is shown, and changed, as it was given.
        """
        whole = Place(who.level, who.key, period)
        if who.level != REP:
            return whole
        present = self.force.presence(who.key).within(period)
        if not present:
            return None
        part = Place(who.level, who.key, present[0]) if len(present) == 1 else whole
        return whole if self.given.rows(whole) and not self.given.rows(part) else part

    def objective(self, who: Who, period: Period) -> Objective | None:
        """What counts for a scope in a period, given or derived."""
        asked = self.asked(period)
        if who.level == COMPANY:
            return self.targets.company(asked)
        return self.targets.team(who.key, asked) if who.level == TEAM else self.targets.rep(who.key, asked)

    def assignment(self, head: Who, period: Period) -> Assignment:
        return self.targets.assignment(head.key or None, self.asked(period))

    def asked(self, period: Period) -> Asked:
        return Asked(self.kpi.id, period, self.kpi.additivity)

    @cached_property
    def rows(self) -> tuple[Who, ...]:
        """The page's scope, its teams, and the reps of each."""
        frame = self.frame
        if frame.scope.level == REP:
            return (self.who(REP, frame.scope.key or ""),)
        head = [self.who(COMPANY, "")] if frame.scope.level == COMPANY else []
        lone = [self.who(REP, rep.key) for rep in self._reps if rep.number not in self._teams_now] if head else []
        return (*head, *self._teams_and_reps(), *(lone if self.shows_reps else []))

    @property
    def head(self) -> Who | None:
        """The row that the others are parts of; None on a rep's page."""
        return self.rows[0] if self.rows and self.rows[0].level != REP else None

    @property
    def top_teams(self) -> tuple[Who, ...]:
        """The teams right under the head."""
        directory = self.frame.directory
        head = directory.team_keys.get(self.head.key) if self.head and self.head.key else None
        teams = [team for team in directory.shown_teams() if self.frame.visible.holds(TEAM, team.key)]
        under = [team for team in teams if (team.parent == head if head else team.parent not in directory.teams)]
        return tuple(self.who(TEAM, team.key) for team in under)

    @cached_property
    def shows_reps(self) -> bool:
        return self.frame.scope.level != COMPANY or len(self._reps) <= MOST_REPS

    def members(self, team: str) -> tuple[Who, ...]:
        """The reps listed in a team."""
        number = self.frame.directory.team_keys[team]
        return tuple(self.who(REP, rep.key) for rep in self._reps if self._teams_now.get(rep.number) == number)

    def _teams_and_reps(self) -> Iterator[Who]:
        for team in self._teams:
            yield self.who(TEAM, team.key)
            if self.shows_reps:
                yield from self.members(team.key)

    @property
    def _teams(self) -> list[TeamNode]:
        directory, frame = self.frame.directory, self.frame
        teams = [team for team in directory.shown_teams() if frame.visible.holds(TEAM, team.key)]
        if frame.scope.level == TEAM and frame.scope.key is not None:
            number = directory.team_keys[frame.scope.key]
            below = directory.below(number)
            teams = [team for team in teams if team.number in below]
            return sorted(teams, key=lambda team: team.number != number)
        return teams

    @cached_property
    def _reps(self) -> list[Rep]:
        """Who may be seen and is there some time in the year, by name."""
        reps = self.frame.directory.reps.values()
        seen = [rep for rep in reps if self.frame.visible.holds(REP, rep.key)]
        there = [rep for rep in seen if self.force.presence(rep.key).within(self.year)]
        return sorted(there, key=lambda rep: (rep.name, rep.key))

    @cached_property
    def _teams_now(self) -> dict[int, int]:
        return self.frame.directory.teams_on(max(self.year.start, min(self.frame.as_of, self.year.last_day)))

    def _team_of(self, rep: str) -> str:
        directory = self.frame.directory
        team = directory.teams.get(self._teams_now.get(directory.rep_keys[rep], -1))
        return team.key if team else ""


def grain_of(cut: str, fiscal_month: int) -> Grain:
    return Grain(cut) if fiscal_month == 1 else _FISCAL[cut]


def board_of(frame: Frame, snapshot: int | None = None) -> Board:
    """The board of a page's address (`?kpi=revenue&by=quarter`), as of now or of a past snapshot. Raises RequestError
    for a KPI that there is not."""
    settings = frame.settings
    fiscal_month = settings.company.fiscal_month
    kpi, cut = _kpi(frame.request.GET.get("kpi", FIRST_KPI)), frame.request.GET.get("by", QUARTER)
    if cut not in CUTS:
        raise RequestError(_unknown_cut(cut))
    year = containing(frame.period.start, grain_of(YEAR, fiscal_month), fiscal_month)
    newest = int(newest_snapshot(served.workspace.store)[0])
    with served.workspace.lake() as lake:
        engine = DuckDBEngine(lake.connection)
        table = target_rows(engine, (kpi.id,), snapshot=newest if snapshot is None else snapshot)
        away = absences(engine, settings)
    book, _ = target_book(table, settings)
    force = sales_force(frame.directory, settings, away)
    return Board(
        frame,
        kpi,
        year,
        cut,
        split(year, grain_of(cut, fiscal_month), fiscal_month),
        Given((TargetRow(**row) for row in table.to_pylist()), fiscal_month),
        force,
        TeamTargets(book, force),
        book.calendar,
        newest if snapshot is None else snapshot,
    )


def _kpi(name: str) -> Kpi:
    found = next((kpi for kpi in served.workspace.catalogue if kpi.id == name), None)
    if found is None:
        raise RequestError(
            Issue("unknown_kpi", Text(f"L’indicateur « {name} » n’existe pas.", f'There is no KPI "{name}".'))
        )
    return found


def _unknown_cut(cut: str) -> Issue:
    message = Text(f"« {cut} » n’est pas un découpage de l’année.", f'"{cut}" is not a way to cut the year.')
    return Issue("unknown_cut", message, Text("Écrivez month, quarter ou year.", "Write month, quarter or year."))
