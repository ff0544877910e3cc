"""One computation at a time for the same thing: whoever else asks for it waits, and finds it done.

And few at once of those that go through here: each may use every processor.
"""

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


_MOST_AT_WORK = 2
# A place among the few who compute. Whoever holds one must not ask for another.
AT_WORK = threading.BoundedSemaphore(_MOST_AT_WORK)
