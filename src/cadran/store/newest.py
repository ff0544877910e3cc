"""The number of a store's newest snapshot, read from its catalog alone: under a millisecond, no engine opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cadran.errors import Issue, StoreError, Text


def newest_snapshot(folder: Path) -> int:
    """The newest snapshot of the store in `folder`. Raises StoreError when it cannot be read."""
    address = f"{(folder / 'catalog.sqlite').absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as catalog:
            (newest,) = catalog.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
    except sqlite3.Error as error:
        raise StoreError(_unreadable(folder, error)) from error
    return int(newest)


def _unreadable(folder: Path, error: sqlite3.Error) -> Issue:
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
