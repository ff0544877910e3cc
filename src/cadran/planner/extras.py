"""What stands beside a KPI's terms: the aggregates its notes, its maturity and its interval are made of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cadran.catalogue.kpi import Kind, Kpi, Population
from cadran.catalogue.parsed import ParsedPopulation
from cadran.planner import sql
from cadran.planner.cohorts import known
from cadran.planner.measures import Measures
from cadran.planner.plan import Term
from cadran.planner.sources import Context, base_table
from cadran.planner.sql import Expr, col

LEFT_OUT = "left_out"
KNOWN = "known"
PENDING = "pending"
NO_CLIENT = "no_client"
COVERED, WHOLE = "covered", "whole"

_PARTLY_GIVEN = frozenset({"cost", "list_amount"})


def extras(
    kpi: Kpi,
    parsed: ParsedPopulation,
    measures: Measures,
    context: Context,
    where: Expr | None,
    counted: Expr | None,
    doubtful: Expr | None,
    horizon: int | None,
) -> Iterator[tuple[str, Term]]:
    """Named terms. `where` is the population's condition, `counted` what is left of it, `doubtful` what was not."""
    population = parsed.population
    if doubtful is not None:
        yield LEFT_OUT, measures.count(where, doubtful)
    if population.kind is Kind.COHORT:
        ripe = known(parsed, measures, counted, horizon)
        if ripe is not None:
            yield KNOWN, ripe
    for name, formula in parsed.interval_formula:
        yield name, measures.term(formula, counted, kpi.credit)
    names = parsed.row_names
    if population.of == "contracts" and names & {"renewed", "kept"}:
        undecided = [sql.is_null(measures.column(name)) for name in sorted(names & {"renewed", "kept"})]
        yield PENDING, measures.count(counted, sql.either(*undecided))
    if population.of == "sales" and _needs_client(population, context):
        yield NO_CLIENT, measures.amount(sql.is_null(measures.column("account_id")))
    if population.of == "sales" and names & _PARTLY_GIVEN:
        yield COVERED, measures.amount(counted)
        yield WHOLE, measures.amount(None)


def _needs_client(population: Population, context: Context) -> bool:
    """Whether the KPI leaves out sales without a client, and there are some."""
    if population.where is None or "account_id is not null" not in population.where:
        return False
    profile = context.profile(base_table(population.of, context))
    return profile.columns["account_id"].filled < profile.rows


def doubts(mask: int) -> Expr:
    """True of a row with a doubt about any column of the mask."""
    overlap = exp.Paren(this=exp.BitwiseAnd(this=col("doubts"), expression=sql.number(mask)))
    return exp.NEQ(this=overlap, expression=sql.number(0))
