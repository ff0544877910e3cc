"""A store's snapshots, read from its catalog alone: under a millisecond, no engine opened.

The newest is asked for by every page. While the catalog's files lie as they did, it is the one seen before:

    written less than two seconds ago   look again: a commit is seen a moment after it is written
    quiet since                         the last look holds, for five seconds at most
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cadran.errors import Issue, StoreError, Text

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
    """Whether the store in `folder`, at its `newest` snapshot, has gone through an earlier one (each a number and its
    moment), which of a snapshot does not change any more. False once another store lies there. Raises StoreError."""
    both = f"{_SNAPSHOTS} {_AT} AND EXISTS ({_SNAPSHOTS} {_AT})"
    return earlier == newest or _first(folder, both, *earlier, *newest) is not None


_SNAPSHOTS = "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot"
_AT = "WHERE snapshot_id = ? AND snapshot_time = ?"


def _first(folder: Path, query: str, *given: object) -> tuple[object, object] | None:
    """Opened and closed at once: one that stays open may go on reading files that another library has put away."""
    address = f"{(folder / _CATALOG).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as catalog:
            found: tuple[object, object] | None = catalog.execute(query, given).fetchone()
    except sqlite3.Error as error:
        raise StoreError(_unreadable(folder, error)) from error
    return found


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
