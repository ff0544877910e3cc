"""A look at a store's catalog, which keeps its connection to it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cadran.errors import StoreError
from cadran.store.newest import newest_snapshot, remembers


def _catalog(folder: Path, *moments: str) -> Path:
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
        catalog.execute("PRAGMA journal_mode = wal")
        catalog.execute("CREATE TABLE ducklake_snapshot (snapshot_id, snapshot_time)")
        catalog.executemany("INSERT INTO ducklake_snapshot VALUES (?, ?)", enumerate(moments))
        catalog.commit()
    return folder


def test_what_another_program_has_written_is_seen(tmp_path: Path) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    assert newest_snapshot(store) == (0, "09:00")
    with closing(sqlite3.connect(store / "catalog.sqlite")) as other:
        other.execute("INSERT INTO ducklake_snapshot VALUES (1, '09:01')")
        other.commit()
        assert newest_snapshot(store) == (1, "09:01")
    assert remembers(store, (0, "09:00"))
    assert not remembers(store, (1, "09:00"))


def test_a_store_put_in_the_place_of_another_is_looked_at(tmp_path: Path) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    other = _catalog(tmp_path / "other", "08:00", "08:01", "08:02")
    assert newest_snapshot(store) == (0, "09:00")
    shutil.rmtree(store)
    shutil.copytree(other, store)
    assert newest_snapshot(store) == (2, "08:02")
    assert not remembers(store, (0, "09:00"))


def test_a_catalog_written_over_is_looked_at(tmp_path: Path) -> None:
    """As somebody does who copies a backup over the file: it is the same file to the system."""
    store = _catalog(tmp_path / "store", "09:00")
    other = _catalog(tmp_path / "other", "08:00")
    assert newest_snapshot(store) == (0, "09:00")
    (store / "catalog.sqlite").write_bytes((other / "catalog.sqlite").read_bytes())
    assert newest_snapshot(store) == (0, "08:00")


def test_a_store_that_is_gone_is_said(tmp_path: Path) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    newest_snapshot(store)
    shutil.rmtree(store)
    with pytest.raises(StoreError, match="catalog"):
        newest_snapshot(store)
