"""Spark's words for what the planner writes. One table of rewritings, node by node:

| the planner                    | DuckDB              | Spark                                         |
| ------------------------------ | ------------------- | --------------------------------------------- |
| a quotient                     | a / b, null by zero | doubles, by NULLIF(b, 0): ANSI refuses a zero |
| date_diff('day'), ('month')    | boundaries crossed  | datediff; of years * 12 + months              |
| a median, a quantile           | exact               | percentile: sqlglot takes an approximate one  |
| an average                     | a double            | of doubles: of decimals it is cut             |
| a moment                       | without a time zone | TIMESTAMP_NTZ: TIMESTAMP knows its zone       |
| moment AT TIME ZONE z          | the clock of z      | convert_timezone, from the session's UTC      |
| x like y                       | without an escape   | an escape no text holds: else the backslash   |
| a day for each day of a window | unnest(range(...))  | explode(sequence(...))                        |
| a list of pairs                | list([a, b])        | collect_list(array(a, b))                     |
| teams above teams              | a recursive UNION   | recursive UNION ALL, then DISTINCT            |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from cadran.engines.failures import not_written
from cadran.errors import EngineError
from cadran.planner.sql import ours

DIALECT = "spark"
# What the session is told, whatever the server's own settings: the same arithmetic as everywhere else.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # else a long product is rounded before it is summed
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
}
_MONTHS = 12
_DEEPEST = 64  # teams above a team: teams in a circle end there
_NO_ESCAPE = "\x01"
_DEPTH, _WALK = "depth", "walk"


def written(statement: exp.Expr, *, pretty: bool = False) -> str:
    """The statement in Spark's words; the one given stays as it is."""
    return rewritten(statement).sql(dialect=DIALECT, pretty=pretty, copy=False)


def rewritten(statement: exp.Expr) -> exp.Expr:
    """The statement as a tree of Spark's own; the one given stays as it is."""
    tree = statement.copy()
    for node in reversed([node for node in ours(tree) if type(node) in _CHANGES]):  # the inner ones first
        other = _CHANGES[type(node)](node)
        if other is not node:
            node.replace(other)
    return tree


def is_question(text: str) -> bool:
    """Whether a text is one SELECT, and writes nothing."""
    try:
        statements = sqlglot.parse(text, dialect=DIALECT)
    except sqlglot.errors.SqlglotError:
        return False
    return len(statements) == 1 and isinstance(statements[0], exp.Query)


# -- numbers -------------------------------------------------------------------------------------------------------


def _quotient(node: exp.Expr) -> exp.Expr:
    above, below = (_double(node.args[side].unnest()) for side in ("this", "expression"))
    zero = exp.Literal.number(0)
    return exp.Paren(this=exp.Div(this=above, expression=exp.Nullif(this=below, expression=zero), typed=True))


def _average(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.this, exp.Distinct):
        node.set("this", _double(node.this))
    return node


def _percentile(node: exp.Expr) -> exp.Expr:
    """percentile_cont(f) within group (order by x)"""
    if not isinstance(node.this, exp.PercentileCont):
        return node
    (ordered,) = node.expression.expressions
    return exp.Anonymous(this="percentile", expressions=[_double(ordered.this), node.this.this])


def _double(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "double")


# -- days and moments ----------------------------------------------------------------------------------------------


def _between(node: exp.Expr) -> exp.Expr:
    later, earlier = exp.cast(node.this, "date"), exp.cast(node.expression, "date")
    unit = node.args["unit"].name.lower()
    if unit not in ("day", "month"):
        raise EngineError(not_written("Spark", {f"date_diff('{unit}')"}))
    if unit == "day":
        return exp.Anonymous(this="datediff", expressions=[later, earlier])
    years, months = (_subtracted(part, later, earlier) for part in ("year", "month"))
    total = exp.Add(this=exp.Mul(this=years, expression=exp.Literal.number(_MONTHS)), expression=months)
    return exp.cast(exp.Paren(this=total), "bigint")


def _subtracted(part: str, later: exp.Expr, earlier: exp.Expr) -> exp.Expr:
    taken = [exp.Anonymous(this=part, expressions=[day.copy()]) for day in (later, earlier)]
    return exp.Paren(this=exp.Sub(this=taken[0], expression=taken[1]))


def _local(node: exp.Expr) -> exp.Expr:
    moment = exp.cast(node.this, "timestampntz")
    return exp.Anonymous(
        this="convert_timezone", expressions=[exp.Literal.string("UTC"), node.args["zone"].copy(), moment]
    )


def _cast(node: exp.Expr) -> exp.Expr:
    if _is_call(node.this, "explode"):
        days: exp.Expr = node.this  # a generator stands alone
        return days
    if node.args["to"].this == exp.DataType.Type.TIMESTAMP:
        node.set("to", exp.DataType.build("timestampntz"))
    return node


# -- rows and lists ------------------------------------------------------------------------------------------------


def _function(node: exp.Expr) -> exp.Expr:
    if _is_call(node, "unnest"):
        return _each_day(node)
    if _is_call(node, "list"):
        return exp.Anonymous(this="collect_list", expressions=node.expressions)
    if _is_call(node, "list_value"):
        return exp.Array(expressions=node.expressions)
    return node


def _each_day(node: exp.Expr) -> exp.Expr:
    """unnest(range(first, past, to_days(1)))"""
    first, past, _ = node.expressions[0].expressions
    last = exp.Sub(this=past, expression=exp.Literal.number(1))
    days = exp.Anonymous(
        this="sequence", expressions=[first, last, exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))]
    )
    return exp.Anonymous(this="explode", expressions=[days])


def _is_call(node: object, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == name


def _like(node: exp.Expr) -> exp.Expr:
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string(_NO_ESCAPE))


# -- stages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A statement in parts. `views`: each step as (name, SELECT, is_kept), in the order in which they read each other;
    one that is kept is read several times. `last` reads them, and is the statement's answer."""

    views: tuple[tuple[str, str, bool], ...]
    last: str


def staged(statement: exp.Expr, mark: str) -> Staged:
    """Spark writes a step out wherever it is named, and computes it there again: here each step is a SELECT of its own.
    The views' names end in `mark`, so that statements that run side by side do not share them."""
    tree = rewritten(statement)
    steps = tree.args["with_"].expressions if tree.args.get("with_") else []
    tree.set("with_", None)
    bodies = {step.alias: step.this for step in steps}
    read = Counter[str]()
    for body in (*bodies.values(), tree):
        for table in [each for each in ours(body) if isinstance(each, exp.Table)]:
            if table.name in bodies and not table.db:
                read[table.name] += 1
                if not table.alias:
                    table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
                table.set("this", exp.to_identifier(f"{table.name}_{mark}", quoted=True))
    views = tuple((f"{name}_{mark}", body.sql(dialect=DIALECT), read[name] > 1) for name, body in bodies.items())
    return Staged(views, tree.sql(dialect=DIALECT))


# -- steps ---------------------------------------------------------------------------------------------------------


def _step(node: exp.Expr) -> exp.Expr:
    """A step of a WITH: Spark decides by itself what it keeps, and walks up a hierarchy only by UNION ALL."""
    node.set("materialized", None)
    name = node.alias
    if isinstance(node.this, exp.Union) and any(table.name == name for table in node.this.find_all(exp.Table)):
        node.set("this", _walked(node.this, name))
    return node


def _plain_with(node: exp.Expr) -> exp.Expr:
    """The step that walks says so itself; in the others a name that is also a table's stays the table's."""
    node.set("recursive", None)
    return node


def _walked(union: exp.Union, name: str) -> exp.Select:
    """first UNION next, next reading `name`: every step with its depth, each row once at the end."""
    first, following = union.this, union.expression
    names = first.named_selects
    above = next(table for table in following.find_all(exp.Table) if table.name == name)
    above.set("this", exp.to_identifier(_WALK, quoted=True))
    so_far = exp.column(_DEPTH, above.alias, quoted=True)
    first.append("expressions", exp.alias_(exp.Literal.number(0), _DEPTH, quoted=True))
    deeper = exp.Add(this=so_far, expression=exp.Literal.number(1))
    following.append("expressions", exp.alias_(deeper, _DEPTH, quoted=True))
    following.where(exp.LT(this=so_far.copy(), expression=exp.Literal.number(_DEEPEST)), copy=False)
    columns = [exp.to_identifier(each, quoted=True) for each in (*names, _DEPTH)]
    alias = exp.TableAlias(this=exp.to_identifier(_WALK, quoted=True), columns=columns)
    walk = exp.CTE(this=exp.Union(this=first, expression=following, distinct=False), alias=alias)
    found = exp.select(*(exp.column(each, quoted=True) for each in names)).distinct()
    found.from_(exp.table_(_WALK, quoted=True), copy=False)
    found.set("with_", exp.With(expressions=[walk], recursive=True))
    return found


_CHANGES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Div: _quotient,
    exp.Avg: _average,
    exp.WithinGroup: _percentile,
    exp.DateDiff: _between,
    exp.AtTimeZone: _local,
    exp.Cast: _cast,
    exp.Anonymous: _function,
    exp.Like: _like,
    exp.CTE: _step,
    exp.With: _plain_with,
}
