"""What a mapped table holds, measured where it lies: the same profile that the store keeps of its own tables."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.planner import sql
from cadran.planner.sql import Expr, col
from cadran.store.profile import ColumnProfile, TableProfile
from cadran.store.schema import stored_as
from cadran.tables.contract import Column, Table, Type

_RANGED = (Type.DATE, Type.TIMESTAMP, Type.MONEY, Type.NUMBER, Type.INTEGER, Type.SHARE)
_DOUBTED = (Type.DATE, Type.TIMESTAMP, Type.NUMBER)


def measured(engine: Engine, table: Table, relation: exp.Select) -> TableProfile:
    """Two statements: one aggregates every column, one lists the words of choices and currencies. Whether orders are
    whole is left open: `has_whole_orders` finds out, where it is of use."""
    items: dict[str, Expr] = {"n": sql.count_all()}
    for number, column in enumerate(table.columns):
        items |= {f"{what}{number}": value for what, value in _measures(table, column).items()}
    (row,) = engine.query(sql.select(items, _aliased(relation))).to_pylist()
    columns = {column.name: _profile(row, number) for number, column in enumerate(table.columns)}
    return TableProfile(int(row["n"]), columns, _words(engine, table, relation), False)


def has_whole_orders(engine: Engine, relation: exp.Select) -> bool:
    """Whether every order of the sales has one day, one rep and one client. It takes a pass over all of them."""
    order, whose = col("order_id"), [col(name) for name in ("order_id", "sold_on", "rep_id", "account_id")]
    each = sql.select(whose, _aliased(relation), where=sql.not_null(order)).distinct()
    parted = sql.select({"order_id": order.copy()}, sql.aliased(each, "e"), group=[order.copy()])
    parted.having(sql.greater(sql.count_all(), sql.number(1)), copy=False)
    (row,) = engine.query(sql.select({"n": sql.count_all()}, sql.aliased(parted, "p"))).to_pylist()
    return not row["n"]


def _measures(table: Table, column: Column) -> dict[str, Expr]:
    value = col(stored_as(table, column.name))
    found: dict[str, Expr] = {"filled": exp.Count(this=value)}
    if column.type in _RANGED:
        found |= {"low": exp.Min(this=value.copy()), "high": exp.Max(this=value.copy())}
    if column.type in _DOUBTED:
        bit = exp.BitwiseAnd(this=col("_doubts"), expression=sql.number(1 << table.position(column.name)))
        seen = exp.NEQ(this=exp.Paren(this=bit), expression=sql.number(0))
        found["doubtful"] = sql.filtered(sql.count_all(), seen)
    return found


def _profile(row: dict[str, Any], number: int) -> ColumnProfile:
    low, high = (_text(row.get(f"{edge}{number}")) for edge in ("low", "high"))
    return ColumnProfile(int(row[f"filled{number}"]), int(row.get(f"doubtful{number}", 0)), low, high)


def _text(value: Any) -> str | None:
    """As the store writes it: a day or a moment in ISO, a number in digits."""
    return None if value is None else str(value)


def _words(engine: Engine, table: Table, relation: exp.Select) -> dict[str, tuple[str, ...]]:
    """The distinct words of each listed column."""
    listed = [column.name for column in table.columns if column.type is Type.CHOICE or column.name == "currency"]
    if not listed:
        return {}
    query = sql.select([col(name) for name in listed], _aliased(relation)).distinct()
    rows = engine.query(query).to_pylist()
    return {name: tuple(sorted({row[name] for row in rows} - {None})) for name in listed}


def _aliased(relation: exp.Select) -> Expr:
    return sql.aliased(relation.copy(), "m")
