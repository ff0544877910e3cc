"""What the rows of an import or an undo change of what was told, read off these rows alone.

    a line corrected        amount   in the sums of the month      among the clients of the month
    as it was, left            120   - 120                         - 1 line of client 41
    as it is, entered          150   + 150                         + 1 line of client 41
                                     + 30: added to what is known  0: who bought is who bought before

A sum over rows is put right by what came and went. What counts clients or orders stays as it is, where of each of them
as many lines came as went, and their sums are the same; of other clients, all lines have to be read (`client_rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.by_client import PLACE, summed
from cadran.planner import sql
from cadran.planner.bench import combine
from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.measures import ENTITY_COLUMNS
from cadran.planner.plan import Batch, Output, Partial, Reader, Stage
from cadran.planner.sql import col
from cadran.store.moments import LEFT

NAME = "changed_rows"  # as lent to the engine
_SIDE, _CLIENT = "row_key", "account_id"
_ROWS = "rows_there"  # how many rows of an entity there are, whatever is asked of them
_THERE = "_there"  # of a sum, how many rows have a value: a sum of nothing is none, not 0


def of_changed(batch: Batch) -> Batch:
    """The partials of a batch over the rows that entered and left, each side and each client and order apart."""
    summed = tuple(_summed(batch).values())
    there = (Partial(each.name + _THERE, "count", each.argument, each.where) for each in summed)
    partials = (*summed, *there, Partial(_ROWS, "count", None, None))
    outputs = tuple(Output(each.name, combine(each.function, col(each.name))) for each in partials)
    dimensions = _dimensions(batch)
    wanted = batch.wanted | {*dimensions}
    if FIRST_PURCHASE not in _names(partials, batch.where):
        wanted -= {FIRST_PURCHASE}
    stage = Stage(None, partials, (Reader(outputs),))
    return replace(batch, dimensions=dimensions, wanted=wanted, stages=(stage,))


def _names(partials: Iterable[Partial], where: exp.Expr | None) -> set[str]:
    """The columns of rows that are named."""
    trees = [where, *(tree for each in partials for tree in (each.argument, each.where))]
    return {column.name for tree in trees if tree is not None for column in tree.find_all(exp.Column)}


def changed_clients(batch: Batch, told: pa.Table) -> pa.Array:
    """The clients of whom more must be read, by what the engine told of `of_changed`: there is another number of lines
    now of one of them, or of an order of theirs, in some place."""
    found = [_off_balance(batch, stage, told) for stage in batch.stages if _counted(batch, stage)]
    clients = pa.concat_arrays([each.cast(pa.int64()) for each in found]) if found else pa.array([], pa.int64())
    return pc.unique(clients)


def put_right(batch: Batch, known: pa.Table, told: pa.Table, besides: pa.Array) -> pa.Table:
    """What is known, its sums with what the rows of all clients but `besides` add and take."""
    others = told.filter(pc.invert(pc.is_in(told.column(_place_of(batch, _CLIENT)).cast(pa.int64()), besides)))
    sums = dict(_sums(batch))
    changed = summed(_signed(others, sums.values()), PLACE, set(sums.values()))
    nothing = {name: pa.nulls(changed.num_rows, known.schema.field(name).type) for name in known.column_names}
    columns = {name: changed.column(sums.get(name, name)) for name in known.column_names if name in {*sums, *PLACE}}
    more = pa.table(nothing | columns).select(known.column_names).cast(known.schema)
    both = pa.concat_tables([known, more])
    return summed(both, PLACE, set(known.column_names) - {*PLACE}).select(known.column_names).cast(known.schema)


def balance(rows: pa.Table, by: Iterable[str]) -> pa.Table:
    """Of some columns of rows, the values that more rows entered with than left, or the other way round."""
    keys = list(by)
    counted = rows.select([_SIDE, *keys]).append_column(_ROWS, pa.repeat(pa.scalar(1, pa.int64()), rows.num_rows))
    net = summed(_signed(counted.rename_columns(["d0", *keys, _ROWS]), [_ROWS]), keys, {_ROWS})
    return net.filter(pc.not_equal(net.column(_ROWS), 0))


def _signed(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """What left, taken off."""
    left = pc.equal(table.column("d0"), LEFT)
    for name in set(names):
        column = table.column(name)
        signed = pc.if_else(left, pc.negate(column), column)
        table = table.set_column(table.column_names.index(name), name, signed)
    return table


def _off_balance(batch: Batch, stage: Stage, told: pa.Table) -> pa.Array:
    """The clients that have another number of lines in some place, or an order of theirs has."""
    names = {*_counted(batch, stage), _ROWS}
    keys = dict.fromkeys(_place_of(batch, name) for name in (_CLIENT, stage.entity or _CLIENT))
    net = summed(_signed(told, names), (*PLACE, *keys), names)
    off = pa.array([False] * net.num_rows, pa.bool_())
    for name in names:
        off = pc.or_(off, pc.fill_null(pc.not_equal(net.column(name), 0), False))
    return net.filter(off).column(_place_of(batch, _CLIENT)).combine_chunks()


def _dimensions(batch: Batch) -> tuple[str, ...]:
    entities = (stage.entity for stage in batch.stages if stage.entity)
    return tuple(dict.fromkeys((_SIDE, _CLIENT, *entities)))


def _place_of(batch: Batch, name: str) -> str:
    return f"d{_dimensions(batch).index(name)}"


def _summed(batch: Batch) -> Mapping[str, Partial]:
    """The partials that rows add up to."""
    partials = (partial for stage in batch.stages for partial in stage.partials)
    return {each.name: each for each in partials if each.function in ("sum", "count")}


def _sums(batch: Batch) -> Iterator[tuple[str, str]]:
    """The outputs that are a sum over rows, each with its partial."""
    partials = _summed(batch)
    for stage in batch.stages:
        for reader in stage.readers:
            for output in reader.outputs if not reader.pairs else ():
                value = output.value.this if isinstance(output.value, exp.Sum) else None
                if isinstance(value, exp.Column) and value.name in partials:
                    yield output.name, value.name


def _counted(batch: Batch, stage: Stage) -> set[str]:
    """The partials that a stage's other outputs are told by; its entity alone may be all that they ask for."""
    sums = dict(_sums(batch))
    readers = [reader for reader in stage.readers if any(output.name not in sums for output in reader.outputs)]
    trees = [output.value for reader in readers for output in reader.outputs if output.name not in sums]
    trees += [reader.active for reader in readers if reader.active is not None]
    named = set[str]().union(*(sql.names_in(tree) for tree in trees))
    plain = {name.removeprefix("now_").removeprefix("before_") for name in named}
    own = ENTITY_COLUMNS.get(stage.entity or "", frozenset())
    counted = plain & _summed(batch).keys() - own
    return {_ROWS, *counted, *(name + _THERE for name in counted)} if readers else set()
