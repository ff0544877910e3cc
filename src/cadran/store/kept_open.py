"""A store that a program which answers many people keeps open: one engine for all of their questions.

What they work out at once shares one memory and the machine's processors, and a question does not begin by opening a
store. While nobody reads, the program counts as absent, so that upkeep finds its hour.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import duckdb

from cadran.errors import StoreError
from cadran.store.connection import THREADS
from cadran.store.lake import Lake, no_store
from cadran.store.newest import newest_snapshot, went_through

_THREADS = max(1, THREADS - 1)  # a processor, where there are several, is left to what is answered from memory


class KeptOpen:
    """Safe to use from several threads at once. `memory_limit` is DuckDB's, for all readers together. The store is
    opened once, as long as it is the same."""

    def __init__(self, folder: Path, memory_limit: str) -> None:
        self.folder = folder
        self._memory_limit = memory_limit
        self._guard = threading.Lock()
        self._lake: Lake | None = None
        self._process = 0
        self._seen = (0, "")

    def reader(self) -> Lake:
        """The store for reading in this thread, to be closed by whoever asks. Raises StoreError when it is missing or
        damaged."""
        with self._guard:
            if not (self.folder / "catalog.sqlite").is_file():
                raise StoreError(no_store(self.folder))
            newest = newest_snapshot(self.folder)
            lake = self._lake if self._is_usable(newest) else None
            if lake is None:
                lake = self._lake = Lake.open(
                    self.folder, read_only=True, threads=_THREADS, memory_limit=self._memory_limit
                )
                lake.leave()
                self._process = os.getpid()
            self._seen = newest
            return lake.for_thread()

    def _is_usable(self, newest: tuple[int, str]) -> bool:
        """Whether the engine is this process's and alive, and its store the one that lies there: what is kept of
        another, put in its place, would be told of this one."""
        if self._lake is None or self._process != os.getpid():
            return False
        try:
            self._lake.connection.execute("SELECT 1")
        except duckdb.Error:
            return False
        return went_through(self.folder, self._seen, newest)
