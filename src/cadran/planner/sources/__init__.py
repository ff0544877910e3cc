"""The SQL of each source: the sales model's tables as KPIs see them (names and types: catalogue/sources.py).

    context + wanted columns -> SELECT one row per fact, columns by their logical names, plus
    row_key (text, the fact's own key) and doubts (bit mask over the columns of `Drawn.table`)

What every source does alike: amounts are converted to the reporting currency at the rate of the fact's own date,
and nothing dated after the evening of `as_of` is known.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cadran.catalogue.sources import SOURCES
from cadran.planner.sources.context import FAR, Context, Drawn
from cadran.planner.sources.contracts import contracts
from cadran.planner.sources.deals import leads, leads_base, opportunities
from cadran.planner.sources.sales import (
    first_days,
    first_purchases,
    has_orders,
    order_movements,
    orders,
    orders_base,
    sales,
    sales_base,
)
from cadran.planner.sources.stored import as_day, as_it_stands, fact_day, rate_spans

__all__ = [
    "FAR",
    "STAND_INS",
    "Context",
    "Drawn",
    "as_day",
    "base_table",
    "build",
    "drawn_from",
    "fact_day",
    "first_days",
    "first_purchases",
    "lacks",
    "rate_spans",
]


def build(name: str, context: Context, wanted: frozenset[str]) -> exp.Select:
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
    drawn = drawn_from(name, context)
    if name == "order_movements" and not has_orders(context):
        return "sales", "order_id"
    parent, _, own = column.rpartition(".")
    if parent:
        place = (source.parents[parent].name, own)
        return None if context.has(*place) else place
    stored = drawn.stored(column)
    options = STAND_INS.get((drawn.table, stored or column)) or (((drawn.table, stored),) if stored else ())
    if not options or any(context.has(*option) for option in options):
        return None
    return options[0]


def drawn_from(name: str, context: Context) -> Drawn:
    """What a source draws its rows from, given the company's choices and data."""
    return _BASES[name](context) if name in _BASES else Drawn(name)


def base_table(name: str, context: Context) -> str:
    return drawn_from(name, context).table


_BASES: dict[str, Callable[[Context], Drawn]] = {
    "sales": sales_base,
    "orders": orders_base,
    "order_movements": lambda _: Drawn("sales"),
    "leads": leads_base,
    "contracts": lambda _: Drawn("contracts", {"due_on": "ends_on"}),
}

_BUILDERS: dict[str, Callable[[Context, frozenset[str]], exp.Select]] = {
    "sales": sales,
    "orders": orders,
    "order_movements": order_movements,
    "leads": leads,
    "opportunities": opportunities,
    "contracts": contracts,
    **{name: as_it_stands(name) for name in ("activities", "feedback", "assessments", "stage_changes", "payments")},
}
