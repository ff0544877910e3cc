"""Several processes on one store, and processes killed at any moment: every state that anyone sees is a whole one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cadran.store.lake import Lake
from cadran.store.ledger import imports
from cadran.store.upkeep import maintain
from tests.processes import started
from tests.store.writer import write

ROOT = Path(__file__).resolve().parents[2]
KILLS, MANY_KILLS = 4, 40
ROWS = 20_000
# One row: the import whose versions the two tables show, how many sales there are and how many there should be, and
# the import that the settings in force name.
LOOK = """
SELECT (SELECT list(DISTINCT k.key) FROM lake.main.sales s JOIN lake.main.keys_document k ON k.id = s.document_id),
       (SELECT list(k.key) FROM lake.main.payments p JOIN lake.main.keys_document k ON k.id = p.document_id),
       (SELECT count(*) FROM lake.main.sales), (SELECT max(amount) FROM lake.main.payments),
       (SELECT max(id) FROM lake.main.imports), (SELECT sequence FROM lake.main.states),
       (SELECT c.text FROM lake.main.states JOIN lake.main.contexts c ON c.hash = settings_hash)
"""


def start_writer(folder: Path, name: str, count: int, rows: int = 200) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.store.writer", str(folder), name, str(count), str(rows)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def look(lake: Lake) -> int:
    """Check that the state is whole; returns how many imports it holds."""
    ((documents, payments, sales, expected, last_import, sequence, settings),) = lake.query(LOOK)
    if documents is None:
        assert (payments, sales, expected, last_import, sequence, settings) == (None, 0, None, None, 0, "{}")
        return 0
    assert documents == payments
    assert len(documents) == 1
    assert sales == int(expected)
    assert last_import == sequence
    assert settings == f'{{"last":"{documents[0]}"}}'
    return int(sequence)


def test_two_writers_land_everything_and_readers_see_whole_states(lake: Lake) -> None:
    writers = [start_writer(lake.folder, name, count=4) for name in ("left", "right")]
    seen = []
    with Lake.open(lake.folder, read_only=True, threads=1) as reader:
        while any(writer.poll() is None for writer in writers):
            seen.append(look(reader))
    assert [writer.wait() for writer in writers] == [0, 0]
    assert look(lake) == 8
    assert sorted(record.name for record in imports(lake)) == [f"{n}-{i}" for n in ("left", "right") for i in range(4)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 2, "the reader was there while imports landed"


def kill_and_look(lake: Lake, chance: random.Random, times: int) -> dict[str, int]:
    """Kill a writer during its first commit, `times` times; each must leave the old or the new state. The next kill
    comes later after an old state and sooner after a new one, so both come up on a machine of any speed."""
    outcomes, reach = {"old": 0, "new": 0}, 0.35
    for number in range(times):
        before = look(lake)
        writer = started(write, lake.folder, f"killed{number}", 1, ROWS)
        assert writer.told.recv() == "begin"
        time.sleep(chance.uniform(0, reach))
        writer.kill()
        after = look(lake)
        assert after - before in (0, 1)
        outcomes["old" if after == before else "new"] += 1
        reach *= 1.2 if after == before else 1 / 1.2
    return outcomes


def check_kills(lake: Lake, times: int) -> None:
    outcomes = kill_and_look(lake, random.Random(20260310), times)
    assert times < MANY_KILLS or min(outcomes.values()) > 0, "the kills did not fall on both sides of the commit"
    finisher = start_writer(lake.folder, "after", count=1, rows=ROWS)
    assert finisher.wait() == 0
    assert look(lake) == outcomes["new"] + 1
    maintain(lake)
    assert look(lake) == outcomes["new"] + 1


def test_a_killed_import_leaves_the_old_or_the_new_state(lake: Lake) -> None:
    check_kills(lake, KILLS)


@pytest.mark.heavy
def test_many_killed_imports_leave_the_old_or_the_new_state(lake: Lake) -> None:
    check_kills(lake, MANY_KILLS)
