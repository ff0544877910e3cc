"""Ids in conditions: the store keeps them as numbers, people write them as text.

product_id = 'P1'   ->   (SELECT key FROM keys_product WHERE id = product_id) = 'P1'
"""

from __future__ import annotations

from sqlglot import exp

from cadran.catalogue.sources import Source
from cadran.planner import sql
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Column
from cadran.tables.model import INTERNED_DOMAINS

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Like, exp.Between)


def ids_as_text(tree: Expr, source: Source, schema: str = "lake") -> Expr:
    """The same condition, each id that is compared with a text replaced by its text."""
    for node in [tree, *tree.find_all(*_COMPARISONS)]:
        if not isinstance(node, _COMPARISONS) or not _has_text(node):
            continue
        for column in [child for child in node.iter_expressions() if isinstance(child, exp.Column)]:
            domain = _domain(column, source)
            if domain is not None:
                column.replace(_text_of(column, domain, schema))
    return tree


def _has_text(node: Expr) -> bool:
    return any(isinstance(child, exp.Literal) and child.is_string for child in node.iter_expressions())


def _domain(column: exp.Column, source: Source) -> str | None:
    """What an interned id identifies; the column stands as `account_id`, "s"."account_id" or "account"."rep_id"."""
    name = column.name if column.table in ("", "s") else f"{column.table}.{column.name}"
    parent, _, own = name.rpartition(".")
    table = source.parents.get(parent) if parent else source.table
    found: Column | None = table.by_name.get(own) if table else None
    return found.domain if found is not None and found.domain in INTERNED_DOMAINS else None


def _text_of(column: exp.Column, domain: str, schema: str) -> Expr:
    keys = sql.select(
        [col("key", "k")], sql.table(f"{schema}.keys_{domain}", "k"), where=sql.equal(col("id", "k"), column.copy())
    )
    return exp.Subquery(this=keys)
