"""Objectives set by hand -> the store, as an import of their own: one transaction, an author, undoable.

It is told from a file's by its source. Only what changes is brought, so objectives of other sources stay as they are;
where one of them is changed, the new version takes its place until it is undone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

import duckdb
import pyarrow as pa

from cadran.intake.load import Workspace, context_of, keep_fast
from cadran.intake.rows import key_of
from cadran.objectives.target import TargetRow
from cadran.store import ledger
from cadran.store.delivery import DeliveredFile, Delivery, Staged, Tally
from cadran.store.lake import Lake
from cadran.store.record import ImportRecord
from cadran.store.schema import current, history, logical_type, quoted
from cadran.tables.model import SALES_MODEL

BY_HAND = "objectives"
"""The source of objectives set by hand."""

_TARGETS = SALES_MODEL["targets"]
_RELATION = "intake_by_hand"


def set_targets(workspace: Workspace, rows: Sequence[TargetRow], *, name: str, author: str) -> ImportRecord:
    """Write `rows`, each a version of its key, as the import `name`. Raises StoreError when two have the same key, or
    the store is busy."""
    with workspace.lake(read_only=False) as lake:
        _stage(lake.connection, rows)
        told = repr(rows).encode()
        delivery = Delivery(
            name=name,
            source=BY_HAND,
            files=(DeliveredFile(0, name, hashlib.sha256(told).hexdigest(), len(told)),),
            staged=(Staged(_TARGETS.name, _RELATION),),
            tallies=(Tally(0, _TARGETS.name, len(rows), 0, 0, 0, 0),),
            quarantine=None,
            replace=None,
            author=author,
            mapping="",
            warnings=(),
            context=context_of(workspace),
        )
        record = ledger.commit(lake, delivery)
        keep_fast(lake, record)
    return record


def scopes_of(lake: Lake, import_ids: Sequence[int]) -> dict[int, frozenset[tuple[str, str | None]]]:
    """Whose objectives each of some imports set, undone ones included: (scope, id) pairs by import."""
    found: dict[int, set[tuple[str, str | None]]] = {import_id: set() for import_id in import_ids}
    for where in (current(_TARGETS.name), history(_TARGETS.name)):
        query = f"SELECT _import, scope, scope_id FROM {where} WHERE list_contains(?, _import)"
        for import_id, scope, scope_id in lake.query(query, [list(import_ids)]):
            found[import_id].add((scope, scope_id))
    return {import_id: frozenset(scopes) for import_id, scopes in found.items()}


def _stage(connection: duckdb.DuckDBPyConnection, rows: Sequence[TargetRow]) -> None:
    """The rows as the store takes them (see `Staged`)."""
    records = [asdict(row) for row in rows]
    columns = {column.name: pa.array([record[column.name] for record in records]) for column in _TARGETS.columns}
    connection.register("typed_by_hand", pa.table(columns))
    typed = ", ".join(
        f"CAST({quoted(column.name)} AS {logical_type(column)}) AS {quoted(column.name)}" for column in _TARGETS.columns
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_RELATION} AS SELECT {key_of(_TARGETS)} AS row_key, *, "
        f"CAST(0 AS BIGINT) AS doubts, CAST(0 AS INTEGER) AS file_no FROM (SELECT {typed} FROM typed_by_hand)"
    )
    connection.unregister("typed_by_hand")
