"""The rows behind a number: the facts a KPI counted, with the terms each of them entered.

kpi | period | scope | in_numerator | in_denominator | the source's own columns, ids as the company writes them
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from cadran.catalogue.formula import Aggregate
from cadran.catalogue.kpi import Population
from cadran.catalogue.parsed import ParsedPopulation, parse_population
from cadran.catalogue.sources import SOURCES
from cadran.planner import sql
from cadran.planner.measures import Measures, names_in, rendered
from cadran.planner.plan import Batch, KpiPlan, Window
from cadran.planner.rows import Reach, RowsBuilder, Step, credit_step, membership_step, window_steps
from cadran.planner.sources import Context, base_table
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Column
from cadran.tables.model import INTERNED_DOMAINS, SALES_MODEL


def rows_statement(
    population: Population,
    plan: KpiPlan,
    batch: Batch,
    windows: tuple[Window, ...],
    base: tuple[Window, ...],
    context: Context,
    reach: Reach,
) -> Expr:
    """The statement that lists the facts of `batch` that a KPI counts in `windows`; `base` are a retention's."""
    source = SOURCES[batch.source]
    measures = Measures(source, weighted=batch.weighted)
    above, below = _conditions(parse_population(population), plan, measures)
    left_out = None if plan.left_out is None else sql.both(plan.where, plan.left_out)
    own = [column for column in source.table.columns if _is_there(column, batch, context)]
    names = frozenset({*(column.name for column in own), *names_in(population), *measures.names, *batch.wanted})
    wide = replace(batch, wanted=names, windows=(*windows, *base))
    with_team = reach.has_teams
    query = RowsBuilder(wide, context, reach, with_team=with_team).query(["row_key"])
    steps: list[Step] = window_steps(wide, context)
    if with_team or reach.visible_teams is not None:
        steps.append(membership_step(context, reach))
    if wide.weighted:
        steps.append(credit_step(context, source.credited_as or ""))
    steps.append(("rows", query, True))
    columns: dict[str, Expr] = {"bucket": col("bucket", "f"), "row_key": col("row_key", "f")}
    columns |= {"rep_number": col("rep", "f")} | ({"team_number": col("team", "f")} if with_team else {})
    columns |= {"in_numerator": _flag(above), "in_denominator": _flag(below), "left_out": _flag(left_out)}
    if wide.weighted:
        columns["share"] = col("weight", "f")
    columns |= {column.name: _readable(column) for column in own}
    final = sql.select(columns, exp.to_table("rows", alias="f"), where=_listed(above, below, left_out))
    for column in own:
        if column.domain in INTERNED_DOMAINS:
            alias = f"k_{column.name}"
            sql.join(
                final,
                context.table(f"keys_{column.domain}", alias),
                sql.equal(col(column.name, "f"), col("id", alias)),
            )
    order = [
        exp.Ordered(this=col("bucket", "f")),
        exp.Ordered(this=col(batch.on, "f") if batch.on in source.table else col("row_key", "f")),
    ]
    final.set("order", exp.Order(expressions=[*order, exp.Ordered(this=col("row_key", "f"))]))
    return sql.with_steps(steps, final)


def _is_there(column: Column, batch: Batch, context: Context) -> bool:
    """Whether the column is one of the stored table's, under a source that may be drawn from another table."""
    table = base_table(batch.source, context)
    return (
        column.name in SALES_MODEL[table]
        or table == batch.source
        or column.name in ("order_id", "sold_on", "sale_id", "lead_id")
    )


def _readable(column: Column) -> Expr:
    return col("key", f"k_{column.name}") if column.domain in INTERNED_DOMAINS else col(column.name, "f")


def _conditions(parsed: ParsedPopulation, plan: KpiPlan, measures: Measures) -> tuple[Expr, Expr | None]:
    """What makes a row count in the numerator, and in the denominator (None: no denominator)."""
    counted = sql.both(plan.where, None if plan.left_out is None else exp.Not(this=plan.left_out.copy()))
    ratio = parsed.formula.ratio()
    if parsed.population.per:
        formulas = [formula for _, formula in parsed.columns] + ([parsed.measure] if parsed.measure else [])
        aggregates = [aggregate for formula in formulas for aggregate in formula.aggregates]
        return sql.both(counted, _any(aggregates, measures)) or exp.true(), None
    if ratio is None:
        return sql.both(counted, _any(parsed.formula.aggregates, measures)) or exp.true(), None
    above, below = (_any(part.aggregates, measures) for part in ratio)
    return sql.both(counted, plan.soon, above) or exp.true(), sql.both(counted, below) or exp.true()


def _any(aggregates: Iterable[Aggregate], measures: Measures) -> Expr | None:
    """True of a row that any of the aggregates takes; None when one takes them all."""
    options = [_taken(aggregate, measures) for aggregate in aggregates]
    present = [option for option in options if option is not None]
    if len(present) < len(options) or not present:
        return None
    return exp.Paren(this=sql.either(*present))


def _taken(aggregate: Aggregate, measures: Measures) -> Expr | None:
    argument = rendered(aggregate.argument, measures.column)
    condition = rendered(aggregate.where, measures.column)
    present = None if argument is None else exp.Not(this=sql.is_null(exp.Paren(this=argument)))
    return sql.both(condition, present)


def _flag(condition: Expr | None) -> Expr:
    if condition is None:
        return sql.null("BOOLEAN")
    return sql.coalesce(exp.Paren(this=condition.copy()), exp.false())


def _listed(*conditions: Expr | None) -> Expr | None:
    present = [condition.copy() for condition in conditions if condition is not None]
    return exp.Paren(this=sql.either(*present)) if present else None
