"""Arithmetic on whole columns of numbers: a formula's tree, its names taken from arrays. Undefined is NaN.

Division by zero and anything on an undefined number is undefined; nothing here turns undefined into zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sqlglot import exp

Floats: TypeAlias = npt.NDArray[np.float64]

_BINARY: dict[type[exp.Expr], Callable[[Floats, Floats], Floats]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
    exp.GT: np.greater,
    exp.GTE: np.greater_equal,
    exp.LT: np.less,
    exp.LTE: np.less_equal,
    exp.EQ: np.equal,
    exp.NEQ: np.not_equal,
}


def evaluate(tree: exp.Expr, columns: Mapping[str, Floats]) -> Floats:
    """The tree's value for every position of the arrays, which all have one shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_value(tree, columns), dtype=np.float64)


def _value(node: exp.Expr, columns: Mapping[str, Floats]) -> Floats:
    if isinstance(node, exp.Column):
        return columns[node.name]
    if isinstance(node, exp.Literal):
        return np.float64(node.name)  # type: ignore[return-value]
    if isinstance(node, exp.Paren):
        return _value(node.this, columns)
    if isinstance(node, exp.Neg):
        return np.negative(_value(node.this, columns))
    if isinstance(node, exp.Null):
        return np.float64("nan")  # type: ignore[return-value]
    if type(node) in _BINARY:
        return np.asarray(_BINARY[type(node)](_value(node.this, columns), _value(node.expression, columns)))
    return _function(node, columns)


def _function(node: exp.Expr, columns: Mapping[str, Floats]) -> Floats:
    arguments = [_value(argument, columns) for argument in _arguments(node)]
    if isinstance(node, exp.Div):
        return divide(arguments[0], arguments[1])
    if isinstance(node, exp.Nullif):
        return np.where(arguments[0] == arguments[1], np.nan, arguments[0])
    if isinstance(node, exp.Coalesce):
        return _first_defined(arguments)
    if isinstance(node, exp.Abs):
        return np.abs(arguments[0])
    if isinstance(node, exp.Round):
        return np.round(arguments[0], int(arguments[1]) if len(arguments) > 1 else 0)
    if isinstance(node, exp.Least):
        return np.asarray(np.fmin.reduce(np.broadcast_arrays(*arguments)))
    if isinstance(node, exp.Greatest):
        return np.asarray(np.fmax.reduce(np.broadcast_arrays(*arguments)))
    if isinstance(node, exp.Case):
        return _case(node, columns)
    raise TypeError(f"arithmetic cannot hold {type(node).__name__}")


def _arguments(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        return []
    if isinstance(node, exp.Round):
        return [node.this] + ([node.args["decimals"]] if node.args.get("decimals") else [])
    if isinstance(node, exp.Binary | exp.Nullif):
        return [node.this, node.expression]
    return [node.this, *node.expressions]


def _case(node: exp.Case, columns: Mapping[str, Floats]) -> Floats:
    conditions = [_value(branch.this, columns) == 1 for branch in node.args["ifs"]]
    values = [_value(branch.args["true"], columns) for branch in node.args["ifs"]]
    otherwise = node.args.get("default")
    return np.select(conditions, values, _value(otherwise, columns) if otherwise else np.nan)


def _first_defined(arguments: list[Floats]) -> Floats:
    result = arguments[0]
    for other in arguments[1:]:
        result = np.where(np.isnan(result), other, result)
    return result


def divide(above: Floats, below: Floats) -> Floats:
    """The quotient; undefined where the divisor is zero."""
    return np.where(below == 0, np.nan, above / np.where(below == 0, 1.0, below))
