"""What was sold: the lines that make revenue, orders, and what is left to invoice."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.sources.context import Context, Drawn
from cadran.planner.sources.stored import money, select_from
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL

_AS_SALES = {"sale_id": "row_key", "order_id": "opportunity_id", "sold_on": "closed_on"}
_WON = Drawn("opportunities", _AS_SALES)


def sales_base(context: Context) -> Drawn:
    return _WON if context.revenue_basis == "signed" else Drawn("sales", _invoices_as_orders(context))


def orders_base(context: Context) -> Drawn:
    return Drawn("sales") if has_orders(context) or not context.has("opportunities") else _WON


def has_orders(context: Context) -> bool:
    return "order" in context.profile("sales").values.get("kind", ())


def _revenue_rows(context: Context) -> Expr | None:
    """The lines of `sales` that make revenue: those of the company's basis, less the natures it leaves out."""
    kind = sql.coalesce(col("kind", "f"), sql.text("invoice"))
    if context.revenue_basis == "ordered":
        basis: Expr | None = sql.equal(kind, sql.text("order"))
    else:
        basis = exp.NEQ(this=kind, expression=sql.text("order")) if has_orders(context) else None
    if not context.excluded_natures:
        return basis
    left_out = sql.one_of(
        sql.coalesce(exp.Lower(this=col("nature", "f")), sql.text("")),
        [sql.text(nature.lower()) for nature in context.excluded_natures],
    )
    return sql.both(basis, exp.Not(this=left_out))


def _signed(context: Context, wanted: frozenset[str]) -> exp.Select:
    """The won opportunities, as lines of sale: one line, one order, one unit each."""
    table = SALES_MODEL["opportunities"]
    absent = {
        name: sql.null("VARCHAR" if column.type in (Type.TEXT, Type.CHOICE) else "DECIMAL(18,4)")
        for name, column in SALES_MODEL["sales"].by_name.items()
        if name in ("nature", "list_amount", "cost")
    }
    overrides = absent | {
        "sale_id": col("row_key", "f"),
        "is_purchase": _is_purchase(),
        "kind": sql.text("invoice"),
        "quantity": sql.number(1),
        "document_id": context.no_id(),
        "corrects_document_id": context.no_id(),
    }
    won = sql.equal(col("outcome", "f"), sql.text("won"))
    query = select_from(context, table, wanted, dated="closed_on", overrides=overrides, names=_AS_SALES, where=won)
    return _with_first_purchase(query, context, wanted)


def _invoices_as_orders(context: Context) -> dict[str, str]:
    """Where the company records no order, an invoice stands for one."""
    known = context.has("sales", "order_id") or not context.has("sales", "document_id")
    return {} if known else {"order_id": "document_id"}


def sales(context: Context, wanted: frozenset[str]) -> exp.Select:
    if context.revenue_basis == "signed":
        return _signed(context, wanted)
    query = select_from(
        context,
        SALES_MODEL["sales"],
        wanted,
        dated="sold_on",
        names=sales_base(context).stored_names,
        overrides={"is_purchase": _is_purchase()},
        where=_revenue_rows(context),
    )
    return _with_first_purchase(query, context, wanted)


def _with_first_purchase(query: exp.Select, context: Context, wanted: frozenset[str]) -> exp.Select:
    if "first_purchase_on" not in wanted:
        return query
    if context.carries_firsts:
        query.append("expressions", col("first_purchase_on", "f"))
        return query
    query.append("expressions", sql.named(col("first_purchase_on", "p"), "first_purchase_on"))
    return sql.join(
        query,
        sql.aliased(first_purchases(context), "p"),
        sql.equal(col("account_id", "f"), col("account_id", "p")),
    )


def _is_purchase() -> Expr:
    """A positive amount, in whatever currency: no rate is needed to know it."""
    return sql.greater(col("amount", "f"), sql.number(0))


def first_purchases(context: Context) -> exp.Select:
    """account_id, first_purchase_on: the day of each client's first purchase ever, from anyone: among all lines, also
    where only some are at hand."""
    if context.firsts is not None:
        return sql.select([col("account_id"), col("first_purchase_on")], context.firsts)
    rows = sales(replace(context, at_hand={}), frozenset({"account_id", "sold_on", "is_purchase"}))
    return sql.select(
        {"account_id": col("account_id"), "first_purchase_on": exp.Min(this=col("sold_on"))},
        sql.aliased(rows, "s"),
        where=sql.both(col("is_purchase"), sql.not_null(col("account_id"))),
        group=[col("account_id")],
    )


def first_days(context: Context, among: Expr | None = None) -> exp.Select:
    """account_id, first_purchase_on (null: none yet), seen_on: each client's first purchase, and first line of any
    kind, among the lines that meet a condition."""
    rows = sales(context, frozenset({"account_id", "sold_on", "is_purchase"}))
    bought = sql.filtered(exp.Min(this=col("sold_on")), col("is_purchase"))
    return sql.select(
        {"account_id": col("account_id"), "first_purchase_on": bought, "seen_on": exp.Min(this=col("sold_on"))},
        sql.aliased(rows, "s"),
        where=sql.both(sql.not_null(col("account_id")), sql.not_null(col("sold_on")), among),
        group=[col("account_id")],
    )


def orders(context: Context, wanted: frozenset[str]) -> exp.Select:
    if orders_base(context).table == "opportunities":
        return _signed(context, wanted)
    ordered = sql.equal(col("kind", "f"), sql.text("order"))
    return select_from(context, SALES_MODEL["sales"], wanted, dated="sold_on", where=ordered)


def order_movements(context: Context, wanted: frozenset[str]) -> exp.Select:
    """Order lines as they are; the invoices and credit notes of known orders with the sign turned."""
    orders = sql.select(
        {"order_id": col("order_id")}, context.table("sales"), where=sql.equal(col("kind"), sql.text("order"))
    )
    known = exp.In(this=col("order_id", "f"), query=exp.Subquery(this=orders))
    is_order = sql.equal(sql.coalesce(col("kind", "f"), sql.text("invoice")), sql.text("order"))
    amount = money(context, "sales", "amount")
    signed = sql.cast(sql.when((is_order, amount), otherwise=exp.Neg(this=amount.copy())), "DECIMAL(18,4)")
    return select_from(
        context, SALES_MODEL["sales"], wanted, dated="sold_on", overrides={"amount": signed}, where=known
    )
