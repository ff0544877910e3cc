"""A KPI split up: the scopes under the page's, each with its small curve; or a dimension, as bars and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.catalogue.kpi import Additivity, Kpi, Unit
from cadran.errors import Text
from cadran.periods.period import Grain, Period, label_of
from cadran.present.block import written
from cadran.present.charts.bars import Bar, Bars, bar_chart
from cadran.present.charts.chart import Chart
from cadran.present.charts.multiples import Multiples, Panel, small_multiples
from cadran.present.grid import Reader
from cadran.present.judgement import is_small, tone_of_change, tone_of_gap
from cadran.present.marks.bullet import Bullet, bullet
from cadran.present.words import NOT_GIVEN, UNASSIGNED

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

MOST_PANELS = 9  # small curves side by side; of more scopes, bars
MOST_BARS = 15
_OF = Text("{share} de {target}", "{share} of {target}")
_TOO_SMALL = Text("n = {n}, trop petit", "n = {n}, too small")
_SHARE = Text("{share} du total", "{share} of the total")
_PROVISIONAL = Text("provisoire", "provisional")

Key = tuple[str, str | None]  # the level of a scope and its own id


@dataclass(frozen=True)
class ScopePanel:
    """One scope: its curve, value and bullet, how far from its objective, its change on last year. `doubt` says why a
    value is not judged."""

    name: str
    address: str
    chart: Chart
    value: str
    bullet: str
    attainment: str
    attainment_tone: str
    change: str
    change_tone: str
    doubt: str


@dataclass(frozen=True)
class Split:
    """A dimension: the chart of the largest values (None: nothing to draw), every value, how many are not drawn."""

    chart: Chart | None
    lines: tuple[SplitLine, ...]
    left: int


@dataclass(frozen=True)
class SplitLine:
    """`beside`: its share, its sample or its doubt; `change`: on last year; `address`: the rows behind it."""

    name: str
    value: str
    beside: str
    change: str
    change_tone: str
    address: str


def scope_panels(
    kpi: Kpi,
    rows: Sequence[AnswerRow],
    months: Mapping[Key, Sequence[AnswerRow]],
    reader: Reader,
    grain: Grain,
    address: Callable[[AnswerRow], str],
) -> tuple[ScopePanel, ...]:
    """`rows`: the scopes' values in the page's period; `months`: their values by period."""
    every = sorted({Period(each.period_start, each.period_end) for found in months.values() for each in found})
    if not rows or not every:
        return ()
    curves = [_aligned(months.get((row.scope, row.scope_id), ()), every) for row in rows]
    labels = tuple(label_of(period, reader.lang, reader.fiscal_month, grain) for period in every)
    charts = small_multiples(
        Multiples(
            reader.kpi(kpi.id),
            kpi.unit,
            reader.currency,
            reader.lang,
            labels,
            tuple(
                Panel(
                    name_of_scope(row, reader),
                    tuple(None if each is None or each.value is None else float(each.value) for each in curve),
                    None if curve[-1] is None or curve[-1].target is None else float(curve[-1].target),
                )
                for row, curve in zip(rows, curves, strict=True)
            ),
        )
    )
    return tuple(_panel(kpi, row, chart, reader, address(row)) for row, chart in zip(rows, charts, strict=True))


def _aligned(rows: Sequence[AnswerRow], periods: Sequence[Period]) -> list[AnswerRow | None]:
    """A scope's row in each period; None where it held nothing."""
    found = {row.period_start: row for row in rows}
    return [found.get(period.start) for period in periods]


def _panel(kpi: Kpi, row: AnswerRow, chart: Chart, reader: Reader, address: str) -> ScopePanel:
    lang = reader.lang
    judged = row.attainment is not None and not is_small(row) and not row.is_provisional
    share = numerals.percent(row.attainment, lang) if judged else ""
    return ScopePanel(
        name=name_of_scope(row, reader),
        address=address,
        chart=chart,
        value=written(row.value, row, reader),
        bullet=_bullet(row) if judged else "",
        attainment=_OF.to(lang).format(share=share, target=written(row.target, row, reader)) if judged else "",
        attainment_tone=tone_of_gap(row, kpi),
        change="" if row.change_last_year is None else numerals.change_of(row.change_last_year, row.unit, lang),
        change_tone=tone_of_change(row, kpi, row.last_year),
        doubt=doubt_of(row, reader),
    )


def _bullet(row: AnswerRow) -> str:
    expected = float(row.expected) / float(row.target) if row.expected is not None and row.target else None
    return bullet(Bullet(attainment=row.attainment, expected=expected, status=row.status or ""))


def doubt_of(row: AnswerRow, reader: Reader) -> str:
    """Why a value is not judged: too small a sample, provisional, or what its notes say of a missing one."""
    if row.value is None:
        return " ".join(note.message.to(reader.lang) for note in row.notes)
    if is_small(row):
        return _TOO_SMALL.to(reader.lang).format(n=numerals.number(row.sample_size, reader.lang))
    return _PROVISIONAL.to(reader.lang) if row.is_provisional else ""


def name_of_scope(row: AnswerRow, reader: Reader) -> str:
    return UNASSIGNED.to(reader.lang) if row.scope == "unassigned" else row.scope_name


def split_of(
    kpi: Kpi,
    named: Sequence[tuple[str, AnswerRow, str]],
    title: str,
    whole: AnswerRow | None,
    reader: Reader,
) -> Split:
    """`named`: the name of each value, its row, the address of the rows behind it. The largest first; what is
    undefined last. `whole`: the page's own value, which the parts of a total are shares of."""
    total = float(whole.value) if whole and whole.value and kpi.additivity is Additivity.ADDITIVE else None
    is_count = kpi.unit is Unit.COUNT  # of which the whole is no reference for its parts
    reference = float(whole.value) if whole and whole.value is not None and total is None and not is_count else None
    ordered = sorted(named, key=lambda each: (each[1].value is None, -float(each[1].value or 0), each[0]))
    bars = tuple(
        Bar(
            name=name or NOT_GIVEN.to(reader.lang),
            value=None if row.value is None else float(row.value),
            remark=_beside(row, total, reader),
            href=address,
        )
        for name, row, address in ordered[:MOST_BARS]
    )
    given = Bars(reader.kpi(kpi.id), title, kpi.unit, reader.currency, reader.lang, bars, reference)
    return Split(
        chart=bar_chart(given) if bars else None,
        lines=tuple(_line(kpi, name, row, address, total, reader) for name, row, address in ordered),
        left=max(0, len(ordered) - MOST_BARS),
    )


def _line(kpi: Kpi, name: str, row: AnswerRow, address: str, total: float | None, reader: Reader) -> SplitLine:
    lang = reader.lang
    return SplitLine(
        name=name or NOT_GIVEN.to(lang),
        value=written(row.value, row, reader),
        beside=_beside(row, total, reader),
        change=numerals.NO_VALUE
        if row.change_last_year is None
        else numerals.change_of(row.change_last_year, row.unit, lang),
        change_tone=tone_of_change(row, kpi, row.last_year),
        address=address,
    )


def _beside(row: AnswerRow, total: float | None, reader: Reader) -> str:
    """The share of the total; else how many rows or clients the value rests on."""
    lang = reader.lang
    if doubt := doubt_of(row, reader):
        return doubt
    if total is not None and row.value is not None:
        return _SHARE.to(lang).format(share=numerals.percent(float(row.value) / total, lang))
    return "" if row.sample_size is None else f"n = {numerals.number(row.sample_size, lang)}"
