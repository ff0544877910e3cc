"""A store that a program keeps open: one engine for all who read, nobody there while nobody reads."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cadran.errors import StoreError
from cadran.store.kept_open import KeptOpen
from cadran.store.lake import Lake
from tests.store.deliveries import contents
from tests.store.test_lake import add_sale


def _sales(kept: KeptOpen) -> list[object]:
    with kept.reader() as reader:
        return [key for (key,) in contents(reader, "sales", "sale_id")]


def test_whoever_reads_next_sees_what_was_imported_meanwhile(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "500MB")
    add_sale(lake, "S1")
    assert _sales(kept) == ["S1"]
    with kept.reader() as reader, reader.transaction():
        assert contents(reader, "sales", "sale_id") == [("S1",)]
        add_sale(lake, "S2")
        assert contents(reader, "sales", "sale_id") == [("S1",)]
        assert _sales(kept) == ["S1", "S2"]


def test_all_readers_share_one_engine_and_its_memory(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "123MiB")
    with kept.reader() as one, kept.reader() as other:
        one.connection.execute("CREATE TABLE memory.main.mark AS SELECT 1 AS here")
        assert other.query("SELECT here FROM memory.main.mark") == [(1,)]
        assert other.query("SELECT current_setting('memory_limit')") == [("123.0 MiB",)]


def test_threads_read_at_once(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "500MB")
    add_sale(lake, "S1")
    with ThreadPoolExecutor(8) as people:
        assert list(people.map(lambda _: _sales(kept), range(40))) == [["S1"]] * 40


def test_nobody_is_there_while_nobody_reads(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "500MB")
    assert _sales(kept) == []
    with lake.alone() as nobody_else:
        assert nobody_else
    with kept.reader(), lake.alone() as nobody_else:
        assert not nobody_else


def test_nobody_reads_while_upkeep_is_alone(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "500MB")
    assert _sales(kept) == []
    with ThreadPoolExecutor(1) as other:
        with lake.alone() as nobody_else:
            assert nobody_else
            waiting = other.submit(_sales, kept)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        assert waiting.result() == []


def test_a_store_put_in_the_place_of_another_is_opened_anew(lake: Lake, tmp_path: Path) -> None:
    kept, spare = KeptOpen(lake.folder, "500MB"), tmp_path / "spare"
    shutil.copytree(lake.folder, spare)
    add_sale(lake, "S1")
    assert _sales(kept) == ["S1"]
    lake.close()
    shutil.rmtree(lake.folder)
    with pytest.raises(StoreError):
        kept.reader()
    shutil.copytree(spare, lake.folder)
    assert _sales(kept) == []


def test_a_backup_copied_over_a_store_is_opened_anew(lake: Lake, tmp_path: Path) -> None:
    """The same file, the same number of snapshots, other rows: what the engine knew of the first is not told."""
    kept, backup = KeptOpen(lake.folder, "500MB"), tmp_path / "backup"
    shutil.copytree(lake.folder, backup)
    add_sale(lake, "S1")
    assert _sales(kept) == ["S1"]
    with kept.reader() as reader:
        reader.kept["seen"] = 1
    with kept.reader() as reader:
        assert reader.kept == {"seen": 1}
    lake.close()
    for file in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
        (lake.folder / file).unlink(missing_ok=True)
    shutil.copytree(backup, lake.folder, dirs_exist_ok=True)
    with Lake.open(lake.folder, read_only=False, threads=1) as restored:
        add_sale(restored, "S2")
    assert _sales(kept) == ["S2"]
    with kept.reader() as reader:
        assert reader.kept == {}


def test_an_engine_that_broke_is_followed_by_another(lake: Lake) -> None:
    kept = KeptOpen(lake.folder, "500MB")
    assert _sales(kept) == []
    broken = kept._lake
    assert broken is not None
    broken.connection.close()
    assert _sales(kept) == []
    assert kept._lake is not broken
