"""Moving versions between the current and the history table of a model table.

Every version lies in exactly one of the two. What leaves the current table goes to the history; what enters it comes
from the incoming rows or back from the history. Each of the statements below runs at most once a table and import.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from cadran.store.incoming import Verdicts
from cadran.store.schema import current, history, quoted, sorting, stored_columns, stored_names
from cadran.store.scratch import incoming_of, outcome_of, verdicts_of
from cadran.store.versions import Outcome
from cadran.tables.contract import Table


def write_import(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    import_id: int,
    verdicts: Verdicts,
    outcome: Outcome,
    fixed: Mapping[str, str],
) -> None:
    """Write the incoming rows of `table`, and the `outcome` of its replacement if there is any. `fixed`: the columns
    that hold one value in all the incoming rows, as SQL."""
    keys = verdicts_of(table.name)
    leaving = [f"SELECT row_key FROM {keys} WHERE verdict IN ('new', 'changed') AND before IS NOT NULL"]
    entering = [_incoming(table, import_id, "verdict IN ('new', 'changed')")]
    lost = "verdict = 'inferior'"
    if outcome.total:
        leaving.append(_leaving(table))
        entering += [_from_history(table), _incoming(table, import_id, f"{lost} AND {_is_after(table, import_id)}")]
        lost += f" AND NOT {_is_after(table, import_id)}"
    if verdicts.displaced or outcome.total:
        _leave(connection, table, " UNION ALL ".join(leaving))
    if verdicts.total("new") or verdicts.total("changed") or outcome.total:
        _enter(connection, table, entering, {} if outcome.total else {**fixed, "_import": str(import_id)})
    if outcome.total:
        _leave_history(connection, table)
    if verdicts.total("inferior"):
        columns = f"INSERT INTO {history(table.name)} ({stored_columns(table)})"
        connection.execute(f"{columns} {_incoming(table, import_id, lost)}")
    if verdicts.total("unchanged"):
        connection.execute(
            f"INSERT INTO lake.main.sightings SELECT '{table.name}', row_key, {import_id}, before, derived "
            f"FROM {keys} WHERE verdict = 'unchanged'"
        )


def write_outcome(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Write what weighing the touched keys of `table` again came to."""
    _leave(connection, table, _leaving(table))
    _enter(connection, table, [_from_history(table)], {})
    _leave_history(connection, table)


def _leaving(table: Table) -> str:
    return f"SELECT row_key FROM {outcome_of(table.name)} WHERE before IS NOT NULL"


def _from_history(table: Table) -> str:
    return (
        f"SELECT {stored_columns(table)} FROM {history(table.name)} "
        f"WHERE (row_key, _import) IN (SELECT (row_key, after) FROM {outcome_of(table.name)} WHERE after IS NOT NULL)"
    )


def _incoming(table: Table, import_id: int, condition: str) -> str:
    columns = [f"{import_id} AS _import" if name == "_import" else quoted(name) for name in stored_names(table)]
    return f"SELECT {', '.join(columns)} FROM {incoming_of(table.name)} WHERE {condition}"


def _is_after(table: Table, import_id: int) -> str:
    return f"(row_key IN (SELECT row_key FROM {outcome_of(table.name)} WHERE after = {import_id}))"


def _leave(connection: duckdb.DuckDBPyConnection, table: Table, keys: str) -> None:
    columns, leaving = stored_columns(table), f"WHERE row_key IN ({keys})"
    connection.execute(
        f"INSERT INTO {history(table.name)} ({columns}) SELECT {columns} FROM {current(table.name)} {leaving}"
    )
    connection.execute(f"DELETE FROM {current(table.name)} {leaving}")


def _enter(connection: duckdb.DuckDBPyConnection, table: Table, sources: list[str], fixed: Mapping[str, str]) -> None:
    """Rows go in sorted. Columns that are `fixed` join them after the sort, which moves every column."""
    values = ", ".join(fixed.get(name, quoted(name)) for name in stored_names(table))
    order = f" ORDER BY {', '.join(sorting(table))}" if table.dated_by else ""
    moved = ", ".join(quoted(name) for name in stored_names(table) if name not in fixed)
    rows = f"SELECT {moved} FROM ({' UNION ALL '.join(sources)}){order}"
    connection.execute(f"INSERT INTO {current(table.name)} ({stored_columns(table)}) SELECT {values} FROM ({rows})")


def _leave_history(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    keys = f"SELECT (row_key, after) FROM {outcome_of(table.name)} WHERE after IS NOT NULL"
    connection.execute(f"DELETE FROM {history(table.name)} WHERE (row_key, _import) IN ({keys})")
