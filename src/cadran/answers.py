"""Answers at hand: what was asked before is answered from memory, as long as nothing it depends on has changed.

An answer depends on the settings and definitions, which are those of the open folder; on the data, told by the
store's newest snapshot; on the request, its `as_of` spelled out; and on what the viewer may see, which is looked
up on the company's last evening. All of them are the key: a hit is exact, and nothing has to be thrown away in time.
A warehouse read in place tells no number: it is asked every time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import date

from cadran.access import EVERYTHING, SEES_ALL, Viewer
from cadran.answer import Answer
from cadran.ask import ask
from cadran.planner.request import Request
from cadran.store.newest import newest_snapshot
from cadran.workspace import Workspace

_MOST_VALUES = 4_000_000
_Key = tuple[tuple[int, str], date, Request, Viewer]


class Answers:
    """The latest answers of one open folder, up to `most` values (KPI x scope x period) together; those asked for least
    recently leave first. Safe to use from several threads at once."""

    def __init__(self, workspace: Workspace, most: int = _MOST_VALUES) -> None:
        self._workspace = workspace
        self._most = most
        self._kept: OrderedDict[_Key, Answer] = OrderedDict()
        self._values = 0
        self._guard = threading.Lock()

    def ask(self, request: Request, viewer: Viewer = EVERYTHING) -> Answer:
        """What `ask` answers, and raises."""
        if self._workspace.settings.engine.is_warehouse:
            return ask(self._workspace, request, viewer)
        viewer = EVERYTHING if viewer.role in SEES_ALL else viewer
        key = self._key(request, viewer)
        found = self._at_hand(key)
        if found is None:
            found = ask(self._workspace, request, viewer)
            if self._key(request, viewer) == key:  # nothing landed meanwhile
                self._keep(key, found)
        return replace(found, figures=dict(found.figures))  # rows that a reader draws up are the reader's, and not kept

    def _key(self, request: Request, viewer: Viewer) -> _Key:
        return newest_snapshot(self._workspace.store), self._workspace.settings.as_of(), request, viewer

    def _at_hand(self, key: _Key) -> Answer | None:
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: _Key, answer: Answer) -> None:
        with self._guard:
            if key not in self._kept:
                self._kept[key] = answer
                self._values += _size(answer)
            while self._values > self._most:
                _, left = self._kept.popitem(last=False)
                self._values -= _size(left)


def _size(answer: Answer) -> int:
    return len(answer.kpis) * len(answer.cells) * len(answer.periods)
