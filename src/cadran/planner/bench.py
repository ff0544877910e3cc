"""A stage being filled: the partials that rows are gathered into, and the outputs read off them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.plan import Output, Partial, Reader, Stage
from cadran.planner.sql import Expr


@dataclass
class Bench:
    """A stage being filled: partials by what they compute, and its readers' outputs."""

    entity: str | None
    direct: bool = False
    partials: dict[tuple[str, Expr | None, Expr | None], Partial] = field(default_factory=dict)
    readers: dict[str, list[Output]] = field(default_factory=lambda: {"": []})
    reader_of: dict[str, Reader] = field(default_factory=lambda: {"": Reader(())})

    def partial(self, name: str, function: str, argument: Expr | None, where: Expr | None) -> str:
        key = function, argument, where
        if key not in self.partials:
            self.partials[key] = Partial(name, function, argument, where)
        return self.partials[key].name

    def reader(self, key: str, kind: Reader) -> str:
        """The key of a reader of that kind, made where it is new."""
        self.reader_of.setdefault(key, kind)
        self.readers.setdefault(key, [])
        return key

    def freeze(self) -> Stage:
        readers = tuple(
            Reader(tuple(outputs), kind.pairs, kind.active, kind.ranked_by)
            for key, outputs in self.readers.items()
            if outputs
            for kind in (self.reader_of[key],)
        )
        return Stage(self.entity, tuple(self.partials.values()), readers, self.direct)


def combine(function: str, partial: Expr) -> Expr:
    """A partial gathered again: counts and sums add up, extremes stay extremes, bits stay set."""
    if function == "bit_or":
        return exp.BitwiseOrAgg(this=partial)
    if function == "min":
        return exp.Min(this=partial)
    if function == "max":
        return exp.Max(this=partial)
    return exp.Sum(this=partial)


def first(partial: Partial) -> Expr:
    """A partial as an aggregate over rows."""
    argument = partial.argument.copy() if partial.argument is not None else None
    if partial.function == "count_distinct":
        assert argument is not None
        return sql.filtered(exp.Count(this=exp.Distinct(expressions=[argument])), partial.where)
    if partial.function == "count":
        value = sql.count_all() if argument is None else exp.Count(this=argument)
        return sql.filtered(value, partial.where)
    assert argument is not None
    return sql.filtered(combine(partial.function, argument), partial.where)


def combine_once(function: str, argument: Expr | None) -> Expr:
    """An aggregate over entities."""
    if function == "count":
        return sql.count_all() if argument is None else exp.Count(this=argument)
    node = {"sum": exp.Sum, "min": exp.Min, "max": exp.Max, "avg": exp.Avg}[function]
    return node(this=argument)
