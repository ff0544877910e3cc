"""What an import brings to a table, compared with what the table holds.

    staged a.csv: K1 amount 10       current: K1 amount 10       incoming: K1 unchanged  (a sighting)
                  K2 amount 21                K2 amount 20                 K2 changed    (a new version)
                  K3 amount 30                                             K3 new        (a first version)

A row that was only derived from another file's facts yields to one that was not: it is `inferior` and goes straight to
the history, from where it serves when the others are undone.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cadran.errors import Issue, StoreError, Text
from cadran.store.delivery import Delivery
from cadran.store.interning import Interned, resolved
from cadran.store.schema import current, quoted, stored_names
from cadran.store.scratch import incoming_of, staged_of, verdicts_of
from cadran.tables.contract import Table


@dataclass(frozen=True)
class Verdicts:
    """Staged rows of one table by file and verdict (new, changed, unchanged, inferior, and folded: a derived row whose
    key stands in another row); `displaced`: current rows that a new version takes the place of."""

    by_file: dict[tuple[int, str], int]
    displaced: int

    def total(self, verdict: str) -> int:
        return sum(count for (_, name), count in self.by_file.items() if name == verdict)


def gather(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table) -> None:
    """One view over all the relations staged for `table`, each key once. Of several derived rows with one key, each
    column takes the least value, so that it does not matter which file or row came first."""
    names = [quoted(name) for name in table.column_names]
    given = _union(delivery.relations_of(table.name, derived=False), names, "false")
    inferred = _union(delivery.relations_of(table.name, derived=True), names, "true")
    if inferred:
        least = ", ".join(f"min({name}) AS {name}" for name in names)
        inferred = (
            f"SELECT row_key, {least}, bit_or(doubts) AS doubts, min(file_no) AS file_no, true AS derived "
            f"FROM ({inferred}) " + (f"ANTI JOIN ({given}) USING (row_key) " if given else "") + "GROUP BY row_key"
        )
    body = " UNION ALL ".join(part for part in (given, inferred) if part)
    connection.execute(f"CREATE TEMP VIEW {staged_of(table.name)} AS {body}")


def _union(relations: tuple[str, ...], names: list[str], derived: str) -> str:
    columns = ", ".join(("row_key", *names, "doubts", "file_no", f"{derived} AS derived"))
    return " UNION ALL ".join(f"SELECT {columns} FROM {quoted(relation)}" for relation in relations)


def compare(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table, interned: Interned, *, is_empty: bool
) -> Verdicts:
    """Give the staged rows of `table` their verdicts. Raises StoreError when a key is missing or comes twice.

    `is_empty`: the table holds no row yet, so all are new and nothing needs to be compared or kept aside.
    """
    staged, verdicts = staged_of(table.name), verdicts_of(table.name)
    if not _are_counted(delivery, table):
        _check_keys(connection, table)
    rows = resolved(table, staged, interned)
    if is_empty:
        incoming = f"SELECT *, 'new' AS verdict FROM ({rows})"
        counted = f"(SELECT file_no, 'new' AS verdict, CAST(NULL AS INTEGER) AS before FROM {staged})"
    else:
        connection.execute(f"CREATE TEMP TABLE {verdicts} AS {_verdicts(table, rows)}")
        incoming = f"SELECT r.*, v.verdict FROM ({rows}) r JOIN {verdicts} v ON v.row_key = r.row_key"
        counted = verdicts
    connection.execute(f"CREATE TEMP VIEW {incoming_of(table.name)} AS {incoming}")
    return _count(connection, delivery, table, counted)


def _verdicts(table: Table, rows: str) -> str:
    compared = [name for name in stored_names(table) if name not in ("row_key", "_import", "_derived")]
    same = " AND ".join(_same(name) for name in compared)
    return (
        "SELECT r.row_key, r.file_no, r._derived AS derived, c._import AS before, "
        "CASE WHEN c.row_key IS NULL OR (c._derived AND NOT r._derived) THEN 'new' "
        "WHEN r._derived AND NOT c._derived THEN 'inferior' "
        f"WHEN {same} THEN 'unchanged' ELSE 'changed' END AS verdict "
        f"FROM ({rows}) r LEFT JOIN {current(table.name)} c ON c.row_key = r.row_key"
    )


def _same(name: str) -> str:
    return f"c.{quoted(name)} IS NOT DISTINCT FROM r.{quoted(name)}"


def _are_counted(delivery: Delivery, table: Table) -> bool:
    """Whether intake has seen to the keys: of one relation, that is, for two may bring the same."""
    given = [staged for staged in delivery.staged if staged.table == table.name]
    return len(given) == 1 and given[0].counted


def _check_keys(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    query = f"SELECT count(*) - count(DISTINCT row_key) FROM {staged_of(table.name)}"
    row = connection.execute(query).fetchone()
    if row and row[0]:
        raise StoreError(_keys_twice(table, row[0]))


def _count(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table, verdicts: str) -> Verdicts:
    counts: dict[tuple[int, str], int] = _staged_by_file(connection, delivery, table)
    displaced = 0
    query = f"SELECT file_no, verdict, count(*), count(before) FROM {verdicts} GROUP BY ALL"
    for file_no, verdict, rows, with_before in connection.execute(query).fetchall():
        counts[file_no, verdict] = rows
        if (file_no, "folded") in counts:
            counts[file_no, "folded"] -= rows
        displaced += with_before if verdict in ("new", "changed") else 0
    return Verdicts(counts, displaced)


def _staged_by_file(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: Table
) -> dict[tuple[int, str], int]:
    """All staged rows, where some may be folded: what remains once the rows that went on are taken off."""
    inferred = delivery.relations_of(table.name, derived=True)
    if not inferred:
        return {}
    relations = _union(inferred + delivery.relations_of(table.name, derived=False), [], "true")
    rows = connection.execute(f"SELECT file_no, count(*) FROM ({relations}) GROUP BY file_no").fetchall()
    return {(file_no, "folded"): count for file_no, count in rows}


def _keys_twice(table: Table, rows: int) -> Issue:
    return Issue(
        "keys_not_unique",
        Text(
            f"{rows} lignes de « {table.label.fr} » portent une clé absente ou déjà prise dans le même import.",
            f'{rows} rows of "{table.label.en}" have no key, or one already taken in the same import.',
        ),
        Text("Rien n’a été importé.", "Nothing was imported."),
    )
