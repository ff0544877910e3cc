"""The SQL of each source: the sales model's tables as KPIs see them (names and types: catalogue/sources.py).

    context + wanted columns -> SELECT one row per fact, columns by their logical names, plus
    row_key (text, the fact's own key) and doubts (bit mask over the columns of `Built.table`)

What every source does alike: amounts are converted to the reporting currency at the rate of the fact's own date,
and nothing dated after the evening of `as_of` is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from cadran.catalogue.sources import SOURCES
from cadran.planner import sql
from cadran.planner.sql import Expr, col
from cadran.store.profile import TableProfile
from cadran.store.state import State
from cadran.tables.contract import Table, Type
from cadran.tables.model import SALES_MODEL

EMPTY = TableProfile(rows=0, columns={}, values={}, whole_orders=True)
FAR = date(9999, 12, 31)


@dataclass(frozen=True)
class Context:
    """What the sources depend on besides the data: the company's choices and the day of the answer."""

    currency: str
    revenue_basis: str
    excluded_natures: tuple[str, ...]
    grace_days: int
    as_of: date
    state: State
    schema: str = "lake"

    def table(self, name: str, alias: str | None = None) -> Expr:
        return sql.table(f"{self.schema}.{name}", alias)

    def profile(self, name: str) -> TableProfile:
        return self.state.tables.get(name, EMPTY)

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the company gave any row of the table (and any value of the column)."""
        profile = self.profile(table)
        if column is None:
            return profile.rows > 0
        return column in profile.columns and profile.columns[column].filled > 0

    def currencies(self, table: str) -> set[str]:
        """The foreign currencies the table's amounts are written in."""
        return set(self.profile(table).values.get("currency", ())) - {self.currency}


@dataclass(frozen=True)
class Built:
    """A source's query, the stored table its rows come from, and where a logical column has another stored name."""

    query: exp.Select
    table: str
    stored_names: Mapping[str, str] = field(default_factory=dict)

    def stored(self, column: str) -> str | None:
        """The stored column behind a logical one; None for a worked-out or a parent's column."""
        name = self.stored_names.get(column, column)
        return name if name in SALES_MODEL[self.table] else None


def build(name: str, context: Context, wanted: frozenset[str]) -> Built:
    """The query of a source, with the wanted columns (own and worked-out ones) and no other."""
    return _BUILDERS[name](context, wanted)


# Columns that are worked out from others where the table lacks them: any of these will do.
STAND_INS = {
    ("opportunities", "first_contact_on"): (("opportunities", "first_contact_on"), ("opportunities", "created_on")),
    ("opportunities", "probability"): (("opportunities", "probability"), ("stages", "probability")),
    ("opportunities", "outcome"): (("opportunities", "outcome"),),
    ("leads", "client_on"): (("leads", "client_on"), ("opportunities", "closed_on"), ("sales", "sold_on")),
    ("leads", "lost_on"): (("leads", "lead_id"), ("opportunities", "closed_on")),
}


def lacks(name: str, column: str, context: Context) -> tuple[str, str | None] | None:
    """The table (and column) the company has not given, without which a source's column says nothing; else None.

    `column` is a full name of the source; parents' columns are looked for in the parent's table."""
    source = SOURCES[name]
    table = base_table(name, context)
    if name == "order_movements" and not _has_orders(context):
        return "sales", "order_id"
    parent, _, own = column.rpartition(".")
    if parent:
        place = (source.parents[parent].name, own)
        return None if context.has(*place) else place
    stored = build(name, context, frozenset()).stored(column)
    options = STAND_INS.get((table, stored or column)) or (((table, stored),) if stored else ())
    if not options or any(context.has(*option) for option in options):
        return None
    return options[0]


def base_table(name: str, context: Context) -> str:
    """The stored table that a source draws its rows from, given the company's choices and data."""
    return _BASES[name](context) if name in _BASES else name


# --- the parts that sources share -------------------------------------------------------------------------------


def fact_day(context: Context, table: str, dated: str, alias: str = "f") -> Expr:
    """The day whose rate converts a row's amounts: that of its own date; of a deal, its decision if it is known,
    else its creation or first contact."""
    if table != "opportunities" or dated == "closed_on":
        return as_day(col(dated, alias))
    decided = sql.when((_known_by(col("closed_on", alias), context), col("closed_on", alias)))
    return sql.coalesce(decided, col("created_on", alias), col("first_contact_on", alias))


def _money(context: Context, table: str, column: str) -> Expr:
    """An amount in the reporting currency: the stored amount, times the rate valid on the row's date."""
    amount = col(column, "f")
    if not context.currencies(table):
        return amount
    home = sql.either(sql.is_null(col("currency", "f")), sql.equal(col("currency", "f"), sql.text(context.currency)))
    converted = exp.Round(this=exp.Mul(this=col(column, "f"), expression=col("rate", "r")), decimals=sql.number(4))
    return sql.cast(sql.when((home, amount), otherwise=converted), "DECIMAL(18,4)")


def _with_rates(query: exp.Select, context: Context, table: str, on: str) -> exp.Select:
    """Joins the exchange rate valid on the row's date, where the table has foreign amounts."""
    if not context.currencies(table):
        return query
    valid = sql.both(
        sql.equal(col("currency", "f"), col("currency", "r")),
        sql.at_least(fact_day(context, table, on), col("rate_on", "r")),
        sql.less(fact_day(context, table, on), col("until", "r")),
    )
    assert valid is not None
    return sql.join(query, sql.aliased(rate_spans(context), "r"), valid)


def rate_spans(context: Context) -> exp.Select:
    """currency, rate_on, until (exclusive), rate: each rate with the days it is valid on."""
    following = exp.Window(
        this=sql.call("lead", col("rate_on")),
        partition_by=[col("currency")],
        order=exp.Order(expressions=[exp.Ordered(this=col("rate_on"))]),
    )
    return sql.select(
        {
            "currency": col("currency"),
            "rate_on": col("rate_on"),
            "until": sql.coalesce(following, sql.day(FAR)),
            "rate": col("rate"),
        },
        context.table("exchange_rates"),
    )


def as_day(value: Expr) -> Expr:
    return sql.cast(value, "DATE")


# DuckDB multiplies two decimals of 18 digits in 18 digits, and overflows; one digit more, and it takes 38.
_ROOMY = {Type.SHARE: "DECIMAL(19,12)", Type.NUMBER: "DECIMAL(20,8)"}


def _roomy(value: Expr, type_: Type) -> Expr:
    return sql.cast(value, _ROOMY[type_]) if type_ in _ROOMY else value


def _plain(
    context: Context,
    table: Table,
    wanted: Iterable[str],
    *,
    dated: str,
    overrides: Mapping[str, Expr] | None = None,
    names: Mapping[str, str] | None = None,
    where: Expr | None = None,
) -> exp.Select:
    """SELECT of wanted columns from a stored table `f`, money converted, with overrides for worked-out ones."""
    overrides, names = overrides or {}, names or {}
    columns: dict[str, Expr] = {"row_key": col("row_key", "f"), "doubts": col("_doubts", "f")}
    for name in sorted(wanted):
        stored = names.get(name, name)
        if name in overrides:
            columns[name] = overrides[name]
        elif stored in table and table[stored].type is Type.MONEY:
            columns[name] = _money(context, table.name, stored)
        elif stored in table:
            columns[name] = _roomy(col(stored, "f"), table[stored].type)
    query = sql.select(columns, context.table(table.name, "f"), where=where)
    return _with_rates(query, context, table.name, dated)


def _simple(table: str) -> Callable[[Context, frozenset[str]], Built]:
    """A source that is its table as it stands."""

    def build_simple(context: Context, wanted: frozenset[str]) -> Built:
        model = SALES_MODEL[table]
        return Built(_plain(context, model, wanted, dated=model.dated_by or ""), table)

    return build_simple


# --- revenue ----------------------------------------------------------------------------------------------------


def _sales_base(context: Context) -> str:
    return "opportunities" if context.revenue_basis == "signed" else "sales"


def _orders_base(context: Context) -> str:
    return "sales" if _has_orders(context) or not context.has("opportunities") else "opportunities"


def _has_orders(context: Context) -> bool:
    return "order" in context.profile("sales").values.get("kind", ())


def _revenue_rows(context: Context) -> Expr | None:
    """The lines of `sales` that make revenue: those of the company's basis, less the natures it leaves out."""
    kind = sql.coalesce(col("kind", "f"), sql.text("invoice"))
    if context.revenue_basis == "ordered":
        basis: Expr | None = sql.equal(kind, sql.text("order"))
    else:
        basis = exp.NEQ(this=kind, expression=sql.text("order")) if _has_orders(context) else None
    if not context.excluded_natures:
        return basis
    left_out = sql.one_of(
        sql.coalesce(exp.Lower(this=col("nature", "f")), sql.text("")),
        [sql.text(nature.lower()) for nature in context.excluded_natures],
    )
    return sql.both(basis, exp.Not(this=left_out))


_AS_SALES = {"sale_id": "row_key", "order_id": "opportunity_id", "sold_on": "closed_on"}


def _signed(context: Context, wanted: frozenset[str]) -> Built:
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
        "document_id": sql.null("BIGINT"),
        "corrects_document_id": sql.null("BIGINT"),
    }
    won = sql.equal(col("outcome", "f"), sql.text("won"))
    query = _plain(context, table, wanted, dated="closed_on", overrides=overrides, names=_AS_SALES, where=won)
    return Built(_with_first_purchase(query, context, wanted), "opportunities", _AS_SALES)


def _sales(context: Context, wanted: frozenset[str]) -> Built:
    if context.revenue_basis == "signed":
        return _signed(context, wanted)
    query = _plain(
        context,
        SALES_MODEL["sales"],
        wanted,
        dated="sold_on",
        overrides={"sale_id": col("row_key", "f"), "is_purchase": _is_purchase()},
        where=_revenue_rows(context),
    )
    return Built(_with_first_purchase(query, context, wanted), "sales")


def _with_first_purchase(query: exp.Select, context: Context, wanted: frozenset[str]) -> exp.Select:
    if "first_purchase_on" not in wanted:
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
    """account_id, first_purchase_on: the day of each client's first purchase ever, from anyone."""
    rows = _sales(context, frozenset({"account_id", "sold_on", "is_purchase"})).query
    return sql.select(
        {"account_id": col("account_id"), "first_purchase_on": exp.Min(this=col("sold_on"))},
        sql.aliased(rows, "s"),
        where=sql.both(col("is_purchase"), sql.not_null(col("account_id"))),
        group=[col("account_id")],
    )


def _orders(context: Context, wanted: frozenset[str]) -> Built:
    if _orders_base(context) == "opportunities":
        return _signed(context, wanted)
    ordered = sql.equal(col("kind", "f"), sql.text("order"))
    query = _plain(
        context,
        SALES_MODEL["sales"],
        wanted,
        dated="sold_on",
        overrides={"sale_id": col("row_key", "f")},
        where=ordered,
    )
    return Built(query, "sales")


def _order_movements(context: Context, wanted: frozenset[str]) -> Built:
    """Order lines as they are; the invoices and credit notes of known orders with the sign turned."""
    orders = sql.select(
        {"order_id": col("order_id")}, context.table("sales"), where=sql.equal(col("kind"), sql.text("order"))
    )
    known = exp.In(this=col("order_id", "f"), query=exp.Subquery(this=orders))
    is_order = sql.equal(sql.coalesce(col("kind", "f"), sql.text("invoice")), sql.text("order"))
    amount = _money(context, "sales", "amount")
    signed = sql.cast(sql.when((is_order, amount), otherwise=exp.Neg(this=amount.copy())), "DECIMAL(18,4)")
    query = _plain(context, SALES_MODEL["sales"], wanted, dated="sold_on", overrides={"amount": signed}, where=known)
    return Built(query, "sales")


# --- deals and prospects ----------------------------------------------------------------------------------------


def _known_by(value: Expr, context: Context) -> Expr:
    return sql.at_most(value, sql.day(context.as_of))


def _opportunities(context: Context, wanted: frozenset[str]) -> Built:
    """Deals as they were known on the evening of `as_of`: a decision taken later is not yet one."""
    is_open = sql.equal(col("outcome", "f"), sql.text("open"))
    later = exp.Not(this=sql.coalesce(_known_by(col("closed_on", "f"), context), exp.true()))
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
        overrides["probability"] = _roomy(given, Type.SHARE)
    query = _plain(context, SALES_MODEL["opportunities"], wanted, dated="created_on", overrides=overrides)
    if by_lead and "first_contact_on" in wanted:
        sql.join(query, context.table("leads", "l"), sql.equal(col("lead_id", "f"), col("lead_id", "l")))
    if by_stage and "probability" in wanted:
        sql.join(query, context.table("stages", "g"), sql.equal(col("stage", "f"), col("stage", "g")))
    return Built(query, "opportunities")


def _leads_base(context: Context) -> str:
    return "leads" if context.has("leads") or not context.has("opportunities") else "opportunities"


def _became_client(context: Context, key: str) -> exp.Select | None:
    """key, won_on: the first won deal of each account or lead that is known on the evening of `as_of`."""
    if not context.has("opportunities", key):
        return None
    return sql.select(
        {key: col(key), "won_on": exp.Min(this=col("closed_on"))},
        context.table("opportunities"),
        where=sql.both(
            sql.equal(col("outcome"), sql.text("won")), sql.not_null(col(key)), _known_by(col("closed_on"), context)
        ),
        group=[col(key)],
    )


def _least(*values: Expr) -> Expr:
    return values[0] if len(values) == 1 else exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True)


def _leads(context: Context, wanted: frozenset[str]) -> Built:
    """Prospects at their first contact. DuckDB's LEAST skips nulls, as the two dates of becoming a client need."""
    base = _leads_base(context)
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
    account_or_row = sql.coalesce(
        col("account_id", "f"), exp.Neg(this=col("lead_id" if from_leads else "opportunity_id", "f"))
    )
    overrides: dict[str, Expr] = {
        "client_on": sql.when((_known_by(client_on, context), client_on.copy())),
        "was_client": sql.coalesce(sql.less(earlier.copy(), contact.copy()), exp.false()),
        "prospect_id": account_or_row,
        "first_contact_on": contact,
    }
    if from_leads:
        overrides["lost_on"] = sql.when((_known_by(col("lost_on", "f"), context), col("lost_on", "f")))
    else:
        lost = sql.both(sql.equal(col("outcome", "f"), sql.text("lost")), _known_by(col("closed_on", "f"), context))
        assert lost is not None
        overrides |= {"lost_on": sql.when((lost, col("closed_on", "f"))), "qualified_on": sql.null("DATE")}
    query = _plain(context, SALES_MODEL[base], wanted, dated="created_on", overrides=overrides)
    for alias, extra, key in (
        ("wl", won_lead, "lead_id"),
        ("wa", won_account, "account_id"),
        ("p", sold, "account_id"),
    ):
        if extra is not None:
            sql.join(query, sql.aliased(extra, alias), sql.equal(col(key, "f"), col(key, alias)))
    return Built(query, base)


# --- contracts --------------------------------------------------------------------------------------------------


def _after(value: Expr, days: int) -> Expr:
    """A date some days later, as a date."""
    return exp.Add(this=value, expression=sql.number(days))


def _contract_known(alias: str, context: Context) -> Expr:
    return _known_by(sql.coalesce(col("signed_on", alias), col("starts_on", alias)), context)


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
    others = sql.aliased(_contracts(context, columns).query, "b")
    query = sql.select(
        {"contract_id": col("contract_id", "a")}, context.table("contracts", "a"), group=[col("contract_id", "a")]
    )
    return sql.join(query, others, matched, side="INNER")


def _undecided(context: Context) -> exp.Select:
    """account_id of the clients who have a contract that is due and whose outcome is not known yet."""
    rows = _contracts(context, frozenset({"account_id", "due_on", "renewed"})).query
    return sql.select(
        {"account_id": col("account_id")},
        sql.aliased(rows, "s"),
        where=sql.both(sql.is_null(col("renewed")), _known_by(col("due_on"), context)),
        group=[col("account_id")],
    )


def _contracts(context: Context, wanted: frozenset[str]) -> Built:
    """Contracts with the day they fall due and what became of them (`kept` waits while another of the client's is
    undecided); `covers_to` is the last day really covered:
    a tacit renewal goes on until it is terminated or replaced."""
    terminated = sql.both(
        sql.not_null(col("terminated_on", "f")),
        sql.at_most(col("terminated_on", "f"), col("ends_on", "f")),
        _known_by(col("terminated_on", "f"), context),
    )
    assert terminated is not None
    due = _after(col("ends_on", "f"), 1)
    renewed_by_itself = sql.both(
        sql.coalesce(col("tacit", "f"), exp.false()), exp.Not(this=exp.Paren(this=terminated)), _known_by(due, context)
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
    query = _plain(context, SALES_MODEL["contracts"], wanted, dated="starts_on", overrides=overrides)
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
    return Built(query, "contracts", {"due_on": "ends_on"})


_BASES: dict[str, Callable[[Context], str]] = {
    "sales": _sales_base,
    "orders": _orders_base,
    "order_movements": lambda _: "sales",
    "leads": _leads_base,
}

_BUILDERS: dict[str, Callable[[Context, frozenset[str]], Built]] = {
    "sales": _sales,
    "orders": _orders,
    "order_movements": _order_movements,
    "leads": _leads,
    "opportunities": _opportunities,
    "contracts": _contracts,
    **{name: _simple(name) for name in ("activities", "feedback", "assessments", "stage_changes", "payments")},
}
