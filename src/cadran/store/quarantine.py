"""Rows that could not be taken: kept with their file, line, original text and every reason, until someone settles them.

A row is `open`, then `corrected` (an import brought it after all) or `discarded` (its import was undone, or a newer one
brought the same row: delivering a file again does not double what is to be corrected; or a newer one of the same source
replaced all that the source had brought). Which it is follows from the
living imports alone, so undoing an import gives what importing all the others gives.
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

_REPLACES_ALL = "r.starts_on IS NULL AND r.ends_on IS NULL AND NOT r.derived_only"
# Of rows that say the same, as many are open as the fullest import brought, less those corrected since; the newest.
_SETTLE = f"""
WITH living AS (SELECT id FROM lake.main.imports WHERE status = 'live'),
replaced AS (SELECT r.table_name, r.source, max(r.import_id) FILTER (r.import_id IN (FROM living)) AS by_import,
    bool_or(r.import_id = ?1) AS now
    FROM lake.main.replacements r WHERE {_REPLACES_ALL} GROUP BY ALL),
said AS (SELECT q.id, q.import_id, q.closed_by, (q.table_name, q.original, q.cells) AS words,
    q.import_id IN (FROM living) AND NOT coalesce(q.import_id < r.by_import, false) AS lives,
    q.state = 'corrected' AND q.closed_by IN (FROM living) AS is_corrected,
    q.import_id = ?1 OR coalesce(q.closed_by = ?1, false) OR coalesce(r.now, false) AS is_concerned
    FROM lake.main.quarantine q JOIN lake.main.imports i ON i.id = q.import_id
    LEFT JOIN replaced r ON r.table_name = q.table_name AND r.source = i.source),
touched AS (FROM said SEMI JOIN (SELECT words FROM said WHERE is_concerned) USING (words)),
moments AS (SELECT words, moment, sum(brought) AS brought, sum(corrected) AS corrected FROM (
    SELECT words, import_id AS moment, 1 AS brought, 0 AS corrected FROM touched WHERE lives
    UNION ALL SELECT words, closed_by, 0, 1 FROM touched WHERE is_corrected) GROUP BY words, moment),
sizes AS (SELECT words, brought - coalesce(sum(corrected) OVER later, 0) AS size FROM moments
    WINDOW later AS (PARTITION BY words ORDER BY moment ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)),
wanted AS (SELECT words, max(size) AS open FROM sizes GROUP BY words),
ranked AS (SELECT id, words, row_number() OVER (PARTITION BY words ORDER BY id DESC) AS rank
    FROM touched WHERE lives AND NOT is_corrected),
decided AS (SELECT t.id, CASE WHEN r.rank <= w.open THEN 'open' ELSE 'discarded' END AS state
    FROM touched t LEFT JOIN ranked r USING (id) LEFT JOIN wanted w ON w.words = t.words WHERE NOT t.is_corrected)
UPDATE lake.main.quarantine AS q SET state = d.state, closed_by = NULL FROM decided d
WHERE d.id = q.id AND d.state <> q.state
"""

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
    `closed_by` is the import that brought it corrected."""

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


def keep_quarantine(connection: duckdb.DuckDBPyConnection, import_id: int, relation: str) -> bool:
    """Number and keep the rows of a delivery's quarantine, inside the running transaction; False if there are none."""
    if not connection.execute(f"SELECT 1 FROM {quoted(relation)} LIMIT 1").fetchone():
        return False
    connection.execute(
        "INSERT INTO lake.main.quarantine "
        "SELECT (SELECT coalesce(max(id), 0) FROM lake.main.quarantine) + row_number() OVER (ORDER BY file_no, line), "
        f"{import_id}, file_no, line, \"table\", original, cells, reasons, 'open', NULL FROM {quoted(relation)}"
    )
    return True


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


def settle(connection: duckdb.DuckDBPyConnection, import_id: int) -> None:
    """Tell again which rows are open, among those that say the same as a row that `import_id` brought, corrected or
    replaced."""
    mine = "SELECT 1 FROM lake.main.quarantine WHERE import_id = ?1 OR closed_by = ?1"
    all_of_it = f"SELECT 1 FROM lake.main.replacements r WHERE r.import_id = ?1 AND {_REPLACES_ALL}"
    if connection.execute(f"{mine} UNION ALL {all_of_it} LIMIT 1", [import_id]).fetchone():
        connection.execute(_SETTLE, [import_id])


def _not_open(ids: list[int]) -> Issue:
    listed = ", ".join(map(str, ids))
    return Issue(
        "quarantine_row_not_open",
        Text(f"Lignes inconnues ou déjà traitées : {listed}.", f"Rows unknown or already settled: {listed}."),
        Text("Consultez la liste avec cadran quarantine list.", "See cadran quarantine list."),
    )
