"""The objectives set by hand, newest first, and the undoing of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cadran.errors import AccessError, StoreError
from cadran.intake.by_hand import BY_HAND, scopes_of
from cadran.intake.load import context_of
from cadran.store import ledger
from cadran.store.lake import Lake
from cadran.store.record import ImportRecord
from cadran.web.follow.objectives_board import Board
from cadran.web.people.frame import NOT_OPEN, served

_MOST = 12


@dataclass(frozen=True)
class Entry:
    """One time somebody set objectives; `at` in UTC."""

    id: int
    name: str
    author: str
    at: datetime
    cells: int
    is_undone: bool
    may_undo: bool


def history_of(board: Board) -> tuple[Entry, ...]:
    """The newest of those about scopes that the person may set, and no others."""
    with served.workspace.lake() as lake:
        records = [record for record in ledger.imports(lake) if record.source == BY_HAND][::-1]
        mine = _open_to(lake, board, records)
    return tuple(
        Entry(
            record.id,
            record.name,
            record.author,
            record.committed_at.replace(tzinfo=UTC),
            sum(count.loaded for count in record.counts),
            record.status == "undone",
            record.status == "live",
        )
        for record in records
        if record.id in mine
    )[:_MOST]


def undo(board: Board, import_id: int) -> ImportRecord:
    """Undo what was set. Raises AccessError for an import that is none of these or concerns a scope that the person may
    not set, as for one that there is not; StoreError for one undone already."""
    with served.workspace.lake(read_only=False) as lake:
        try:
            record = ledger.import_record(lake, import_id)
        except StoreError as error:
            raise AccessError(NOT_OPEN) from error
        if record.source != BY_HAND or import_id not in _open_to(lake, board, [record]):
            raise AccessError(NOT_OPEN)
        return ledger.undo(lake, import_id, board.frame.viewer.email, context_of(served.workspace))


def _open_to(lake: Lake, board: Board, records: list[ImportRecord]) -> set[int]:
    """The imports all of whose scopes the person may set."""
    scopes = scopes_of(lake, [record.id for record in records])
    return {
        import_id
        for import_id, found in scopes.items()
        if found and all(board.plannable.holds(scope, key or "") for scope, key in found)
    }
