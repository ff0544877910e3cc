"""What is told of clients, brought up to date by the clients of changed rows alone.

    clients kept in the 2nd quarter   told before    of the touched, before    of the touched, now    told now
                                               812  -                       3  +                   4  =    813

Numbers of clients, of their orders, and sums of amounts add up over clients; medians, extremes and ranks do not. So
revenue reads of the month, and a retention of the two quarters it compares, the few clients whose rows have changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.kept_firsts import among_touched
from cadran.planner import sql
from cadran.planner.measures import ENTITY_COLUMNS
from cadran.planner.plan import Batch, Output, Stage
from cadran.planner.sources import Context
from cadran.planner.sql import col
from cadran.store.moments import Touched

_CLIENT, _ORDER = "account_id", "order_id"
_OF_CLIENTS = ("sales", "orders", "opportunities")  # whose client is the one that is stored
PLACE = ("level", "unit", "bucket")


def adds_up(batch: Batch, touched: Touched, known: pa.Table, *, whole_orders: bool) -> bool:
    """Whether all that a batch tells adds up, exactly, over clients. `whole_orders`: no order is of two of them."""
    if batch.dimensions or touched.clients.null_count or batch.source not in _OF_CLIENTS:
        return False
    numbers = (field.type for field in known.schema if field.name not in PLACE)
    exact = all(pa.types.is_integer(type_) or pa.types.is_decimal(type_) for type_ in numbers)
    entities = {None, _CLIENT, _ORDER} if whole_orders else {None, _CLIENT}
    return exact and all(stage.entity in entities and _adds_up(stage) for stage in batch.stages)


def has_whole_orders(context: Context) -> bool:
    """Whether each order is one client's."""
    return context.has("sales", _ORDER) and context.has_whole_orders("sales")


def _adds_up(stage: Stage) -> bool:
    own = ENTITY_COLUMNS.get(stage.entity or "", frozenset())
    if stage.direct or any(each.function not in ("sum", "count") and each.name not in own for each in stage.partials):
        return False
    return all(not reader.ranked_by and all(map(_is_sum, reader.outputs)) for reader in stage.readers)


def _is_sum(output: Output) -> bool:
    value = output.value.this if isinstance(output.value, exp.Filter) else output.value
    return isinstance(value, exp.Sum | exp.Count)


def of_touched(batch: Batch) -> Batch:
    """The batch's rows of the touched clients alone."""
    mine = among_touched(col(_CLIENT, "s"))
    return replace(batch, where=sql.both(batch.where, mine), wanted=batch.wanted | {_CLIENT})


def put_right(known: pa.Table, before: pa.Table, now: pa.Table) -> pa.Table:
    """What is known of some windows, less what the touched clients added to it, and with what they add now."""
    outputs = [name for name in known.column_names if name not in PLACE]
    before, now = (each.select(known.column_names).cast(known.schema) for each in (before, now))  # in any order so far
    less = pa.table({name: before[name] if name in PLACE else pc.negate(before[name]) for name in known.column_names})
    every = pa.concat_tables([known, less.cast(known.schema), now])
    return summed(every, PLACE, outputs).select(known.column_names).cast(known.schema)


def summed(table: pa.Table, by: Iterable[str], names: Iterable[str]) -> pa.Table:
    """Columns summed by others, under their own names."""
    found = table.group_by(list(by)).aggregate([(name, "sum") for name in names])
    return found.rename_columns([name.removesuffix("_sum") for name in found.column_names])
