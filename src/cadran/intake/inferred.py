"""Dimensions that are only inferred from other rows: one row per distinct key, out of lines that repeat it.

rep_id  name         lines          rep_id  name
R1      Léa Martin      40    ->    R1      Léa Martin     each column takes the value most lines give it,
R1      L. Martin        2          R2      Paul Roux      of two as frequent the least
R2      Paul Roux       18
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from cadran.intake.group import Group
from cadran.intake.plan import Fill
from cadran.intake.rows import Rows
from cadran.store.schema import current, quoted
from cadran.tables.model import PARENT_OF_DOMAIN


def leave_to_records(
    connection: duckdb.DuckDBPyConnection, plans: Sequence[tuple[Group, tuple[Fill, ...]]]
) -> list[tuple[Group, tuple[Fill, ...]]]:
    """The plans without the records inferred from facts, where this import or the store has proper ones of that table:
    a name that is not among those is unknown, and inferring it would hide that."""
    delivered = {fill.table.name for _, fills in plans for fill in fills if not fill.derived}
    inferred = {fill.table.name for _, fills in plans for fill in fills if fill.derived}
    records = inferred.intersection(PARENT_OF_DOMAIN.values())
    known = {name for name in records if name in delivered or _has_records(connection, name)}
    return [(group, _without(fills, known)) for group, fills in plans]


def _has_records(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {current(table)} WHERE NOT _derived LIMIT 1").fetchone() is not None


def _without(fills: tuple[Fill, ...], known: set[str]) -> tuple[Fill, ...]:
    """Only facts are left: a file of reps still tells their teams."""
    if not any(fill.table.is_fact for fill in fills):
        return fills
    return tuple(fill for fill in fills if not (fill.derived and fill.table.name in known))


def infer(connection: duckdb.DuckDBPyConnection, rows: Rows, given: str | None) -> str:
    """The temporary table of the inferred rows, without those that the relation `given` of this import brings itself.
    A row counts for the first file that holds its key; `versions` says how many versions its lines gave."""
    relation = f"{rows.relation}_staged"
    names = [quoted(name) for name in rows.table.column_names]
    others = [name for name in names if name not in map(quoted, rows.table.key)]
    versions = (
        f"SELECT key, {', '.join(names)}, min(part) AS part, count(*) AS lines, bit_or(doubts) AS doubts "
        f"FROM {rows.relation} WHERE {rows.ok} GROUP BY key, {', '.join(names)}"
    )
    weights = ", ".join(f"sum(lines) OVER (PARTITION BY key, {name}) AS {_weight(name)}" for name in others)
    weighed = f"SELECT *{', ' + weights if weights else ''} FROM ({versions})"
    chosen = [f"any_value({name}) AS {name}" if name not in others else f"{_most(name)} AS {name}" for name in names]
    anti = f" ANTI JOIN {given} g ON g.row_key = v.key" if given else ""
    connection.execute(
        f"CREATE TEMP TABLE {relation} AS SELECT key AS row_key, {', '.join(chosen)}, bit_and(doubts) AS doubts, "
        f"min({rows.file_of('part')}) AS file_no, count(*) AS versions "
        f"FROM ({weighed}) v{anti} GROUP BY key"
    )
    return relation


def _weight(name: str) -> str:
    return quoted("#" + name.strip('"'))


def _most(name: str) -> str:
    """The value with the most lines, the least of several; empty cells do not vote."""
    return f"arg_min({name}, (-{_weight(name)}, {name}))"
