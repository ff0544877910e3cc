"""Made ready before somebody asks: after an import, an undo or an evening, what is at hand is what asking anew gives,
and whoever asks waits for nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cadran import answers as module
from cadran.access import Role, Viewer
from cadran.ahead import Ahead
from cadran.answer import Answer
from cadran.errors import AccessError, EngineError, Issue, StoreError, Text
from cadran.kept_firsts import TOUCHED
from cadran.planner.request import Request
from cadran.served import Served
from cadran.settings import Settings
from cadran.store import ledger
from cadran.store.lake import Lake
from cadran.store.upkeep import maintain
from cadran.turns import AT_WORK
from cadran.workspace import Workspace
from tests.company import ask_anew, asked_of_engine, close, company, deliver, question

ONE = {"sale_id": "1", "order_id": "o1", "account_id": "c1", "rep_id": "A", "sold_on": date(2026, 1, 5), "amount": 100}
ANNE = Viewer("a@example.org", Role.REP, "A")
REFUSED = AccessError(Issue("gone", Text("Partie.", "Gone."), Text("-", "-")))


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return company(tmp_path / "shop", {"reps": [{"rep_id": "A", "name": "Anne"}], "sales": [ONE]})


@pytest.fixture
def served(shop: Workspace) -> Served:
    return Served(shop.folder)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The requests that are worked out, in order."""
    requests: list[Request] = []
    ask = module.ask

    def heard(workspace: Workspace, request: Request, *others: object) -> Answer:
        requests.append(request)
        return ask(workspace, request, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "ask", heard)
    return requests


def later(monkeypatch: pytest.MonkeyPatch, today: date) -> None:
    """It is another day from now on."""
    monkeypatch.setattr(Settings, "today", lambda settings: today)


def one_more(shop: Workspace, number: int = 2, amount: int = 7) -> int:
    return deliver(shop, {"sales": [{**ONE, "sale_id": str(number), "order_id": f"o{number}", "amount": amount}]})


def undo(shop: Workspace, number: int) -> None:
    close(shop)
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, number, "test")


def test_an_import_and_its_undo_are_told_before_somebody_asks(
    shop: Workspace, served: Served, computed: list[Request]
) -> None:
    asked, ahead = question(shop, "revenue", "2026-Q1", compare=("previous",)), Ahead(served)
    served.answers.ask(asked)
    number = one_more(shop)
    ahead.work()
    assert len(computed) == 2
    assert served.answers.ask(asked).rows[0].value == 107
    undo(shop, number)
    ahead.work()
    assert len(computed) == 3
    assert served.answers.ask(asked).to_dict() == ask_anew(shop, asked).to_dict()
    ahead.work()
    assert len(computed) == 3  # nothing has landed


def test_columns_that_somebody_read_are_laid_out_as_well(
    shop: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, unread = (question(shop, "revenue", period) for period in ("2026-Q1", "2026-01"))
    served.answers.ask(read).to_arrow()
    served.answers.ask(unread)
    one_more(shop)
    Ahead(served).work()
    laid_out = [served.answers.ask(asked).laid_out._table for asked in (read, unread)]
    assert laid_out[1] is None
    assert served.answers.ask(read).to_arrow() is laid_out[0]
    assert served.answers.ask(read).to_arrow().column("value").to_pylist() == [107]


def test_what_was_asked_for_last_comes_first_and_what_few_ask_for_waits(
    shop: Workspace, served: Served, computed: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (question(shop, "revenue", period) for period in ("2026-01", "2026-02", "2026-03"))
    for asked in (first, second, third, second):
        served.answers.ask(asked)
    computed.clear()
    monkeypatch.setattr(module, "_MOST_AHEAD", 2)
    for number in (2, 3):  # to be brought up to date is not to be asked for
        one_more(shop, number)
        Ahead(served).work()
    assert computed == [second, third] * 2
    assert served.answers.ask(first).rows[0].value == 114
    assert computed[4:] == [first]


def test_once_an_evening_is_over_the_questions_about_it_are_asked_of_the_next(
    tmp_path: Path, computed: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 on the 5th of January, 40 on the 8th: seen from the evening of the 6th, then of the 7th; 50 a year before,
    on the 7th, is compared with from then on."""
    later(monkeypatch, date(2026, 1, 7))
    sales = [ONE]
    for number, sold_on, amount in ((2, date(2026, 1, 8), 40), (3, date(2025, 1, 7), 50)):
        sales.append({**ONE, "sale_id": str(number), "order_id": f"o{number}", "sold_on": sold_on, "amount": amount})
    shop = company(tmp_path / "days", {"reps": [{"rep_id": "A", "name": "Anne"}], "sales": sales})
    served = Served(shop.folder)
    fixed = question(shop, "revenue", "2026-01", compare=("last_year",), as_of=date(2026, 1, 5))
    running = question(shop, "revenue", "2026-01", compare=("last_year",))
    for asked in (fixed, running):
        assert served.answers.ask(asked).rows[0].last_year is None
    later(monkeypatch, date(2026, 1, 8))
    Ahead(served).work()
    assert computed[2:] == [running.at(as_of=date(2026, 1, 7)), fixed]
    tomorrow = question(shop, "revenue", "2026-01", compare=("last_year",))
    assert tomorrow.as_of == date(2026, 1, 7)
    assert served.answers.ask(tomorrow).rows[0].last_year == 50
    assert served.answers.ask(fixed).rows[0].last_year is None
    assert len(computed) == 4
    assert served.answers.ask(tomorrow).to_dict() == ask_anew(shop, tomorrow).to_dict()


def test_columns_of_another_evening_are_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same amounts and the same objective: 300 of 1,000 are enough on the 9th of January, and not on the 20th."""
    later(monkeypatch, date(2026, 1, 10))
    january = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}
    target = {"kpi": "revenue", "scope": "company", "value": 1000, **january}
    shop = company(tmp_path / "days", {"sales": [{**ONE, "amount": 300}], "targets": [target]})
    served, asked = Served(shop.folder), question(shop, "revenue", "2026-01", compare=("target",))
    before = served.answers.ask(asked).to_arrow()
    later(monkeypatch, date(2026, 1, 21))
    Ahead(served).work()
    tomorrow = question(shop, "revenue", "2026-01", compare=("target",))
    now = served.answers.ask(tomorrow).to_arrow()
    assert now.equals(ask_anew(shop, tomorrow).to_arrow())
    assert not now.equals(before)


def test_what_cannot_be_told_keeps_nobody_waiting_and_is_tried_once_for_each_import(
    shop: Workspace,
    served: Served,
    computed: list[Request],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine, hers = question(shop, "revenue", "2026-Q1"), question(shop, "revenue", "2026-01", levels="rep")
    served.answers.ask(mine)
    served.answers.ask(hers, ANNE)
    one_more(shop)
    ask, refused = module.ask, []

    def asked_by(workspace: Workspace, request: Request, viewer: Viewer, *others: object) -> Answer:
        if viewer == ANNE:
            refused.append(request)
            raise REFUSED
        return ask(workspace, request, viewer, *others)  # type: ignore[arg-type]

    ahead = Ahead(served)
    with monkeypatch.context() as closed:
        closed.setattr(module, "ask", asked_by)
        ahead.work()
        ahead.work()
        assert len(refused) == 1
        assert "Gone." in caplog.text
        computed.clear()
        assert served.answers.ask(mine).rows[0].value == 107
        assert computed == []
        with pytest.raises(AccessError):
            served.answers.ask(hers, ANNE)
        one_more(shop, 3)
        ahead.work()
        assert len(refused) == 3
    one_more(shop, 4)
    ahead.work()
    computed.clear()
    assert served.answers.ask(hers, ANNE).rows[0].value == 121
    assert computed == []


def test_a_warehouse_is_left_in_peace(shop: Workspace) -> None:
    settings = shop.folder / "cadran.toml"
    columns = "\n".join(f'{name} = "{name}"' for name in ("sale_id", "sold_on", "amount"))
    sales = f'[tables.sales]\ntable = "lines"\n[tables.sales.columns]\n{columns}\n'
    warehouse = f'[engine]\nurl = "postgresql://nobody@localhost:1/x"\n{sales}'
    settings.write_text(f"{settings.read_text('utf-8')}\n{warehouse}", "utf-8")
    served = Served(shop.folder)
    assert served.workspace.settings.engine.is_warehouse
    with pytest.raises(EngineError):
        served.known()
    Ahead(served).work()


def test_it_comes_after_whoever_asks(shop: Workspace, served: Served, computed: list[Request]) -> None:
    asked, ahead = question(shop, "revenue", "2026-Q1"), Ahead(served)
    served.answers.ask(asked)
    one_more(shop)
    with AT_WORK.taken():
        ahead.work()
        assert len(computed) == 1
    ahead.work()
    assert len(computed) == 2


def test_a_thread_does_it_whatever_comes_between_until_it_is_stopped(
    shop: Workspace,
    served: Served,
    computed: list[Request],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("cadran.ahead._AFTER_TROUBLE", 0.1)
    asked, ahead = question(shop, "revenue", "2026-Q1"), Ahead(served)
    served.answers.ask(asked)
    ahead.start()
    one_more(shop)
    until(lambda: len(computed) == 2)
    with monkeypatch.context() as broken:
        broken.setattr(served, "known", lambda: 1 // 0)
        until(lambda: "ZeroDivisionError" in caplog.text)
        broken.setattr(served, "known", raised)
        until(lambda: "Gone." in caplog.text)
    one_more(shop, 3)
    until(lambda: len(computed) == 3)
    ahead.stop()
    assert served.answers.ask(asked).rows[0].value == 114
    assert len(computed) == 3
    assert not any(thread.name == "ahead" for thread in threading.enumerate())


def test_it_is_stopped_at_once_after_trouble(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor would a program that ends wait for it."""
    monkeypatch.setattr("cadran.ahead._AFTER_TROUBLE", 1_000.0)
    monkeypatch.setattr(served, "known", raised)
    ahead = Ahead(served)
    ahead.start()
    until(lambda: "Gone." in caplog.text)
    ahead.stop()
    assert caplog.text.count("Gone.") == 1


def test_trouble_with_the_store_is_not_of_one_answer(
    shop: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.answers.ask(question(shop, "revenue", "2026-Q1"))
    one_more(shop)

    def unreadable(*_: object) -> Answer:
        raise StoreError(REFUSED.issues[0])

    monkeypatch.setattr(module, "ask", unreadable)
    with pytest.raises(StoreError):
        Ahead(served).work()


def test_it_is_polite_once_the_store_is_open(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's threads, which work for everybody, are as polite as the one that opens it."""
    order, known, ahead = list[str](), served.known, Ahead(served)
    monkeypatch.setattr("cadran.ahead.give_way", lambda: order.append("polite"))
    monkeypatch.setattr(served, "known", lambda: (order.append("open"), known())[1])
    ahead.work()
    assert order == ["open"]  # whoever calls it stays as they are
    ahead.start()
    until(lambda: "polite" in order)
    ahead.stop()
    assert order[:3] == ["open", "open", "polite"]


# A program that ends while there is much to be made ready: the thread looks, and the main thread is over.
_ENDS = """
import sys, threading, time
from pathlib import Path
from types import SimpleNamespace
from cadran.ahead import Ahead

begun, done = threading.Event(), []

def make_one_ready():
    begun.set()
    time.sleep(0.1)
    done.append(1)
    return len(done) < 1_000

engine = SimpleNamespace(is_warehouse=False)
workspace = SimpleNamespace(settings=SimpleNamespace(engine=engine), store=Path(sys.argv[1]))
answers = SimpleNamespace(make_one_ready=make_one_ready)
Ahead(SimpleNamespace(workspace=workspace, known=lambda: None, answers=answers)).start()
begun.wait()
"""


def test_a_program_that_ends_waits_for_one_answer_at_most(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _ENDS, str(tmp_path)], check=True, timeout=60)


def test_it_stays_away_while_somebody_writes(shop: Workspace, served: Served, computed: list[Request]) -> None:
    asked, ahead = question(shop, "revenue", "2026-Q1"), Ahead(served)
    served.answers.ask(asked)
    one_more(shop)
    with shop.lake(read_only=False) as lake, lake.lock():
        ahead.work()
        assert len(computed) == 1
    ahead.work()
    assert len(computed) == 2


def test_upkeep_finds_its_hour(
    shop: Workspace, served: Served, computed: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits until what was begun is done."""
    monkeypatch.setattr("cadran.store.upkeep._UNTIL_ALONE", 60.0)
    questions = [question(shop, "revenue,new_clients", f"2026-{month:02}", levels="rep") for month in range(1, 13)]
    for asked in questions:
        served.answers.ask(asked)
    close(shop)
    computed.clear()
    ahead = Ahead(served)
    ahead.start()
    one_more(shop)
    until(lambda: computed != [])
    with Lake.open(shop.store, read_only=False) as lake:
        assert maintain(lake) is not None
    until(lambda: not served.answers.make_one_ready())
    ahead.stop()


def raised() -> None:
    raise REFUSED


def until(is_so: Callable[[], bool]) -> None:
    """At once as a rule; a machine may be slow."""
    for _ in range(1_200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("nothing came of it")


def test_the_first_import_finds_read_what_it_is_put_right_by(
    shop: Workspace, served: Served, computed: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First purchases and the rows of its month, read once for both questions: no sales are looked for any more."""
    others = [{**ONE, "sale_id": f"x{n}", "order_id": f"x{n}", "account_id": f"x{n}"} for n in range(9)]
    deliver(shop, {"sales": others})
    whole = [question(shop, f"new_clients,{kpi}", "2026", grain="month") for kpi in ("revenue", "orders")]
    for asked in whole:
        served.answers.ask(asked)
    told = asked_of_engine(monkeypatch, '"sales"')
    Ahead(served).work()
    assert len(computed) == 2  # nothing is worked out
    assert sum("first_purchase_on" in text for text in told if TOUCHED not in text) == 1
    told.clear()
    Ahead(served).work()
    assert told == []
    one_more(shop)
    found = [served.answers.ask(asked).to_dict() for asked in whole]
    assert told == []
    assert found == [ask_anew(shop, asked).to_dict() for asked in whole]


def test_first_purchases_outlast_an_import_that_nobody_asks_about(
    shop: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, revenue = (question(shop, kpi, "2026", grain="month") for kpi in ("new_clients", "revenue"))
    for asked in (clients, revenue):
        served.answers.ask(asked)
    Ahead(served).work()
    one_more(shop)
    served.answers.ask(revenue)
    one_more(shop, 3)
    told = asked_of_engine(monkeypatch, "first_purchase_on")
    found = served.answers.ask(clients).to_dict()
    assert [text for text in told if '"sales"' in text and TOUCHED not in text] == []
    assert found == ask_anew(shop, clients).to_dict()


@pytest.mark.parametrize("kpi", ["active_reps", "top10_share"])
def test_a_rehearsal_asks_for_no_figures(
    shop: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch, kpi: str
) -> None:
    """What does not add up over clients is asked anew after each import: nothing of it can be read before."""
    served.answers.ask(question(shop, kpi, "2026", grain="month"))
    told = asked_of_engine(monkeypatch, '"sales"')
    Ahead(served).work()
    assert told == []
