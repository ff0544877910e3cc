"""A look at a store's catalog, which holds for a while as long as its files lie as they did."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from cadran.errors import StoreError
from cadran.store import newest
from cadran.store.kept_open import KeptOpen
from cadran.store.lake import Lake
from cadran.store.newest import newest_snapshot, went_through


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
    assert went_through(store, (0, "09:00"), (1, "09:01"))
    assert not went_through(store, (1, "09:00"), (1, "09:01"))


def test_a_store_put_in_the_place_of_another_is_looked_at(tmp_path: Path) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    other = _catalog(tmp_path / "other", "08:00", "08:01", "08:02")
    assert newest_snapshot(store) == (0, "09:00")
    shutil.rmtree(store)
    shutil.copytree(other, store)
    assert newest_snapshot(store) == (2, "08:02")
    assert not went_through(store, (0, "09:00"), (2, "08:02"))


def test_what_a_store_went_through_is_told_of_no_other(tmp_path: Path) -> None:
    store = _catalog(tmp_path / "store", "09:00", "09:01")
    assert not went_through(store, (0, "09:00"), (1, "08:01"))
    assert went_through(store, (0, "09:00"), (1, "09:01"))


def test_what_a_store_went_through_is_looked_up_once(tmp_path: Path, looks: list[Path]) -> None:
    store = _catalog(tmp_path / "store", "09:00", "09:01")
    assert all(went_through(store, (0, "09:00"), (1, "09:01")) for _ in range(3))
    assert went_through(store, (1, "09:01"), (1, "09:01"))
    assert len(looks) == 1


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


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The looks at a catalog itself."""
    seen: list[Path] = []
    first = newest._first

    def heard(folder: Path, query: str) -> tuple[object, object] | None:
        seen.append(folder)
        return first(folder, query)

    monkeypatch.setattr(newest, "_first", heard)
    return seen


def _written_an_hour_ago(store: Path) -> None:
    for file in store.glob("catalog.sqlite*"):
        os.utime(file, (time.time() - 3600,) * 2)


def test_a_look_at_a_quiet_catalog_holds(tmp_path: Path, looks: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    _written_an_hour_ago(store)
    assert [newest_snapshot(store) for _ in range(3)] == [(0, "09:00")] * 3
    assert len(looks) == 1
    later = time.monotonic() + 6
    monkeypatch.setattr("cadran.store.newest.time.monotonic", lambda: later)
    newest_snapshot(store)
    assert len(looks) == 2


def test_a_commit_is_seen_at_once_after_a_look_that_held(tmp_path: Path, looks: list[Path]) -> None:
    store = _catalog(tmp_path / "store", "09:00")
    _written_an_hour_ago(store)
    newest_snapshot(store)
    with closing(sqlite3.connect(store / "catalog.sqlite")) as other:
        other.execute("INSERT INTO ducklake_snapshot VALUES (1, '09:01')")
        other.commit()
        assert newest_snapshot(store) == (1, "09:01")
    assert len(looks) == 2


def test_what_was_just_written_is_looked_at_again(tmp_path: Path, looks: list[Path]) -> None:
    """A commit is written first, and seen a moment later: the files tell no difference."""
    store = _catalog(tmp_path / "store", "09:00")
    newest_snapshot(store)
    newest_snapshot(store)
    assert len(looks) == 2


def _write(store: Path, table: str) -> None:
    lake = Lake.open(store, read_only=False)
    with lake.writing():
        lake.connection.execute(f"CREATE TABLE lake.{table} AS SELECT 1 AS a")
    lake.close()


# Whether another process may take the byte of the log's index that whoever has the catalog open keeps locked.
_TRIES = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    try:
        fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
        print("free")
    except OSError:
        print("held")
"""


def test_a_look_leaves_the_engine_its_locks(tmp_path: Path) -> None:
    """Whose index another process may otherwise cut short while it is read."""
    store = tmp_path / "store"
    Lake.create(store).close()
    tries = [sys.executable, "-c", _TRIES, str(store / "catalog.sqlite-shm")]
    with KeptOpen(store, "200MB").reader() as reader:
        reader.connection.execute("BEGIN TRANSACTION READ ONLY")
        reader.snapshot()
        newest_snapshot(store)
        assert subprocess.run(tries, capture_output=True, check=True, text=True).stdout == "held\n"


def test_every_thread_sees_what_landed_while_somebody_read(tmp_path: Path) -> None:
    store = tmp_path / "store"
    Lake.create(store).close()
    kept = KeptOpen(store, "200MB")
    with ThreadPoolExecutor(4) as threads:

        def seen() -> set[int]:
            together = Barrier(4)
            return set(threads.map(lambda _: (together.wait(), newest_snapshot(store)[0])[1], range(4)))

        seen()
        kept.reader().close()
        _write(store, "t1")
        assert seen() == {2}
        with kept.reader() as reader:
            reader.connection.execute("BEGIN TRANSACTION READ ONLY")
            reader.snapshot()
            _write(store, "t2")
            reader.connection.execute("ROLLBACK")
        with kept.reader() as reader:
            assert seen() == {reader.snapshot()} == {3}
