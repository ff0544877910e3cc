"""What a formula may speak of: the columns of a source, the other KPIs, the functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cadran.catalogue.kpi import Kind
from cadran.catalogue.sources import PERIOD_SYMBOLS, SOURCES, Source
from cadran.tables.contract import Column
from cadran.web.catalogue.words import SOURCES as SOURCE_WORDS
from cadran.web.catalogue.words import TYPES, UNITS, WORKED_OUT
from cadran.web.people.frame import Frame, served

# As they are written: the grammar of `catalogue/formula.py`, an example of each.
FUNCTIONS = (
    "sum(x)",
    "count(*)",
    "count(distinct x)",
    "avg(x)",
    "min(x)",
    "max(x)",
    "median(x)",
    "quantile(x, 0.8)",
    "sum(x) filter (where …)",
    "case when … then … else … end",
    "coalesce(x, 0)",
    "nullif(x, 0)",
    "abs(x)",
    "round(x, 2)",
    "least(x, y)",
    "greatest(x, y)",
    "lower(x)",
    "date_diff('day', a, b)",
    "x in ('a', 'b')",
    "x between 1 and 2",
    "x is null",
    "x like 'a%'",
    "DATE '2026-03-31'",
)


@dataclass(frozen=True)
class Name:
    """`code` is written in a formula; `choices` are the only values it may have."""

    code: str
    label: str
    type: str
    choices: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    names: tuple[Name, ...]


def groups(kind: str, of: str, frame: Frame) -> tuple[Group, ...]:
    """The KPIs, for one computed from others; else the columns of a source and of the tables its ids lead to."""
    if kind == Kind.DERIVED:
        kpis = (
            Name(f"{{{kpi.id}}}", kpi.label.to(frame.lang), str(UNITS[kpi.unit])) for kpi in served.workspace.catalogue
        )
        return (Group(_("KPIs"), tuple(kpis)),)
    source = SOURCES.get(of)
    return () if source is None else tuple(_of_source(source, frame))


def _of_source(source: Source, frame: Frame) -> Iterator[Group]:
    own = [_column(column.name, column, frame) for column in source.table.columns]
    own += [Name(name, str(WORKED_OUT[name]), str(TYPES[type_])) for name, type_ in source.worked_out]
    symbols = [Name(name, str(WORKED_OUT[name]), str(TYPES[type_])) for name, type_ in PERIOD_SYMBOLS.items()]
    yield Group(f"{source.name} · {SOURCE_WORDS[source.name]}", tuple(own))
    for parent, table in source.parents.items():
        columns = (_column(f"{parent}.{column.name}", column, frame) for column in table.columns)
        yield Group(table.label.to(frame.lang), tuple(columns))
    yield Group(_("Days of the period"), tuple(symbols))


def _column(code: str, column: Column, frame: Frame) -> Name:
    return Name(code, column.label.to(frame.lang), str(TYPES[column.type]), ", ".join(column.choices))


def context(kind: str, of: str, frame: Frame) -> dict[str, Any]:
    source = SOURCES.get(of) if kind != Kind.DERIVED else None
    return {"groups": groups(kind, of, frame), "functions": FUNCTIONS, "dates": source.date_roles if source else ()}
