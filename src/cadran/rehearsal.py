"""A refresh (`refresh.py`) as the next import will ask for it, rehearsed: as if it touched the last day there is, and
no row. It reads the rows that imports of these days are put right by, and plans the statements; nothing else comes of
it. So the first import after a start is worked through as fast as the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cadran.access import Viewer
from cadran.at_hand import AtHand
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.planner.sources import Context
from cadran.readings import Reading, readings_of
from cadran.refresh import Refresh, Told
from cadran.scoping import levels_for
from cadran.session import Session, session
from cadran.store.moments import Touched
from cadran.told_before import Again, ToldBefore
from cadran.workspace import Workspace


def rehearse(workspace: Workspace, request: Request, viewer: Viewer, told: Told, at_hand: AtHand) -> None:
    """For a request whose answer was `told`. Raises what `ask` raises."""
    rehearsal = _Rehearsal(told, at_hand)
    with session(workspace, request, told.people) as opened:
        visible = opened.visible(viewer)
        readings = readings_of(opened, request.at(levels=levels_for(request, visible)), visible)
        for reading in readings.all:
            for _, batch in reading.batches():
                rehearsal.rehearse(opened, reading, batch)


class _Rehearsal(Refresh):
    def rehearse(self, opened: Session, reading: Reading, batch: Batch) -> None:
        written = opened.statement(batch, reading.context, reading.reach)
        known = self._before.tables.get(written.text)
        if known is not None:
            self._told_again(opened, reading, batch, written.read, known)

    def _changed_among(self, opened: Session, read: Iterable[str], table: str) -> frozenset[str]:
        return frozenset({table})

    def _again_by(self, opened: Session, told: ToldBefore) -> Again | None:
        """Nothing where the next import asks the engine for more: it could not be kept."""
        return super()._again_by(opened, told) if told.is_put_right_by_rows else None

    def _touched(self, opened: Session, table: str, columns: tuple[str, ...]) -> Touched | None:
        days = [day for column in columns if (day := _last_day(opened.context, table, column))]
        return opened.moments.untouched(table, frozenset(days)) if days else None


def _last_day(context: Context, table: str, column: str) -> date | None:
    """The last of a column that is over."""
    known = context.profile(table).columns.get(column)
    last = known.high if known else None
    return min(date.fromisoformat(last[:10]), context.as_of) if last else None
