"""A store's newest snapshot, read from its catalog alone: under a millisecond, no engine opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cadran.errors import Issue, StoreError, Text


def newest_snapshot(folder: Path) -> tuple[int, str]:
    """The number and the moment of the newest snapshot of the store in `folder`: the moment tells it from the same
    number of another store, put in the place of this one. Raises StoreError when it cannot be read."""
    address = f"{(folder / 'catalog.sqlite').absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as catalog:
            newest = catalog.execute(_NEWEST).fetchone()
    except sqlite3.Error as error:
        raise StoreError(_unreadable(folder, error)) from error
    if newest is None:
        raise StoreError(_unreadable(folder, "no snapshot"))
    number, moment = newest
    return int(number), str(moment)


_NEWEST = "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1"


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
