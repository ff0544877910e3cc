"""A store's snapshots, read from its catalog alone: a millisecond, the store itself not opened.

The newest is asked for by every page. While the catalog's files lie as they did, it is the one seen before:

    written less than two seconds ago   look again: a commit is seen a moment after it is written
    quiet since                         the last look holds, for five seconds at most

It is the engine's own SQLite that reads it. Of two such libraries in one process, each takes itself for the only one:
the other would give back the engine's locks, and cut the index of its log short under it, which ends the process.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from cadran.errors import Issue, StoreError, Text
from cadran.store.connection import literal, with_extensions

_QUIET, _HOLDS = 2.0, 5.0  # seconds
_CATALOG = "catalog.sqlite"


@dataclass(frozen=True)
class _Lying:
    """How the files of a catalog lie, and when the last of them was written."""

    files: tuple[tuple[str, int, int, int], ...]
    written: float

    @classmethod
    def now(cls, folder: Path) -> _Lying:
        seen = []
        for name in (_CATALOG, f"{_CATALOG}-wal"):
            with suppress(FileNotFoundError):
                seen.append((name, (folder / name).stat()))
        told = [(name, stat) for name, stat in seen if stat.st_size]  # to look may leave an empty log behind
        files = tuple((name, stat.st_ino, stat.st_mtime_ns, stat.st_size) for name, stat in told)
        return cls(files, max((stat.st_mtime for _, stat in told), default=0.0))


@dataclass(frozen=True)
class _Look:
    """The newest snapshot of a catalog that lay so, at a moment of the monotonic clock."""

    lying: _Lying
    at: float
    newest: tuple[int, str]


_looks: dict[Path, _Look] = {}


def newest_snapshot(folder: Path) -> tuple[int, str]:
    """The number and the moment of the newest snapshot of the store in `folder`: the moment tells it from the same
    number of another store, put in the place of this one. Raises StoreError when it cannot be read."""
    lying, at, last = _Lying.now(folder), time.monotonic(), _looks.get(folder)
    if last is not None and last.lying == lying and at - last.at < _HOLDS:
        return last.newest
    found = _first(folder, f"{_SNAPSHOTS} ORDER BY snapshot_id DESC LIMIT 1")
    if found is None:
        raise StoreError(_unreadable(folder, "no snapshot"))
    number, moment = found
    newest = int(str(number)), str(moment)
    if time.time() - lying.written > _QUIET:
        _looks[folder] = _Look(lying, at, newest)
    return newest


@lru_cache(maxsize=256)
def went_through(folder: Path, earlier: tuple[int, str], newest: tuple[int, str]) -> bool:
    """Whether the store in `folder` whose `newest` snapshot that is has gone through an earlier one (each a number and
    its moment): looked up once, for it does not change any more. Whether that store still lies there is for
    `newest_snapshot` to say. Raises StoreError."""
    both = f"{_at(earlier)} AND EXISTS ({_at(newest)})"
    return earlier == newest or _first(folder, both) is not None


_SNAPSHOTS = "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot"


def _at(snapshot: tuple[int, str]) -> str:
    number, moment = snapshot
    return f"{_SNAPSHOTS} WHERE snapshot_id = {number} AND snapshot_time = {literal(moment)}"


class _Reader:
    """Reads the catalogs of stores, one after the other: an empty engine, opened once in each process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process = 0
        self._connection: duckdb.DuckDBPyConnection | None = None

    def first(self, catalog: Path, query: str) -> tuple[object, object] | None:
        """The first row that SQLite finds. The catalog is opened and closed at once: another may be put in its place.
        Raises duckdb.Error."""
        with self._guard:
            connection = self._opened()
            try:
                connection.execute(f"ATTACH {literal(catalog)} AS catalog (TYPE sqlite, READ_ONLY)")
                found = connection.execute(f"FROM sqlite_query('catalog', {literal(query)})").fetchall()
            finally:
                connection.execute("DETACH DATABASE IF EXISTS catalog")
        return found[0] if found else None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None or self._process != os.getpid():
            self._connection, self._process = with_extensions("sqlite_scanner"), os.getpid()
            self._connection.execute("SET threads = 1")
        return self._connection


_reader = _Reader()


def _first(folder: Path, query: str) -> tuple[object, object] | None:
    try:
        return _reader.first((folder / _CATALOG).absolute(), query)
    except duckdb.Error as error:
        raise StoreError(_unreadable(folder, error)) from error


def _unreadable(folder: Path, error: object) -> Issue:
    return Issue(
        "catalog_unreadable",
        Text(
            f"Le catalogue des données de « {folder} » ne se lit pas : {error}.",
            f'The catalog of the data in "{folder}" cannot be read: {error}.',
        ),
        Text(
            "Vérifiez que le dossier existe et que vous avez le droit de le lire.",
            "Check that the folder exists and that you may read it.",
        ),
    )
