"""Ids in conditions: the store keeps them as numbers, people write them as text.

product_id = 'P1'   ->   (SELECT key FROM keys_product WHERE id = product_id) = 'P1'
order_id = '7'      ->   coalesce((SELECT key FROM keys_order WHERE id = order_id), CAST(order_id AS VARCHAR)) = '7'
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from cadran.catalogue.sources import Source
from cadran.planner import sql
from cadran.planner.sources import Context, Drawn
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Column
from cadran.tables.model import GROUPING_DOMAINS, INTERNED_DOMAINS, SALES_MODEL


def ids_as_text(tree: Expr, source: Source, domains: Mapping[str, str], schema: str = "lake") -> Expr:
    """The same condition, each id replaced by its text, but where its number says as much: a lone id, a test for
    null, two ids of one kind compared. `domains` says what an id identifies where it stands for another (the deal
    that is an order)."""
    for column in [node for node in tree.find_all(exp.Column) if node is not tree]:
        domain = _domain(column, source, domains)
        if domain is not None and not _says_as_much(column, domain, source, domains):
            column.replace(_text_of(column, domain, schema))
    return tree


def _says_as_much(column: exp.Column, domain: str, source: Source, domains: Mapping[str, str]) -> bool:
    parent = column.parent
    if isinstance(parent, exp.EQ | exp.NEQ):
        sides = [side for side in (parent.this, parent.expression) if isinstance(side, exp.Column)]
        return len(sides) == 2 and {_domain(side, source, domains) for side in sides} == {domain}
    return isinstance(parent, exp.Is)


def _domain(column: exp.Column, source: Source, domains: Mapping[str, str]) -> str | None:
    """What an interned id identifies; the column stands as `account_id`, "s"."account_id" or "account"."rep_id"."""
    name = column.name if column.table in ("", "s") else f"{column.table}.{column.name}"
    if name in domains:
        return domains[name]
    parent, _, own = name.rpartition(".")
    table = source.parents.get(parent) if parent else source.table
    found: Column | None = table.by_name.get(own) if table else None
    return found.domain if found is not None and found.domain in INTERNED_DOMAINS else None


def _text_of(column: exp.Column, domain: str, schema: str) -> Expr:
    keys = sql.select(
        [col("key", "k")], sql.table(f"{schema}.keys_{domain}", "k"), where=sql.equal(col("id", "k"), column.copy())
    )
    return as_written(domain, exp.Subquery(this=keys), column.copy())


def as_written(domain: str | None, key: Expr, number: Expr) -> Expr:
    """An id of the store as the company writes it (see `store.schema.as_written`)."""
    return sql.coalesce(key, sql.cast(number, "VARCHAR")) if domain in GROUPING_DOMAINS else key


def domains_of(drawn: Drawn, context: Context) -> dict[str, str] | None:
    """What the ids identify that a source takes from another column than their own; None where ids are texts."""
    if context.in_warehouse:
        return None
    table = SALES_MODEL[drawn.table]
    stored = {name: table[column] for name, column in drawn.stored_names.items() if column in table}
    return {name: column.domain for name, column in stored.items() if column.domain in INTERNED_DOMAINS}
