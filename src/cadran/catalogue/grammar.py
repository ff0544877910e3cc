"""The whitelist: which nodes a formula's tree may be made of, with which arguments, natures and units.

Every node type has one rule. A node without a rule, or with an argument that its rule does not list, is refused; so a
tree that passes holds nothing else, whatever the parser would accept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeGuard

from sqlglot import exp

from cadran.catalogue import units
from cadran.catalogue.checker import Checker, Rule, UnitOperation, present
from cadran.catalogue.kpi import Unit
from cadran.catalogue.values import CONDITION, UNKNOWN, Value, value_of
from cadran.errors import NO_TEXT, Text

AGGREGATE_NODES = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Quantile)

_DATE_DIFF = Text("Pour un délai, écrivez date_diff('day', a, b).", "For a duration, write date_diff('day', a, b).")
_WRITE_DATE = Text("Une date s’écrit DATE '2026-03-31'.", "A date is written DATE '2026-03-31'.")
_COUNT_IF = Text("Écrivez count(*) filter (where ...).", "Write count(*) filter (where ...).")

Apply = Callable[[Checker, exp.Expr], Value]


def _column(checker: Checker, node: exp.Expr) -> Value:
    if not isinstance(node.this, exp.Identifier) or present(node.this) - {"this", "quoted"}:
        message = Text("« * » ne va que dans count(*).", '"*" is for count(*) only.')
        return checker.refuse("refused_construct", node, message)
    name = ".".join(part.name for part in (node.args.get("table"), node.this) if part)
    if name not in checker.names:
        return checker.unknown_name(node, name)
    if checker.aggregates and not checker.inside_aggregate:
        message = Text(f"« {name} » est hors de tout agrégat.", f'"{name}" stands outside any aggregate.')
        advice = Text(f"Écrivez par exemple sum({name}).", f"Write sum({name}), for instance.")
        checker.refuse("outside_aggregate", node, message, advice)
    checker.used.add(name)
    return value_of(checker.names[name])


def _literal(checker: Checker, node: exp.Expr) -> Value:
    return Value("text" if node.is_string else "number")


def _date_literal(checker: Checker, node: exp.Expr) -> Value:
    text = node.this
    if node.args["to"].this != exp.DataType.Type.DATE or not (isinstance(text, exp.Literal) and text.is_string):
        return checker.refuse_node(node, "refused_construct", "DATE '2026-03-31'")
    if _is_day(text.name):
        return Value("date")
    return checker.refuse("not_a_date", node, Text("Cette date n’existe pas.", "There is no such date."), _WRITE_DATE)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _null(checker: Checker, node: exp.Expr) -> Value:
    return UNKNOWN


def _boolean(checker: Checker, node: exp.Expr) -> Value:
    return CONDITION


def _paren(checker: Checker, node: exp.Expr) -> Value:
    return checker.value(node.this)


def _number(checker: Checker, node: exp.Expr) -> Value:
    return checker.expect(node.this, "number", advice=_COUNT_IF if isinstance(node, AGGREGATE_NODES) else NO_TEXT)


def _extreme(checker: Checker, node: exp.Expr) -> Value:
    return checker.expect(node.this, "number", "date")


def _text(checker: Checker, node: exp.Expr) -> Value:
    return checker.expect(node.this, "text")


def _round(checker: Checker, node: exp.Expr) -> Value:
    decimals = node.args.get("decimals")
    if decimals is not None and not (_is_number(decimals) and len(decimals.name) == 1):
        message = Text("Le nombre de décimales est un chiffre.", "The number of decimals is one digit.")
        checker.refuse("refused_arguments", node, message)
    return _number(checker, node)


def _is_number(node: object) -> TypeGuard[exp.Literal]:
    return isinstance(node, exp.Literal) and not node.is_string


def _arithmetic(operation: UnitOperation) -> Apply:
    def apply(checker: Checker, node: exp.Expr) -> Value:
        left = checker.expect(node.this, "number", advice=_DATE_DIFF)
        right = checker.expect(node.expression, "number", advice=_DATE_DIFF)
        return Value("number", checker.unit(node, operation, left.unit, right.unit))

    return apply


def _logic(checker: Checker, node: exp.Expr) -> Value:
    for part in node.iter_expressions():
        checker.expect(part, "boolean")
    return CONDITION


def _comparison(checker: Checker, node: exp.Expr) -> Value:
    checker.alike(node.iter_expressions())
    return CONDITION


def _in(checker: Checker, node: exp.Expr) -> Value:
    if node.expressions:
        return _comparison(checker, node)
    return checker.refuse("refused_arguments", node, Text("La liste de « in » est vide.", 'The list of "in" is empty.'))


def _like(checker: Checker, node: exp.Expr) -> Value:
    for part in node.iter_expressions():
        checker.expect(part, "text")
    return CONDITION


def _is_null(checker: Checker, node: exp.Expr) -> Value:
    if not isinstance(node.expression, exp.Null):
        message = Text("« is » ne va qu’avec null.", '"is" goes with null only.')
        return checker.refuse("refused_construct", node, message)
    checker.value(node.this)
    return CONDITION


def _case(checker: Checker, node: exp.Expr) -> Value:
    branches = node.args["ifs"]
    whens = [branch.this for branch in branches]
    if node.this:
        checker.alike([node.this, *whens])
    for when in [] if node.this else whens:
        checker.expect(when, "boolean")
    default = node.args.get("default")
    return checker.alike([*(branch.args["true"] for branch in branches), *([default] if default else [])])


def _choice(checker: Checker, node: exp.Expr) -> Value:
    return checker.alike(node.iter_expressions())


def _date_diff(checker: Checker, node: exp.Expr) -> Value:
    step = node.args.get("unit")
    for part in (node.expression, node.this):
        checker.expect(part, "date")
    if isinstance(step, exp.Var) and step.name in ("DAY", "MONTH"):
        return Value("number", Unit.DAYS if step.name == "DAY" else Unit.COUNT)
    message = Text("L’unité est 'day' ou 'month'.", "The unit is 'day' or 'month'.")
    return checker.refuse("refused_arguments", node, message, _DATE_DIFF)


def _aggregate(apply: Apply) -> Apply:
    """Inside an aggregate columns are free, and no other aggregate may stand."""

    def guarded(checker: Checker, node: exp.Expr) -> Value:
        checker.has_aggregate = True
        if not checker.aggregates:
            message = Text("Aucun agrégat n’est admis ici.", "No aggregate is allowed here.")
            checker.refuse("refused_aggregate", node, message)
        elif checker.inside_aggregate:
            message = Text("Un agrégat ne peut pas en contenir un autre.", "An aggregate cannot contain another.")
            checker.refuse("nested_aggregate", node, message)
        with checker.within_aggregate():
            return apply(checker, node)

    return guarded


def _count(checker: Checker, node: exp.Expr) -> Value:
    counted = node.this
    if isinstance(counted, exp.Distinct):
        if len(counted.expressions) != 1 or present(counted) != {"expressions"}:
            return checker.refuse_node(node, "refused_arguments", "count(distinct x)")
        counted = counted.expressions[0]
    elif isinstance(counted, exp.Star) and not present(counted):
        return Value("number", Unit.COUNT)
    checker.value(counted)
    return Value("number", Unit.COUNT)


def _quantile(checker: Checker, node: exp.Expr) -> Value:
    fraction = node.args.get("quantile")
    if not (_is_number(fraction) and 0 <= float(fraction.name) <= 1):
        message = Text("Le quantile est un nombre entre 0 et 1.", "The quantile is a number between 0 and 1.")
        checker.refuse("refused_arguments", node, message, Text("Écrivez quantile(x, 0.8).", "Write quantile(x, 0.8)."))
    return _number(checker, node)


def _filter(checker: Checker, node: exp.Expr) -> Value:
    if not isinstance(node.this, AGGREGATE_NODES) or not isinstance(node.expression, exp.Where):
        return checker.refuse(
            "refused_construct", node, Text("« filter » suit un agrégat.", '"filter" follows an aggregate.')
        )
    value = checker.value(node.this)
    with checker.within_aggregate():
        checker.expect(node.expression.this, "boolean")
    return value


def _rules(apply: Apply, nodes: str, arguments: str, usage: str = "") -> dict[type[exp.Expr], Rule]:
    """The same rule for several node types; an argument marked `?` may be absent."""
    allowed = frozenset(argument.rstrip("?") for argument in arguments.split())
    required = frozenset(argument for argument in arguments.split() if not argument.endswith("?"))
    return {getattr(exp, node): Rule(required, allowed, apply, usage.format(node.lower())) for node in nodes.split()}


RULES: Mapping[type[exp.Expr], Rule] = {
    **_rules(_column, "Column", "this table?"),
    **_rules(_literal, "Literal", "this is_string?"),
    **_rules(_date_literal, "Cast", "this to", "DATE '2026-03-31'"),
    **_rules(_null, "Null", ""),
    **_rules(_boolean, "Boolean", "this?"),
    **_rules(_paren, "Paren", "this"),
    **_rules(_number, "Neg Abs", "this", "{}(x)"),
    **_rules(_round, "Round", "this decimals?", "round(x, 2)"),
    **_rules(_arithmetic(units.total), "Add Sub", "this expression"),
    **_rules(_arithmetic(units.product), "Mul", "this expression"),
    **_rules(_arithmetic(units.quotient), "Div", "this expression typed? safe?"),
    **_rules(_logic, "And Or", "this expression"),
    **_rules(_logic, "Not", "this"),
    **_rules(_comparison, "EQ NEQ LT LTE GT GTE", "this expression"),
    **_rules(_comparison, "Between", "this low high", "x between a and b"),
    **_rules(_in, "In", "this expressions?", "x in ('a', 'b')"),
    **_rules(_like, "Like", "this expression negate?", "x like 'a%'"),
    **_rules(_is_null, "Is", "this expression", "x is null"),
    **_rules(_case, "Case", "this? ifs default?", "case when a then b else c end"),
    **_rules(_choice, "Coalesce", "this expressions?", "coalesce(a, b)"),
    **_rules(_choice, "Nullif", "this expression", "nullif(a, b)"),
    **_rules(_choice, "Least Greatest", "this expressions? ignore_nulls?", "{}(a, b)"),
    **_rules(_text, "Lower", "this", "lower(x)"),
    **_rules(_date_diff, "DateDiff", "this expression unit date_part_boundary?", "date_diff('day', a, b)"),
    **_rules(_aggregate(_number), "Sum Avg Median", "this", "{}(x)"),
    **_rules(_aggregate(_extreme), "Min Max", "this", "{}(x)"),
    **_rules(_aggregate(_count), "Count", "this big_int?", "count(*)"),
    **_rules(_aggregate(_quantile), "Quantile", "this quantile", "quantile(x, 0.8)"),
    **_rules(_filter, "Filter", "this expression", "sum(x) filter (where y > 0)"),
}
