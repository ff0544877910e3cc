"""The locks of a store: advisory `flock`s, each on a file of its own, which the system gives back when holders die.

The writer's lock: one writer at a time, in any process or thread. It is held only around a transaction: reading,
cleaning and checking a file happen before.

Presence: whoever has the store open shares a second file with the others, and upkeep, which puts files in the place of
others, begins only when it is alone. Who opens the store meanwhile waits until it is done.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cadran.errors import Issue, StoreError, Text

WRITERS, READERS = "write.lock", "readers.lock"  # files of a store
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.02
_held_by_thread = threading.local()


@contextmanager
def writer_lock(path: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock file `path`. Raises StoreError when another writer keeps it longer than `patience` seconds, and at
    once when this very thread holds it already (it would wait for itself)."""
    held: set[Path] = _held_by_thread.__dict__.setdefault("paths", set())
    if path in held:
        raise StoreError(_entered_twice())
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        if not _is_acquired(descriptor, patience):
            raise StoreError(_busy(patience))
        held.add(path)
        try:
            yield
        finally:
            held.discard(path)
    finally:
        os.close(descriptor)  # gives the lock back


def is_held(path: Path) -> bool:
    """Whether a writer holds the lock file `path` at this moment. One who has no patience may find it taken by this
    look."""
    descriptor = _opened(path)
    if descriptor is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class Presence:
    """Being there, from now until `leave`; nothing where the folder may not be written to: nobody tidies it there."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _opened(path)
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @contextmanager
    def alone(self, patience: float) -> Iterator[bool]:
        """Whether nobody else is there, or all have left within so many seconds, in which this one does not count as
        there either; if so, nobody comes in meanwhile."""
        if self._descriptor is None:
            yield False
            return
        try:
            yield _is_acquired(self._descriptor, patience)
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path.is_file() else None


def _is_acquired(descriptor: int, patience: float) -> bool:
    """Whether the lock is had alone, within so many seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(_PAUSE_SECONDS)


def _busy(patience: float) -> Issue:
    return Issue(
        "store_busy",
        Text(
            f"Un autre import écrit dans les données depuis plus de {patience:.0f} secondes.",
            f"Another import has been writing to the store for more than {patience:.0f} seconds.",
        ),
        Text("Réessayez quand il sera terminé.", "Try again once it has finished."),
    )


def _entered_twice() -> Issue:
    return Issue(
        "store_lock_entered_twice",
        Text(
            "Une écriture en a commencé une seconde au lieu de se terminer.",
            "A write started another one instead of finishing.",
        ),
        Text("Signalez cette erreur : c’est un défaut du programme.", "Please report this: it is a bug."),
    )
