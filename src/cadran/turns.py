"""One computation at a time for the same thing: whoever else asks for it waits, and finds it done.

And few at once of those that go through here: each may use every processor.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class Turns:
    """A lock for each thing that somebody is working on; it is forgotten with the last who holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    @contextmanager
    def of(self, thing: Hashable) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(thing, threading.Lock())
        with lock:
            yield


@contextmanager
def at_work() -> Iterator[None]:
    """One of the few who compute; waits for a place. Whoever holds one must not ask for another."""
    with _places:
        yield


_MOST_AT_WORK = 2
_places = threading.BoundedSemaphore(_MOST_AT_WORK)
