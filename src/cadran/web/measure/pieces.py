"""Pieces of pages that are made of figures alone, drawn once for everybody who may see the same at the same address.

An answer is kept at hand; to lay out a page of it and write it takes many times as long as all else that is done for
somebody who opens the page. And what is not at hand may take seconds: it is worked out beside the requests, so that
they are free for whoever asks for what is there.

    at hand                     a page opened
    --------------------------  -----------------------------------------------------------------------------
    of this snapshot            shows it
    of an earlier one           shows the new one if it comes in time, else the earlier one, which says so
    nothing                     shows it if it comes in time, else says that it is being worked out
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from cadran.access import SEES_ALL, Organisation
from cadran.errors import Lang
from cadran.store.newest import newest_snapshot, went_through
from cadran.turns import AT_WORK, give_way
from cadran.web.people.frame import Frame, served

Parts = Mapping[str, str]
Draw = Callable[[], Parts]
MOST_LETTERS = 32 * 2**20
_ADDRESS = 1_000  # letters that pieces count for besides their own: empty ones have an address too
_HANDS = 16  # most of them wait for a place among the few who compute (`turns.py`)
_LIGHT_HANDS = 4  # for what is light, as quick as those that answer
_TOLD_FOR = 60.0  # seconds, from its beginning: how long what went wrong is told to whoever asks next

_hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="pieces", initializer=give_way)
_light_hands = ThreadPoolExecutor(_LIGHT_HANDS, thread_name_prefix="light")


class News(Enum):
    """Of pieces that a page waits for."""

    NONE = "none"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Drawn:
    """The pieces of a page by name, the snapshot they are of, and who could see what at that time."""

    parts: Parts
    snapshot: tuple[int, str]
    organisation: Organisation

    @property
    def letters(self) -> int:
        return _ADDRESS + sum(map(len, self.parts.values()))


@dataclass(frozen=True)
class _Work:
    """Pieces that are being drawn, since when, and at which snapshot."""

    future: Future[Parts]
    snapshot: tuple[int, str]
    begun: float


_kept: OrderedDict[Hashable, Drawn] = OrderedDict()
_under_way: dict[Hashable, _Work] = {}
_guard = threading.Lock()


def drawn(frame: Frame, template: str, context: Mapping[str, Any]) -> str:
    """A piece: `context` and the frame are all it may depend on."""
    return render_to_string(template, {"frame": frame, **context})


def pieces(frame: Frame, draw: Draw, patience: float, *, beside: Hashable = (), is_light: bool = False) -> Drawn | None:
    """What `draw` gives and raises: pieces that may depend on no person and no form. The latest are kept, each for the
    snapshot, the settings and the evening it is of, and for what it shows `beside` figures. After `patience` seconds
    they are those of an earlier snapshot, or None. A warehouse tells no snapshot: nothing is kept of it. What
    `is_light` takes a place only for what has to be computed, one of those for what is light."""
    if frame.settings.engine.is_warehouse:
        return Drawn(draw(), frame.known.snapshot, frame.known.organisation)
    key = _key(frame), beside
    kept = _at_hand(key)
    if kept is not None and kept.snapshot == frame.known.snapshot:
        return kept
    earlier = kept if kept is not None and _may_be_shown(kept, frame) else None
    future, is_begun_here = _begin(frame, draw, key, is_light=is_light)
    wait([future], patience if is_begun_here or earlier is None else 0)
    if not future.done():
        return earlier
    if future.exception() is not None:
        _forget(key, future)
    return Drawn(future.result(), frame.known.snapshot, frame.known.organisation)


def news(frame: Frame, draw: Draw, *, beside: Hashable = (), is_light: bool = False) -> News:
    """What `pieces` would do now."""
    key = _key(frame), beside
    kept = _at_hand(key)
    if kept is not None and kept.snapshot == frame.known.snapshot:
        return News.READY
    future, _ = _begin(frame, draw, key, is_light=is_light)
    if not future.done():
        return News.NONE
    return News.READY if future.exception() is None else News.FAILED


def _may_be_shown(kept: Drawn, frame: Frame) -> bool:
    """Whether nobody's place has changed since, and this store went through that snapshot."""
    store, now = served.workspace.store, frame.known.snapshot
    return kept.organisation == frame.known.organisation and went_through(store, kept.snapshot, now)


def _begin(frame: Frame, draw: Draw, key: Hashable, *, is_light: bool) -> tuple[Future[Parts], bool]:
    """The work on these pieces, and whether it begins with this request. One that went wrong waits for somebody to be
    told, but not for long, and not once the data have changed."""
    with _guard:
        work = _under_way.get(key)
        if work and work.snapshot == frame.known.snapshot and not _is_forgotten(work):
            return work.future, False
        for other in [each for each, work in _under_way.items() if _is_forgotten(work)]:
            del _under_way[other]
        begun = (_light_hands if is_light else _hands).submit(_draw, draw, frame.lang, is_light)
        _under_way[key] = _Work(begun, frame.known.snapshot, time.monotonic())
    begun.add_done_callback(lambda done: _end(frame, done, key))
    return begun, True


def _is_forgotten(work: _Work) -> bool:
    return work.future.done() and time.monotonic() - work.begun > _TOLD_FOR


def _draw(draw: Draw, lang: Lang, is_light: bool) -> Parts:
    """In the language of the page: the one in force is a thread's own."""
    with AT_WORK.lightly() if is_light else AT_WORK.taken(), translation.override(lang):
        return draw()


def _end(frame: Frame, done: Future[Parts], key: Hashable) -> None:
    """Keep what was drawn, if all of it is of the page's own snapshot and settings: nothing has changed meanwhile."""
    if done.exception() is not None:
        return
    try:
        workspace = served.workspace
        if frame.settings is workspace.settings and newest_snapshot(workspace.store) == frame.known.snapshot:
            _keep(key, Drawn(done.result(), frame.known.snapshot, frame.known.organisation))
    finally:
        _forget(key, done)


def _forget(key: Hashable, done: Future[Parts]) -> None:
    """Whoever asks for the same next begins anew."""
    with _guard:
        if key in _under_way and _under_way[key].future is done:
            del _under_way[key]


def _at_hand(key: Hashable) -> Drawn | None:
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _keep(key: Hashable, found: Drawn) -> None:
    with _guard:
        _kept[key] = found
        _kept.move_to_end(key)
        while sum(each.letters for each in _kept.values()) > MOST_LETTERS:
            _kept.popitem(last=False)


def _key(frame: Frame) -> Hashable:
    """All that figures, their words and the addresses beside them depend on, but for the snapshot. What a viewer may
    see follows from who they are and from the organisation, which is of the snapshot and the evening."""
    viewer = frame.role if frame.role in SEES_ALL else frame.viewer
    seen = served.folder, served.stamp, frame.as_of
    return frame.lang, viewer, frame.request.get_full_path(), frame.scope, seen
