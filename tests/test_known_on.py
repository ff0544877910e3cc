"""As known on: what was answered then is answered again, whatever was imported, corrected or redefined since."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from cadran.ask import ask
from cadran.errors import RequestError
from cadran.store import ledger
from cadran.workspace import Workspace
from tests.company import company, deliver, question

KPIS = "revenue,average_basket,win_rate,new_clients,retention_rate"
ONE = {"sale_id": "1", "order_id": "o1", "account_id": "c1", "rep_id": "A", "sold_on": date(2026, 1, 5), "amount": 100}
TWO = {"sale_id": "2", "order_id": "o2", "account_id": "c2", "rep_id": "A", "sold_on": date(2026, 2, 5), "amount": 50}
FIRST = {"reps": [{"rep_id": "A", "name": "Anne"}], "sales": [ONE, TWO]}
CORRECTION = {"sales": [{**ONE, "amount": 999}]}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return company(tmp_path / "shop", FIRST)


def _answered(shop: Workspace, **changes: object) -> str:
    found = ask(shop, question(shop, KPIS, "2026-Q1", levels="company,rep", intervals=True, **changes)).to_dict()
    return json.dumps({"snapshot": found["snapshot"], "rows": found["rows"]}, ensure_ascii=False)


def test_the_past_answer_comes_back_byte_for_byte(shop: Workspace) -> None:
    then = _answered(shop)
    snapshot = int(json.loads(then)["snapshot"])
    deliver(shop, CORRECTION)
    assert json.loads(_answered(shop))["rows"][0]["value"] == 1_049
    assert _answered(shop, known_on=snapshot) == then


def test_the_settings_of_then_are_used(shop: Workspace) -> None:
    then = _answered(shop)
    snapshot = int(json.loads(then)["snapshot"])
    settings = shop.folder / "cadran.toml"
    ordered = settings.read_text("utf-8").replace("[company]", '[company]\nrevenue_basis = "ordered"')
    settings.write_text(ordered, "utf-8")
    today = Workspace.open(shop.folder)
    assert json.loads(_answered(today))["rows"][0]["value"] != 150
    assert _answered(today, known_on=snapshot) == then


def test_an_undone_import_is_still_known_then(shop: Workspace) -> None:
    corrected = deliver(shop, CORRECTION)
    then = _answered(shop)
    snapshot = int(json.loads(then)["snapshot"])
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, corrected, "test")
    assert json.loads(_answered(shop))["rows"][0]["value"] == 150
    assert _answered(shop, known_on=snapshot) == then


def test_nothing_was_known_before_the_first_import(shop: Workspace) -> None:
    with pytest.raises(RequestError) as refused:
        ask(shop, question(shop, "revenue", "2026-Q1", known_on=date(2020, 1, 1)))
    assert refused.value.code == "nothing_known"
