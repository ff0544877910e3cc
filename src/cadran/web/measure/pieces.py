"""Pieces of pages that are made of figures alone, drawn once for everybody who may see the same at the same address.

An answer is kept at hand; to lay out a page of it and write it takes many times as long as all else that is done for
somebody who opens the page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from django.template.loader import render_to_string

from cadran.access import SEES_ALL
from cadran.web.people.frame import Frame, served

MOST_LETTERS = 32 * 2**20
_ADDRESS = 1_000  # letters that a piece counts for besides its own: an empty one has an address too
_kept: OrderedDict[Hashable, str] = OrderedDict()
_guard = threading.Lock()


def piece(frame: Frame, template: str, context: Callable[[], dict[str, Any]], *, beside: Hashable = ()) -> str:
    """A template drawn with `context` and the frame, which is all it may depend on: no person, no form. The latest are
    kept, each for the snapshot, the settings and the evening it is of, and for what it shows `beside` figures. A
    warehouse tells no snapshot: nothing is kept of it."""
    if frame.settings.engine.is_warehouse:
        return _drawn(frame, template, context)
    key = _key(frame, template), beside
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    drawn = _drawn(frame, template, context)
    if frame.settings is not served.workspace.settings:  # the folder changed since the page was begun
        return drawn
    with _guard:
        _kept[key] = drawn
        while sum(len(each) + _ADDRESS for each in _kept.values()) > MOST_LETTERS:
            _kept.popitem(last=False)
    return drawn


def _drawn(frame: Frame, template: str, context: Callable[[], dict[str, Any]]) -> str:
    return render_to_string(template, {"frame": frame, **context()})


def _key(frame: Frame, template: str) -> Hashable:
    """All that figures, their words and the addresses beside them depend on. What a viewer may see follows from who
    they are and from the organisation, which is of the snapshot and the evening."""
    viewer = frame.role if frame.role in SEES_ALL else frame.viewer
    seen = served.folder, served.stamp, frame.known.snapshot, frame.as_of
    return template, frame.lang, viewer, frame.request.get_full_path(), frame.scope, seen
