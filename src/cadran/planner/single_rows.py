"""Entities that are one row each: what is asked of them is asked of the rows, and nothing is gathered by entity.

deal | won               rep | deals | won
-----+-----              ----+-------+----
D1   | 1      ->           7 |     2 |   1
D2   | 0
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.bench import combine
from cadran.planner.plan import Batch, Output, Partial, Reader, Stage
from cadran.planner.sql import Expr, col

# Sources in which a row is an entity of its own, by its id: a deal is one row of a window, unless it is shared.
_ENTITY = {"opportunities": "opportunity_id"}


def single(batch: Batch) -> Batch:
    """The batch with its stages of single rows gathered by nothing."""
    if batch.weighted:
        return batch
    return replace(batch, stages=tuple(_of_single(stage, _ENTITY.get(batch.source)) for stage in batch.stages))


def _of_single(stage: Stage, entity: str | None) -> Stage:
    """Rows without an id were one entity together: only what leaves them out can be asked of rows."""
    if entity is None or stage.entity != entity or stage.direct or stage.looked_up or not stage.partials:
        return stage
    known = sql.not_null(col(entity))
    outputs = [output for reader in stage.readers for output in reader.outputs]
    plainly = not any(reader.pairs or reader.ranked_by for reader in stage.readers)
    regather = all(partial.regathers for partial in stage.partials)
    if not (plainly and regather and all(adds_up(each.value) and known in _conditions(each.value) for each in outputs)):
        return stage
    return of_rows(stage, {partial.name: partial for partial in stage.partials})


def of_rows(stage: Stage, partials: Mapping[str, Partial]) -> Stage:
    """What is asked of entities, each a single row of these partials, as partials of a stage of its own."""
    found, outputs = [], []
    for output in (output for reader in stage.readers for output in reader.outputs):
        name = f"p_{output.name}"
        aggregate, condition = _parts(output.value)
        function = _FUNCTION[type(aggregate)]
        argument = None if function == "count" else _inlined(aggregate.this, partials)
        where = None if condition is None else _inlined(condition, partials)
        found.append(Partial(name, function, argument, where))
        outputs.append(Output(output.name, combine(function, col(name))))
    return Stage(None, tuple(found), (Reader(tuple(outputs)),))


def adds_up(value: Expr) -> bool:
    inner = value.this if isinstance(value, exp.Filter) else value
    return isinstance(inner, exp.Sum | exp.Min | exp.Max) or inner == sql.count_all()


_FUNCTION: dict[type[Expr], str] = {exp.Sum: "sum", exp.Min: "min", exp.Max: "max", exp.Count: "count"}


def _conditions(value: Expr) -> Iterable[Expr]:
    return sql.conjuncts(_parts(value)[1])


def _parts(value: Expr) -> tuple[Expr, Expr | None]:
    """An aggregate and its filter."""
    return (value.this, value.expression.this) if isinstance(value, exp.Filter) else (value, None)


def _inlined(tree: Expr, partials: Mapping[str, Partial]) -> Expr:
    """A tree over an order's partials, over its only gathered row instead."""

    def replaced(node: Expr) -> Expr:
        partial = partials.get(node.name) if isinstance(node, exp.Column) else None
        return node if partial is None else _of_one_row(partial)

    inlined: Expr = exp.Paren(this=tree.copy()).transform(replaced).this
    return inlined


def _of_one_row(partial: Partial) -> Expr:
    """A partial over a single row: its argument where the row counts; of a count, 1 there and 0 elsewhere."""
    if partial.function != "count":
        assert partial.argument is not None
        value = partial.argument.copy()
        return value if partial.where is None else exp.Paren(this=sql.when((partial.where.copy(), value)))
    filled = None if partial.argument is None else sql.not_null(partial.argument)
    counts = sql.both(filled, partial.where)
    return (
        sql.number(1) if counts is None else exp.Paren(this=sql.when((counts, sql.number(1)), otherwise=sql.number(0)))
    )
