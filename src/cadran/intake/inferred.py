"""Dimensions that are only inferred from other rows: one row per distinct key, out of lines that repeat it.

rep_id  name         lines          rep_id  name
R1      Léa Martin      40    ->    R1      Léa Martin     each column takes the value most lines give it,
R1      L. Martin        2          R2      Paul Roux      of two as frequent the least
R2      Paul Roux       18
"""

from __future__ import annotations

import duckdb

from cadran.intake.keys import OK
from cadran.intake.rows import Rows
from cadran.store.schema import quoted


def infer(connection: duckdb.DuckDBPyConnection, rows: Rows, given: str | None) -> str:
    """The temporary table of the inferred rows, without those that the relation `given` of this import brings itself.
    A row counts for the first file that holds its key; `versions` says how many versions its lines gave."""
    relation = f"{rows.relation}_staged"
    names = [quoted(name) for name in rows.table.column_names]
    others = [name for name in names if name not in map(quoted, rows.table.key)]
    versions = (
        f"SELECT key, {', '.join(names)}, min(part) AS part, count(*) AS lines, bit_or(doubts) AS doubts "
        f"FROM {rows.relation} WHERE {OK} GROUP BY key, {', '.join(names)}"
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
