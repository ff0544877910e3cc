"""Rows that could not be taken: kept with their file, line, original text and every reason, until someone settles them.

A row is `open`, then `corrected` (an import brought it after all) or `discarded` (someone gave it up).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from cadran.errors import Issue, StoreError, Text
from cadran.store.lake import Lake
from cadran.store.schema import quoted

RowState = Literal["open", "corrected", "discarded"]


@dataclass(frozen=True)
class Reason:
    """Why a row could not be taken: the column and value at fault if there is one."""

    code: str
    column: str | None
    value: str | None
    message: Text
    advice: Text


@dataclass(frozen=True)
class QuarantinedRow:
    """`cells`: header -> text as found. `line` is the row's line in the file `file_no` of import `import_id`.
    `closed_by` is the import that brought the corrected row."""

    id: int
    import_id: int
    file_no: int
    line: int
    table: str
    original: str
    cells: dict[str, str | None]
    reasons: tuple[Reason, ...]
    state: RowState
    closed_by: int | None


def keep_quarantine(connection: duckdb.DuckDBPyConnection, import_id: int, relation: str) -> None:
    """Number and keep the rows of a delivery's quarantine, inside the running transaction. They stand for the same
    rows that an earlier file left open: delivering a file again does not double what is to be corrected."""
    if not connection.execute(f"SELECT 1 FROM {quoted(relation)} LIMIT 1").fetchone():
        return
    connection.execute(
        "INSERT INTO lake.main.quarantine "
        "SELECT (SELECT coalesce(max(id), 0) FROM lake.main.quarantine) + row_number() OVER (ORDER BY file_no, line), "
        f"{import_id}, file_no, line, \"table\", original, cells, reasons, 'open', NULL FROM {quoted(relation)}"
    )
    numbered = (
        "SELECT id, import_id, table_name, original, cells, row_number() OVER "
        f"(PARTITION BY import_id = {import_id}, table_name, original, cells ORDER BY id) AS n "
        "FROM lake.main.quarantine WHERE state = 'open'"
    )
    same = "n.table_name = o.table_name AND n.original = o.original AND n.cells = o.cells AND n.n = o.n"
    connection.execute(
        f"UPDATE lake.main.quarantine SET state = 'discarded', closed_by = {import_id} WHERE id IN ("
        f"WITH rows AS ({numbered}) SELECT o.id FROM rows o JOIN rows n ON {same} "
        f"WHERE o.import_id < {import_id} AND n.import_id = {import_id})"
    )


def quarantine(lake: Lake, *, state: RowState | None = "open", import_id: int | None = None) -> list[QuarantinedRow]:
    """The rows in `state` (all when None), of one import or of all, in the order they came."""
    rows = lake.query(
        "SELECT * FROM lake.main.quarantine WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR import_id = ?2) "
        "ORDER BY id",
        [state, import_id],
    )
    return [_row(*row) for row in rows]


def _row(id_: int, import_id: int, file_no: int, line: int, table: str, original: str, *rest: Any) -> QuarantinedRow:
    cells, reasons, state, closed_by = rest
    return QuarantinedRow(
        id_,
        import_id,
        file_no,
        line,
        table,
        original,
        json.loads(cells),
        tuple(_reason(reason) for reason in json.loads(reasons)),
        state,
        closed_by,
    )


def _reason(stored: dict[str, str]) -> Reason:
    message = Text(stored["message_fr"], stored["message_en"])
    advice = Text(stored.get("advice_fr") or "", stored.get("advice_en") or "")
    return Reason(stored["code"], stored.get("column"), stored.get("value"), message, advice)


def correct(connection: duckdb.DuckDBPyConnection, ids: Sequence[int], import_id: int) -> None:
    """Close the open rows that import `import_id` brings corrected, inside the running transaction. Raises StoreError
    when one is unknown or settled already."""
    wanted = sorted(set(ids))
    open_rows = "WHERE state = 'open' AND list_contains(?, id)"
    found = connection.execute(f"SELECT id FROM lake.main.quarantine {open_rows}", [wanted]).fetchall()
    missing = sorted(set(wanted) - {id_ for (id_,) in found})
    if missing:
        raise StoreError(_not_open(missing))
    connection.execute(
        f"UPDATE lake.main.quarantine SET state = 'corrected', closed_by = ? {open_rows}", [import_id, wanted]
    )


def reopen_for_undo(connection: duckdb.DuckDBPyConnection, import_id: int) -> None:
    """An undone import takes its open rows with it, and the rows it had corrected are open again."""
    concerned = "SELECT 1 FROM lake.main.quarantine WHERE import_id = ?1 OR closed_by = ?1 LIMIT 1"
    if not connection.execute(concerned, [import_id]).fetchone():
        return
    connection.execute(
        "UPDATE lake.main.quarantine SET state = 'discarded' WHERE import_id = ? AND state = 'open'", [import_id]
    )
    connection.execute(
        "UPDATE lake.main.quarantine SET state = 'open', closed_by = NULL WHERE closed_by = ?", [import_id]
    )


def _not_open(ids: list[int]) -> Issue:
    listed = ", ".join(map(str, ids))
    return Issue(
        "quarantine_row_not_open",
        Text(f"Lignes inconnues ou déjà traitées : {listed}.", f"Rows unknown or already settled: {listed}."),
        Text("Consultez la liste avec cadran quarantine list.", "See cadran quarantine list."),
    )
