"""A KPI's periods, as an answer gives them, made into its trend: doubt, objective, natural variation, signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cadran import numerals
from cadran.catalogue.kpi import Better, Kpi
from cadran.errors import Lang, Text
from cadran.periods.period import Grain, Period, containing, label_of
from cadran.present.charts.trend import Note, Signal, Trend, TrendPoint
from cadran.present.grid import Reader
from cadran.present.judgement import is_small
from cadran.present.words import PARTIAL
from cadran.statistics.trend import Limits, Rule, signals, xmr_limits

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_PROVISIONAL = Text("provisoire", "provisional")
_SMALL = Text("n = {n}, trop petit", "n = {n}, too small")
_CLOSE = 3  # points: two years that begin closer than this would be written over each other

Address = Callable[[Period], str]


def trend_of(
    kpi: Kpi,
    rows: Sequence[AnswerRow],
    reader: Reader,
    grain: Grain,
    address: Address,
    notes: Mapping[int, str],
    as_of: date,
) -> Trend:
    """`rows`: one scope's, oldest first, with their objectives; `address`: what a click on a period opens; `notes`: by
    the position of their period."""
    doubts = [_doubt(row, reader.lang, as_of) for row in rows]
    settled = [
        float("nan") if row.value is None or doubt else float(row.value)
        for row, doubt in zip(rows, doubts, strict=True)
    ]
    limits = xmr_limits(settled) if len(settled) > 1 else None
    found = _signals(kpi, settled, limits)
    return Trend(
        name=reader.kpi(kpi.id),
        unit=kpi.unit,
        currency=reader.currency,
        lang=reader.lang,
        points=tuple(_point(rows, at, reader, grain, address, doubts[at], found.get(at)) for at in range(len(rows))),
        mean=limits.mean if limits else None,
        low=_above_zero(limits.low, settled) if limits else None,
        high=limits.high if limits else None,
        notes=tuple(Note(at, text) for at, text in sorted(notes.items())),
    )


def _point(
    rows: Sequence[AnswerRow],
    at: int,
    reader: Reader,
    grain: Grain,
    address: Address,
    doubt: str,
    signal: tuple[Signal, bool] | None,
) -> TrendPoint:
    row = rows[at]
    period = Period(row.period_start, row.period_end)
    label = label_of(period, reader.lang, reader.fiscal_month, grain)
    return TrendPoint(
        label=label,
        tick=_tick(rows, at, reader, grain),
        value=None if row.value is None else float(row.value),
        year=_year(rows, at),
        objective=None if row.target is None else float(row.target),
        signal=signal[0] if signal else None,
        remark=label if signal and signal[1] else "",
        doubt=doubt if row.value is not None else "",
        href=address(period),
    )


def _doubt(row: AnswerRow, lang: Lang, as_of: date) -> str:
    """Why a value is not settled, in a word; empty where it is."""
    if row.is_partial:
        return PARTIAL.to(lang).format(day=numerals.day(as_of, lang))
    if row.is_provisional:
        return _PROVISIONAL.to(lang)
    if is_small(row):
        return _SMALL.to(lang).format(n=numerals.number(row.sample_size, lang))
    return ""


def _signals(kpi: Kpi, values: Sequence[float], limits: Limits | None) -> dict[int, tuple[Signal, bool]]:
    """Position -> on which side, and whether it lies outside the limits (a run within them gets no words)."""
    found: dict[int, tuple[Signal, bool]] = {}
    for each in signals(np.array(values), limits) if limits else ():
        tone: Signal = "better" if (each.side > 0) == (kpi.better is Better.HIGHER) else "worse"
        outside = each.rule is Rule.OUTSIDE
        found[each.position] = (tone, outside or found.get(each.position, (tone, False))[1])
    return found


def _above_zero(low: float, values: Sequence[float]) -> float:
    """The lower limit of what is never negative is zero."""
    return max(low, 0.0) if np.nanmin(values) >= 0 else low


def _tick(rows: Sequence[AnswerRow], at: int, reader: Reader, grain: Grain) -> str:
    """The initial of a month, at its first week; a quarter's own name."""
    start = rows[at].period_start
    if grain in (Grain.QUARTER, Grain.FISCAL_QUARTER):
        return label_of(Period(start, rows[at].period_end), reader.lang, reader.fiscal_month, grain).split()[0]
    if grain is Grain.WEEK and at and rows[at - 1].period_start.month == start.month:
        return ""
    return label_of(containing(start, Grain.MONTH), reader.lang)[0].upper()


def _year(rows: Sequence[AnswerRow], at: int) -> str:
    """Where a year begins; and the first, unless the second follows at once."""
    years = [row.period_start.year for row in rows]
    if at:
        return str(years[at]) if years[at] != years[at - 1] else ""
    return "" if years[0] != years[min(_CLOSE, len(years)) - 1] else str(years[0])
