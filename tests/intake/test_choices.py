"""Settings changed by hand between two imports: what they answered is answered again once a command has kept them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cadran.ask import ask
from cadran.intake.choices import keep_choices
from cadran.intake.load import context_of
from cadran.store import ledger
from cadran.workspace import Workspace
from tests.company import question

from .importing import HEADER, KEYED_SALES, company, import_text

INVOICE = HEADER + "F1;02/01/2026;A;L;100\n"
ORDER = HEADER + "O1;03/01/2026;A;L;30\n"
ORDERS = KEYED_SALES + "    kind: {constant: order}\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = company(tmp_path)
    import_text(workspace, INVOICE, KEYED_SALES)
    import_text(workspace, ORDER, ORDERS, "orders.csv")
    return workspace


def chosen(workspace: Workspace, basis: str) -> Workspace:
    path = workspace.folder / "cadran.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "revenue_basis" not in line]
    path.write_text("\n".join([*lines, f'revenue_basis = "{basis}"', ""]), "utf-8")
    return Workspace.open(workspace.folder)


def answered(workspace: Workspace, known_on: int | None = None) -> tuple[int, float, str]:
    """Snapshot, revenue, and the whole answer."""
    found = ask(workspace, question(workspace, "revenue", "2026-01", known_on=known_on)).to_dict()
    text = json.dumps([found["snapshot"], found["rows"]])
    return int(found["snapshot"]), float(found["rows"][0]["value"]), text


def test_choices_that_were_kept_answer_again_as_they_did(workspace: Workspace) -> None:
    assert answered(workspace)[1] == 100
    ordered = chosen(workspace, "ordered")
    assert keep_choices(ordered, "test")
    assert not keep_choices(ordered, "test")
    snapshot, value, then = answered(ordered)
    assert value == 30
    invoiced = chosen(workspace, "invoiced")
    import_text(invoiced, HEADER + "F2;04/01/2026;A;L;5\n", KEYED_SALES, "more.csv")
    assert answered(invoiced)[1] == 105
    assert answered(invoiced, known_on=snapshot)[2] == then


def test_an_undo_keeps_the_choices_in_force(workspace: Workspace) -> None:
    ordered = chosen(workspace, "ordered")
    with ordered.lake(read_only=False) as lake:
        ledger.undo(lake, 1, "test", context_of(ordered))
    snapshot, value, then = answered(ordered)
    assert value == 30
    assert answered(chosen(workspace, "invoiced"), known_on=snapshot)[2] == then


def test_an_empty_store_keeps_nothing(tmp_path: Path) -> None:
    assert not keep_choices(company(tmp_path), "test")
