"""Which rows an aggregate takes: those that meet its filter and have its argument."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from cadran.catalogue.formula import Aggregate
from cadran.planner import sql
from cadran.planner.measures import Measures
from cadran.planner.sql import Expr


def any_taken(aggregates: Iterable[Aggregate], measures: Measures) -> Expr | None:
    """True of a row that any of the aggregates takes; None when one takes them all."""
    return _any([_taken(aggregate, measures) for aggregate in aggregates])


def any_meets(aggregates: Iterable[Aggregate], measures: Measures) -> Expr | None:
    """True of a row that meets the filter of any of the aggregates; None when one has none."""
    return _any([measures.row_tree(aggregate.where) for aggregate in aggregates])


def _any(options: list[Expr | None]) -> Expr | None:
    present = [option for option in options if option is not None]
    if len(present) < len(options) or not present:
        return None
    return exp.Paren(this=sql.either(*present))


def _taken(aggregate: Aggregate, measures: Measures) -> Expr | None:
    argument = measures.row_tree(aggregate.argument)
    present = None if argument is None else exp.Not(this=sql.is_null(exp.Paren(this=argument)))
    return sql.both(measures.row_tree(aggregate.where), present)
