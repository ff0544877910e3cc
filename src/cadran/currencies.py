"""Refuses an answer for which an exchange rate is missing: never a silent 1.0."""

from __future__ import annotations

from cadran.engines.engine import Engine
from cadran.errors import CurrencyError, Issue, Text
from cadran.planner import sql
from cadran.planner.plan import Batch, Mode
from cadran.planner.sources import Context, as_day, base_table, build, fact_day, rate_spans
from cadran.planner.sql import Expr, col
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL


def check_rates(engine: Engine, context: Context, batch: Batch) -> None:
    """Raises CurrencyError naming the first currency and day without a rate, where the batch converts amounts."""
    name = base_table(batch.source, context)
    table = SALES_MODEL[name]
    amounts = {column.name for column in table.columns if column.type is Type.MONEY}
    if not batch.wanted & amounts or not context.currencies(name):
        return
    day = fact_day(context, name, _dated(batch.source, name))
    query = sql.select(
        {"currency": col("currency", "f"), "day": day},
        context.table(name, "f"),
        where=sql.both(_foreign(context, name), sql.is_null(col("rate", "r")), _counted(context, batch, day)),
    )
    valid = sql.both(
        sql.equal(col("currency", "f"), col("currency", "r")),
        sql.at_least(day.copy(), col("rate_on", "r")),
        sql.less(day.copy(), col("until", "r")),
    )
    assert valid is not None
    sql.join(query, sql.aliased(rate_spans(context), "r"), valid)
    found = engine.query(query.order_by("2", "1").limit(1)).to_pylist()
    if found:
        raise CurrencyError(_missing(found[0]["currency"], found[0]["day"].isoformat()))


def _dated(source: str, table: str) -> str:
    return "closed_on" if source == "sales" and table == "opportunities" else SALES_MODEL[table].dated_by or ""


def _foreign(context: Context, table: str) -> Expr:
    return sql.one_of(col("currency", "f"), [sql.text(code) for code in sorted(context.currencies(table))])


def _counted(context: Context, batch: Batch, day: Expr) -> Expr:
    """The rows a batch may count: those its date role puts in its windows, or all before their end."""
    first = min(window.period.start for window in batch.windows)
    last = max(window.period.end for window in batch.windows)
    stored = build(batch.source, context, frozenset()).stored(batch.on)
    if batch.mode is not Mode.FLOW or stored is None:
        return sql.less(day.copy(), sql.day(last))
    on = as_day(col(stored, "f"))
    inside = sql.both(sql.at_least(on, sql.day(first)), sql.less(on.copy(), sql.day(last)))
    assert inside is not None
    return inside


def _missing(currency: str, day: str) -> Issue:
    return Issue(
        "missing_rate",
        Text(f"Il manque le taux de change {currency} du {day}.", f"The {currency} exchange rate of {day} is missing."),
        Text(
            "Importez un taux valable ce jour-là dans la table exchange_rates.",
            "Import a rate that is valid on that day into the table exchange_rates.",
        ),
    )
