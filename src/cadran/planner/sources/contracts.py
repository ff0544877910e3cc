"""Contracts: when they fall due, what became of them, and the last day they really cover."""

from __future__ import annotations

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.sources.context import FAR, Context
from cadran.planner.sources.stored import known_by, select_from
from cadran.planner.sql import Expr, col
from cadran.tables.model import SALES_MODEL


def _after(value: Expr, days: int) -> Expr:
    """A date some days later, as a date."""
    return exp.Add(this=value, expression=sql.number(days))


def _contract_known(alias: str, context: Context) -> Expr:
    return known_by(sql.coalesce(col("signed_on", alias), col("starts_on", alias)), context)


def _successors(context: Context) -> exp.Select:
    """contract_id, next_on: the start of the contract that renews it: by reference, or the same client and product
    starting within the grace time around the due day (an earlier start is another contract beside it)."""
    by_reference = sql.equal(col("renews_contract_id", "b"), col("contract_id", "a"))
    by_client = sql.both(
        sql.equal(col("account_id", "b"), col("account_id", "a")),
        sql.same(col("product_id", "b"), col("product_id", "a")),
        sql.greater(col("starts_on", "b"), col("starts_on", "a")),
        sql.at_least(col("starts_on", "b"), _after(col("ends_on", "a"), 1 - context.grace_days)),
        sql.at_most(col("starts_on", "b"), _after(col("ends_on", "a"), 1 + context.grace_days)),
    )
    assert by_client is not None
    query = sql.select(
        {"contract_id": col("contract_id", "a"), "next_on": exp.Min(this=col("starts_on", "b"))},
        context.table("contracts", "a"),
        group=[col("contract_id", "a")],
    )
    matched = sql.both(
        exp.Paren(this=sql.either(by_reference, exp.Paren(this=by_client))),
        exp.NEQ(this=col("contract_id", "a"), expression=col("contract_id", "b")),
        _contract_known("b", context),
    )
    assert matched is not None
    return sql.join(query, context.table("contracts", "b"), matched, side="INNER")


def _covered_after(context: Context) -> exp.Select:
    """contract_id, one row where the client has another contract that covers the last day of the grace time."""
    last = _after(col("ends_on", "a"), 1 + context.grace_days)
    matched = sql.both(
        sql.equal(col("account_id", "b"), col("account_id", "a")),
        exp.NEQ(this=col("contract_id", "a"), expression=col("contract_id", "b")),
        sql.at_most(col("starts_on", "b"), last),
        sql.at_least(col("covers_to", "b"), last.copy()),
        _contract_known("b", context),
    )
    assert matched is not None
    columns = frozenset({"contract_id", "account_id", "starts_on", "signed_on", "covers_to"})
    others = sql.aliased(contracts(context, columns), "b")
    query = sql.select(
        {"contract_id": col("contract_id", "a")}, context.table("contracts", "a"), group=[col("contract_id", "a")]
    )
    return sql.join(query, others, matched, side="INNER")


def _undecided(context: Context) -> exp.Select:
    """account_id of the clients who have a contract that is due and whose outcome is not known yet."""
    rows = contracts(context, frozenset({"account_id", "due_on", "renewed"}))
    return sql.select(
        {"account_id": col("account_id")},
        sql.aliased(rows, "s"),
        where=sql.both(sql.is_null(col("renewed")), known_by(col("due_on"), context)),
        group=[col("account_id")],
    )


def contracts(context: Context, wanted: frozenset[str]) -> exp.Select:
    """Contracts with the day they fall due and what became of them (`kept` waits while another of the client's is
    undecided); `covers_to` is the last day really covered:
    a tacit renewal goes on until it is terminated or replaced."""
    due = _after(col("ends_on", "f"), 1)
    terminated = sql.both(
        sql.not_null(col("terminated_on", "f")),
        sql.at_most(col("terminated_on", "f"), due),
        known_by(col("terminated_on", "f"), context),
    )
    assert terminated is not None
    renewed_by_itself = sql.both(
        sql.coalesce(col("tacit", "f"), exp.false()), exp.Not(this=exp.Paren(this=terminated)), known_by(due, context)
    )
    over = sql.less(_after(col("ends_on", "f"), 1 + context.grace_days), sql.day(context.as_of))
    assert renewed_by_itself is not None
    renewed = sql.when(
        (sql.not_null(col("next_on", "n")), exp.true()),
        (renewed_by_itself, exp.true()),
        (terminated.copy(), exp.false()),
        (over, exp.false()),
    )
    waiting = sql.both(sql.not_null(col("account_id", "u")), exp.Not(this=exp.Paren(this=renewed.copy())))
    assert waiting is not None
    kept = sql.when(
        (sql.not_null(col("contract_id", "k")), exp.true()), (waiting, exp.null()), otherwise=renewed.copy()
    )
    stopped = sql.coalesce(col("terminated_on", "f"), sql.day(FAR))
    goes_on = sql.both(sql.is_null(col("next_on", "n")), renewed_by_itself.copy())
    assert goes_on is not None
    overrides: dict[str, Expr] = {
        "due_on": due.copy(),
        "renewed": renewed,
        "kept": kept,
        "covers_to": sql.when((goes_on, stopped), otherwise=col("ends_on", "f")),
    }
    query = select_from(context, SALES_MODEL["contracts"], wanted, dated="starts_on", overrides=overrides)
    if wanted & {"renewed", "kept", "covers_to"}:
        sql.join(
            query, sql.aliased(_successors(context), "n"), sql.equal(col("contract_id", "f"), col("contract_id", "n"))
        )
    if "kept" in wanted:
        sql.join(
            query,
            sql.aliased(_covered_after(context), "k"),
            sql.equal(col("contract_id", "f"), col("contract_id", "k")),
        )
        sql.join(
            query, sql.aliased(_undecided(context), "u"), sql.equal(col("account_id", "f"), col("account_id", "u"))
        )
    return query
