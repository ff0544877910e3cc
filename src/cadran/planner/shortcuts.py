"""Shorter ways to the same numbers: a batch rewritten so that less is gathered. Each leaves the answer as it was.

    single     an entity that is one row is not gathered at all (single_rows.py)
    look-up    what belongs to a client is found once per client, not once per line (first_purchase.py)
    marks      distinct clients are gathered once for all windows, a bit per window, not once per window
    collapse   lines are gathered by order (client, day, rep) first; windows and teams are then found for far fewer rows
    certain    no condition is asked of rows that holds for all of them

`tests/planner/test_shortcuts.py` holds each against the plain plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace

from sqlglot import exp

from cadran.catalogue.sources import PERIOD_SYMBOLS
from cadran.planner import sql
from cadran.planner.bench import combine
from cadran.planner.first_purchase import FIRST_DAY, looked_up
from cadran.planner.plan import Batch, Collapse, Mark, Mode, Output, Partial, Reader, Stage
from cadran.planner.rows import Reach
from cadran.planner.single_rows import adds_up, of_rows, single
from cadran.planner.sources import Context, base_table, drawn_from
from cadran.planner.sql import Expr, col

# Ids that come back from window to window. An order or a deal does not: a row per window is as short as a bit.
RECURRING = frozenset({"account_id", "prospect_id", "product_id", "rep_id"})
FEWEST_WINDOWS, MOST_WINDOWS = 4, 248
WORD = 62  # bits of a BIGINT that need no care for its sign
ORDER, CLIENT, AMOUNT = "order_id", "account_id", "amount"


def shorten(batch: Batch, context: Context, reach: Reach) -> Batch:
    """The batch with the shortcuts that hold for it."""
    batch = single(_without_certainties(looked_up(batch, context, reach), context))
    batch = replace(batch, stages=_one_plain(batch.stages))
    return _collapsed(_with_marks(batch, riders=True), context) or _with_marks(batch, riders=False)


# --- certainties --------------------------------------------------------------------------------------------------
#
# Where every line has its client, `filter (where account_id is not null)` keeps them all: the sum beside it, that asks
# for no client, is the same one. Where no line is a credit note, so does `filter (where amount > 0)`, and
# the amount need not be read.


def _without_certainties(batch: Batch, context: Context) -> Batch:
    """The batch with no condition on the rows that holds for each of them."""
    partials = (partial for stage in batch.stages for partial in stage.partials)
    asked = {part for partial in partials for part in sql.conjuncts(partial.where)}
    sure = asked.intersection(_certain(batch, context))
    if not sure:
        return batch
    stages = tuple(
        replace(stage, partials=tuple(_without(partial, sure) for partial in stage.partials)) for stage in batch.stages
    )
    return replace(batch, stages=stages)


def _certain(batch: Batch, context: Context) -> Iterator[Expr]:
    """The conditions that hold for every row of the source."""
    yield from (sql.not_null(col(name)) for name in (ORDER, CLIENT) if _is_full(batch, name, context))
    # In a warehouse, a credit note may come between the look at the table and the question.
    if batch.source == "sales" and not context.in_warehouse:
        drawn = drawn_from(batch.source, context)
        if context.is_positive(drawn.table, drawn.stored(AMOUNT) or ""):
            yield sql.greater(col(AMOUNT), sql.number(0))


def _without(partial: Partial, sure: Set[Expr]) -> Partial:
    kept = [part for part in sql.conjuncts(partial.where) if part not in sure]
    return replace(partial, where=sql.both(*kept))


def _is_full(batch: Batch, name: str, context: Context) -> bool:
    """Whether it is known that every row of the source has a value of the column: all rows of its table do."""
    drawn = drawn_from(batch.source, context)
    return context.is_full(drawn.table, drawn.stored(name) or "")


# --- marks --------------------------------------------------------------------------------------------------------
#
#     window | client        client | seen            window | clients
#     -------+-------   ->   -------+------    ->     -------+--------
#          0 | 41                41 | 0b101                0 | 2
#          2 | 41                42 | 0b001                2 | 1
#          0 | 42


def _with_marks(batch: Batch, *, riders: bool) -> Batch:
    """Every stage that only counts entities as a stage of marks. What else rode on it is then gathered by nothing,
    unless `riders` is false: then such a stage stays whole, for the rows to be read once."""
    stages: list[Stage] = []
    for stage in batch.stages:
        marked, plain = _split(stage, len(batch.windows), 1 + max(_buckets(batch, stage)))
        if marked is None or (plain is not None and not riders):
            stages.append(stage)
        else:
            stages += [marked, plain] if plain is not None else [marked]
    return replace(batch, stages=_one_plain(stages))


def _buckets(batch: Batch, stage: Stage) -> Iterator[int]:
    """The windows' numbers, and those that the stage compares: some of these may be windows of an answer that the batch
    tells a part of."""
    yield from (window.bucket for window in batch.windows)
    yield from (bucket for reader in stage.readers for pair in reader.pairs for bucket in pair)


def _split(stage: Stage, windows: int, bits: int) -> tuple[Stage | None, Stage | None]:
    """The stage's entities as marks, and its plain aggregates; None for the first where it does more than count."""
    if stage.entity not in RECURRING or stage.direct or windows < FEWEST_WINDOWS or bits > MOST_WINDOWS:
        return None, None
    reading = _Counting(stage)
    readers = [reading.reader(reader) for reader in stage.readers]
    if not all(readers) or not reading.marks:
        return None, None
    marks = tuple(_mark(stage, name, bits) for name in sorted(reading.marks))
    words = tuple(word for mark in marks for word in _words(mark))
    own = tuple(partial for partial in stage.partials if partial.name == FIRST_DAY)
    counted = tuple(reader for reader in readers if reader is not None and reader.outputs)
    marked = Stage(stage.entity, (*words, *own), counted, marks=marks, looked_up=stage.looked_up)
    ridden = set().union(*(sql.names_in(output.value) for output in reading.plain))
    riders = tuple(partial for partial in stage.partials if partial.name in ridden)
    return marked, Stage(None, riders, (Reader(tuple(reading.plain)),)) if riders else None


def _mark(stage: Stage, name: str, bits: int) -> Mark:
    (partial,) = (partial for partial in stage.partials if partial.name == name)
    seen = sql.both(*dict.fromkeys([sql.not_null(col(stage.entity or "")), *sql.conjuncts(partial.where)]))
    assert seen is not None
    return Mark(name, seen, tuple(f"{name}_{number}" for number in range(-(-bits // WORD))))


def _words(mark: Mark) -> Iterator[Partial]:
    """The mark's bits: bucket 0 is the lowest of the first word."""
    for number, name in enumerate(mark.words):
        bucket, first = col("bucket"), sql.number(number * WORD)
        inside = exp.Between(this=bucket, low=first, high=sql.number(number * WORD + WORD - 1))
        condition = sql.both(mark.where, inside if len(mark.words) > 1 else None)
        assert condition is not None
        place = exp.Paren(this=exp.Sub(this=bucket.copy(), expression=first.copy())) if number else bucket.copy()
        bit = exp.BitwiseLeftShift(this=sql.cast(sql.number(1), "BIGINT"), expression=place)
        yield Partial(name, "bit_or", sql.when((condition, bit), otherwise=sql.number(0)), None)


class _Counting:
    """Reads a stage's outputs: those that count entities that were seen, and `plain` ones, sums of its partials."""

    def __init__(self, stage: Stage) -> None:
        self.known = sql.not_null(col(stage.entity or ""))
        self.partials = {partial.name: partial for partial in stage.partials}
        self.own = set(stage.looked_up) | PERIOD_SYMBOLS.keys()
        self.marks: set[str] = set()
        self.plain: list[Output] = []

    def reader(self, reader: Reader) -> Reader | None:
        """The reader with its outputs over marks, plain ones put aside; None where one is neither."""
        if reader.ranked_by:
            return None
        counted: list[Output] = []
        for output in reader.outputs:
            value = self._counted(output.value, is_pair=bool(reader.pairs))
            if value is not None:
                counted.append(Output(output.name, value))
            elif not reader.pairs and self._is_plain(output.value):
                self.plain.append(output)
            else:
                return None
        active = self._condition(reader.active, is_pair=False) if reader.pairs else None
        return None if reader.pairs and active is None else replace(reader, outputs=tuple(counted), active=active)

    def _is_plain(self, value: Expr) -> bool:
        """sum(p), min(p) ... of a partial, as it would be gathered again anyway."""
        partial = self.partials.get(value.this.name) if isinstance(value.this, exp.Column) else None
        return partial is not None and partial.regathers and value == combine(partial.function, col(partial.name))

    def _counted(self, value: Expr, *, is_pair: bool) -> Expr | None:
        """`count(*) filter (where seen ...)`, with marks for the partials that tell so."""
        if not isinstance(value, exp.Filter):
            return value.copy() if is_pair and value == sql.count_all() else None
        condition = self._condition(value.expression.this, is_pair=is_pair)
        return None if condition is None or value.this != sql.count_all() else sql.filtered(sql.count_all(), condition)

    def _condition(self, condition: Expr | None, *, is_pair: bool) -> Expr | None:
        """The condition in marks: some entity, seen so and so, with its own columns so and so."""
        parts = sql.conjuncts(condition)
        found: list[Expr] = []
        seen: set[str] = set()
        for part in (part for part in parts if part != self.known):
            mark = self._seen(part, is_pair=is_pair)
            if mark is None and (is_pair or not sql.names_in(part) <= self.own):
                return None
            seen |= {mark.removeprefix("now_").removeprefix("before_")} if mark else set()
            found.append(part.copy() if mark is None else col(mark))
        if not seen or (self.known not in parts and not is_pair):
            return None
        self.marks |= seen
        return sql.both(*found)

    def _seen(self, part: Expr, *, is_pair: bool) -> str | None:
        """The name of the mark in `p > 0`, of a partial p that counts rows."""
        if not isinstance(part, exp.GT) or part.expression != sql.number(0):
            return None
        column = part.this.this if isinstance(part.this, exp.Coalesce) else part.this
        name = column.name if isinstance(column, exp.Column) else ""
        partial = self.partials.get(name.removeprefix("now_").removeprefix("before_") if is_pair else name)
        counts = partial is not None and partial.function == "count" and partial.argument is None
        return name if counts else None


def _one_plain(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """The stages, those gathered by nothing joined into one."""
    kept: list[Stage] = []
    plain: list[Stage] = []
    for stage in stages:
        (plain if stage.entity is None and not stage.direct else kept).append(stage)
    if plain:
        partials = {partial.name: partial for stage in plain for partial in stage.partials}
        outputs = tuple(output for stage in plain for reader in stage.readers for output in reader.outputs)
        kept.append(Stage(None, tuple(partials.values()), (Reader(outputs),)))
    return tuple(kept)


# --- collapse -----------------------------------------------------------------------------------------------------
#
#     order | day | rep | client | amount          order | day | rep | client | p1     | p2
#     ------+-----+-----+--------+-------    ->    ------+-----+-----+--------+--------+---
#     O1    | 5/1 |   7 |     41 | 120.00          O1    | 5/1 |   7 |     41 | 200.00 |  2
#     O1    | 5/1 |   7 |     41 |  80.00
#
# Where every order has one day, rep and client (the store knows, a warehouse is asked), an order is one row, and
# counting them is a sum. Where the store knows that every line has an order, that is all they are gathered by.


def _collapsed(batch: Batch, context: Context) -> Batch | None:
    """The batch over rows gathered first; None where that is not right, or gains nothing."""
    orders = [stage for stage in batch.stages if stage.entity == ORDER]
    others = [stage for stage in batch.stages if stage.entity != ORDER]
    if not _may_collapse(batch) or (orders and not _are_whole(batch, orders, context)):
        return None
    if not orders and (len(others) < 2 or not any(stage.marks for stage in others)):
        return None
    keys = tuple(dict.fromkeys(stage.entity for stage in batch.stages if stage.entity))
    folding = _Folding(batch, keys)
    stages = [folding.stage(stage) for stage in others] + [folding.orders(stage) for stage in orders]
    collapse = Collapse(keys, tuple(folding.partials.values()), ORDER if orders and _is_alone(batch, context) else None)
    return replace(batch, stages=_one_plain(stages), collapse=collapse)


def _may_collapse(batch: Batch) -> bool:
    """Whether windows and teams may wait: nothing is read off single rows, nor depends on the window."""
    if batch.mode is not Mode.FLOW or batch.weighted or batch.source not in ("sales", "orders"):
        return False
    if any(stage.direct or stage.entity not in (None, ORDER, CLIENT) for stage in batch.stages):
        return False
    partials = [partial for stage in batch.stages for partial in stage.partials if partial.function != "bit_or"]
    trees = [tree for partial in partials for tree in (partial.argument, partial.where) if tree is not None]
    bound = PERIOD_SYMBOLS.keys() | {"weight"}
    return all(partial.regathers for partial in partials) and not any(sql.names_in(tree) & bound for tree in trees)


def _are_whole(batch: Batch, orders: list[Stage], context: Context) -> bool:
    """Whether an order is one gathered row, and what is asked of orders adds up."""
    table = base_table(batch.source, context)
    outputs = [output for stage in orders for reader in stage.readers for output in reader.outputs]
    plainly = not any(reader.pairs or reader.ranked_by for stage in orders for reader in stage.readers)
    known = not context.in_warehouse or len(batch.windows) >= FEWEST_WINDOWS  # a warehouse reads a table to find out
    worth = known and table == "sales" and context.has(table, ORDER)
    return worth and plainly and all(adds_up(output.value) for output in outputs) and context.has_whole_orders(table)


def _is_alone(batch: Batch, context: Context) -> bool:
    """Whether the order tells client, day and rep of every line. What a warehouse holds may change between two
    questions, and its ids are texts, of which the least is not always found as fast as they are gathered."""
    return not context.in_warehouse and _is_full(batch, ORDER, context)


class _Folding:
    """Moves the partials of stages to the first gathering; what speaks of its keys alone stays for afterwards."""

    def __init__(self, batch: Batch, keys: tuple[str, ...]) -> None:
        self.keys = frozenset({*keys, batch.on, "rep_id"})
        self.partials: dict[tuple[str, Expr | None, Expr | None], Partial] = {}

    def stage(self, stage: Stage) -> Stage:
        """The stage over the gathered rows."""
        marks = tuple(replace(mark, where=self._there(mark.where)) for mark in stage.marks)
        words = {partial.name: partial for mark in marks for partial in _words(mark)}
        partials = tuple(words.get(partial.name) or self._folded(partial) for partial in stage.partials)
        return replace(stage, partials=partials, marks=marks)

    def orders(self, stage: Stage) -> Stage:
        """What is asked of orders, as partials: one gathered row is one order."""
        folded = {partial.name: self._folded(partial) for partial in stage.partials}
        return of_rows(stage, folded)

    def _folded(self, partial: Partial) -> Partial:
        own, rest = self._parted(partial.where)
        if partial.argument is not None and sql.names_in(partial.argument) <= self.keys:
            there = sql.both(own, sql.greater(self._count(rest), sql.number(0)) if rest is not None else None)
            if partial.function in ("min", "max"):
                return replace(partial, where=there)
        first = self._first(partial.function, partial.argument, rest)
        again = "sum" if partial.function == "count" else partial.function
        return Partial(partial.name, again, first, own)

    def _there(self, where: Expr) -> Expr:
        """A condition on rows as one on gathered rows: there was such a row."""
        own, rest = self._parted(where)
        found = sql.both(own, sql.greater(self._count(rest), sql.number(0)) if rest is not None else None)
        assert found is not None
        return found

    def _parted(self, where: Expr | None) -> tuple[Expr | None, Expr | None]:
        """The part of a condition on the keys, and the rest."""
        parts = sql.conjuncts(where)
        own = [part for part in parts if sql.names_in(part) <= self.keys]
        return sql.both(*own), sql.both(*[part for part in parts if part not in own])

    def _count(self, where: Expr | None) -> Expr:
        return self._first("count", None, where)

    def _first(self, function: str, argument: Expr | None, where: Expr | None) -> Expr:
        """The column of the first gathering that holds this aggregate, each only once."""
        key = function, argument, where
        if key not in self.partials:
            self.partials[key] = Partial(f"g{len(self.partials)}", function, argument, where)
        return col(self.partials[key].name)
