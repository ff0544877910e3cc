"""What the data as a whole makes of a KPI: rows without its date, columns that others stand in for."""

from __future__ import annotations

from collections.abc import Iterator

from cadran.catalogue.kpi import Population
from cadran.errors import Issue, Text
from cadran.planner.measures import names_in
from cadran.planner.sources import STAND_INS, Context, build
from cadran.tables.model import SALES_MODEL


def remarks(population: Population, context: Context) -> Iterator[Issue]:
    """The remarks on a KPI's population that hold for the whole company, whatever the period."""
    built = build(population.of, context, frozenset({population.on}))
    profile = context.profile(built.table)
    table = SALES_MODEL[built.table]
    on = built.stored(population.on)
    if on is not None and not _stays_empty(built.table, on) and profile.columns[on].filled < profile.rows:
        yield undated(profile.rows - profile.columns[on].filled, table[on].label)
    for name in sorted(names_in(population)):
        stored = built.stored(name)
        options = STAND_INS.get((built.table, stored or ""), ())
        if (
            len(options) > 1
            and options[1][0] == built.table
            and stored
            and profile.columns[stored].filled < profile.rows
        ):
            yield stand_in(table[stored].label, table[options[1][1]].label)


def _stays_empty(table: str, column: str) -> bool:
    """A date that is empty by right: an open deal has no decision."""
    return (table, column) in {
        ("opportunities", "closed_on"),
        ("leads", "client_on"),
        ("leads", "lost_on"),
        ("leads", "qualified_on"),
    }


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
