"""A store that a program which answers many people keeps open: one engine for all of their questions.

What they work out at once shares one memory and the machine's processors, and a question does not begin by opening a
store. While nobody reads, the program counts as absent, so that upkeep finds its hour.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from cadran.store.connection import THREADS
from cadran.store.lake import Lake

Which = tuple[int, int, int]
_THREADS = max(1, THREADS - 1)  # a processor is left to what is answered from memory


class KeptOpen:
    """Safe to use from several threads at once. `memory_limit` is DuckDB's, for all readers together."""

    def __init__(self, folder: Path, memory_limit: str) -> None:
        self.folder = folder
        self._memory_limit = memory_limit
        self._guard = threading.Lock()
        self._kept: tuple[Which | None, Lake] | None = None

    def reader(self) -> Lake:
        """The store for reading in this thread, to be closed by whoever asks. Raises StoreError when it is missing or
        damaged."""
        with self._guard:
            which = self.which()
            if self._kept is None or self._kept[0] != which:
                lake = Lake.open(self.folder, read_only=True, threads=_THREADS, memory_limit=self._memory_limit)
                lake.leave()
                self._kept = which, lake
            return self._kept[1].for_thread()

    def which(self) -> Which | None:
        """The process, and the catalog's file: another one may be put in its place. None where there is none."""
        try:
            stat = (self.folder / "catalog.sqlite").stat()
        except FileNotFoundError:
            return None
        return os.getpid(), stat.st_dev, stat.st_ino
