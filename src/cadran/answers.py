"""Answers at hand: what was asked before is answered from memory, as long as nothing it depends on has changed.

An answer depends on the settings and definitions, which are those of the open folder; on the data, told by the
store's newest snapshot; on the request, its `as_of` spelled out; and on what the viewer may see, which is looked
up on the company's last evening. All of them are the key: a hit is exact, and nothing has to be thrown away in time.
Once an import or an undo has landed, an answer is brought up to date where its rows changed (`refresh.py`).
A warehouse read in place tells no number: it is asked every time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date

from cadran.access import EVERYTHING, SEES_ALL, Viewer
from cadran.answer import Answer
from cadran.ask import ask
from cadran.at_hand import AtHand
from cadran.laid_out import LaidOut
from cadran.planner.request import Request
from cadran.refresh import Refresh, Told
from cadran.store.newest import newest_snapshot, remembers
from cadran.turns import AT_WORK, Turns
from cadran.workspace import Workspace

_MOST_VALUES = 4_000_000
_Question = tuple[date, Request, Viewer]


@dataclass(frozen=True)
class _Kept:
    """An answer, the snapshot it is of, and what it was made of."""

    snapshot: tuple[int, str]
    answer: Answer
    told: Told


class Answers:
    """The latest answers of one open folder, up to `most` values (KPI x scope x period) together; those asked for least
    recently leave first. Safe to use from several threads at once."""

    def __init__(self, workspace: Workspace, most: int = _MOST_VALUES) -> None:
        self.workspace = workspace
        self._most = most
        self._kept: OrderedDict[_Question, _Kept] = OrderedDict()
        self._values = 0
        self._newest: AtHand | None = None
        self._guard = threading.Lock()
        self._turns = Turns()

    def ask(self, request: Request, viewer: Viewer = EVERYTHING) -> Answer:
        """What `ask` answers, and raises."""
        if self.workspace.settings.engine.is_warehouse:
            return ask(self.workspace, request, viewer)
        viewer = EVERYTHING if viewer.role in SEES_ALL else viewer
        question, newest = (self.workspace.settings.as_of(), request, viewer), newest_snapshot(self.workspace.store)
        kept = self._at_hand(question)
        if kept is None or kept.snapshot != newest:
            with AT_WORK.taken(), self._turns.of((question, newest)):
                kept = self._up_to_date(question, newest)
        # Rows that a reader draws up are the reader's, and not kept.
        return replace(kept.answer, figures=dict(kept.answer.figures))

    def _up_to_date(self, question: _Question, newest: tuple[int, str]) -> _Kept:
        """What somebody else worked out meanwhile, or else what is worked out here."""
        kept = self._at_hand(question)
        if kept is not None and kept.snapshot == newest:
            return kept
        refresh, (_, request, viewer) = Refresh(self._reusable(kept), self._read_at(newest)), question
        found = ask(self.workspace, request, viewer, refresh, refresh.people)
        earlier = kept.answer.laid_out.latest(kept.answer) if kept else None
        kept = _Kept(newest, replace(found, laid_out=LaidOut(earlier)), refresh.told)
        if newest_snapshot(self.workspace.store) == newest:  # nothing landed meanwhile
            self._keep(question, kept)
        return kept

    def _read_at(self, newest: tuple[int, str]) -> AtHand:
        """What is at hand at a snapshot, with the rows that were at an earlier one."""
        before = self._newest
        if before is not None and before.snapshot == newest:
            return before
        same_store = before is not None and remembers(self.workspace.store, before.snapshot)
        is_earlier = before is not None and same_store and before.snapshot[0] < newest[0]
        found = AtHand(newest, before.recent if before is not None and is_earlier else None)
        with self._guard:
            if self._newest is before and (is_earlier or not same_store):
                self._newest = found
            came_first = self._newest
        return came_first if came_first is not None and came_first.snapshot == newest else found

    def _reusable(self, kept: _Kept | None) -> Told | None:
        """What an answer of an earlier snapshot was made of, if this store went through that snapshot."""
        return kept.told if kept and remembers(self.workspace.store, kept.snapshot) else None

    def _at_hand(self, question: _Question) -> _Kept | None:
        with self._guard:
            if question in self._kept:
                self._kept.move_to_end(question)
            return self._kept.get(question)

    def _keep(self, question: _Question, kept: _Kept) -> None:
        with self._guard:
            before = self._kept.pop(question, None)
            self._values += _size(kept.answer) - (_size(before.answer) if before else 0)
            self._kept[question] = kept
            while self._values > self._most:
                _, left = self._kept.popitem(last=False)
                self._values -= _size(left.answer)


def _size(answer: Answer) -> int:
    """In values. One stands in a dozen arrays: eight of the single numbers that intervals are drawn from weigh less."""
    values = len(answer.kpis) * len(answer.cells) * len(answer.periods)
    return values + sum(each.sampled.size // 8 for each in answer.figures.values() if each.sampled)
