"""Deals and prospects, as they were known on the evening of `as_of`."""

from __future__ import annotations

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.sources.context import Context, Drawn
from cadran.planner.sources.sales import first_purchases
from cadran.planner.sources.stored import known_by, roomy, select_from
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL


def opportunities(context: Context, wanted: frozenset[str]) -> exp.Select:
    """Deals as they were known on the evening of `as_of`: a decision taken later is not yet one."""
    is_open = sql.equal(col("outcome", "f"), sql.text("open"))
    later = exp.Not(this=sql.coalesce(known_by(col("closed_on", "f"), context), exp.true()))
    undecided = sql.either(is_open, later)
    overrides: dict[str, Expr] = {
        "outcome": sql.when((undecided, sql.text("open")), otherwise=col("outcome", "f")),
        "closed_on": sql.when((exp.Not(this=exp.Paren(this=undecided.copy())), col("closed_on", "f"))),
    }
    by_lead = context.has("leads") and context.has("opportunities", "lead_id")
    contacts: list[Expr] = [col("first_contact_on", "l")] if by_lead else []
    overrides["first_contact_on"] = sql.coalesce(col("first_contact_on", "f"), *contacts, col("created_on", "f"))
    by_stage = context.has("stages", "probability")
    if by_stage:
        given = sql.coalesce(col("probability", "f"), col("probability", "g"))
        overrides["probability"] = roomy(given, Type.SHARE)
    query = select_from(context, SALES_MODEL["opportunities"], wanted, dated="created_on", overrides=overrides)
    if by_lead and "first_contact_on" in wanted:
        sql.join(query, context.table("leads", "l"), sql.equal(col("lead_id", "f"), col("lead_id", "l")))
    if by_stage and "probability" in wanted:
        sql.join(query, context.table("stages", "g"), sql.equal(col("stage", "f"), col("stage", "g")))
    return query


def leads_base(context: Context) -> Drawn:
    return Drawn("leads" if context.has("leads") or not context.has("opportunities") else "opportunities")


def _became_client(context: Context, key: str) -> exp.Select | None:
    """key, won_on: the first won deal of each account or lead that is known on the evening of `as_of`."""
    if not context.has("opportunities", key):
        return None
    return sql.select(
        {key: col(key), "won_on": exp.Min(this=col("closed_on"))},
        context.table("opportunities"),
        where=sql.both(
            sql.equal(col("outcome"), sql.text("won")), sql.not_null(col(key)), known_by(col("closed_on"), context)
        ),
        group=[col(key)],
    )


def _apart(own_id: Expr, context: Context) -> Expr:
    """The id of a prospect without account, such that no account has it."""
    if context.in_warehouse:
        return exp.DPipe(this=sql.text("\x1f"), expression=own_id)
    return exp.Neg(this=own_id)


def _least(*values: Expr) -> Expr:
    return values[0] if len(values) == 1 else exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True)


def leads(context: Context, wanted: frozenset[str]) -> exp.Select:
    """Prospects at their first contact: leads or, without any, the accounts of deals. DuckDB's LEAST skips nulls, as
    the two dates of becoming a client need."""
    base = leads_base(context).table
    from_leads = base == "leads"
    won_lead = _became_client(context, "lead_id") if from_leads else None
    won_account = _became_client(context, "account_id")
    sold = first_purchases(context) if context.has("sales") and context.revenue_basis != "signed" else None
    won = [col("won_on", alias) for alias, query in (("wl", won_lead), ("wa", won_account)) if query is not None]
    account_won: list[Expr] = [col("won_on", "wa")] if won_account is not None else []
    account_sold: list[Expr] = [col("first_purchase_on", "p")] if sold is not None else []
    given: list[Expr] = [col("client_on", "f")] if from_leads else []
    first_deal = [_least(*won)] if won else []
    contact = (
        col("first_contact_on", "f")
        if from_leads
        else sql.coalesce(col("first_contact_on", "f"), col("created_on", "f"))
    )
    found: list[Expr] = [*given, *first_deal, *account_sold] or [sql.null("DATE")]
    client_on = sql.coalesce(found[0], *found[1:]) if len(found) > 1 else found[0]
    earlier = _least(*[*given, *account_won, *account_sold] or [sql.null("DATE")])
    account = col("account_id", "f")
    overrides: dict[str, Expr] = {
        "client_on": sql.when((known_by(client_on, context), client_on.copy())),
        "was_client": sql.coalesce(sql.less(earlier.copy(), contact.copy()), exp.false()),
        "prospect_id": sql.coalesce(account, _apart(col("lead_id", "f"), context)) if from_leads else account,
        "first_contact_on": contact,
    }
    if from_leads:
        overrides["lost_on"] = sql.when((known_by(col("lost_on", "f"), context), col("lost_on", "f")))
    else:
        lost = sql.both(sql.equal(col("outcome", "f"), sql.text("lost")), known_by(col("closed_on", "f"), context))
        assert lost is not None
        overrides |= {"lost_on": sql.when((lost, col("closed_on", "f"))), "qualified_on": sql.null("DATE")}
    prospects = None if from_leads else sql.not_null(col("account_id", "f"))
    query = select_from(context, SALES_MODEL[base], wanted, dated="created_on", overrides=overrides, where=prospects)
    for alias, extra, key in (
        ("wl", won_lead, "lead_id"),
        ("wa", won_account, "account_id"),
        ("p", sold, "account_id"),
    ):
        if extra is not None:
            sql.join(query, sql.aliased(extra, alias), sql.equal(col(key, "f"), col(key, alias)))
    return query
