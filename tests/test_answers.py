"""Answers at hand: the very same figures while nothing changed, and never another answer than asking anew gives."""

from __future__ import annotations

import random
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from cadran.access import EVERYTHING, Role, Viewer
from cadran.answers import Answers
from cadran.ask import ask
from cadran.errors import AccessError, StoreError
from cadran.planner.request import Request
from cadran.served import Shared
from cadran.session import session
from cadran.settings import Settings
from cadran.store import ledger
from cadran.store.newest import newest_snapshot
from cadran.workspace import Workspace
from tests.company import ask_anew, close, company, deliver, question

REPS = [{"rep_id": "A", "name": "Anne"}, {"rep_id": "B", "name": "Bilal"}]
ONE = {"sale_id": "1", "order_id": "o1", "account_id": "c1", "rep_id": "A", "sold_on": date(2026, 1, 5), "amount": 100}
TWO = {"sale_id": "2", "order_id": "o2", "account_id": "c2", "rep_id": "B", "sold_on": date(2026, 2, 5), "amount": 50}
DIRECTOR, FINANCE = Viewer("d@example.org", Role.DIRECTOR), Viewer("f@example.org", Role.FINANCE)
ANNE, BILAL = (Viewer(f"{rep}@example.org", Role.REP, rep) for rep in "AB")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return company(tmp_path / "shop", {"reps": REPS, "sales": [ONE, TWO]})


def _total(answers: Answers, shop: Workspace) -> object:
    return answers.ask(question(shop, "revenue", "2026-Q1")).rows[0].value


def _is_kept(answers: Answers, asked: Request) -> bool:
    return answers.ask(asked).cells is answers.ask(asked).cells


def test_the_same_question_is_answered_from_memory(shop: Workspace) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1")
    assert _is_kept(answers, asked)
    assert answers.ask(asked).cells is not answers.ask(question(shop, "revenue", "2026-01")).cells


def test_columns_at_hand_are_laid_out_once_for_each_state_of_the_data(shop: Workspace) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1")
    first = answers.ask(asked).to_arrow()
    assert answers.ask(asked).to_arrow() is first
    assert first.column("value").to_pylist() == [150]
    deliver(shop, {"sales": [{"sale_id": "late", "sold_on": date(2026, 2, 3), "amount": 50}]})
    assert answers.ask(asked).to_arrow().column("value").to_pylist() == [200]


def test_what_a_reader_draws_up_is_not_kept(shop: Workspace) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1")
    first = answers.ask(asked)
    first.rows[0].dimensions["mine"] = "x"
    assert answers.ask(asked).rows[0].dimensions == {}


def test_another_store_at_the_same_snapshot_is_another_store(shop: Workspace, tmp_path: Path) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1")
    assert answers.ask(asked).rows[0].value == 150
    close(shop)
    other = company(tmp_path / "other", {"reps": REPS, "sales": [ONE, {**TWO, "amount": 900}]})
    close(other)
    assert newest_snapshot(other.store)[0] == newest_snapshot(shop.store)[0]
    shutil.rmtree(shop.store)
    other.store.rename(shop.store)
    assert answers.ask(asked).rows[0].value == 1000


def test_an_import_and_its_undo_are_seen_at_once(shop: Workspace) -> None:
    answers = Answers(shop)
    assert _total(answers, shop) == 150
    added = deliver(shop, {"sales": [{**ONE, "sale_id": "3", "amount": 7}]})
    assert _total(answers, shop) == 157
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, added, "test")
    assert _total(answers, shop) == 150


def test_what_one_sees_is_never_shown_to_another(shop: Workspace) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1", levels="rep")
    assert [row.scope_id for row in answers.ask(asked, ANNE).rows] == ["A"]
    assert [row.scope_id for row in answers.ask(asked, BILAL).rows] == ["B"]
    assert answers.ask(asked, DIRECTOR).cells is answers.ask(asked, FINANCE).cells
    with pytest.raises(AccessError):
        answers.ask(question(shop, "revenue", "2026-Q1", levels="company"), ANNE)


def test_the_answers_asked_for_least_recently_leave_first(shop: Workspace) -> None:
    first, second, third = (question(shop, "revenue", period) for period in ("2026-01", "2026-02", "2026-03"))
    answers = Answers(shop, most=2)
    kept = answers.ask(first)
    left = answers.ask(second)
    assert answers.ask(first).cells is kept.cells
    answers.ask(third)
    assert answers.ask(first).cells is kept.cells
    assert answers.ask(second).cells is not left.cells


def test_an_answer_larger_than_the_room_is_given_and_not_kept(shop: Workspace) -> None:
    answers, asked = Answers(shop, most=0), question(shop, "revenue", "2026-Q1")
    assert answers.ask(asked).rows[0].value == 150
    assert not _is_kept(answers, asked)


def test_an_import_that_lands_while_an_answer_is_worked_out_is_not_hidden(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = Answers(shop), question(shop, "revenue", "2026-Q1")

    def asked_just_before_an_import(*arguments: object) -> object:
        found = ask(*arguments)  # type: ignore[arg-type]
        deliver(shop, {"sales": [{**ONE, "sale_id": "3", "amount": 7}]})
        return found

    with monkeypatch.context() as patched:
        patched.setattr("cadran.answers.ask", asked_just_before_an_import)
        assert answers.ask(asked).rows[0].value == 150
    assert answers.ask(asked).rows[0].value == 157


def test_those_who_ask_the_same_at_once_wait_for_one_answer(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked, times = Answers(shop), question(shop, "revenue", "2026-Q1"), []

    def slowly(*arguments: object) -> object:
        times.append(threading.get_ident())
        time.sleep(0.2)
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("cadran.answers.ask", slowly)
    with ThreadPoolExecutor(4) as threads:
        found = [each.result() for each in [threads.submit(answers.ask, asked) for _ in range(4)]]
    assert len(times) == 1
    assert [each.rows[0].value for each in found] == [150] * 4


@pytest.mark.parametrize("seed", range(4))
def test_after_any_imports_undos_and_evenings_what_is_at_hand_is_what_asking_anew_gives(
    shop: Workspace, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is brought up to date before somebody asks, or then."""
    chance, answers, today = random.Random(seed), Answers(shop), date(2026, 2, 10)
    monkeypatch.setattr(Settings, "today", lambda settings: date(2026, 2, 10))
    done: list[int] = []
    kpis = "revenue,average_basket,new_clients,retention_rate"
    for step in range(6):
        if done and chance.random() < 0.4:
            close(shop)
            with shop.lake(read_only=False) as lake:
                ledger.undo(lake, done.pop(chance.randrange(len(done))), "test")
        elif chance.random() < 0.8:
            corrected = {**ONE, "sale_id": str(chance.randint(1, 4)), "amount": step, "account_id": f"c{step % 3}"}
            done.append(deliver(shop, {"sales": [corrected]}))
        if chance.random() < 0.3:
            today += timedelta(days=chance.randint(-20, 60))
            monkeypatch.setattr(Settings, "today", lambda settings, today=today: today)
        while chance.random() < 0.7 and answers.make_one_ready():
            pass
        asked = question(shop, kpis, "2026", grain="month", levels="rep", compare=("previous",))
        for who in (EVERYTHING, ANNE):
            for _ in range(2):
                assert answers.ask(asked, who).to_dict() == ask_anew(shop, asked, who).to_dict()
            assert answers.ask(asked, who).to_arrow().equals(ask_anew(shop, asked, who).to_arrow())


@pytest.mark.parametrize("evening", [date.min, date(2026, 1, 31)])
def test_another_evening_than_the_last_is_another_question(shop: Workspace, evening: date) -> None:
    answers, last = Answers(shop), question(shop, "revenue", "2026-Q1")
    assert answers.ask(last).rows[0].value == 150
    assert answers.ask(last.at(as_of=evening)).to_dict() == ask_anew(shop, last.at(as_of=evening)).to_dict()
    assert answers.ask(last.at(as_of=evening)).rows[0].value != 150
    assert answers.ask(last).rows[0].value == 150


def test_the_newest_snapshot_is_the_store_s(shop: Workspace) -> None:
    deliver(shop, {"sales": [{**ONE, "amount": 3}]})
    with shop.lake() as lake:
        assert newest_snapshot(shop.store)[0] == lake.snapshot()


def test_a_served_folder_remembers_who_there_is_until_it_changes(shop: Workspace) -> None:
    workspace, asked = Shared.open(shop.folder), question(shop, "revenue", "2026-Q1")
    with session(workspace, asked) as first, session(workspace, asked) as again:
        assert again.directory is first.directory
    deliver(shop, {"reps": [{"rep_id": "C", "name": "Chloé"}]})
    with session(workspace, asked) as later:
        assert sorted(later.directory.rep_keys) == ["A", "B", "C"]


def test_a_folder_without_a_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        newest_snapshot(tmp_path)
    assert refused.value.code == "catalog_unreadable"
