"""What a KPI's page says first: how the value stands to last year, to the period before, to its objective."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.catalogue.kpi import Kpi
from cadran.errors import Lang, Text
from cadran.periods.comparison import compare
from cadran.periods.period import Grain, Period, label_of, whole_grain
from cadran.present.block import written
from cadran.present.grid import Reader
from cadran.present.judgement import is_small

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_IN = {
    Grain.DAY: Text("le {period}", "on {period}"),
    Grain.WEEK: Text("en {period}", "in {period}"),
    Grain.MONTH: Text("en {period}", "in {period}"),
    Grain.QUARTER: Text("au {period}", "in {period}"),
    Grain.YEAR: Text("en {period}", "in {period}"),
    Grain.FISCAL_QUARTER: Text("au {period}", "in {period}"),
    Grain.FISCAL_YEAR: Text("pour l’{period}", "in {period}"),
}
_WINDOW = Text("{period}", "from {period}")
_NO_DATA = Text("{name} : pas de données {when}", "{name}: no data {when}")
_UNDEFINED = Text("{name} : rien à mesurer {when}", "{name}: nothing to measure {when}")
_SMALL = Text(
    "{name} : {value}, sur un échantillon trop petit pour conclure", "{name}: {value}, from too small a sample to tell"
)
_PROVISIONAL = Text("{name} : {value} {when}, encore provisoire", "{name}: {value} {when}, still provisional")
_UNCLEAR = Text(
    "{name} : {value}, sans écart net avec {reference}", "{name}: {value}, not clearly different from {reference}"
)
_SAME = Text("{name} : {value}, comme {when}", "{name}: {value}, as {when}")
_MORE = Text("{name} : {change} de plus {than}", "{name}: {change} more {than}")
_LESS = Text("{name} : {change} de moins {than}", "{name}: {change} less {than}")
_OF_TARGET = Text("{name} : {share} de l’objectif {when}", "{name}: {share} of the objective {when}")
_PLAIN = Text("{name} : {value} {when}", "{name}: {value} {when}")
_TO_DATE = Text("{said}, à date", "{said}, to date")


def finding(kpi: Kpi, row: AnswerRow, reader: Reader, as_of: date) -> str:
    """One sentence. `row`: the value with last year, the previous period and its objective; what is doubtful is said
    to be, and a difference that its interval does not bear is not claimed."""
    lang = reader.lang
    period = Period(row.period_start, row.period_end)
    words = {
        "name": reader.kpi(kpi.id),
        "value": written(row.value, row, reader),
        "when": in_period(period, lang, reader.fiscal_month),
    }
    if row.value is None:
        nothing = any(note.code == "no_data" for note in row.notes)
        return _typed((_NO_DATA if nothing else _UNDEFINED).to(lang).format(**words), lang)
    if is_small(row):
        return _typed(_SMALL.to(lang).format(**words), lang)
    if row.is_provisional:
        return _typed(_PROVISIONAL.to(lang).format(**words), lang)
    said = _compared(row, reader, as_of, words) or _plain(row, lang, words)
    return _typed(_TO_DATE.to(lang).format(said=said) if row.is_partial else said, lang)


def _compared(row: AnswerRow, reader: Reader, as_of: date, words: dict[str, str]) -> str:
    """The value beside last year's; without one, beside the period before. Empty where neither can be compared."""
    lang, fiscal = reader.lang, reader.fiscal_month
    beside = compare(Period(row.period_start, row.period_end), as_of, fiscal_month=fiscal)
    for reference, value, change in (
        (beside.last_year_full, row.last_year, row.change_last_year),
        (beside.previous_full, row.previous, row.change_previous),
    ):
        if change is None or value is None:
            continue
        when = in_period(reference, lang, fiscal)
        if row.low is not None and row.high is not None and row.low <= float(value) <= row.high:
            return _UNCLEAR.to(lang).format(**words | {"reference": _the(reference, lang, fiscal)})
        if not change:
            return _SAME.to(lang).format(**words | {"when": when})
        size = numerals.change_of(abs(change), row.unit, lang).lstrip("+")
        return (_MORE if change > 0 else _LESS).to(lang).format(**words, change=size, than=_than(when, lang))
    return ""


def _plain(row: AnswerRow, lang: Lang, words: dict[str, str]) -> str:
    if row.attainment is not None:
        return _OF_TARGET.to(lang).format(**words, share=numerals.percent(row.attainment, lang, trim=True))
    return _PLAIN.to(lang).format(**words)


def in_period(period: Period, lang: Lang, fiscal_month: int) -> str:
    """« au T1 2026 », « en mars 2026 », "in Q1 2026"."""
    grain = whole_grain(period, fiscal_month)
    return (_IN[grain] if grain else _WINDOW).to(lang).format(period=label_of(period, lang, fiscal_month))


def _than(when: str, lang: Lang) -> str:
    if lang == "en":
        return f"than {when}"
    return f"qu’{when}" if when[0] in "ae" else f"que {when}"


def _the(period: Period, lang: Lang, fiscal_month: int) -> str:
    """« le T1 2025 », « mars 2025 », "Q1 2025"."""
    label = label_of(period, lang, fiscal_month)
    quarter = whole_grain(period, fiscal_month) in (Grain.QUARTER, Grain.FISCAL_QUARTER, Grain.DAY)
    return f"le {label}" if lang == "fr" and quarter else label


def _typed(sentence: str, lang: Lang) -> str:
    """With the no-break space that French sets before a colon."""
    return sentence.replace(" :", f"{numerals.FIXED}:", 1) if lang == "fr" else sentence
