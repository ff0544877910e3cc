"""A process killed at any moment of an import leaves the old state or the new one, never a mix; the next one works."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cadran.intake.load import import_files
from cadran.store import ledger
from cadran.tables.mapping_file import parse_mapping
from cadran.workspace import Workspace
from tests.processes import started

from .importing import HEADER, company, contents

KILLS = 100
ROWS = 3000
MAPPING = """
decimal: ","
day_first: true
to:
  sales: {sale_id: Facture, sold_on: Date, account_id: Client, rep_id: Commercial, amount: Montant}
  accounts: {account_id: Client, segment: Commercial, derived: no}
"""


def _import(say: Callable[[str], None], folder: Path, file: Path) -> None:
    workspace, mapping = Workspace.open(folder), parse_mapping(MAPPING, "kill")
    say("begin")
    import_files(workspace, [file], mapping=mapping)


def _text(version: int) -> str:
    """Every row, in both tables, says which version it is of."""
    lines = (f"F{i};02/03/2025;C{i};v{version};{version},00\n" for i in range(ROWS))
    return HEADER + "".join(lines)


def _version(workspace: Workspace) -> int:
    """The one version that all the rows of both tables are of."""
    sales, accounts = contents(workspace), contents(workspace, "accounts")
    versions = {int(row[11]) for row in sales} | {int(row[2][1:]) for row in accounts}
    assert len(sales) == len(accounts) == ROWS
    assert len(versions) == 1, f"a mix of {versions}"
    return versions.pop()


def _killed_after(seconds: float, workspace: Workspace, file: Path) -> None:
    importing = started(_import, workspace.folder, file)
    assert importing.told.recv() == "begin"
    time.sleep(seconds)
    importing.kill()


@pytest.mark.heavy
def test_a_hundred_kills_leave_the_old_or_the_new_state(tmp_path: Path) -> None:
    workspace = company(tmp_path)
    file = tmp_path / "ventes.csv"
    file.write_text(_text(1), "utf-8")
    mapping = parse_mapping(MAPPING, "kill")
    import_files(workspace, [file], mapping=mapping)
    rng, version, landed, reach = random.Random(20260115), 1, 0, 1.0
    for _ in range(KILLS):
        file.write_text(_text(version + 1), "utf-8")
        _killed_after(rng.uniform(0, reach), workspace, file)
        found = _version(workspace)
        assert found in (version, version + 1)
        # Later after the old state, sooner after the new one: both come up on a machine of any speed.
        reach *= 1.2 if found == version else 1 / 1.2
        landed += found - version
        version = found
    assert 0 < landed < KILLS, "the kills did not fall on both sides of the commit"
    file.write_text(_text(version + 1), "utf-8")
    import_files(workspace, [file], mapping=mapping)
    assert _version(workspace) == version + 1
    with workspace.lake() as lake:
        assert len(ledger.imports(lake)) == landed + 2
