"""One row per key, whatever the order of rows and files.

| the same key twice       | with a key of its own                      | with a key made from its contents       |
| with the same contents   | one is kept, the others are `collapsed`    | all are kept: key, key-2, key-3 ...     |
| with different contents  | none is kept: `conflict`                   | cannot be                               |
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cadran.intake.rows import Rows, contents
from cadran.store.schema import quoted
from cadran.store.seen import Seen

_FIRST_ROWS = 4_096


@dataclass(frozen=True)
class Keyed:
    """`relation` is what the store takes: row_key, the table's columns, doubts, file_no. `repeats` is the temporary
    table of rows whose key comes more than once (fill, part, line, given, key, occurrence, conflict, collapsed), None
    when every key comes once."""

    rows: Rows
    relation: str
    repeats: str | None

    @property
    def seen(self) -> Seen:
        """What is known of all the rows of `relation`."""
        seen = self.rows.seen
        return Seen(seen.fixed, seen.full) if self.repeats else seen


def settle(connection: duckdb.DuckDBPyConnection, rows: Rows) -> Keyed:
    """Find the keys that come more than once and decide."""
    repeats = _repeats(connection, rows)
    relation = f"{rows.relation}_staged"
    columns = ", ".join(
        (_row_key(rows, repeats), *_columns(rows, repeats), "doubts", f"{rows.file_of('r.part')} AS file_no")
    )
    if repeats:
        source = f"{rows.relation} r LEFT JOIN {repeats} d ON (d.fill, d.part, d.line) = (r.fill, r.part, r.line)"
        kept = f"{rows.ok} AND d.conflict IS NOT TRUE AND d.collapsed IS NOT TRUE"
    else:
        source, kept = f"{rows.relation} r", rows.ok
    connection.execute(f"CREATE TEMP VIEW {relation} AS SELECT {columns} FROM {source} WHERE {kept}")
    return Keyed(rows, relation, repeats)


def _repeats(connection: duckdb.DuckDBPyConnection, rows: Rows) -> str | None:
    if _rise(connection, rows):
        return None
    repeats = f"{rows.relation}_repeats"
    twice = f"SELECT key FROM {rows.relation} WHERE {rows.ok} GROUP BY key HAVING count(*) > 1"
    if not connection.execute(f"SELECT 1 FROM ({twice}) LIMIT 1").fetchone():
        return None
    said = f"CASE WHEN given THEN md5({contents(rows.table)}) END"
    numbered = (
        f"SELECT fill, part, line, given, key, {said} AS said, "
        "row_number() OVER (PARTITION BY key ORDER BY part, line, fill) AS occurrence "
        f"FROM {rows.relation} SEMI JOIN ({twice}) USING (key) WHERE {rows.ok}"
    )
    differs = "given AND min(said) OVER same <> max(said) OVER same"
    judged = f"SELECT *, {differs} AS conflict FROM numbered WINDOW same AS (PARTITION BY key)"
    connection.execute(
        f"CREATE TEMP TABLE {repeats} AS WITH numbered AS ({numbered}), judged AS ({judged}) "
        "SELECT * EXCLUDE (said), given AND NOT conflict AND occurrence > 1 AS collapsed FROM judged"
    )
    return repeats


def _rise(connection: duckdb.DuckDBPyConnection, rows: Rows) -> bool:
    """Whether every key is longer than the one before it, or as long and greater, as in most exports: then none comes
    twice, and nothing needs to be gathered to know it. The first rows tell where it is not so."""
    order = f"SELECT key, lag(key) OVER () AS before FROM (SELECT key FROM {rows.relation} WHERE {rows.ok}{{limit}})"
    rises = "strlen(key) > strlen(before) OR (strlen(key) = strlen(before) AND key > before)"
    query = f"SELECT 1 FROM ({order}) WHERE before IS NOT NULL AND ({rises}) IS NOT TRUE LIMIT 1"
    looks = (query.format(limit=each) for each in (f" LIMIT {_FIRST_ROWS}", ""))
    return all(connection.execute(look).fetchone() is None for look in looks)


def _row_key(rows: Rows, repeats: str | None) -> str:
    return f"{_made(rows, repeats)} AS row_key"


def _made(rows: Rows, repeats: str | None) -> str:
    if repeats is None:
        return "r.key"
    return "CASE WHEN d.occurrence > 1 AND NOT r.given THEN r.key || '-' || d.occurrence ELSE r.key END"


def _columns(rows: Rows, repeats: str | None) -> list[str]:
    """The table's columns; a key made from contents is the row's key in the table too."""
    made = rows.table.key if rows.table.keyless else ()
    return [
        f"{_made(rows, repeats)} AS {quoted(name)}" if name in made else f"r.{quoted(name)}"
        for name in rows.table.column_names
    ]
