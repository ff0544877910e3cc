"""Answers at hand: what was asked before is answered from memory, as long as nothing it depends on has changed.

An answer depends on the settings and definitions, which are those of the open folder; on the data, told by the
store's newest snapshot; on the request, its `as_of` spelled out; and on what the viewer may see, which is looked
up on the company's last evening. It is given again only while all of them are what they were: a hit is exact.
Once an import or an undo has landed, an answer is brought up to date where its rows changed (`refresh.py`): when it is
next asked for, or before, by a program that does so ahead (`ahead.py`).
A warehouse read in place tells no number: it is asked every time.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from cadran.access import EVERYTHING, SEES_ALL, Viewer
from cadran.answer import Answer
from cadran.ask import ask
from cadran.at_hand import AtHand
from cadran.errors import CadranError, EngineError, StoreError
from cadran.laid_out import LaidOut
from cadran.planner.request import Request
from cadran.refresh import Refresh, Told
from cadran.rehearsal import rehearse
from cadran.store.newest import newest_snapshot, went_through
from cadran.turns import AT_WORK, Turns
from cadran.workspace import Workspace

_MOST_VALUES = 4_000_000
_MOST_AHEAD = 300  # answers: a landing is not worth working for hours for those whom nobody may ask for again
_LAST_EVENING = date.max  # of a question about the company's last evening, whichever that is; none is so late
_Question = tuple[Request, Viewer]
_logger = logging.getLogger("cadran")


@dataclass(frozen=True)
class _State:
    """The company's last evening, and the store's newest snapshot."""

    evening: date
    snapshot: tuple[int, str]


@dataclass(frozen=True)
class _Kept:
    """An answer, the state it is of, and what it was made of."""

    state: _State
    answer: Answer
    told: Told
    is_rehearsed: bool = False
    tried_at: _State | None = None  # where it was to be brought up to date, ahead


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
        state = self._state()
        question = _question(request, viewer, state)
        kept = self._at_hand(question)
        if kept is None or kept.state != state:
            kept = self._told(question, state)
        # Rows that a reader draws up are the reader's, and not kept.
        return replace(kept.answer, figures=dict(kept.answer.figures))

    def make_one_ready(self) -> bool:
        """Of the answers that are not of now, bring the one asked for last up to date; where there is none, rehearse
        what the next import will ask for. False where nothing is left to do. What cannot be answered is logged, left
        as it is and not tried again until something changes: whoever asks is told why. Raises trouble with the store
        and the engine."""
        state = self._state()
        for question, kept in self._latest():
            if state not in (kept.state, kept.tried_at):
                self._bring_up_to_date(question, kept, state)
                return True
        for question, kept in self._latest():
            if kept.state == state and not kept.is_rehearsed:
                self._rehearse(question, kept)
                return True
        return False

    def _latest(self) -> list[tuple[_Question, _Kept]]:
        """Those asked for last come first."""
        with self._guard:
            return list(islice(reversed(self._kept.items()), _MOST_AHEAD))

    def _bring_up_to_date(self, question: _Question, kept: _Kept, state: _State) -> None:
        self._keep(question, replace(kept, tried_at=state), instead_of=kept)
        with _told_to_the_log():
            answer = self._told(question, state).answer
            if answer.laid_out.is_expected:
                answer.to_arrow()

    def _rehearse(self, question: _Question, kept: _Kept) -> None:
        self._keep(question, replace(kept, is_rehearsed=True), instead_of=kept)
        request, viewer = _spelled_out(question, kept.state)
        if request.known_on is not None:  # no import changes what was known
            return
        with _told_to_the_log(), AT_WORK.taken():
            rehearse(self.workspace, request, viewer, kept.told, self._read_at(kept.state.snapshot))

    def _state(self) -> _State:
        return _State(self.workspace.settings.as_of(), newest_snapshot(self.workspace.store))

    def _told(self, question: _Question, state: _State) -> _Kept:
        """What somebody else worked out meanwhile, or else what is worked out here."""
        with AT_WORK.taken(), self._turns.of((question, state)):
            with self._guard:
                kept = self._kept.get(question)
            return kept if kept is not None and kept.state == state else self._up_to_date(question, state, kept)

    def _up_to_date(self, question: _Question, state: _State, kept: _Kept | None) -> _Kept:
        request, viewer = _spelled_out(question, state)
        refresh = Refresh(self._reusable(kept, state), self._read_at(state.snapshot))
        found = ask(self.workspace, request, viewer, refresh, refresh.people)
        earlier = kept.answer.laid_out.latest(kept.answer) if kept else None
        is_rehearsed = kept is not None and kept.is_rehearsed and kept.state.evening == state.evening
        kept = _Kept(state, replace(found, laid_out=LaidOut(earlier)), refresh.told, is_rehearsed)
        now = self._state()
        if now == state:  # nothing landed meanwhile
            self._keep(question, kept)
        elif not went_through(self.workspace.store, state.snapshot, now.snapshot):  # another store lies there
            self._newest = None
        return kept

    def _read_at(self, newest: tuple[int, str]) -> AtHand:
        """What is at hand at a snapshot, with the rows that were at an earlier one."""
        before = self._newest
        if before is not None and before.snapshot == newest:
            return before
        same_store = before is not None and went_through(self.workspace.store, before.snapshot, newest)
        is_earlier = before is not None and same_store and before.snapshot[0] < newest[0]
        found = AtHand(newest, before if is_earlier else None)
        with self._guard:
            if self._newest is before and (is_earlier or not same_store):
                self._newest = found
            came_first = self._newest
        return came_first if came_first is not None and came_first.snapshot == newest else found

    def _reusable(self, kept: _Kept | None, state: _State) -> Told | None:
        """What an answer of an earlier snapshot was made of, if this store went through that snapshot."""
        is_of_store = kept is not None and went_through(self.workspace.store, kept.state.snapshot, state.snapshot)
        return kept.told if kept and is_of_store else None

    def _at_hand(self, question: _Question) -> _Kept | None:
        with self._guard:
            if question in self._kept:
                self._kept.move_to_end(question)
            return self._kept.get(question)

    def _keep(self, question: _Question, kept: _Kept, instead_of: _Kept | None = None) -> None:
        """In the place of the one before, which says when it was last asked for; if given, only in that of one."""
        with self._guard:
            before = self._kept.get(question)
            if instead_of is not None and before is not instead_of:
                return
            self._values += _size(kept.answer) - (_size(before.answer) if before else 0)
            self._kept[question] = kept
            while self._values > self._most:
                _, left = self._kept.popitem(last=False)
                self._values -= _size(left.answer)


@contextmanager
def _told_to_the_log() -> Iterator[None]:
    """Why an answer could not be made ready."""
    try:
        yield
    except (StoreError, EngineError):  # it may be of all answers alike
        raise
    except CadranError as error:
        _logger.warning("An answer could not be made ready ahead: %s", error)


def _question(request: Request, viewer: Viewer, state: _State) -> _Question:
    """What is asked for again and again, whoever of those that see all asks for it, and one evening after the other."""
    if request.as_of == state.evening:
        request = request.at(as_of=_LAST_EVENING)
    return request, EVERYTHING if viewer.role in SEES_ALL else viewer


def _spelled_out(question: _Question, state: _State) -> _Question:
    request, viewer = question
    return (request.at(as_of=state.evening) if request.as_of == _LAST_EVENING else request), viewer


def _size(answer: Answer) -> int:
    """In values. One stands in a dozen arrays: eight of the single numbers that intervals are drawn from weigh less."""
    values = len(answer.kpis) * len(answer.cells) * len(answer.periods)
    return values + sum(each.sampled.size // 8 for each in answer.figures.values() if each.sampled)
