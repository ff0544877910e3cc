"""The objective of each cell and period, and how its value stands against it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache

import numpy as np

from cadran.answer import Goal
from cadran.catalogue.kpi import Kpi
from cadran.cube import MONEY_SCALE, Cell
from cadran.directory import COMPANY, TEAM, Directory
from cadran.engines.engine import Engine
from cadran.figures import Figures
from cadran.objectives.attainment import attain
from cadran.objectives.book import TargetBook
from cadran.objectives.pace import expected_to_date
from cadran.objectives.proration import Objective
from cadran.objectives.reading import team_targets
from cadran.objectives.team_targets import Asked as AskedTarget
from cadran.objectives.team_targets import TeamTargets
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.planner.windows import Asked
from cadran.settings import Settings

Goals = Callable[[str], dict[tuple[int, int], Goal]]


def goals_of(
    engine: Engine,
    directory: Directory,
    settings: Settings,
    request: Request,
    resolution: Resolution,
    figures: dict[str, Figures],
    cells: tuple[Cell, ...],
) -> Goals:
    """A function: KPI id -> the goal of each (cell, period) that has one. Empty unless targets were asked for."""
    if "target" not in request.compare:
        return lambda _: {}
    targets, book, _ = team_targets(engine, directory, settings, tuple(resolution.definitions))
    at_risk = Decimal(str(settings.thresholds.at_risk))

    @cache
    def goals(kpi_id: str) -> dict[tuple[int, int], Goal]:
        found = {}
        for index, cell in enumerate(cells):
            for number, asked in enumerate(resolution.periods):
                goal = _goal(figures[kpi_id], index, cell, asked, request, targets, book, at_risk)
                if goal is not None:
                    found[index, number] = goal
        return found

    return goals


def _goal(
    figures: Figures,
    index: int,
    cell: Cell,
    asked: Asked,
    request: Request,
    targets: TeamTargets,
    book: TargetBook,
    at_risk: Decimal,
) -> Goal | None:
    kpi = figures.kpi
    found = _objective(targets, cell, kpi, asked, request)
    if found is None:
        return None
    expected = expected_to_date(book, found, request.as_of, kpi.additivity) if asked.comparison.partial else None
    value = _value(figures, index, asked.current)
    stands = attain(value, found.value, expected, unit=kpi.unit, better=kpi.better, at_risk=at_risk)
    gap = stands.gap if stands.gap is not None else Decimal(0) - found.value
    ratio = float(stands.attainment) if stands.attainment is not None else None
    return Goal(found.value, expected, ratio, gap, stands.status.value, found.is_derived)


def _objective(targets: TeamTargets, cell: Cell, kpi: Kpi, asked: Asked, request: Request) -> Objective | None:
    if cell.scope.kind == "unassigned":
        return None
    dimensions = tuple(
        sorted(
            (name, value) for name, value in zip(request.dimensions, cell.dimensions, strict=True) if value is not None
        )
    )
    if len(dimensions) < len(request.dimensions):
        return None
    wanted = AskedTarget(kpi.id, asked.period, kpi.additivity, dimensions)
    if cell.scope.level == COMPANY:
        return targets.company(wanted)
    if cell.scope.key is None:
        return None
    return targets.team(cell.scope.key, wanted) if cell.scope.level == TEAM else targets.rep(cell.scope.key, wanted)


def _value(figures: Figures, index: int, window: int | None) -> Decimal | float | None:
    """The value; nothing sold yet in a period that has not begun is 0 for a sum, undefined for a rate."""
    if window is None or (figures.no_data is not None and figures.no_data[window]):
        return None
    if figures.exact is not None:
        return Decimal(int(figures.exact[index, window])).scaleb(-MONEY_SCALE)
    value = float(figures.value[index, window])
    return None if np.isnan(value) else value
