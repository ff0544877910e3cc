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
from cadran.store.state import advance

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
    """Number and keep the rows of a delivery's quarantine, inside the running transaction."""
    connection.execute(
        "INSERT INTO lake.main.quarantine "
        "SELECT (SELECT coalesce(max(id), 0) FROM lake.main.quarantine) + row_number() OVER (ORDER BY file_no, line), "
        f"{import_id}, file_no, line, \"table\", original, cells, reasons, 'open', NULL FROM {quoted(relation)}"
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


def close_quarantine(
    lake: Lake, ids: Sequence[int], state: Literal["corrected", "discarded"], by_import: int | None
) -> None:
    """Settle open rows. Raises StoreError, and settles none, when one is unknown or settled already."""
    wanted = sorted(set(ids))
    with lake.writing():
        open_rows = "WHERE state = 'open' AND list_contains(?, id)"
        found = lake.query(f"SELECT id FROM lake.main.quarantine {open_rows}", [wanted])
        missing = sorted(set(wanted) - {id_ for (id_,) in found})
        if missing:
            raise StoreError(_not_open(missing))
        lake.connection.execute(
            f"UPDATE lake.main.quarantine SET state = ?, closed_by = ? {open_rows}", [state, by_import, wanted]
        )
        advance(lake.connection, {})
        lake.name_snapshot("cadran", f"quarantine: {len(wanted)} {state}")


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
