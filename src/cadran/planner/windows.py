"""The windows of days a request reads: its periods, those they are compared with, and the bases of retention."""

from __future__ import annotations

from dataclasses import dataclass, field

from cadran.catalogue.kpi import Base, Population
from cadran.periods.comparison import Comparison, compare
from cadran.periods.period import Grain, Period, add_months, containing
from cadran.planner.plan import Window
from cadran.planner.request import Request


@dataclass
class Windows:
    """Numbers each different window once. A window is a period as far as it is over on the evening of `as_of`."""

    numbers: dict[Period, int] = field(default_factory=dict)
    wholes: dict[Period, Period] = field(default_factory=dict)

    def add(self, period: Period, whole: Period | None = None) -> int | None:
        """The window's number; None for a window that has not begun. `whole` is the period it is the beginning of."""
        if period.is_empty:
            return None
        self.wholes.setdefault(period, whole or period)
        return self.numbers.setdefault(period, len(self.numbers))

    def all(self) -> tuple[Window, ...]:
        return tuple(Window(number, period) for period, number in self.numbers.items())


@dataclass(frozen=True)
class Asked:
    """One period of the answer, and the numbers of the windows its columns are read from."""

    comparison: Comparison
    current: int | None
    previous: int | None
    last_year: int | None
    previous_full: int | None
    last_year_full: int | None

    @property
    def period(self) -> Period:
        return self.comparison.current


def asked_periods(request: Request, windows: Windows, fiscal_month: int) -> tuple[Asked, ...]:
    """The request's periods in order, their windows added to `windows`."""
    grain = Grain(request.grain) if request.grain else None
    return tuple(
        _asked(compare(period, request.as_of, grain, fiscal_month), request, windows)
        for period in request.periods(fiscal_month)
    )


def _asked(comparison: Comparison, request: Request, windows: Windows) -> Asked:
    previous = "previous" in request.compare
    last_year = "last_year" in request.compare
    return Asked(
        comparison,
        windows.add(comparison.elapsed, comparison.current),
        windows.add(comparison.previous_same_day, comparison.previous_full) if previous else None,
        windows.add(comparison.last_year_same_day, comparison.last_year_full) if last_year else None,
        windows.add(comparison.previous_full) if previous else None,
        windows.add(comparison.last_year_full) if last_year else None,
    )


def base_pairs(
    population: Population, windows: Windows, fiscal_month: int, grain: Grain | None
) -> tuple[tuple[int, int], ...]:
    """(window, base window) for every window a retention KPI is wanted in; base windows are added."""
    pairs = []
    for period, number in tuple(windows.numbers.items()):
        base = windows.add(_base(population, windows.wholes[period], grain, fiscal_month))
        if base is not None:
            pairs.append((number, base))
    return tuple(pairs)


def _base(population: Population, whole: Period, grain: Grain | None, fiscal_month: int) -> Period:
    """The window before: of a running or cut period, the whole period before the one it is the beginning of."""
    if grain is not None and containing(whole.start, grain, fiscal_month).start == whole.start:
        whole = containing(whole.start, grain, fiscal_month)
    if population.base is Base.MONTHS:
        return Period(add_months(whole.start, -(population.base_months or 12)), whole.start)
    return compare(whole, whole.last_day, grain, fiscal_month).previous_full
