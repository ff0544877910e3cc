"""Opening a store: now, in the past, moved, missing; and what it costs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cadran.errors import StoreError
from cadran.store.lake import Lake
from cadran.store.ledger import commit
from cadran.store.moments import Moments
from cadran.store.state import Context
from tests.store.deliveries import CONTEXT, contents, deliver


def add_sale(lake: Lake, sale_id: str, context: Context = CONTEXT) -> int:
    rows = [{"sale_id": sale_id, "amount": Decimal(1)}]
    return commit(lake, deliver(lake, {"sales": rows}, context=context)).snapshot


def test_a_new_store_is_empty_and_says_so(lake: Lake) -> None:
    state = lake.state()
    assert (state.sequence, state.snapshot, lake.snapshot()) == (0, 1, 1)
    assert all(profile.rows == 0 for profile in state.tables.values())
    assert state.tables["sales"].columns["amount"].filled == 0
    assert lake.context() == Context("{}", "{}")


def test_a_snapshot_shows_exactly_the_past(lake: Lake) -> None:
    first = add_sale(lake, "S1", Context('{"currency":"EUR"}', '["revenue"]'))
    second = add_sale(lake, "S2", Context('{"currency":"USD"}', '["revenue"]'))

    with Lake.open(lake.folder, read_only=True, snapshot=first, threads=1) as past:
        assert contents(past, "sales", "sale_id") == [("S1",)]
        assert past.state().tables["sales"].rows == 1
        assert past.context() == Context('{"currency":"EUR"}', '["revenue"]')
        assert (past.snapshot(), past.state().snapshot) == (first, first)
    assert lake.context() == Context('{"currency":"USD"}', '["revenue"]')
    assert (lake.snapshot(), lake.state().snapshot, lake.state().sequence) == (second, second, 2)


def test_texts_are_kept_once(lake: Lake) -> None:
    for sale_id in ("S1", "S2", "S3"):
        add_sale(lake, sale_id)
    assert lake.query("SELECT count(*), count(DISTINCT hash) FROM lake.main.contexts") == [(3, 3)]  # "{}" and two


def test_the_snapshot_of_an_evening(lake: Lake) -> None:
    snapshot = add_sale(lake, "S1")
    today = datetime.now(UTC).date()
    days = {today + timedelta(days=1), today - timedelta(days=2), date(2020, 1, 1)}
    assert Moments(lake).known_on(days, "Europe/Paris") == {today + timedelta(days=1): snapshot}


@pytest.mark.parametrize("snapshot", [-1, 0, 99])
def test_a_snapshot_that_does_not_exist_is_refused(lake: Lake, snapshot: int) -> None:
    with pytest.raises(StoreError, match=f"Snapshot {snapshot} does not exist"):
        Lake.open(lake.folder, read_only=True, snapshot=snapshot)


def test_a_missing_store_is_not_created_by_opening(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no Cadran store"):
        Lake.open(tmp_path / "nowhere", read_only=False)
    assert not (tmp_path / "nowhere").exists()


def test_a_store_is_not_created_twice(lake: Lake) -> None:
    add_sale(lake, "S1")
    with pytest.raises(StoreError, match="already holds"):
        Lake.create(lake.folder)
    assert contents(lake, "sales", "sale_id") == [("S1",)]


def test_a_creation_cut_short_can_be_done_again(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    (folder / "data").mkdir(parents=True)
    (folder / "catalog.sqlite").touch()
    with pytest.raises(StoreError):
        Lake.open(folder, read_only=True).state()
    with Lake.create(folder, threads=1) as lake:
        assert lake.state().sequence == 0


def test_a_store_may_be_moved_and_its_path_may_be_odd(lake: Lake, tmp_path: Path) -> None:
    add_sale(lake, "S1")
    lake.close()
    moved = tmp_path / "données d'été 100%" / "store"
    moved.parent.mkdir()
    shutil.move(lake.folder, moved)

    with Lake.open(moved, read_only=False, threads=1) as opened:
        add_sale(opened, "S2")
        assert contents(opened, "sales", "sale_id") == [("S1",), ("S2",)]


def test_a_reader_cannot_write(lake: Lake) -> None:
    with Lake.open(lake.folder, read_only=True, threads=1) as reader:
        with pytest.raises(StoreError, match="reading only"):
            add_sale(reader, "S1")
        with pytest.raises(StoreError):
            reader.query("DELETE FROM lake.main.states")


def test_an_open_reader_sees_new_imports(lake: Lake) -> None:
    with Lake.open(lake.folder, read_only=True, threads=1) as reader:
        add_sale(lake, "S1")
        assert contents(reader, "sales", "sale_id") == [("S1",)]
        with reader.transaction():
            before = reader.state()
            add_sale(lake, "S2")
            assert reader.state() == before
            assert contents(reader, "sales", "sale_id") == [("S1",)]
        assert reader.state().sequence == before.sequence + 1


def test_threads_share_one_open_store(lake: Lake) -> None:
    add_sale(lake, "S1")
    with lake.for_thread() as other:
        assert contents(other, "sales", "sale_id") == [("S1",)]
    assert contents(lake, "sales", "sale_id") == [("S1",)]


def test_one_closed_twice_lends_its_engine_to_one_alone(lake: Lake, empty_store: Path) -> None:
    with Lake.open(empty_store, read_only=True, threads=1) as reader:
        reader.close()
    with Lake.open(empty_store, read_only=True) as one, Lake.open(lake.folder, read_only=True) as other:
        assert (one.snapshot(), other.snapshot()) == (1, 1)


def test_nothing_is_written_to_the_home_folder(lake: Lake, tmp_path: Path) -> None:
    add_sale(lake, "S1")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys; from pathlib import Path; from cadran.store.lake import Lake; "
        "print(Lake.open(Path(sys.argv[1]), read_only=True).state().tables['sales'].rows)"
    )
    environment = {"HOME": str(home), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, str(lake.folder)], env=environment, cwd=home, capture_output=True, text=True
    )
    assert (done.stdout, list(home.iterdir())) == ("1\n", []), done.stderr
