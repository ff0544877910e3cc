"""One KPI of a scope and period, as the dashboard shows it: value, dial, what stands beside it, changes, curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cadran import numerals
from cadran.catalogue.kpi import Better, IntervalMethod, Kpi, Unit
from cadran.errors import Text
from cadran.periods.comparison import compare
from cadran.periods.period import Period, label_of
from cadran.present.grid import Reader
from cadran.present.judgement import is_small, shown_status, tone_of_change, tone_of_gap
from cadran.present.marks.dial import Dial, State, dial
from cadran.present.marks.sparkline import Sparkline, sparkline
from cadran.present.words import STATUS
from cadran.statistics.trend import signals, xmr_limits

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_OBJECTIVE = Text("Objectif", "Objective")
_AT_MOST = Text("Au plus", "At most")
_GAP = Text("Écart", "Gap")
_EXPECTED = Text("Attendu à ce jour", "Expected to date")
_INTERVAL = Text("Intervalle 95 %", "95% interval")
_AT_TERM = Text("Estimé à terme", "Estimated at term")
_SAMPLE = Text("Échantillon", "Sample")
_OF_TARGET = Text("de l’objectif", "of objective")
_NO_TARGET = Text("sans objectif", "no objective")
_TOO_SMALL = Text("trop petit", "too small")
_UNDEFINED = Text("non défini", "undefined")
_NO_DATA = Text("pas de données", "no data")
_SAME_DAY = Text("{period}, à date", "{period}, to date")
_COUNTED = Text("{part} sur {whole}", "{part} of {whole}")
_KNOWN = Text("issue connue pour {share}", "outcome known for {share}")
_NOT_SIGNIFICANT = Text("non significatif", "not significant")
_POINTS = Text("{count} mois", "{count} months")
_NAMED = Text("{name} : {value}", "{name}: {value}")
_NAMED_TARGET = Text(
    ", {share} de l’objectif de {target}, {status}", ", {share} of the objective of {target}, {status}"
)


@dataclass(frozen=True)
class Line:
    """A label and a written value; `tone`: better, worse, watch or nothing."""

    label: str
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Block:
    """`status` is a key of `words.STATUS` or empty; `dial` and `curve` are drawn (SVG)."""

    kpi: str
    name: str
    status: str
    status_word: str
    value: str
    dial: str
    side: tuple[Line, ...]
    changes: tuple[Line, ...]
    curve: str
    caption: str
    remark: str
    notes: tuple[str, ...]


def block(kpi: Kpi, row: AnswerRow, months: Sequence[AnswerRow], reader: Reader, as_of: date) -> Block:
    """`row`: the value with its target, previous period and last year; `months`: the same KPI and scope by month, the
    page's period last."""
    status = shown_status(row, kpi)
    return Block(
        kpi=kpi.id,
        name=reader.kpi(kpi.id),
        status=status,
        status_word=word_of(status, reader) if status else "",
        value=written(row.value, row, reader),
        dial=dial(dial_of(kpi, row, reader)),
        side=tuple(_side(kpi, row, reader)),
        changes=tuple(_changes(kpi, row, reader, as_of)),
        curve=sparkline(_curve(kpi, months)),
        caption=_POINTS.to(reader.lang).format(count=len(months)),
        remark=_remark(kpi, row, reader),
        notes=tuple(note.message.to(reader.lang) for note in row.notes),
    )


def written(value: object, row: AnswerRow, reader: Reader) -> str:
    return numerals.value_of(value, row.unit, reader.currency, reader.lang, brief=True)  # type: ignore[arg-type]


def word_of(status: str, reader: Reader) -> str:
    """A status without its shape, which a page draws."""
    return STATUS[status].to(reader.lang).lstrip("▲●○◆▼◌ ")


def dial_of(kpi: Kpi, row: AnswerRow, reader: Reader, size: int = 128) -> Dial:
    """What the dial of a value shows; doubt is drawn, nothing doubtful is coloured."""
    lang = reader.lang
    state, text, under = _shown(row, reader)
    label = _NAMED.to(lang).format(name=reader.kpi(kpi.id), value=written(row.value, row, reader))
    if row.target is not None and row.attainment is not None:
        word = word_of(shown_status(row, kpi) or "undefined", reader)
        label += _NAMED_TARGET.to(lang).format(
            share=numerals.percent(row.attainment, lang, trim=True),
            target=written(row.target, row, reader),
            status=word,
        )
    return Dial(
        attainment=row.attainment,
        expected=_share(row.expected, row.target, kpi),
        estimate=_share(row.estimate, row.target, kpi) if row.is_provisional else None,
        status=row.status or "",
        state=state,
        text=text,
        under=under,
        label=label,
        significant=_is_significant(kpi, row),
        size=size,
    )


def _is_significant(kpi: Kpi, row: AnswerRow) -> bool:
    """Whether what is missing or beyond may be coloured: an amount always, a rate or mean when its interval clears
    the objective."""
    return kpi.interval is IntervalMethod.NONE or bool(tone_of_gap(row, kpi))


def _shown(row: AnswerRow, reader: Reader) -> tuple[State, str, str]:
    """The dial's state, the figure in its middle, the words under it."""
    lang = reader.lang
    if any(note.code == "no_data" for note in row.notes):
        return "no_data", "", _NO_DATA.to(lang)
    if row.value is None:
        return "undefined", numerals.NO_VALUE, _UNDEFINED.to(lang)
    if is_small(row):
        return "too_small", f"n = {numerals.number(row.sample_size, lang)}", _TOO_SMALL.to(lang)
    if row.target is None or row.attainment is None:
        return "no_target", "", _NO_TARGET.to(lang)
    state: State = "provisional" if row.is_provisional else "measured"
    return state, numerals.percent(row.attainment, lang, trim=True), _OF_TARGET.to(lang)


def _share(value: object, target: object, kpi: Kpi) -> float | None:
    """A value as a share of the target; where lower is better, the other way round."""
    if not value or not target:
        return None
    part = float(str(value)) / float(str(target))
    return part if kpi.better is Better.HIGHER else 1 / part


def _side(kpi: Kpi, row: AnswerRow, reader: Reader) -> Iterator[Line]:
    lang = reader.lang
    if row.target is not None:
        yield Line((_OBJECTIVE if kpi.better is Better.HIGHER else _AT_MOST).to(lang), written(row.target, row, reader))
        if not is_small(row):
            yield Line(_GAP.to(lang), _gap(row, reader), tone_of_gap(row, kpi))
    if row.is_provisional and row.estimate is not None:
        yield Line(_AT_TERM.to(lang), written(row.estimate, row, reader))
    if row.low is not None and row.high is not None:
        yield Line(_INTERVAL.to(lang), _interval(row, reader))
    elif row.expected is not None:
        yield Line(_EXPECTED.to(lang), written(row.expected, row, reader))
    elif row.sample_size is not None and row.target is None:
        yield Line(_SAMPLE.to(lang), numerals.number(row.sample_size, lang))


def _gap(row: AnswerRow, reader: Reader) -> str:
    gap = row.gap
    if gap is not None and Unit(row.unit) is Unit.MONEY:
        return ("+" if gap > 0 else "") + numerals.money(gap, reader.currency, reader.lang, 0)
    return numerals.gap_of(gap, row.unit, reader.currency, reader.lang)


def _interval(row: AnswerRow, reader: Reader) -> str:
    """17,6 – 25,6 %: the unit once."""
    low, high = (written(end, row, reader) for end in (row.low, row.high))
    unit = high.lstrip("−0123456789.,\u202f")
    return f"{low.removesuffix(unit).rstrip()} – {high}" if unit else f"{low} – {high}"


def _changes(kpi: Kpi, row: AnswerRow, reader: Reader, as_of: date) -> Iterator[Line]:
    period = Period(row.period_start, row.period_end)
    with_it = compare(period, as_of, fiscal_month=reader.fiscal_month)
    pairs = (
        (with_it.previous_full, row.previous, row.change_previous),
        (with_it.last_year_full, row.last_year, row.change_last_year),
    )
    for reference, value, change in pairs:
        label = label_of(reference, reader.lang, reader.fiscal_month)
        if row.is_partial:
            label = _SAME_DAY.to(reader.lang).format(period=label)
        text = numerals.NO_VALUE if change is None else numerals.change_of(change, row.unit, reader.lang)
        yield Line(label, text, tone_of_change(row, kpi, value))


def _curve(kpi: Kpi, months: Sequence[AnswerRow]) -> Sparkline:
    values = [float("nan") if row.value is None else float(row.value) for row in months]
    ended = [value for value, row in zip(values, months, strict=True) if not row.is_partial]
    limits = xmr_limits(ended) if len(ended) > 1 else None
    found = signals(np.array(ended), limits) if limits else ()
    tones = {True: "better", False: "worse"}
    return Sparkline(
        points=tuple(None if np.isnan(value) else value for value in values),
        reference=limits.mean if limits else None,
        signals=tuple(
            (each.position, tones[(each.side > 0) == (kpi.better is Better.HIGHER)])
            for each in found
            if not is_small(months[each.position])
        ),
        running=bool(months) and months[-1].is_partial,
    )


def _remark(kpi: Kpi, row: AnswerRow, reader: Reader) -> str:
    """What the value rests on: 61 sur 412; how ripe it is; that it does not differ from its objective."""
    lang = reader.lang
    if row.is_provisional and row.maturity is not None:
        return _KNOWN.to(lang).format(share=numerals.percent(row.maturity, lang, 0))
    if Unit(row.unit) is Unit.RATE and row.numerator is not None and row.denominator is not None:
        part, whole = (numerals.number(each, lang) for each in (row.numerator, row.denominator))
        return _COUNTED.to(lang).format(part=part, whole=whole)
    if row.gap is not None and row.low is not None and not tone_of_gap(row, kpi):
        return _NOT_SIGNIFICANT.to(lang)
    return "" if row.sample_size is None else f"n = {numerals.number(row.sample_size, lang)}"
