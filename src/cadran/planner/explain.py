"""A KPI's meaning in words: what it counts, by which date, for whom, with the company's own choices."""

from __future__ import annotations

from collections.abc import Iterator

from cadran.catalogue.kpi import Additivity, Kind, Kpi, Population
from cadran.catalogue.sources import SOURCES
from cadran.errors import Text
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.planner.sources import Context, base_table
from cadran.settings import Settings
from cadran.tables.model import SALES_MODEL

BASES = {
    "invoiced": Text("facturé (factures et avoirs)", "invoiced (invoices and credit notes)"),
    "ordered": Text("commandé", "ordered"),
    "signed": Text("signé (affaires gagnées)", "signed (won opportunities)"),
}
_KINDS = {
    Kind.FLOW: Text("lignes dont la date tombe dans la période", "rows whose date falls in the period"),
    Kind.STOCK: Text("état au dernier soir de la période", "state on the last evening of the period"),
    Kind.COHORT: Text("entrés dans la période, suivis jusqu’à ce jour", "entered in the period, followed to this day"),
    Kind.RETENTION: Text("clients de départ, retrouvés ou non", "clients started from, found again or not"),
}

_BY_PAST = Text(
    "Attendu à date : la part de l’objectif que toute l’entreprise avait atteinte au même point un an plus tôt",
    "Expected to date: the share of the target that the whole company had reached by the same point a year before",
)


def words(kpi: Kpi, resolution: Resolution, request: Request, settings: Settings, context: Context) -> Iterator[Text]:
    """The sentences that explain one KPI of a resolved request."""
    yield Text(f"{kpi.label.fr} ({kpi.id})", f"{kpi.label.en} ({kpi.id})")
    yield kpi.definition
    if kpi.id in resolution.unavailable:
        yield resolution.unavailable[kpi.id].message
        return
    if kpi.id in resolution.derived:
        yield Text(f"Calcul : {kpi.formula}", f"Formula: {kpi.formula}")
        return
    yield from _population(resolution.populations[kpi.id], settings, context)
    if request.where:
        yield Text(f"Filtre : {request.where}", f"Filter: {request.where}")
    if "target" in request.compare and settings.company.pace == "past_curve" and kpi.additivity is Additivity.ADDITIVE:
        yield _BY_PAST
    if kpi.note.fr:
        yield kpi.note


def _population(population: Population, settings: Settings, context: Context) -> Iterator[Text]:
    table = SOURCES[population.of].table
    stored = SALES_MODEL[base_table(population.of, context)].label
    label = table.by_name[population.on].label if population.on in table else Text("Échéance", "Due day")
    rule = _KINDS[population.kind]
    yield Text(
        f"Table : {stored.fr}, par « {label.fr} » : {rule.fr}", f'Table: {stored.en}, by "{label.en}": {rule.en}'
    )
    if population.of == "sales":
        basis = BASES[settings.company.revenue_basis]
        yield Text(f"Chiffre d’affaires {basis.fr}", f"Revenue {basis.en}")
    if population.where:
        yield Text(f"Population : {population.where}", f"Population: {population.where}")
    if population.per:
        columns = ", ".join(f"{name} = {formula}" for name, formula in population.columns)
        measure = columns or population.measure or ""
        yield Text(f"Par {population.per} : {measure}", f"Per {population.per}: {measure}")
    yield Text(f"Calcul : {population.formula}", f"Formula: {population.formula}")
