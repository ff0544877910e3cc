"""Which rows an aggregate takes: those that meet its filter and have its argument."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from cadran.catalogue.formula import Aggregate
from cadran.planner import sql
from cadran.planner.measures import Measures, rendered
from cadran.planner.sql import Expr


def any_taken(aggregates: Iterable[Aggregate], measures: Measures) -> Expr | None:
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
