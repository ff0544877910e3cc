"""The objective of each cell and period, and how its value stands against it.

Cell by cell for rows (`Goals.__call__`), and as whole columns for tables (`Goals.columns`), where targets given for
exactly a period are matched as arrays and only the others are worked out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cadran import numerals
from cadran.answer import Goal, GoalOf, no_goals
from cadran.catalogue.kpi import Additivity, Better, Kpi, Unit
from cadran.cube import MONEY_SCALE, Cell
from cadran.directory import COMPANY, REP, TEAM, UNASSIGNED, Directory
from cadran.engines.engine import Engine
from cadran.errors import Issue, Lang, Text
from cadran.figures import Figures
from cadran.goal_pasts import NO_PAST, AskCompany, past_curves
from cadran.objectives.attainment import Status, attain
from cadran.objectives.book import TargetBook
from cadran.objectives.matching import Flags, Whole, matched
from cadran.objectives.pace import expected_by_past, expected_to_date
from cadran.objectives.past_curve import PastCurve
from cadran.objectives.proration import Objective, Origin
from cadran.objectives.reading import absences, sales_force, target_book
from cadran.objectives.team_targets import Asked as AskedTarget
from cadran.objectives.team_targets import TeamTargets
from cadran.periods.period import Period
from cadran.planner.arithmetic import Floats
from cadran.planner.arrays import codes, flags_of
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.planner.windows import Asked
from cadran.settings import Settings

STATUSES = tuple(Status)
_ONE = 10**MONEY_SCALE
_MOST = 2**62


@dataclass(frozen=True)
class GoalColumns:
    """Arrays of (cells, periods): NaN, and a status of -1, where there is no target. `status` indexes `STATUSES`."""

    target: Floats
    attainment: Floats
    gap: Floats
    status: npt.NDArray[np.int8]

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> GoalColumns:
        target, attainment, gap = (np.full(shape, np.nan) for _ in range(3))
        return cls(target, attainment, gap, np.full(shape, -1, dtype=np.int8))


def goals_of(
    engine: Engine,
    targets: Callable[[tuple[str, ...]], pa.Table],
    directory: Directory,
    settings: Settings,
    request: Request,
    resolution: Resolution,
    figures: dict[str, Figures],
    cells: tuple[Cell, ...],
    ask_company: AskCompany,
) -> GoalOf:
    """The goals of an answer: KPI id, cell, period -> its goal, where it has one. None unless targets were asked for.
    None of the engine, `targets`, which reads those of some KPIs, and `ask_company`, which reads the company's past, is
    needed afterwards."""
    if "target" not in request.compare or request.where:
        return no_goals
    rows = targets(tuple(resolution.definitions))
    away = absences(engine, settings)
    with_target = set(pc.unique(rows.column("kpi")).to_pylist())
    kpis = tuple(kpi for kpi in figures if kpi in with_target and figures[kpi].unavailable is None)
    pasts = past_curves(settings, request, resolution, kpis, ask_company)
    return Goals(rows, away, directory, settings, request, resolution.periods, figures, cells, pasts)


class Goals:
    """The goals of one answer, worked out when they are asked for."""

    def __init__(
        self,
        rows: pa.Table,
        away: dict[int, list[Period]],
        directory: Directory,
        settings: Settings,
        request: Request,
        periods: tuple[Asked, ...],
        figures: dict[str, Figures],
        cells: tuple[Cell, ...],
        pasts: Mapping[str, PastCurve],
    ) -> None:
        self.rows, self.away, self.directory, self.settings = rows, away, directory, settings
        self.request, self.periods, self.figures, self.cells = request, periods, figures, cells
        self.pasts = pasts
        self._with_target = frozenset(pc.unique(rows.column("kpi")).to_pylist())
        self._found: dict[tuple[str, int, int], Goal | None] = {}
        self._columns: dict[str, GoalColumns] = {}
        self._matches: dict[str, tuple[Whole, Flags]] = {}

    def __call__(self, kpi_id: str, index: int, number: int) -> Goal | None:
        """The goal of a cell in a period, worked out when it is first asked for."""
        at = (kpi_id, index, number)
        if at not in self._found:
            self._found[at] = self._goal(*at) if kpi_id in self._with_target else None
        return self._found[at]

    def columns(self, kpi_id: str) -> GoalColumns | None:
        """The same as arrays, worked out when they are first asked for; None for a KPI without any target."""
        if kpi_id in self._with_target and kpi_id not in self._columns:
            self._columns[kpi_id] = self._columns_of(kpi_id)
        return self._columns.get(kpi_id)

    def about(self, periods: Sequence[int]) -> Goals:
        """The goals of some of the periods."""
        some = tuple(self.periods[number] for number in periods)
        organisation = self.directory, self.settings
        found = Goals(self.rows, self.away, *organisation, self.request, some, self.figures, self.cells, self.pasts)
        found._matches = {
            kpi: (target[:, periods], known[:, periods]) for kpi, (target, known) in dict(self._matches).items()
        }
        return found

    def take_over(self, other: Goals) -> None:
        """Keep what was matched for the same cells and periods, where the targets are the same."""
        self._matches = dict(other._matches)

    def has_targets_of(self, other: Goals) -> bool:
        """Whether the same targets are given, and reached by the same past, for the same people."""
        mine, theirs = ((each.away, each.settings, each.request, each.pasts) for each in (self, other))
        return self.rows is other.rows and self.directory is other.directory and mine == theirs

    def _columns_of(self, kpi_id: str) -> GoalColumns:
        columns = GoalColumns.empty((len(self.cells), len(self.periods)))
        figures = self.figures[kpi_id]
        defined = self._defined(figures)
        if kpi_id not in self._matches:
            self._matches[kpi_id] = self._matched(self._given(kpi_id))
        target, known = self._matches[kpi_id]
        value, exact = self._exact(figures)
        simple = known & defined & exact & _is_simple(figures.kpi, value, target, self._at_risk)
        _fill(columns, value[simple], target[simple], simple, self._at_risk)
        for index, number in np.argwhere(self._someones()[:, None] & ~simple).tolist():
            goal = self(kpi_id, index, number)
            if goal is not None:
                _fill_one(columns, (index, number), goal)
        return columns

    def _given(self, kpi_id: str) -> pa.Table:
        """The targets given about a KPI."""
        found, names = codes(self.rows.column("kpi"))
        return self.rows.filter(flags_of(found == names.index(kpi_id)))

    # -- as arrays -----------------------------------------------------------------------------------------------

    def _windows(self) -> list[int]:
        """The window of each period; 0 for one that has not begun."""
        return [asked.current or 0 for asked in self.periods]

    def _defined(self, figures: Figures) -> Flags:
        """Cells with a value and somebody to have an objective."""
        windows = self._windows()
        begun = np.array([asked.current is not None for asked in self.periods], dtype=np.bool_)
        if figures.no_data is not None:
            begun &= ~figures.no_data[windows]
        defined: Flags = begun & self._someones()[:, None] & ~np.isnan(figures.value[:, windows])
        return defined

    def _someones(self) -> Flags:
        """The cells of somebody who may have an objective."""
        return np.array([cell.scope.kind != UNASSIGNED for cell in self.cells], dtype=np.bool_)

    def _exact(self, figures: Figures) -> tuple[Whole, Flags]:
        """The values in whole ten-thousandths, and where they are exactly that."""
        windows = self._windows()
        if figures.exact is not None:
            return figures.exact[:, windows], np.ones((len(self.cells), len(windows)), np.bool_)
        value = np.nan_to_num(figures.value[:, windows])
        is_count = figures.kpi.unit is Unit.COUNT
        return (value * _ONE).astype(np.int64), (value == np.rint(value)) & is_count

    def _matched(self, given: pa.Table) -> tuple[Whole, Flags]:
        """Targets given for exactly a period that is over, to somebody who was there all along."""
        if self.request.dimensions:
            shape = len(self.cells), len(self.periods)
            return np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        scopes = [(cell.scope.kind, cell.scope.key) for cell in self.cells]
        target, known = matched(given, scopes, [asked.period for asked in self.periods], MONEY_SCALE)
        over = np.array([not asked.comparison.partial for asked in self.periods], dtype=np.bool_)
        return target, known & over & self._there()

    def _there(self) -> Flags:
        """By cell and period, whether a rep was there on every day of it."""
        days = np.array([(asked.period.start, asked.period.last_day) for asked in self.periods], "datetime64[D]")
        there = np.ones((len(self.cells), len(self.periods)), np.bool_)
        for index, cell in enumerate(self.cells):
            rep = self.directory.reps.get(cell.scope.number or 0) if cell.scope.kind == REP else None
            if rep is None:
                continue
            if rep.number in self.away:
                there[index] = False
            if rep.hired_on:
                there[index] &= days[:, 0] >= np.datetime64(rep.hired_on)
            if rep.left_on:
                there[index] &= days[:, 1] <= np.datetime64(rep.left_on)
        return there

    # -- one by one ----------------------------------------------------------------------------------------------

    @cached_property
    def _book(self) -> TargetBook:
        return target_book(self.rows, self.settings)[0]

    @cached_property
    def _targets(self) -> TeamTargets:
        return TeamTargets(self._book, sales_force(self.directory, self.settings, self.away))

    @cached_property
    def _at_risk(self) -> Decimal:
        return Decimal(str(self.settings.thresholds.at_risk))

    def _goal(self, kpi_id: str, index: int, number: int) -> Goal | None:
        figures, asked = self.figures[kpi_id], self.periods[number]
        kpi = figures.kpi
        found = self._objective(self.cells[index], kpi, asked)
        if found is None:
            return None
        expected, doubts = self._expected(found, kpi, asked)
        value = _value(figures, index, asked.current)
        stands = attain(value, found.value, expected, unit=kpi.unit, better=kpi.better, at_risk=self._at_risk)
        ratio = float(stands.attainment) if stands.attainment is not None else None
        notes = (*doubts, *self._overassigned(self.cells[index], kpi, asked, found))
        return Goal(found.value, expected, ratio, stands.gap, stands.status.value, found.is_derived, notes)

    def _expected(self, goal: Objective, kpi: Kpi, asked: Asked) -> tuple[Decimal | None, tuple[Issue, ...]]:
        """What is due by now while a period is running, and what must be said of it."""
        if not asked.comparison.partial:
            return None, ()
        past, as_of = self.pasts.get(kpi.id), self.request.as_of
        by_past = expected_by_past(self._book, goal, as_of, past) if past else None
        if by_past is not None:
            return by_past, ()
        return expected_to_date(self._book, goal, as_of, kpi.additivity), (NO_PAST,) if past else ()

    def _overassigned(self, cell: Cell, kpi: Kpi, asked: Asked, found: Objective) -> Iterator[Issue]:
        """By how much the reps' objectives differ from the one given to their team or company."""
        if found.origin is not Origin.GIVEN or cell.scope.level not in (COMPANY, TEAM) or self.request.dimensions:
            return
        over = self._targets.assignment(cell.scope.key, AskedTarget(kpi.id, asked.period, kpi.additivity)).reps_over
        if over and kpi.additivity is Additivity.ADDITIVE:
            yield _over_assignment(over, kpi.unit, self.settings.company.currency)

    def _objective(self, cell: Cell, kpi: Kpi, asked: Asked) -> Objective | None:
        if cell.scope.kind == UNASSIGNED:
            return None
        names = self.request.dimensions
        pairs = ((name, value) for name, value in zip(names, cell.dimensions, strict=True) if value is not None)
        dimensions = tuple(sorted(pairs))
        if len(dimensions) < len(names):
            return None
        wanted = AskedTarget(kpi.id, asked.period, kpi.additivity, dimensions)
        if cell.scope.level == COMPANY:
            return self._targets.company(wanted)
        if cell.scope.key is None:
            return None
        by_level = self._targets.team if cell.scope.level == TEAM else self._targets.rep
        return by_level(cell.scope.key, wanted)


def _over_assignment(over: Decimal, unit: Unit, currency: str) -> Issue:
    more, less = (
        ("dépassent celui-ci de", "exceed it by") if over > 0 else ("restent sous celui-ci de", "fall short of it by")
    )
    french, english = (_amount(abs(over), unit, currency, lang) for lang in ("fr", "en"))
    message = Text(f"Les objectifs des commerciaux {more} {french}.", f"The reps’ objectives {less} {english}.")
    return Issue("over_assigned" if over > 0 else "under_assigned", message)


def _amount(value: Decimal, unit: Unit, currency: str, lang: Lang) -> str:
    return numerals.whole_or_cents(value, currency, lang) if unit is Unit.MONEY else numerals.number(value, lang)


def _value(figures: Figures, index: int, window: int | None) -> Decimal | float | None:
    """The value; nothing sold yet in a period that has not begun is 0 for a sum, undefined for a rate."""
    if window is None or (figures.no_data is not None and figures.no_data[window]):
        return None
    if figures.exact is not None:
        return Decimal(int(figures.exact[index, window])).scaleb(-MONEY_SCALE)
    value = float(figures.value[index, window])
    return None if np.isnan(value) else value


def _is_simple(kpi: Kpi, value: Whole, target: Whole, at_risk: Decimal) -> Flags:
    """Where whole numbers say it all: more is better, the target is positive, and no product is too large."""
    above, below = Fraction(at_risk).as_integer_ratio()
    small: Flags = (target <= _MOST // max(above, 1)) & (np.abs(value) <= _MOST // below)
    return small & (target > 0) & (kpi.better is Better.HIGHER)


def _fill(columns: GoalColumns, value: Whole, target: Whole, at: Flags, at_risk: Decimal) -> None:
    """What `attain` says of periods that are over, for many values at once."""
    above, below = Fraction(at_risk).as_integer_ratio()
    columns.target[at] = target / _ONE
    columns.attainment[at] = value / target
    columns.gap[at] = (value - target) / _ONE
    conditions = [value > target, value == target, value * below >= target * above]
    chosen = [STATUSES.index(status) for status in (Status.EXCEEDED, Status.REACHED, Status.AT_RISK)]
    columns.status[at] = np.select(conditions, chosen, STATUSES.index(Status.BEHIND))


def _fill_one(columns: GoalColumns, at: tuple[int, int], goal: Goal) -> None:
    columns.target[at] = float(goal.target)
    columns.gap[at] = np.nan if goal.gap is None else float(goal.gap)
    columns.attainment[at] = np.nan if goal.attainment is None else goal.attainment
    columns.status[at] = STATUSES.index(Status(goal.status))
