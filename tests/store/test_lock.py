from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from cadran.errors import StoreError
from cadran.store.lake import Lake
from cadran.store.ledger import commit, preview
from cadran.store.lock import writer_lock
from tests.store.deliveries import deliver


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    path, order = tmp_path / "write.lock", []

    def second() -> None:
        with writer_lock(path, patience=10):
            order.append("second")

    with writer_lock(path):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.1)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_patience_has_an_end(tmp_path: Path) -> None:
    path, refusals = tmp_path / "write.lock", []

    def second() -> None:
        try:
            with writer_lock(path, patience=0.1):
                pass
        except StoreError as refusal:
            refusals.append(refusal.code)

    with writer_lock(path):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join()
    assert refusals == ["store_busy"]


def test_a_write_inside_a_write_is_refused_at_once_and_the_lock_survives_it(tmp_path: Path) -> None:
    path = tmp_path / "write.lock"
    with writer_lock(path):
        with pytest.raises(StoreError, match="started another one"), writer_lock(path):
            pass
        with pytest.raises(StoreError, match="started another one"), writer_lock(path):
            pass
    with writer_lock(path, patience=0):
        pass


def test_the_lock_is_given_back_when_the_work_fails(tmp_path: Path) -> None:
    path = tmp_path / "write.lock"
    with pytest.raises(ZeroDivisionError), writer_lock(path):
        _ = 1 / 0
    with writer_lock(path, patience=0):
        pass


def test_reading_and_previewing_need_no_lock(lake: Lake) -> None:
    rows = [{"sale_id": "S1", "amount": 1}]
    done: list[int] = []

    def read() -> None:
        with Lake.open(lake.folder, read_only=True, threads=1) as reader:
            done.append(preview(reader, deliver(reader, {"sales": rows})).record.tables[0].new)

    with lake.lock():
        reading = threading.Thread(target=read)
        reading.start()
        reading.join(20)
    assert done == [1]
    commit(lake, deliver(lake, {"sales": rows}))
