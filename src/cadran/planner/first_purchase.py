"""A client's first purchase, looked up where clients are counted instead of on every line.

    lines with the client's first purchase   ->   lines | a table: client, first purchase

Where the windows reach back to the first day of data it is the least day of the client's own rows, and nothing more
need be read. Who buys for the first time after the last window has none there; see `_knows_by_then`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.measures import ENTITY_COLUMNS
from cadran.planner.plan import Batch, Mode, Partial, Stage
from cadran.planner.rows import Reach
from cadran.planner.sources import Context, base_table, drawn_from
from cadran.planner.sql import Expr, col

FIRST_PURCHASE, FIRST_DAY = "first_purchase_on", "first_day"


def looked_up(batch: Batch, context: Context, reach: Reach) -> Batch:
    """The batch with first purchases beside its clients; as it is where single rows are read for them, or have them."""
    if context.carries_firsts:
        return batch
    bare = replace(batch, stages=tuple(_without_carried(stage) for stage in batch.stages))
    if FIRST_PURCHASE not in _all_names(batch) or FIRST_PURCHASE in _all_names(bare):
        return batch
    extra: tuple[Partial, ...] = ()
    wanted = batch.wanted - {FIRST_PURCHASE}
    if _holds_history(bare, context, reach):
        extra = (Partial(FIRST_DAY, "min", col(batch.on), _is_purchase(batch, context)),)
        wanted |= {batch.on} | sql.names_in(_is_purchase(batch, context))
    stages = [
        replace(stage, partials=(*stage.partials, *extra), looked_up=(FIRST_PURCHASE,)) if _carried(before) else stage
        for before, stage in zip(batch.stages, bare.stages, strict=True)
    ]
    return replace(batch, stages=tuple(stages), wanted=wanted)


def _carried(stage: Stage) -> set[str]:
    """The entity's own columns that ride along with its rows."""
    return {partial.name for partial in stage.partials} & ENTITY_COLUMNS.get(stage.entity or "", frozenset())


def _without_carried(stage: Stage) -> Stage:
    carried = _carried(stage)
    return replace(stage, partials=tuple(partial for partial in stage.partials if partial.name not in carried))


def _all_names(batch: Batch) -> set[str]:
    """Every column that the rows of a batch are read for."""
    partials = [partial for stage in batch.stages for partial in stage.partials]
    trees = [tree for partial in partials for tree in (partial.argument, partial.where) if tree is not None]
    trees += [batch.where] if batch.where is not None else []
    direct = [output.value for stage in batch.stages if stage.direct for r in stage.readers for output in r.outputs]
    return set(batch.dimensions).union(*(sql.names_in(tree) for tree in [*trees, *direct]))


def _is_purchase(batch: Batch, context: Context) -> Expr:
    """A positive amount; before conversion where some amounts are converted."""
    foreign = context.currencies(base_table(batch.source, context))
    return col("is_purchase") if foreign else sql.greater(col("amount"), sql.number(0))


# --- does the batch hold all that is to know? ---------------------------------------------------------------------


def _holds_history(batch: Batch, context: Context, reach: Reach) -> bool:
    """Whether the batch reads every sale from the first on, and of what comes later nothing can tell."""
    everyone = reach.visible_reps is None and reach.visible_teams is None
    if batch.mode is not Mode.FLOW or batch.on != "sold_on" or batch.where is not None or not everyone:
        return False
    drawn = drawn_from(batch.source, context)
    profile = context.profile(drawn.table).columns.get(drawn.stored(batch.on) or "")
    if profile is None or profile.low is None or profile.high is None:
        return False
    first, end = _span(batch)
    if end is None or first > date.fromisoformat(profile.low[:10]):
        return False
    later = date.fromisoformat(profile.high[:10]) >= end
    return not later or all(_knows_by_then(stage) for stage in batch.stages)


def _span(batch: Batch) -> tuple[date, date | None]:
    """The first day of the windows and the day after the last; None for that where there are gaps between them."""
    windows = sorted(window.period for window in batch.windows)
    end = windows[0].start
    for window in windows:
        if window.start > end:
            return windows[0].start, None
        end = max(end, window.end)
    return windows[0].start, end


def _knows_by_then(stage: Stage) -> bool:
    """Whether a first purchase after the last window and none at all come to the same, wherever it is asked for.

    count(account_id) where ...                         first bought after the last window    never
    bought in it and first_purchase_on >= period_start  not counted: did not buy in it         not counted
    first_purchase_on < period_end                      not counted                            not counted
    first_purchase_on >= period_start                   counted, for a credit note in it       not counted
    """
    values = (output.value for reader in stage.readers for output in reader.outputs)
    return all(_fails_later(stage, value) for value in values if FIRST_PURCHASE in sql.names_in(value))


def _fails_later(stage: Stage, value: Expr) -> bool:
    if not isinstance(value, exp.Filter):
        return False
    bounded = sql.less(col(FIRST_PURCHASE), col("period_end"))
    bought = [sql.greater(col(name), sql.number(0)) for name in _counts_of_purchases(stage)]
    return any(part in (bounded, *bought) for part in sql.conjuncts(value.expression.this))


def _counts_of_purchases(stage: Stage) -> Iterator[str]:
    """The partials that count rows of which each is a purchase: rates are positive, so that a positive amount was one
    before it was converted."""
    bought = sql.greater(col("amount"), sql.number(0))
    for partial in stage.partials:
        if partial.function == "count" and partial.argument is None and bought in sql.conjuncts(partial.where):
            yield partial.name
