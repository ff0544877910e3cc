"""A KPI's definition, as a page or a card: what it says, how it is counted, what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cadran.errors import Lang, Text
from cadran.present.grid import Grid, record_grid

if TYPE_CHECKING:
    from cadran.catalogue.kpi import Kpi, Population

_KPIS = Text("Indicateurs", "KPIs")
_TITLES = {
    "id": Text("Identifiant", "Id"),
    "label": Text("Nom", "Name"),
    "unit": Text("Unité", "Unit"),
    "kind": Text("Sorte", "Kind"),
    "question": Text("Question", "Question"),
}
_KINDS = {
    "flow": Text("flux : les lignes datées dans la période", "flow: the rows dated in the period"),
    "stock": Text("stock : l’état à la fin de la période", "stock: the state at the end of the period"),
    "cohort": Text("cohorte : ceux qui commencent dans la période", "cohort: those who start in the period"),
    "retention": Text("fidélité : ceux d’avant qui sont encore là", "retention: those of before who are still there"),
    "derived": Text("calculé à partir d’autres indicateurs", "computed from other KPIs"),
}
_UNITS = {
    "money": Text("montant", "money"),
    "rate": Text("taux", "rate"),
    "days": Text("jours", "days"),
    "count": Text("nombre", "count"),
    "score": Text("score", "score"),
    "ratio": Text("rapport", "ratio"),
}
_WORDS = {
    "unit": Text("Unité", "Unit"),
    "kind": Text("Sorte", "Kind"),
    "counts": Text("Compte", "Counts"),
    "date": Text("Date", "Date"),
    "where": Text("Condition", "Condition"),
    "formula": Text("Formule", "Formula"),
    "when": Text("Quand", "When"),
    "better": Text("Mieux", "Better"),
    "interval": Text("Intervalle à 95 %", "95% interval"),
    "companions": Text("À lire avec", "Read with"),
    "needs": Text("Il faut", "Needs"),
}
_SAID = frozenset({"unit", "kind", "better"})
_BETTER = {"higher": Text("plus haut", "higher"), "lower": Text("plus bas", "lower")}


def kpi_records(kpis: Iterable[Kpi], lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "id": kpi.id,
            "label": kpi.label.to(lang),
            "unit": _UNITS[kpi.unit.value].to(lang),
            "question": kpi.question.to(lang),
            "kind": kpi.kind.value,
            "origin": kpi.origin,
        }
        for kpi in kpis
    ]


def kpis_grid(records: list[dict[str, Any]], lang: Lang) -> Grid:
    titles = {key: _TITLES[key].to(lang) for key in ("id", "label", "unit", "question")}
    return record_grid(_KPIS.to(lang), records, titles, lang)


@dataclass(frozen=True)
class Fact:
    """One line of a definition: `key` is stable (unit, formula, needs ...); `is_code`: names and formulas, written as
    they are."""

    key: str
    name: str
    text: str
    is_code: bool


def facts(kpi: Kpi, lang: Lang) -> list[Fact]:
    """The lines of a definition, after its label and its sentence."""
    lines = [("unit", _UNITS[kpi.unit.value].to(lang)), ("kind", _KINDS[kpi.kind.value].to(lang))]
    if kpi.formula:
        lines.append(("formula", kpi.formula))
    for population in kpi.populations:
        lines += _counted(population)
    lines.append(("better", _BETTER[kpi.better.value].to(lang)))
    if kpi.interval.value != "none":
        lines.append(("interval", kpi.interval.value))
    if kpi.companions:
        lines.append(("companions", ", ".join(kpi.companions)))
    if kpi.needs:
        lines.append(("needs", ", ".join(kpi.needs)))
    return [Fact(name, _WORDS[name].to(lang), text, name not in _SAID) for name, text in lines]


def _counted(population: Population) -> list[tuple[str, str]]:
    lines = [("when", " = ".join(population.when))] if population.when else []
    lines += [("counts", population.of), ("date", population.on)]
    if population.where:
        lines.append(("where", population.where))
    if population.per:
        gathered = ", ".join(f"{name} = {formula}" for name, formula in population.columns)
        lines.append(("counts", f"{population.per}: {gathered}" if gathered else population.per))
    if population.measure:
        lines.append(("counts", population.measure))
    return [*lines, ("formula", population.formula)]
