"""An answer: one row per KPI, scope, dimensions and period; arrays inside, rows and tables on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cadran.catalogue.kpi import Additivity, IntervalMethod, Kpi, Unit
from cadran.cube import MONEY_SCALE, Cell
from cadran.directory import Scope
from cadran.errors import Issue, Lang
from cadran.figures import Figures
from cadran.laid_out import LaidOut
from cadran.notes import is_provisional, notes
from cadran.planner.request import Request
from cadran.planner.windows import Asked
from cadran.settings import Thresholds

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Number = Decimal | int | float
_FOUR = Decimal("0.0001")


@dataclass(frozen=True)
class Goal:
    """A cell's objective for one period: the target, what is expected by `as_of`, and how the value stands."""

    target: Decimal
    expected: Decimal | None
    attainment: float | None
    gap: Decimal | None
    status: str
    is_derived: bool
    notes: tuple[Issue, ...] = ()


GoalOf = Callable[[str, int, int], Goal | None]  # KPI id, position of the cell, position of the period


def no_goals(kpi_id: str, index: int, number: int) -> Goal | None:
    """Where no targets were asked for."""
    return None


@dataclass(frozen=True)
class AnswerRow:
    """One number with everything that belongs to it. `value` is a Decimal for money, an int for counts, a float
    otherwise, None when undefined. A change is a share for amounts and counts (0.25 is +25 %), a difference for
    rates (0.02 is +2 points), days and scores."""

    kpi: str
    level: str
    scope: str
    scope_id: str | None
    scope_name: str
    dimensions: dict[str, str | None]
    period_start: date
    period_end: date
    value: Number | None
    unit: str
    numerator: Number | None
    denominator: Number | None
    sample_size: int | None
    low: float | None
    high: float | None
    target: Decimal | None
    attainment: float | None
    gap: Decimal | None
    status: str | None
    previous: Number | None
    last_year: Number | None
    previous_full: Number | None
    last_year_full: Number | None
    change_previous: float | None
    change_last_year: float | None
    expected: Decimal | None
    maturity: float | None
    estimate: float | None
    is_partial: bool
    is_provisional: bool
    notes: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What `ask` gives. `.rows` for people and JSON, `.to_arrow()` for whole columns."""

    request: Request
    snapshot: str
    kpis: tuple[Kpi, ...]
    cells: tuple[Cell, ...]
    periods: tuple[Asked, ...]
    figures: dict[str, Figures]
    goals: GoalOf = field(repr=False)
    limits: Thresholds
    currency: str
    basis: str
    explainer: Callable[..., str] | None = field(default=None, repr=False)
    tracer: Callable[..., pa.Table] | None = field(default=None, repr=False)
    laid_out: LaidOut = field(default_factory=LaidOut, repr=False, compare=False)

    @cached_property
    def rows(self) -> tuple[AnswerRow, ...]:
        """Every row: KPI by KPI in the order asked, then period by period, then scope by scope."""
        return self.rows_of(lambda _: True)

    def rows_of(self, wanted: Callable[[Scope], bool], only: str | None = None) -> tuple[AnswerRow, ...]:
        """The rows of some scopes, of all KPIs or one, in the order of `rows`: a page that shows ten of a thousand
        draws up ten."""
        from cadran.columns import Shown

        kpis = [kpi for kpi in self.kpis if only in (None, kpi.id)]
        shown = Shown(self.cells, self.periods)
        held = {kpi.id: shown.of(self.figures[kpi.id]) for kpi in kpis}
        cells = [(index, cell) for index, cell in enumerate(self.cells) if wanted(cell.scope)]
        return tuple(
            self._row(kpi, number, asked, index, cell)
            for kpi in kpis
            for number, asked in enumerate(self.periods)
            for index, cell in cells
            if held[kpi.id][index, number]
        )

    def _row(self, kpi: Kpi, number: int, asked: Asked, index: int, cell: Cell) -> AnswerRow:
        figures = self.figures[kpi.id]
        at = _Reader(figures, index)
        value = at.value(asked.current)
        sample = at.whole(figures.sample, asked.current)
        goal = self.goals(kpi.id, index, number) if "target" in self.request.compare else None
        previous, last_year = at.value(asked.previous), at.value(asked.last_year)
        maturity = at.plain(figures.maturity, asked.current)
        low, high = at.interval(asked.current) if self._enough(kpi, sample) else (None, None)
        return AnswerRow(
            kpi=kpi.id,
            level=cell.scope.level,
            scope=cell.scope.kind,
            scope_id=cell.scope.key,
            scope_name=cell.scope.name,
            dimensions=dict(zip(self.request.dimensions, cell.dimensions, strict=True)),
            period_start=asked.period.start,
            period_end=asked.period.end,
            value=value,
            unit=kpi.unit.value,
            numerator=at.term(figures.numerator, asked.current),
            denominator=at.term(figures.denominator, asked.current),
            sample_size=sample,
            low=low,
            high=high,
            target=goal.target if goal else None,
            attainment=goal.attainment if goal else None,
            gap=goal.gap if goal else None,
            status=(goal.status if goal else "no_target") if "target" in self.request.compare else None,
            previous=previous,
            last_year=last_year,
            previous_full=at.value(asked.previous_full),
            last_year_full=at.value(asked.last_year_full),
            change_previous=_change(kpi, value, previous),
            change_last_year=_change(kpi, value, last_year),
            expected=goal.expected if goal else None,
            maturity=maturity,
            estimate=at.plain(figures.estimate, asked.current),
            is_partial=asked.comparison.partial,
            is_provisional=is_provisional(figures, index, asked, self.limits),
            notes=(
                *notes(figures, index, asked, sample, self.limits, self.currency),
                *(goal.notes if goal else ()),
            ),
        )

    def _enough(self, kpi: Kpi, sample: int | None) -> bool:
        """Too few clients or deals carry no interval for a skewed mean; a proportion keeps its wide one."""
        return kpi.interval is not IntervalMethod.BOOTSTRAP or (sample or 0) >= self.limits.minimum_mean_sample

    def explain(self, lang: Lang = "fr", *, plan: bool = False) -> str:
        """What each KPI means and how it was computed, in words and in SQL; with `plan`, in words and by what the
        engine reads: tables, columns, estimated rows."""
        assert self.explainer is not None
        return self.explainer(lang, plan=plan)

    def rows_behind(self, *, scope: str | None = None, scope_id: str | None = None, level: str = "rep") -> pa.Table:
        """The facts behind the numbers, numerator and denominator; see `behind.rows_behind`."""
        assert self.tracer is not None
        return self.tracer(scope=scope, scope_id=scope_id, level=level)

    def to_dict(self) -> dict[str, Any]:
        """The JSON contract: undefined is null, money has at most 4 decimals, periods are [start, end)."""
        return {
            "request": _plain(asdict(self.request)),
            "snapshot": self.snapshot,
            "rows": [_row_to_dict(row) for row in self.rows],
        }

    def to_arrow(self) -> pa.Table:
        """The numbers as columns, values as doubles, undefined ones null: the same rows as `rows`, in their order."""
        return self.laid_out.of(self)

    def to_pandas(self) -> pd.DataFrame:
        return self.to_arrow().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame


@dataclass(frozen=True)
class _Reader:
    """Reads one cell's numbers off the arrays, as people write them."""

    figures: Figures
    index: int

    def value(self, window: int | None) -> Number | None:
        if window is None or (self.figures.no_data is not None and self.figures.no_data[window]):
            return None
        if self.figures.exact is not None:
            return Decimal(int(self.figures.exact[self.index, window])).scaleb(-MONEY_SCALE)
        return _number(float(self.figures.value[self.index, window]), self.figures.kpi.unit)

    def term(self, array: np.ndarray[Any, np.dtype[np.float64]] | None, window: int | None) -> Number | None:
        if array is None or window is None or np.isnan(array[self.index, window]):
            return None
        number = float(array[self.index, window])
        return int(number) if number.is_integer() else round(number, MONEY_SCALE)

    def plain(self, array: np.ndarray[Any, np.dtype[np.float64]] | None, window: int | None) -> float | None:
        if array is None or window is None or np.isnan(array[self.index, window]):
            return None
        return float(array[self.index, window])

    def interval(self, window: int | None) -> tuple[float | None, float | None]:
        if window is None:
            return None, None
        low, high = self.figures.interval(self.index, window)
        return None if np.isnan(low) else low, None if np.isnan(high) else high

    def whole(self, array: np.ndarray[Any, np.dtype[np.float64]] | None, window: int | None) -> int | None:
        number = self.plain(array, window)
        return None if number is None else int(number)


def _number(value: float, unit: Unit) -> Number | None:
    if np.isnan(value):
        return None
    if unit is Unit.MONEY:
        return Decimal(repr(value)).quantize(_FOUR, ROUND_HALF_EVEN)
    return int(value) if unit is Unit.COUNT and value.is_integer() else value


def _change(kpi: Kpi, value: Number | None, reference: Number | None) -> float | None:
    """Amounts and counts as a share of the reference, the rest as a difference; from zero or nothing: undefined."""
    if value is None or reference is None:
        return None
    if kpi.unit in (Unit.MONEY, Unit.COUNT) or kpi.additivity is Additivity.ADDITIVE:
        return float((value - reference) / abs(reference)) if reference else None  # type: ignore[operator]
    return float(value) - float(reference)


def _row_to_dict(row: AnswerRow) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in row.__dataclass_fields__}
    fields["notes"] = [{"code": note.code, "fr": note.message.fr, "en": note.message.en} for note in row.notes]
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    """A value as JSON takes it; a Decimal without needless zeros."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
