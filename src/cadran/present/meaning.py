"""What a number means, with the number itself: the sentence, the computation, the date that counts, who gets it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cadran import numerals
from cadran.catalogue.kpi import Credit, Kind, Kpi, Population, Unit
from cadran.catalogue.sources import SOURCES
from cadran.errors import Lang, Text
from cadran.planner.explain import BASES
from cadran.present.block import written
from cadran.present.grid import Reader
from cadran.settings import Settings

if TYPE_CHECKING:
    from cadran.answer import AnswerRow

_DUE = Text("Échéance", "Due day")
_BASIS = Text("{table}, {basis}", "{table}, {basis}")
_SHARED = Text(
    "Commercial de la ligne, dans son équipe à cette date ; les partages sont suivis.",
    "The rep of the row, in their team on that date; shared credit is followed.",
)
_ONCE = Text(
    "Compté une seule fois à chaque niveau, chez le commercial de la ligne et dans son équipe à cette date.",
    "Counted once at each level, with the rep of the row and their team on that date.",
)
_TODAY = Text(
    "Commercial de la ligne, dans son équipe d’aujourd’hui.", "The rep of the row, in the team they are in today."
)
_KINDS = {
    Kind.STOCK: Text("état au dernier soir de la période", "state on the last evening of the period"),
    Kind.COHORT: Text(
        "qui commencent dans la période, suivis jusqu’à ce jour", "beginning in the period, followed to this day"
    ),
    Kind.RETENTION: Text("clients de départ, retrouvés ou non", "clients started from, found again or not"),
}
_RIPE = Text(
    "Provisoire : l’issue n’est connue que pour {share} de la population.",
    "Provisional: the outcome is known for {share} of the population only.",
)
_STILL = Text("Provisoire : des issues sont encore attendues.", "Provisional: some outcomes are still awaited.")
_TERM = Text("Estimé à terme : {value}.", "Estimated at term: {value}.")
_PARTIAL = Text(
    "La période n’est pas finie : elle est comparée aux mêmes jours des autres.",
    "The period is not over: it is compared with the same days of the others.",
)
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Meaning:
    """`computation`: the formula with the numbers of the page, « 61 / 412 = 14,8 % »; empty where there is none.
    `formula` is code. `why`: everything that makes the value doubtful or partial, a sentence each."""

    question: str
    sentence: str
    formula: str
    computation: str
    source: str
    table: str
    date_role: str
    date_column: str
    attribution: str
    why: tuple[str, ...]
    note: str


def meaning_of(
    kpi: Kpi, row: AnswerRow | None, parts: Mapping[str, AnswerRow], settings: Settings, reader: Reader
) -> Meaning:
    """`row`: the page's value; `parts`: the rows of the KPIs that a derived one is made of."""
    lang = reader.lang
    population = population_of(kpi, settings)
    return Meaning(
        question=kpi.question.to(lang),
        sentence=kpi.definition.to(lang),
        formula=population.formula if population else _named(kpi.formula or "", reader),
        computation=_computation(kpi, row, parts, reader) if row else "",
        source=_source(population, settings, lang) if population else "",
        table=population.of if population else "",
        date_role=_date_role(population, lang) if population else "",
        date_column=population.on if population else "",
        attribution=_attribution(kpi, population, settings).to(lang) if population else "",
        why=tuple(_why(row, reader)) if row else (),
        note=kpi.note.to(lang),
    )


def population_of(kpi: Kpi, settings: Settings) -> Population | None:
    """What the KPI counts by the company's choices; None for a derived one."""
    return next(
        (
            each
            for each in kpi.populations
            if each.when is None or getattr(settings.company, each.when[0]) == each.when[1]
        ),
        None,
    )


def _named(formula: str, reader: Reader) -> str:
    return _NAME.sub(lambda found: reader.kpi(found[1]), formula)


def _source(population: Population, settings: Settings, lang: Lang) -> str:
    label = SOURCES[population.of].table.label.to(lang)
    if population.of != "sales":
        return label
    return _BASIS.to(lang).format(table=label, basis=BASES[settings.company.revenue_basis].to(lang))


def _date_role(population: Population, lang: Lang) -> str:
    table = SOURCES[population.of].table
    label = (table[population.on].label if population.on in table else _DUE).to(lang)
    rule = _KINDS.get(population.kind)
    return f"{label} ({rule.to(lang)})" if rule else label


def _attribution(kpi: Kpi, population: Population, settings: Settings) -> Text:
    if settings.company.organisation == "current":
        return _TODAY
    return _SHARED if kpi.credit is Credit.SHARE and SOURCES[population.of].is_shared else _ONCE


def _computation(kpi: Kpi, row: AnswerRow, parts: Mapping[str, AnswerRow], reader: Reader) -> str:
    value = written(row.value, row, reader)
    if kpi.kind is Kind.DERIVED:
        if not all(name in parts for name in _NAME.findall(kpi.formula or "")):
            return ""
        filled = _NAME.sub(lambda found: written(parts[found[1]].value, parts[found[1]], reader), kpi.formula or "")
        return f"{filled} = {value}"
    if row.numerator is None or row.denominator is None:
        return ""
    above = (
        numerals.money(row.numerator, reader.currency, reader.lang, 0)
        if kpi.unit is Unit.MONEY
        else numerals.number(row.numerator, reader.lang)
    )
    return f"{above} / {numerals.number(row.denominator, reader.lang)} = {value}"


def _why(row: AnswerRow, reader: Reader) -> Iterator[str]:
    lang = reader.lang
    if row.is_partial:
        yield _PARTIAL.to(lang)
    if row.is_provisional and row.maturity is not None:
        yield _RIPE.to(lang).format(share=numerals.percent(row.maturity, lang, 0))
    elif row.is_provisional:
        yield _STILL.to(lang)
    if row.is_provisional and row.estimate is not None:
        yield _TERM.to(lang).format(value=written(row.estimate, row, reader))
    for note in row.notes:
        yield note.to(lang)
