"""PostgreSQL's words for what the planner writes. One table of rewritings, node by node:

| the planner                         | DuckDB               | PostgreSQL                                             |
| ----------------------------------- | -------------------- | ------------------------------------------------------ |
| a quotient                          | a / b, null by zero  | doubles, divided by NULLIF(b, 0)                       |
| date_diff('day'), ('month')         | boundaries crossed   | a difference of dates; of years * 12 + months          |
| round(x, 2)                         | of any number        | of a numeric only                                      |
| a day for each day of a window      | unnest(range(...))   | generate_series                                        |
| a list of pairs                     | list([a, b])         | one flat array: of an array of arrays ADBC loses one   |
| a median that is a decimal          | a decimal            | a double, rounded to the same places by who reads it   |
| NULL where another branch has a value | takes its type     | smallint, the type every number's type absorbs         |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from cadran.engines.failures import not_written
from cadran.errors import EngineError
from cadran.planner.sql import ours

DIALECT = "postgres"
COPY = "adbc.postgresql.use_copy"  # what is no query (EXPLAIN) cannot go through COPY
# What the session is told. Compiling the many short expressions of a statement takes seconds, running them less.
SESSION = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET extra_float_digits = 1",
    "SET jit = off",
)
_MONTHS = 12


def written(statement: exp.Expr, *, pretty: bool = False) -> str:
    """The statement in PostgreSQL's words; the one given stays as it is."""
    tree = statement.copy()
    for node in reversed([node for node in ours(tree) if type(node) in _CHANGES]):  # the inner ones first
        other = _CHANGES[type(node)](node)
        if other is not node:
            node.replace(other)
    unions = [node for node in ours(tree) if isinstance(node, exp.Union) and not isinstance(node.parent, exp.Union)]
    for union in unions:
        _type_nulls([node for node in _branches(union) if isinstance(node, exp.Select)])
    return tree.sql(dialect=DIALECT, pretty=pretty, copy=False)


def _quotient(node: exp.Expr) -> exp.Expr:
    above, below = (exp.cast(node.args[side].unnest(), "double") for side in ("this", "expression"))
    return exp.Paren(this=exp.Div(this=above, expression=_nonzero(below), typed=True))


def _nonzero(value: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=value, expression=exp.Literal.number(0))


def _between(node: exp.Expr) -> exp.Expr:
    later, earlier = exp.cast(node.this, "date"), exp.cast(node.expression, "date")
    unit = node.args["unit"].name.lower()
    if unit not in ("day", "month"):
        raise EngineError(not_written("PostgreSQL", {f"date_diff('{unit}')"}))
    if unit == "day":
        return exp.Paren(this=exp.Sub(this=later, expression=earlier))
    years, months = (_subtracted(part, later, earlier) for part in ("year", "month"))
    total = exp.Add(this=exp.Mul(this=years, expression=exp.Literal.number(_MONTHS)), expression=months)
    return exp.cast(exp.Paren(this=total), "bigint")


def _subtracted(part: str, later: exp.Expr, earlier: exp.Expr) -> exp.Expr:
    taken = (exp.Extract(this=exp.var(part), expression=day.copy()) for day in (later, earlier))
    return exp.Paren(this=exp.Sub(this=next(taken), expression=next(taken)))


def _rounded(node: exp.Expr) -> exp.Expr:
    return exp.Round(this=exp.cast(node.this, "decimal"), decimals=node.args.get("decimals"))


def _function(node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    if name == "unnest":
        return _each_day(node)
    is_whole_list = name == "list" and not isinstance(node.parent, exp.Filter)
    return _pairs(node) if is_whole_list else node


def _each_day(node: exp.Expr) -> exp.Expr:
    """unnest(range(first, past, to_days(1)))"""
    first, past, _ = node.expressions[0].expressions
    last = exp.Sub(this=past, expression=exp.Literal.number(1))
    return exp.Anonymous(
        this="generate_series", expressions=[exp.cast(each, "timestamp") for each in (first, last)] + [_one_day()]
    )


def _one_day() -> exp.Expr:
    return exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))


def _pairs(node: exp.Expr) -> exp.Expr:
    """list(list_value(a, b)), its filter included: the elements of an array of arrays, one after the other."""
    held = node.this if isinstance(node, exp.Filter) else node
    gathered: exp.Expr = exp.ArrayAgg(this=exp.Array(expressions=held.expressions[0].expressions))
    if isinstance(node, exp.Filter):
        gathered = exp.Filter(this=gathered, expression=node.expression)
    inner = exp.Select(expressions=[exp.Anonymous(this="unnest", expressions=[gathered])])
    return exp.Anonymous(this="ARRAY", expressions=[inner])


def _filter(node: exp.Expr) -> exp.Expr:
    return _pairs(node) if _is_list(node.this) else node


def _is_list(node: object) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == "list"


_CHANGES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Div: _quotient,
    exp.DateDiff: _between,
    exp.Round: _rounded,
    exp.Filter: _filter,
    exp.Anonymous: _function,
}


# -- nulls ---------------------------------------------------------------------------------------------------------


def _branches(node: exp.Expr) -> Iterator[exp.Expr]:
    """The selects of a union; a long one leans to the left, deeper than Python calls itself."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Union):
            waiting += [each.expression, each.this]
        else:
            yield each


def _type_nulls(branches: list[exp.Select]) -> None:
    """PostgreSQL takes a bare NULL for a text, two branches on: each gets the type its column has elsewhere."""
    for position in range(len(branches[0].expressions)):
        values = [branch.expressions[position] for branch in branches]
        bare = [value for value in values if isinstance(value.unalias(), exp.Null)]
        kind = "double[]" if any(_is_array(value.unalias()) for value in values) else "smallint"
        for value in bare:
            value.unalias().replace(exp.cast(exp.null(), kind, dialect="duckdb"))


def _is_array(value: exp.Expr) -> bool:
    return isinstance(value, exp.Anonymous) and value.name == "ARRAY"
