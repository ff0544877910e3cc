"""One computation at a time for the same thing: whoever else asks for it waits, and finds it done.

And few at once of those that go through here: each may use every processor.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

_POLITENESS = 5  # less than an import's: somebody waits, or may soon


def give_way() -> None:
    """From now on, threads that answer requests come before this one. Only Linux has priorities for threads; what the
    engine starts in one of these is as polite."""
    if sys.platform == "linux":
        politeness = max(_POLITENESS, os.getpriority(os.PRIO_PROCESS, 0))  # a server may have been started politely
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), politeness)


class Turns:
    """A lock for each thing that somebody is working on; it is forgotten with the last who holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._guard = threading.Lock()

    def of(self, thing: Hashable) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(thing, threading.Lock())


class Places:
    """Among the few who compute. Whoever has a place takes no other, so that one may take it for more than it knows of.
    A place comes before a turn: who has the turn of a thing then never waits for a place that those who wait for the
    thing hold. What is light has places of its own: it does not wait until all that is heavy is done."""

    def __init__(self, number: int, light: int) -> None:
        self._heavy = threading.BoundedSemaphore(number)
        self._light = threading.BoundedSemaphore(light)
        self._mine = threading.local()
        self._taken = 0
        self._guard = threading.Lock()

    @property
    def is_idle(self) -> bool:
        """Whether nobody has a place."""
        return self._taken == 0

    @property
    def is_mine(self) -> bool:
        """Whether this thread has a place."""
        return getattr(self._mine, "is_taken", False)

    @contextmanager
    def taken(self) -> Iterator[None]:
        if self.is_mine:
            yield
            return
        with self._light if getattr(self._mine, "is_light", False) else self._heavy:
            self._count(1)
            try:
                yield
            finally:
                self._count(-1)

    def _count(self, more: int) -> None:
        with self._guard:
            self._taken += more
        self._mine.is_taken = more > 0

    @contextmanager
    def lightly(self) -> Iterator[None]:
        """What this thread takes places for inside is light."""
        self._mine.is_light = True
        try:
            yield
        finally:
            self._mine.is_light = False


AT_WORK = Places(2, light=2)
