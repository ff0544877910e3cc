"""The first sentence of a page: what was found, not what the screen is called."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.errors import Text
from cadran.periods.period import Grain, Period, whole_grain
from cadran.present.grid import Reader

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_PERIODS = {
    Grain.DAY: Text("du jour", "day’s"),
    Grain.WEEK: Text("de la semaine", "week’s"),
    Grain.MONTH: Text("du mois", "month’s"),
    Grain.QUARTER: Text("du trimestre", "quarter’s"),
    Grain.YEAR: Text("de l’année", "year’s"),
    Grain.FISCAL_QUARTER: Text("du trimestre", "quarter’s"),
    Grain.FISCAL_YEAR: Text("de l’exercice", "fiscal year’s"),
}
_OVER = Text("L’objectif {period} est dépassé de {gap}", "The {period} objective is exceeded by {gap}")
_MET = Text("L’objectif {period} est atteint", "The {period} objective is met")
_ON_PACE = Text("L’objectif {period} est en vue : encore {gap}", "The {period} objective is within reach: {gap} to go")
_RUNNING = Text(
    "Il manque {gap} pour l’objectif {period}, {late} de retard sur le rythme",
    "{gap} to go for the {period} objective, {late} behind the pace",
)
_MISSED = Text("Il a manqué {gap} à l’objectif {period}", "The {period} objective was missed by {gap}")
_MADE = Text("{name} : {value}", "{name}: {value}")
_NOTHING = Text("Aucun chiffre pour cette période", "No figures for this period")


def headline(row: AnswerRow | None, reader: Reader) -> str:
    """What the revenue of the page's scope and period says. `row`: it, with its target."""
    lang = reader.lang
    if row is None or row.value is None:
        return _NOTHING.to(lang)
    period = _PERIODS.get(_grain(row, reader) or Grain.DAY, Text("de la période", "period’s")).to(lang)
    if _grain(row, reader) is None:
        period = Text("de la période", "period’s").to(lang)
    if row.gap is None or row.target is None:
        value = numerals.value_of(row.value, row.unit, reader.currency, lang, brief=True)
        return _MADE.to(lang).format(name=reader.kpi(row.kpi), value=value)
    gap = numerals.money(abs(row.gap), reader.currency, lang, 0)
    if row.gap > 0:
        return _OVER.to(lang).format(period=period, gap=gap)
    if row.gap == 0:
        return _MET.to(lang).format(period=period)
    if not row.is_partial:
        return _MISSED.to(lang).format(period=period, gap=gap)
    late = None if row.expected is None else row.expected - Decimal(str(row.value))
    if late is None or late <= 0:
        return _ON_PACE.to(lang).format(period=period, gap=gap)
    return _RUNNING.to(lang).format(period=period, gap=gap, late=numerals.money(late, reader.currency, lang, 0))


def _grain(row: AnswerRow, reader: Reader) -> Grain | None:
    return whole_grain(Period(row.period_start, row.period_end), reader.fiscal_month)
