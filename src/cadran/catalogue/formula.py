"""Formulas: what a KPI, a filter or a mapping computes, written in a small part of SQL's expression syntax.

A formula is read (`reading`), checked against a whitelist (`grammar`) and kept as a sqlglot tree; it is never run as
Python and never pasted into SQL. The grammar: names and `parent.name`, numbers, 'texts', DATE '2026-03-31',
true, false, null, + - * /, comparisons, and, or, not, in, between, is null, like, case, coalesce, nullif, abs, round,
least, greatest, lower, date_diff, and where aggregates are allowed sum, count, avg, min, max, median and quantile, each
with `filter (where ...)`. `date_diff('day', a, b)` counts days from a to b; `'month'` counts the first days of a month
crossed on the way. A moment counts as its day. Nothing divides by zero: such a quotient is null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeGuard

from sqlglot import exp

from cadran.catalogue.checker import Checker
from cadran.catalogue.grammar import AGGREGATE_NODES, RULES
from cadran.catalogue.kpi import Unit
from cadran.catalogue.problems import Problem
from cadran.catalogue.reading import Reading, read
from cadran.catalogue.values import Name, Nature, Value
from cadran.errors import FormulaError, Text
from cadran.tables.contract import Type

_BRACES = re.compile(r"\{([^{}\"]*)\}")
_ATOMS = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Null, exp.Boolean, exp.Filter)


@dataclass(frozen=True)
class Aggregate:
    """One aggregate of a formula. `argument` is None for count(*); `fraction` is the quantile's, else None."""

    function: str
    argument: exp.Expr | None
    distinct: bool = False
    where: exp.Expr | None = None
    fraction: float | None = None

    def render(self, column: Callable[[str], exp.Expr]) -> Aggregate:
        """The same aggregate over other columns: names replaced in its argument and in its filter."""
        return replace(
            self,
            argument=self.argument and substitute(self.argument, column),
            where=self.where and substitute(self.where, column),
        )


@dataclass(frozen=True)
class Formula:
    """A checked formula. `names` are the columns (or KPIs) it uses, `symbols` the period's dates among them."""

    text: str
    tree: exp.Expr
    value: Value
    names: frozenset[str]
    symbols: frozenset[str]

    @property
    def type(self) -> Nature:
        return self.value.nature or "number"

    @property
    def unit(self) -> Unit | None:
        return self.value.unit

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Each different aggregate once, in the order of the text."""
        return tuple(dict.fromkeys(_aggregate(node) for node in _aggregate_nodes(self.tree)))

    def render(self, column: Callable[[str], exp.Expr]) -> exp.Expr:
        """The expression with every name replaced; for formulas without aggregates and derived ones."""
        return substitute(self.tree, column)

    def assemble(self, aggregate: Callable[[Aggregate], exp.Expr]) -> exp.Expr:
        """The expression with every aggregate replaced by what the caller computed for it."""
        return _replaced(self.tree, lambda node: aggregate(_aggregate(node)) if _is_aggregate(node) else None)

    def ratio(self) -> tuple[Formula, Formula] | None:
        """Numerator and denominator, where the whole is a quotient or an average; else None."""
        node: Any = self.tree.unnest()
        if isinstance(node, exp.Div):
            divisor = node.args["expression"]
            parts = node.this, divisor.this if _is_guard(divisor) else divisor
        elif isinstance(node.this if isinstance(node, exp.Filter) else node, exp.Avg):
            parts = _as_function(node, exp.Sum), _as_function(node, exp.Count)
        else:
            return None
        above, below = (replace(self, tree=part.copy(), value=Value("number")) for part in parts)
        return above, below


def parse(
    text: str, names: Mapping[str, Name], *, aggregates: bool, symbols: Mapping[str, Name] | None = None
) -> Formula:
    """Read and check a formula over `names` and `symbols`. Raises FormulaError with all its problems."""
    return _checked(text, read(text), dict(names), aggregates, dict(symbols or {}))


def parse_condition(text: str, names: Mapping[str, Name], symbols: Mapping[str, Name] | None = None) -> Formula:
    """Read and check a filter: a formula without aggregates that is true or false of a row."""
    formula = parse(text, names, aggregates=False, symbols=symbols)
    if formula.type == "boolean":
        return formula
    message = Text("Un filtre est une condition, vraie ou fausse.", "A filter is a condition, true or false.")
    advice = Text("Écrivez par exemple segment = 'PME'.", "Write segment = 'PME', for instance.")
    raise FormulaError(Problem("not_a_condition", message, advice, position=1))


def parse_derived(text: str, kpis: Mapping[str, Unit]) -> Formula:
    """Read and check arithmetic on other KPIs, each written {id}. Its `names` are their ids."""
    position = text.find('"') + 1
    if position:
        message = Text("Un indicateur s’écrit {revenue}, sans guillemets.", "Write {revenue}, without quotes.")
        raise FormulaError(Problem("refused_sign", message, position=position))
    quoted = _BRACES.sub(r'"\1"', text)
    formula = _checked(quoted, read(quoted, quoted_names=True), dict(kpis), False, {})
    return replace(formula, text=text)


def substitute(tree: exp.Expr, column: Callable[[str], exp.Expr]) -> exp.Expr:
    """A copy of `tree` with every name replaced by what `column` gives for it."""

    def replacement(node: exp.Expr) -> exp.Expr | None:
        return column(_name(node)) if isinstance(node, exp.Column) else None

    return _replaced(tree, replacement)


def _checked(
    text: str, reading: Reading, names: dict[str, Name], aggregates: bool, symbols: dict[str, Name]
) -> Formula:
    known = names | symbols
    checker = Checker(RULES, known, aggregates, quiet=bool(reading.problems))
    value = checker.check(reading.tree) if reading.tree else Value()
    problems = (*reading.problems, *checker.problems)
    if problems or not reading.tree:
        raise FormulaError(*sorted(problems, key=lambda problem: problem.position or 0))
    tree = _settled(reading.tree, known)
    return Formula(text, tree, value, frozenset(checker.used - set(symbols)), frozenset(checker.used & set(symbols)))


def _settled(tree: exp.Expr, names: Mapping[str, Name]) -> exp.Expr:
    """What the text leaves unsaid, made explicit: divisors are never zero, and a moment counts as its day."""

    def replacement(node: exp.Expr) -> exp.Expr | None:
        if isinstance(node, exp.Column) and names[_name(node)] is Type.TIMESTAMP:
            return exp.cast(node.copy(), "date")
        return None

    settled = _replaced(tree, replacement)
    for node in list(settled.find_all(exp.Div)):
        divisor = node.expression
        if not (_is_guard(divisor) or _is_nonzero(divisor)):
            node.set("expression", exp.Nullif(this=divisor.unnest(), expression=exp.Literal.number(0)))
    return settled


def _is_guard(node: object) -> bool:
    return isinstance(node, exp.Nullif) and node.expression == exp.Literal.number(0)


def _is_nonzero(node: object) -> bool:
    return isinstance(node, exp.Literal) and float(node.name) != 0


def _name(column: exp.Column) -> str:
    return f"{column.table}.{column.name}" if column.table else column.name


def _replaced(tree: exp.Expr, replacement: Callable[[exp.Expr], exp.Expr | None]) -> exp.Expr:
    """A copy of `tree` with some nodes replaced, in brackets where they would bind less tightly than the node did."""

    def change(node: exp.Expr) -> exp.Expr:
        other = replacement(node)
        if other is None:
            return node
        is_atom = isinstance(other, _ATOMS) and not isinstance(other, exp.Binary)
        return other if is_atom or node.parent is None else exp.Paren(this=other)

    return tree.transform(change)


def _is_aggregate(node: object) -> TypeGuard[exp.Expr]:
    return isinstance(node, (exp.Filter, *AGGREGATE_NODES))


def _aggregate_nodes(tree: exp.Expr) -> Iterator[exp.Expr]:
    for node in tree.dfs(prune=_is_aggregate):
        if _is_aggregate(node):
            yield node


def _aggregate(node: exp.Expr) -> Aggregate:
    where = node.expression.this if isinstance(node, exp.Filter) else None
    call = node.this if isinstance(node, exp.Filter) else node
    distinct = isinstance(call.this, exp.Distinct)
    argument = call.this.expressions[0] if distinct else call.this
    fraction = float(call.args["quantile"].name) if isinstance(call, exp.Quantile) else None
    return Aggregate(call.key, None if isinstance(argument, exp.Star) else argument, distinct, where, fraction)


def _as_function(average: exp.Expr, function: type[exp.Expr]) -> exp.Expr:
    """avg(x) filter (where y) -> function(x) filter (where y)."""
    return _replaced(average, lambda node: function(this=node.this.copy()) if isinstance(node, exp.Avg) else None)
