"""The parts all sources share: columns as they are stored, amounts in the reporting currency, the days of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.sources.context import FAR, Context
from cadran.planner.sql import Expr, col
from cadran.store.schema import stored_as
from cadran.tables.contract import Table, Type
from cadran.tables.model import SALES_MODEL


def known_by(value: Expr, context: Context) -> Expr:
    return sql.at_most(value, sql.day(context.as_of))


def fact_day(context: Context, table: str, dated: str, alias: str = "f") -> Expr:
    """The day whose rate converts a row's amounts: that of its own date; of a deal, its decision if it is known,
    else its creation or first contact."""
    if table != "opportunities" or dated == "closed_on":
        return as_day(col(dated, alias))
    decided = sql.when((known_by(col("closed_on", alias), context), col("closed_on", alias)))
    return sql.coalesce(decided, col("created_on", alias), col("first_contact_on", alias))


def money(context: Context, table: str, column: str) -> Expr:
    """An amount in the reporting currency: the stored amount, times the rate valid on the row's date."""
    amount = col(column, "f")
    if not context.currencies(table):
        return amount
    home = sql.either(sql.is_null(col("currency", "f")), sql.equal(col("currency", "f"), sql.text(context.currency)))
    converted = exp.Round(this=exp.Mul(this=col(column, "f"), expression=col("rate", "r")), decimals=sql.number(4))
    return sql.cast(sql.when((home, amount), otherwise=converted), "DECIMAL(18,4)")


def with_rates(query: exp.Select, context: Context, table: str, on: str) -> exp.Select:
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


# Two columns any source can give: whether a row's amount cannot be converted, and the day a rate is wanted for.
RATE_MISSING, RATE_DAY = "rate_missing", "rate_day"


def _rate_missing(context: Context, table: str) -> Expr:
    codes = [sql.text(code) for code in sorted(context.currencies(table))]
    missing = sql.both(sql.one_of(col("currency", "f"), codes), sql.is_null(col("rate", "r")))
    assert missing is not None
    return missing


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


def roomy(value: Expr, type_: Type) -> Expr:
    return sql.cast(value, _ROOMY[type_]) if type_ in _ROOMY else value


def select_from(
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
        if name in (RATE_MISSING, RATE_DAY):
            columns[name] = (
                _rate_missing(context, table.name) if name == RATE_MISSING else fact_day(context, table.name, dated)
            )
            continue
        if name in overrides:
            columns[name] = overrides[name]
        elif stored in table and table[stored].type is Type.MONEY:
            columns[name] = money(context, table.name, stored)
        elif stored in table:
            columns[name] = roomy(col(stored_as(table, stored), "f"), table[stored].type)
    query = sql.select(columns, context.table(table.name, "f"), where=where)
    return with_rates(query, context, table.name, dated)


def as_it_stands(table: str) -> Callable[[Context, frozenset[str]], exp.Select]:
    """A source that is its table as it stands."""

    def build_simple(context: Context, wanted: frozenset[str]) -> exp.Select:
        model = SALES_MODEL[table]
        return select_from(context, model, wanted, dated=model.dated_by or "")

    return build_simple
