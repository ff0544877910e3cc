from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.errors import StoreError
from cadran.store.lake import Lake
from cadran.store.ledger import commit, imports, undo
from cadran.store.upkeep import maintain
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

    assert upkeep.files_after < upkeep.files_before
    assert seen(lake) == before[snapshots[-1]]
    assert {snapshot: at(lake, snapshot) for snapshot in snapshots} == before


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
