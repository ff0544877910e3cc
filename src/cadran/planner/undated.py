"""The rows that a KPI would count, had they the date it counts by: they are in none of its periods.

They are gathered like all others, at every level and by every dimension; without a day of their own they belong to
the team that their rep is in on the evening of `as_of`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cadran.catalogue.parsed import parse_population
from cadran.catalogue.sources import SOURCES
from cadran.periods.period import ONE_DAY, Period
from cadran.planner import sql
from cadran.planner.measures import Measures
from cadran.planner.plan import Batch, KpiPlan, Mode, Term, Window
from cadran.planner.resolve import Resolution
from cadran.planner.sources import STAND_INS, Context, drawn_from
from cadran.planner.taken import any_meets
from cadran.planner.texts import domains_of
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL


def undated_batches(resolution: Resolution, context: Context) -> Iterator[tuple[Batch, dict[str, Term]]]:
    """A statement for each batch whose date may be missing, and the number of such rows for each of its KPIs."""
    evening = Window(0, Period(context.as_of, context.as_of + ONE_DAY))
    for number, batch in enumerate(resolution.batches):
        if not _may_lack_date(batch, context):
            continue
        domains = domains_of(drawn_from(batch.source, context), context)
        measures = Measures(SOURCES[batch.source], weighted=batch.weighted, domains=domains)
        plans = [plan for plan in resolution.plans.values() if plan.batch == number]
        terms = {plan.kpi: _rows(plan, resolution, measures) for plan in plans}
        wanted = batch.wanted | measures.names
        bare = replace(batch, mode=Mode.UNDATED, windows=(evening,), wanted=wanted, stages=measures.stages())
        yield bare, terms


def _may_lack_date(batch: Batch, context: Context) -> bool:
    drawn = drawn_from(batch.source, context)
    stored, profile = drawn.stored(batch.on) or "", context.profile(drawn.table)
    stand_ins = STAND_INS.get((drawn.table, stored), ())
    columns = {stored, *(name for table, name in stand_ins if table == drawn.table and _is_date(table, name))}
    known = [profile.columns[name] for name in columns if name in profile.columns]
    return stored in profile.columns and all(column.filled < profile.rows for column in known)


def _is_date(table: str, column: str) -> bool:
    return SALES_MODEL[table][column].type is Type.DATE


def _rows(plan: KpiPlan, resolution: Resolution, measures: Measures) -> Term:
    """How many rows meet the KPI's condition, and the filter of one of its aggregates."""
    parsed = parse_population(resolution.populations[plan.kpi])
    gathers = parsed.measure or (None if parsed.population.per else parsed.formula)
    filtered = any_meets(gathers.aggregates, measures) if gathers else None
    return measures.rows(sql.both(plan.where, filtered))
