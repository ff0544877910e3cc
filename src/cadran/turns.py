"""One computation at a time for the same thing: whoever else asks for it waits, and finds it done."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from weakref import WeakValueDictionary


class Turns:
    """A lock for each thing that somebody is working on; it is forgotten with the last who holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    def of(self, thing: Hashable) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(thing, threading.Lock())
