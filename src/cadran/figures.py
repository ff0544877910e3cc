"""Each KPI's figures for every cell and window: value, terms, sample, interval, and what makes them doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cadran.catalogue.kpi import Base, IntervalMethod, Kind, Kpi, Population, Unit
from cadran.cube import Cell, Cube, filled
from cadran.errors import Issue
from cadran.periods.period import add_months
from cadran.planner.arithmetic import Floats, divide, evaluate
from cadran.planner.extras import KNOWN, LEFT_OUT
from cadran.planner.measures import names_in
from cadran.planner.plan import Batch, KpiPlan, Term, Window
from cadran.planner.resolve import Resolution
from cadran.planner.sources import STAND_INS, Context, drawn_from
from cadran.remarks import Undated, remarks, undated_of
from cadran.sampled import NONE, Sampled
from cadran.settings import Thresholds

if TYPE_CHECKING:
    from cadran.readings import Reading, Readings

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """Arrays of (cells, windows). `exact`: the value in whole ten-thousandths, for sums of amounts. `extras`: what
    notes are made of; `remarks` hold for every cell. `parts`: those a derived KPI is made of, whose notes are its own.
    An interval is in `low` and `high`, or in `sampled` where it takes single values: `interval` reads either.
    By window: `no_data`, outside the days of data; `early`, in the first year of data of a KPI that looks back; `said`,
    what state of the store a past stock is told from."""

    kpi: Kpi
    value: Floats
    exact: Whole | None = None
    numerator: Floats | None = None
    denominator: Floats | None = None
    sample: Floats | None = None
    estimate: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    sampled: Sampled | None = None
    maturity: Floats | None = None
    extras: Mapping[str, Floats] = field(default_factory=dict)
    no_data: npt.NDArray[np.bool_] | None = None
    early: npt.NDArray[np.bool_] | None = None
    said: Mapping[int, tuple[Issue, ...]] = field(default_factory=dict)
    remarks: tuple[Issue, ...] = ()
    undated: Undated | None = None
    parts: tuple[Figures, ...] = ()
    unavailable: Issue | None = None

    def interval(self, index: int, window: int) -> tuple[float, float]:
        """The bounds of a cell's value in a window that was asked for; NaN where there are none."""
        if self.sampled is not None:
            return self.sampled.at(index, window)
        if self.low is None or self.high is None:
            return NONE
        return float(self.low[index, window]), float(self.high[index, window])


def read_figures(
    readings: Readings, cubes: Sequence[Mapping[int, Cube]], limits: Thresholds, cells: int
) -> dict[str, Figures]:
    """The figures of every KPI the resolution planned, derived ones included. `cubes`: the numbers of each reading, by
    batch."""
    resolution = readings.now.resolution
    windows = resolution.windows
    shape = (cells, len(windows))
    figures: dict[str, Figures] = {}
    for kpi_id in resolution.plans:
        if not windows:
            figures[kpi_id] = Figures(resolution.definitions[kpi_id], np.empty(shape))
            continue
        told = [
            (_read(kpi_id, reading, numbers, windows, limits), reading.windows[kpi_id])
            for reading, numbers in zip(readings.all, cubes, strict=True)
            if reading.windows.get(kpi_id)
        ]
        said = {window: (issue,) for window, issue in readings.said.get(kpi_id, {}).items()}
        figures[kpi_id] = replace(stitched(told), said=said)
    for kpi_id, formula in resolution.derived.items():
        values = {name: figures[name].value for name in formula.names}
        value = np.broadcast_to(evaluate(formula.tree, values), shape)
        parts = [figures[name] for name in sorted(formula.names)]
        figures[kpi_id] = _derived(Figures(resolution.definitions[kpi_id], value), parts)
    for kpi_id, issue in resolution.unavailable.items():
        nothing = np.full(shape, np.nan)
        figures[kpi_id] = Figures(resolution.definitions[kpi_id], nothing, unavailable=issue)
    return figures


def _read(
    kpi_id: str, reading: Reading, cubes: Mapping[int, Cube], windows: tuple[Window, ...], limits: Thresholds
) -> Figures:
    """One KPI's figures as one reading tells them."""
    plan, population = reading.resolution.plans[kpi_id], reading.resolution.populations[kpi_id]
    cube, kpi = cubes[plan.batch], reading.resolution.definitions[kpi_id]
    told = frozenset(asked.current for asked in reading.resolution.periods if asked.current is not None)
    horizon = population.horizon_days or limits.horizon_days or 0

    def of_numbers() -> Figures:
        return _with_interval(_planned(kpi, plan, cube), plan, cube, limits, horizon, told)

    found = _dated(cube.once((kpi, plan, limits, horizon, told), of_numbers), population, windows, reading.context)
    return replace(found, remarks=tuple(remarks(population, reading.context)))


_BY_WINDOW = ("value", "numerator", "denominator", "sample", "estimate", "low", "high", "maturity", "no_data", "early")


def stitched(told: Sequence[tuple[Figures, frozenset[int]]]) -> Figures:
    """One KPI's figures from those of several readings, each for its own windows."""
    (whole, _), *others = told
    for figures, windows in others:
        at = sorted(windows)
        changes: dict[str, Any] = {
            name: _with_columns(getattr(whole, name), getattr(figures, name), at) for name in _BY_WINDOW
        }
        names = dict.fromkeys((*whole.extras, *figures.extras))
        extras = {name: _with_columns(whole.extras.get(name), figures.extras.get(name), at) for name in names}
        exact = None if whole.exact is None or figures.exact is None else whole.exact.copy()
        if exact is not None and figures.exact is not None:
            exact[:, at] = figures.exact[:, at]
        whole = replace(whole, **changes, exact=exact, extras={n: a for n, a in extras.items() if a is not None})
        if sampled := whole.sampled or figures.sampled:
            mine = whole.sampled or Sampled(sampled.kpi, {}, sampled.minimum)
            whole = replace(whole, sampled=mine.with_windows(figures.sampled, windows))
    return whole


def _with_columns(onto: Floats | None, other: Floats | None, at: list[int]) -> Floats | None:
    """An array with some of its last axis taken from another; what one of them lacks is not known (NaN, false)."""
    given = onto if onto is not None else other
    if given is None:
        return None
    missing = np.zeros_like(given) if given.dtype == np.bool_ else np.full_like(given, np.nan)
    result = (missing if onto is None else onto).copy()
    result[..., at] = (missing if other is None else other)[..., at]
    return result


def with_undated(
    figures: Mapping[str, Figures],
    found: Iterable[tuple[Batch, Mapping[str, Term], pa.Table]],
    cells: tuple[Cell, ...],
    resolution: Resolution,
    context: Context,
) -> dict[str, Figures]:
    """The figures with the rows that lack the date their KPI counts by; derived ones know them by their parts."""
    told = dict(figures)
    for batch, terms, table in found:
        cube = filled(cells, 1, batch, table)
        for kpi, term in terms.items():
            rows = np.nan_to_num(cube.term(term)[:, 0])
            told[kpi] = replace(told[kpi], undated=undated_of(resolution.populations[kpi], rows, context))
    for kpi, formula in resolution.derived.items():
        told[kpi] = replace(told[kpi], parts=tuple(told[name] for name in sorted(formula.names)))
    return told


def _derived(figures: Figures, parts: list[Figures]) -> Figures:
    """With what follows from its parts: outside the data where one of them is."""
    outside = [part.no_data for part in parts if part.no_data is not None]
    return replace(figures, no_data=np.logical_or.reduce(outside) if outside else None)


def _planned(kpi: Kpi, plan: KpiPlan, cube: Cube) -> Figures:
    numerator = cube.term(plan.numerator)
    beside = _with_bases({name: cube.term(term) for name, term in plan.extras}, plan)
    sample = cube.term(plan.sample) if plan.sample else None
    if plan.denominator is None:
        return Figures(kpi, numerator, cube.exact_term(plan.numerator), numerator, None, sample, extras=beside)
    denominator = cube.term(plan.denominator)
    known = beside.get(KNOWN)
    maturity = None if known is None else divide(known, denominator)
    value = divide(numerator, denominator)
    return Figures(kpi, value, None, numerator, denominator, sample, maturity=maturity, extras=beside)


def _with_bases(extras: dict[str, Floats], plan: KpiPlan) -> dict[str, Floats]:
    """The rows left out of a retention are those of its period and those of its base."""
    if LEFT_OUT not in extras or not plan.pairs:
        return extras
    rows = extras[LEFT_OUT].copy()
    for window, base in plan.pairs:
        rows[:, window] = np.nansum([extras[LEFT_OUT][:, window], extras[LEFT_OUT][:, base]], axis=0)
    return extras | {LEFT_OUT: rows}


def _dated(figures: Figures, population: Population, windows: tuple[Window, ...], context: Context) -> Figures:
    """With the windows that lie outside the data, and those too near its beginning for a KPI that looks back."""
    days = _days_of_data(population, context)
    if not days:
        return figures
    first, last = days[0], days[-1]
    is_state = population.kind is Kind.STOCK or population.base == Base.OPENING
    outside = [w.period.end <= first or (not is_state and w.period.start > last) for w in windows]
    looks_back = "first_purchase_on" in names_in(population)
    early = [looks_back and w.period.start < add_months(first, 12) for w in windows]
    return replace(figures, no_data=np.array(outside, dtype=np.bool_), early=np.array(early, dtype=np.bool_))


def _days_of_data(population: Population, context: Context) -> list[date]:
    """In order, the first and last days that the KPI's date or what stands in for it in its table was given; none
    without any."""
    drawn = drawn_from(population.of, context)
    stored = drawn.stored(population.on) or ""
    options = STAND_INS.get((drawn.table, stored), ((drawn.table, stored),))
    profiles = context.profile(drawn.table).columns
    given = [profiles[name] for table, name in options if table == drawn.table and name in profiles]
    ends = [day for profile in given for day in (profile.low, profile.high) if day is not None]
    later = timedelta(days=1 if population.on == "due_on" else 0)
    return sorted(date.fromisoformat(day[:10]) + later for day in ends)


def _estimated(figures: Figures, courses: Mapping[tuple[int, int], Floats], horizon: int) -> Figures:
    """With what each cohort will have reached once all of it is as old as the horizon."""
    from cadran.statistics.survival import cohort_estimate

    estimate = np.full(figures.value.shape, np.nan)
    for at, members in courses.items():
        found = cohort_estimate(members[:, 0], members[:, 1], horizon)
        if found is not None and found.estimate is not None:
            estimate[at] = found.estimate
    return replace(figures, estimate=estimate)


def _with_interval(
    figures: Figures, plan: KpiPlan, cube: Cube, limits: Thresholds, horizon: int, told: frozenset[int]
) -> Figures:
    """`told`: the windows whose interval is told, those of the periods asked for and not those they are compared with.
    Copied, they outlive the engine's answer, which holds all the others."""
    method = figures.kpi.interval
    if figures.kpi.kind is Kind.COHORT and plan.values in cube.lists:
        figures = _estimated(figures, cube.lists[plan.values], horizon)
    if method is IntervalMethod.WILSON:
        return _wilson(figures)
    if method is IntervalMethod.MULTINOMIAL:
        return _multinomial(figures, {name: cube.term(term) for name, term in plan.extras})
    if plan.values in cube.lists:
        shown = {at: values.copy() for at, values in cube.lists[plan.values].items() if at[1] in told}
        return replace(figures, sampled=Sampled(figures.kpi, shown, limits.minimum_mean_sample))
    return figures


def _wilson(figures: Figures) -> Figures:
    from cadran.statistics.intervals import wilson_bounds

    if figures.numerator is None or figures.denominator is None:
        return figures
    low, high = wilson_bounds(figures.numerator, figures.denominator)
    return replace(figures, low=low, high=high)


def _multinomial(figures: Figures, extras: Mapping[str, Floats]) -> Figures:
    from cadran.statistics.intervals import multinomial_bounds

    if figures.denominator is None:
        return figures
    low, high = multinomial_bounds(extras["promoters"], extras["detractors"], figures.denominator)
    scale = 100.0 if figures.kpi.unit is Unit.SCORE else 1.0
    return replace(figures, low=low * scale, high=high * scale)
