"""What the data make of a KPI beside its number: rows without its date, columns that others stand in for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cadran.catalogue.kpi import Population
from cadran.errors import Issue, Text
from cadran.planner.arithmetic import Floats
from cadran.planner.measures import names_in
from cadran.planner.sources import STAND_INS, Context, drawn_from
from cadran.tables.model import SALES_MODEL


def remarks(population: Population, context: Context) -> Iterator[Issue]:
    """The remarks on a KPI's population that hold for the whole company, whatever the period."""
    drawn = drawn_from(population.of, context)
    profile = context.profile(drawn.table)
    table = SALES_MODEL[drawn.table]
    for name in sorted(names_in(population)):
        stored = drawn.stored(name)
        options = STAND_INS.get((drawn.table, stored or ""), ())
        if (
            len(options) > 1
            and options[1][0] == drawn.table
            and stored
            and profile.columns[stored].filled < profile.rows
        ):
            yield stand_in(table[stored].label, table[options[1][1]].label)


@dataclass(frozen=True)
class Undated:
    """How many rows of each cell a KPI would count if they had the date of this name."""

    rows: Floats
    column: Text


def undated_of(population: Population, rows: Floats, context: Context) -> Undated:
    drawn = drawn_from(population.of, context)
    table, name = SALES_MODEL[drawn.table], drawn.stored(population.on)
    return Undated(rows, table[name or population.on].label)


def undated(rows: int, column: Text) -> Issue:
    """Rows without the date a KPI counts by are in no period."""
    s, verb = ("s", "are") if rows > 1 else ("", "is")
    french = f"{rows} ligne{s} sans « {column.fr} » : dans aucune période."
    return Issue("undated", Text(french, f'{rows} row{s} without "{column.en}" {verb} in no period.'))


def stand_in(column: Text, instead: Text) -> Issue:
    """A column that another one stands in for, where it is empty."""
    return Issue(
        "stand_in",
        Text(
            f"Sans « {column.fr} », « {instead.fr} » en tient lieu.",
            f'Where "{column.en}" is empty, "{instead.en}" stands in for it.',
        ),
    )
