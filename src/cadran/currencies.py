"""Refuses an answer for which an exchange rate is missing: never a silent 1.0."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.errors import CurrencyError, Issue, Text
from cadran.planner import sql
from cadran.planner.plan import Batch
from cadran.planner.rows import Reach, RowsBuilder, credit_step, membership_step, window_steps
from cadran.planner.sources import Context, base_table
from cadran.planner.sources.stored import RATE_DAY, RATE_MISSING
from cadran.planner.sql import col
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL


def check_rates(engine: Engine, context: Context, batch: Batch, reach: Reach) -> None:
    """Raises CurrencyError naming the first currency and day without a rate, among the rows that the batch reads: those
    of its windows and filter that the viewer may see."""
    name = base_table(batch.source, context)
    amounts = {column.name for column in SALES_MODEL[name].columns if column.type is Type.MONEY}
    if not batch.wanted & amounts or not context.currencies(name):
        return
    wanted = frozenset({RATE_MISSING, RATE_DAY, "currency"}) | _filtered_by(batch)
    bare = replace(batch, wanted=wanted, dimensions=(), collapse=None)
    by_team = reach.visible_teams is not None
    rows = RowsBuilder(bare, context, reach, with_team=by_team).query()
    steps = window_steps(bare, context)
    steps += [membership_step(context, reach)] if by_team else []
    steps += [credit_step(context, name)] if bare.weighted else []
    found = sql.select([col("currency"), col(RATE_DAY)], "rows", where=col(RATE_MISSING))
    query = sql.with_steps([*steps, ("rows", rows, False)], found.order_by("2", "1").limit(1))
    for row in engine.query(query).to_pylist():
        raise CurrencyError(_missing(row["currency"], row[RATE_DAY].isoformat()))


def _filtered_by(batch: Batch) -> frozenset[str]:
    """The source's own columns that the request's filter speaks of."""
    columns = batch.where.find_all(exp.Column) if batch.where is not None else ()
    return frozenset(column.name for column in columns if column.table == "s")


def _missing(currency: str, day: str) -> Issue:
    return Issue(
        "missing_rate",
        Text(f"Il manque le taux de change {currency} du {day}.", f"The {currency} exchange rate of {day} is missing."),
        Text(
            "Importez un taux valable ce jour-là dans la table exchange_rates.",
            "Import a rate that is valid on that day into the table exchange_rates.",
        ),
    )
