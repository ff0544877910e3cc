from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.errors import StoreError
from cadran.store.lake import Lake
from cadran.store.ledger import commit, imports, undo
from cadran.store.upkeep import maintain, maintain_when_it_pays
from tests.store.deliveries import contents, deliver


def seen(lake: Lake) -> tuple[Any, ...]:
    return contents(lake, "sales"), lake.state(), [(each.id, each.status) for each in imports(lake)]


def at(lake: Lake, snapshot: int) -> tuple[Any, ...]:
    with Lake.open(lake.folder, read_only=True, snapshot=snapshot, threads=1) as past:
        return seen(past)


def grow(lake: Lake) -> None:
    for amount in range(4):
        rows = [{"sale_id": f"S{n}", "amount": Decimal(amount + n % 2), "rep_id": f"R{n}"} for n in range(amount + 2)]
        commit(lake, deliver(lake, {"sales": rows}))
    undo(lake, 3, "chloe@example.com")


def test_upkeep_leaves_fewer_files_and_every_snapshot_as_it_was(lake: Lake) -> None:
    grow(lake)
    snapshots = range(1, lake.snapshot() + 1)
    before = {snapshot: at(lake, snapshot) for snapshot in snapshots}

    upkeep = maintain(lake)

    assert upkeep is not None
    assert upkeep.files_after < upkeep.files_before
    assert seen(lake) == before[snapshots[-1]]
    assert {snapshot: at(lake, snapshot) for snapshot in snapshots} == before


def test_rows_lie_by_month_and_rep_as_they_come_in_and_after_upkeep(lake: Lake) -> None:
    """A question about a rep's month then reads few of them."""

    def lie() -> list[tuple[int, int]]:
        with Lake.open(lake.folder, read_only=True, threads=1) as reader:  # one thread reads rows in their order
            return reader.query("SELECT month(sold_on), rep_id FROM lake.main.sales")

    for n in range(2):
        rows = [
            {"sale_id": f"S{n}{day}", "amount": 1, "sold_on": date(2026, 1 + day % 3, day), "rep_id": f"R{day % 4}"}
            for day in range(1, 25)
        ]
        commit(lake, deliver(lake, {"sales": rows}))
    both = lie()
    assert both == sorted(both[:24]) + sorted(both[24:]) != sorted(both)
    assert maintain(lake)
    assert lie() == sorted(both)


def test_imports_and_undo_go_on_after_upkeep(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [{"sale_id": "S1", "amount": Decimal(1)}]}))
    commit(lake, deliver(lake, {"sales": [{"sale_id": "S1", "amount": Decimal(2)}]}))
    maintain(lake)
    commit(lake, deliver(lake, {"sales": [{"sale_id": "S1", "amount": Decimal(3)}]}))
    maintain(lake)
    undo(lake, 3, "chloe@example.com")
    undo(lake, 2, "chloe@example.com")
    assert contents(lake, "sales", "amount") == [(1,)]


def test_files_of_a_killed_import_are_removed(lake: Lake) -> None:
    grow(lake)
    orphan: Path = lake.folder / "data" / "main" / "sales" / "left-behind.parquet"
    orphan.write_bytes(b"PAR1")
    maintain(lake)
    assert not orphan.exists()


def test_a_reader_cannot_maintain(lake: Lake) -> None:
    with Lake.open(lake.folder, read_only=True, threads=1) as reader, pytest.raises(StoreError, match="reading only"):
        maintain(reader)


def test_many_small_imports_are_tidied_now_and_then(lake: Lake) -> None:
    tidied = []
    for amount in range(21):
        rows = [{"sale_id": key, "amount": Decimal(amount)} for key in ("S", "T", f"U{amount}")]
        record = commit(lake, deliver(lake, {"sales": rows}))
        if upkeep := maintain_when_it_pays(lake, record):
            tidied.append((record.id, upkeep.files_before > 60 > upkeep.files_after))
    assert tidied == [(20, True)]
    assert contents(lake, "sales", "amount")[:3] == [(20,), (20,), (0,)]


def test_many_replaced_rows_are_tidied_at_once(lake: Lake) -> None:
    record = commit(lake, deliver(lake, {"sales": [{"sale_id": "S1", "amount": Decimal(1)}]}))
    assert maintain_when_it_pays(lake, record) is None
    (count,) = record.tables
    assert maintain_when_it_pays(lake, replace(record, tables=(replace(count, changed=100_000),))) is not None


def test_nothing_is_tidied_under_the_eyes_of_a_reader(lake: Lake) -> None:
    grow(lake)
    counted = "SELECT count(*), sum(amount) FROM lake.main.sales"
    truth = lake.query(counted)
    with Lake.open(lake.folder, read_only=True, threads=1) as reader, reader.transaction():
        before = reader.query("SELECT count(*) FROM lake.main.imports")
        assert maintain(lake) is None
        assert (reader.query(counted), before) == (truth, [(4,)])
    assert maintain(lake) is not None
    assert lake.query(counted) == truth


def test_who_opens_the_store_waits_until_it_is_tidy(lake: Lake) -> None:
    grow(lake)
    opened: list[int] = []

    def read() -> None:
        with Lake.open(lake.folder, read_only=True, threads=1) as reader:
            opened.append(reader.snapshot())

    with lake.alone() as nobody_else:
        newcomer = threading.Thread(target=read)
        newcomer.start()
        newcomer.join(0.3)
        assert (nobody_else, opened) == (True, [])
    newcomer.join(30)
    assert opened == [lake.snapshot()]
