"""What makes a warehouse's table give wrong numbers: found before it gives any."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.errors import Issue, Text
from cadran.planner import sql
from cadran.planner.sql import col
from cadran.store.profile import TableProfile
from cadran.tables.contract import Table, Type

_SHOWN = 5


def problems_of(
    engine: Engine, table: Table, relation: exp.Select, profile: TableProfile, *, with_cells: bool = False
) -> tuple[Issue, ...]:
    """Keys that several rows share, and words that mean nothing in the model. `with_cells`: for whoever may see every
    row, those words and one of those keys."""
    return (*_unknown_words(table, profile, with_cells), *_twice(engine, table, relation, with_cells))


def _unknown_words(table: Table, profile: TableProfile, with_cells: bool) -> Iterator[Issue]:
    for column in table.columns:
        if column.type is not Type.CHOICE:
            continue
        unknown = [word for word in profile.values.get(column.name, ()) if word not in column.choices]
        if unknown:
            listed = ", ".join(unknown[:_SHOWN])
            french, english = (f" : {listed}", f": {listed}") if with_cells else ("", "")
            known = ", ".join(column.choices)
            place = f"[tables.{table.name}] {column.name}"
            yield Issue(
                "unknown_words",
                Text(f"{place} contient des mots inconnus{french}.", f"{place} holds unknown words{english}."),
                Text(
                    f"Traduisez-les avec values = {{ … }} en : {known}.",
                    f"Translate them with values = {{ ... }} into: {known}.",
                ),
            )


def _twice(engine: Engine, table: Table, relation: exp.Select, with_cells: bool) -> Iterator[Issue]:
    """A key twice is a row that counts twice, or a client who doubles every sale."""
    keys = sql.select(
        {"row_key": col("row_key"), "n": sql.count_all()},
        sql.aliased(relation.copy(), "m"),
        where=sql.not_null(col("row_key")),
        group=[col("row_key")],
    ).having(sql.greater(sql.count_all(), sql.number(1)))
    found = sql.select({"n": sql.count_all(), "example": exp.Min(this=col("row_key"))}, sql.aliased(keys, "k"))
    (row,) = engine.query(found).to_pylist()
    if row["n"]:
        key, place = ", ".join(table.key), f"[tables.{table.name}]"
        example = row["example"].replace("\x1f", " ")
        french, english = (f", dont « {example} »", f', "{example}" among them') if with_cells else ("", "")
        yield Issue(
            "key_twice",
            Text(
                f"{place} : {row['n']} valeurs de {key} reviennent sur plusieurs lignes{french}. Le chiffre "
                "serait compté plusieurs fois.",
                f"{place}: {row['n']} values of {key} stand in several rows{english}. The number would be "
                "counted several times.",
            ),
            Text(
                "Écartez les lignes en trop avec « where », ou donnez une vue sans doublons.",
                'Leave the extra rows out with "where", or give a view without them.',
            ),
        )
