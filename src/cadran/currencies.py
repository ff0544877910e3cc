"""Refuses an answer for which an exchange rate is missing: never a silent 1.0."""

from __future__ import annotations

from cadran.engines.engine import Engine
from cadran.errors import CurrencyError, Issue, Text
from cadran.planner import sql
from cadran.planner.plan import Batch, Mode
from cadran.planner.sources import Context, as_day, base_table, rate_spans
from cadran.planner.sql import col
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL

# The date whose rate converts a table's amounts, where it is not the date the table is filed under.
_DATED = {"opportunities": "created_on"}


def check_rates(engine: Engine, context: Context, batch: Batch) -> None:
    """Raises CurrencyError naming the first currency and day without a rate, where the batch converts amounts."""
    name = base_table(batch.source, context)
    table = SALES_MODEL[name]
    amounts = {column.name for column in table.columns if column.type is Type.MONEY}
    if not batch.wanted & amounts or not context.currencies(name):
        return
    dated = (
        "closed_on" if batch.source == "sales" and name == "opportunities" else _DATED.get(name, table.dated_by or "")
    )
    day = as_day(col(dated, "f"))
    last = max(window.period.end for window in batch.windows)
    first = min(window.period.start for window in batch.windows)
    foreign = sql.both(
        sql.not_null(col("currency", "f")),
        sql.is_null(col("rate", "r")),
        sql.less(day, sql.day(last)),
        sql.at_least(day.copy(), sql.day(first)) if batch.mode is Mode.FLOW and dated == batch.on else None,
        sql.one_of(col("currency", "f"), [sql.text(code) for code in sorted(context.currencies(name))]),
    )
    query = sql.select({"currency": col("currency", "f"), "day": day.copy()}, context.table(name, "f"), where=foreign)
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


def _missing(currency: str, day: str) -> Issue:
    return Issue(
        "missing_rate",
        Text(f"Il manque le taux de change {currency} du {day}.", f"The {currency} exchange rate of {day} is missing."),
        Text(
            "Importez un taux valable ce jour-là dans la table exchange_rates.",
            "Import a rate that is valid on that day into the table exchange_rates.",
        ),
    )
