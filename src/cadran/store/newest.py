"""A store's snapshots, read from its catalog alone: under a millisecond, no engine opened."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from cadran.errors import Issue, StoreError, Text


def newest_snapshot(folder: Path) -> tuple[int, str]:
    """The number and the moment of the newest snapshot of the store in `folder`: the moment tells it from the same
    number of another store, put in the place of this one. Raises StoreError when it cannot be read."""
    newest = _first(folder, f"{_SNAPSHOTS} ORDER BY snapshot_id DESC LIMIT 1")
    if newest is None:
        raise StoreError(_unreadable(folder, "no snapshot"))
    number, moment = newest
    return int(str(number)), str(moment)


def remembers(folder: Path, snapshot: tuple[int, str]) -> bool:
    """Whether the store in `folder` has gone through a snapshot: its number, at its moment. Raises StoreError."""
    return _first(folder, f"{_SNAPSHOTS} WHERE snapshot_id = ? AND snapshot_time = ?", *snapshot) is not None


_SNAPSHOTS = "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot"


_Kept = tuple[tuple[object, ...], sqlite3.Connection]
_mine = threading.local()


def _first(folder: Path, query: str, *given: object) -> tuple[object, object] | None:
    try:
        rows: list[tuple[object, object]] = _catalog(folder).execute(query, given).fetchall()
    except (OSError, sqlite3.Error) as error:
        raise StoreError(_unreadable(folder, error)) from error
    return rows[0] if rows else None


def _catalog(folder: Path) -> sqlite3.Connection:
    """This thread's connection to the catalog that lies there now. It is kept: to open one takes longer than a look."""
    path = (folder / "catalog.sqlite").absolute()
    lies = path.stat()
    lying = os.getpid(), path, lies.st_dev, lies.st_ino, lies.st_mtime_ns
    kept: _Kept | None = getattr(_mine, "kept", None)
    if kept is None or kept[0] != lying:
        opened = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        if kept is not None:
            kept[1].close()
        kept = _mine.kept = lying, opened
    return kept[1]


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
