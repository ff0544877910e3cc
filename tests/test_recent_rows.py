"""Rows kept from one import to the next are those that reading them again would give."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cadran import at_hand
from cadran.answers import Answers
from cadran.client_rows import reading_both
from cadran.planner import sql
from cadran.planner.request import Request
from cadran.planner.sources import Context
from cadran.recent_rows import RecentRows, Wanted, moved
from cadran.session import session
from cadran.store.moments import ENTERED, LEFT
from cadran.store.newest import newest_snapshot
from cadran.workspace import Workspace
from tests.company import ask_anew, asked_of_engine, close, company, deliver, question

Line = tuple[int | None, date, int]
COLUMNS = ("account_id", "sold_on", "amount")
YEAR = (date(2024, 1, 1), None)
MAY, JUNE, JULY = (date(2024, month, 1) for month in (5, 6, 7))


def _table(lines: list[Line], keys: list[str] | None = None) -> pa.Table:
    types = (pa.int64(), pa.date32(), pa.decimal128(18, 4))
    columns = {
        name: pa.array([line[n] for line in lines], type_)
        for n, (name, type_) in enumerate(zip(COLUMNS, types, strict=True))
    }
    return pa.table(columns | ({"row_key": keys} if keys is not None else {}))


def _lines(table: pa.Table) -> Counter[tuple[Any, ...]]:
    return Counter(zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True))


def _wanted(*spans: tuple[date, date | None], columns: tuple[str, ...] = COLUMNS) -> Wanted:
    return Wanted("sales", ("sold_on",), columns, spans)


def test_of_two_lines_that_are_alike_one_leaves() -> None:
    """And one that leaves on a day of which nothing was read takes nothing away."""
    rows = _table([(41, MAY, 10), (41, MAY, 10), (41, JUNE, 10)])
    changed = _table([(41, MAY, 10), (41, JULY, 7), (57, JUNE, 3)], [LEFT, LEFT, ENTERED])
    now = moved(rows, changed, ("sold_on",), forward=True)
    assert _lines(now) == Counter([(41, MAY, 10), (41, JUNE, 10), (57, JUNE, 3)])
    then = moved(now, changed, ("sold_on",), forward=False)
    assert _lines(then) == _lines(rows) + Counter([(41, JULY, 7)])


@pytest.mark.parametrize("seed", range(5))
def test_after_any_changes_each_clients_rows_are_theirs(seed: int) -> None:
    chance = random.Random(seed)

    def line() -> Line:
        return (
            chance.choice([None, *range(1, 7)]),
            date(2024, chance.randint(1, 3), chance.randint(1, 3)),
            chance.randint(1, 2),
        )

    lines = [line() for _ in range(40)]
    kept = RecentRows.at(0, _wanted(YEAR), _table(lines))
    for snapshot in range(1, 9):
        left, entered = chance.sample(lines, 3), [line() for _ in range(chance.randint(0, 4))]
        for each in left:
            lines.remove(each)
        lines += entered
        changed = _table([*left, *entered], [LEFT] * 3 + [ENTERED] * len(entered))
        clients = pa.array({each[0] for each in [*left, *entered]}, pa.int64())
        kept = kept.having(moved(kept.of(clients), changed, ("sold_on",), forward=True), clients, snapshot)
        asked = chance.sample([None, *range(1, 9)], 4)
        assert _lines(kept.of(pa.array(asked, pa.int64()))) == Counter(each for each in lines if each[0] in asked)


@pytest.mark.parametrize(
    ("other", "covered"),
    [
        (_wanted((MAY, JUNE)), True),
        (_wanted((JULY, None)), True),
        (_wanted((MAY, JULY)), False),
        (_wanted((JUNE, JULY)), False),
        (_wanted((MAY, None)), False),
        (_wanted((MAY, JUNE), columns=("account_id", "rep_id")), False),
        (Wanted("sales", ("closed_on",), COLUMNS, ((MAY, JUNE),)), False),
    ],
)  # fmt: skip
def test_what_was_read_is_enough_for_what_lies_within(other: Wanted, covered: bool) -> None:
    assert _wanted((MAY, JUNE), (JULY, None)).covers(other) is covered


def test_days_that_touch_are_read_as_one() -> None:
    both = _wanted((MAY, JUNE), (JULY, None)).and_also(_wanted((JUNE, JULY), columns=("account_id", "rep_id")))
    assert both == _wanted((MAY, None), columns=(*COLUMNS, "rep_id"))


# --- of a company -------------------------------------------------------------------------------------------------


def _sale(number: int, client: str, day: date, amount: int = 100) -> dict[str, Any]:
    own = {"sale_id": f"s{number}", "order_id": f"o{number}", "account_id": client, "rep_id": "A"}
    return {**own, "sold_on": day, "amount": amount}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    sales = [_sale(n, f"c{n % 5}", date(2024, 1 + n % 12, 1 + n)) for n in range(24)]
    return company(tmp_path / "shop", {"reps": [{"rep_id": "A", "name": "Anne"}], "sales": sales})


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements asked of the engine that read sales."""
    return asked_of_engine(monkeypatch, '"lake"."sales"')


def _questions(shop: Workspace) -> Iterator[Request]:
    kpis = "revenue,orders,active_clients,new_clients,average_basket"
    yield question(shop, kpis, "2024", grain="month", levels="company,rep")
    yield question(shop, "retention_rate", "2024", grain="quarter", levels="company,rep")


def _told_right(answers: Answers, reads: list[str]) -> list[str]:
    """The readings of sales that bringing the answers up to date took."""
    reads.clear()
    told = [answers.ask(asked).to_dict() for asked in _questions(answers.workspace)]
    taken = list(reads)
    assert told == [ask_anew(answers.workspace, asked).to_dict() for asked in _questions(answers.workspace)]
    return taken


def test_from_the_second_import_on_no_sale_is_looked_for(shop: Workspace, reads: list[str]) -> None:
    answers = Answers(shop)
    _told_right(answers, reads)
    deliver(shop, {"sales": [_sale(30, "c1", date(2024, 12, 3)), _sale(31, "new", date(2024, 12, 4))]})
    assert _told_right(answers, reads)
    for line in (
        _sale(32, "c2", date(2024, 12, 5)),
        _sale(31, "new", date(2024, 12, 4), 7),
        _sale(33, "c9", date(2024, 12, 1)),
    ):
        deliver(shop, {"sales": [line]})
        assert _told_right(answers, reads) == []


def test_of_more_than_may_be_kept_the_touched_clients_are_read(
    shop: Workspace, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_hand, "_MOST_VALUES", 0)
    answers = Answers(shop)
    _told_right(answers, reads)
    for number in (30, 31):
        deliver(shop, {"sales": [_sale(number, "c1", date(2024, 12, 3))]})
        taken = _told_right(answers, reads)
        assert any("touched_clients" in text and '"amount"' in text for text in taken)


def test_a_question_that_wants_more_than_was_kept_reads_it(shop: Workspace, reads: list[str]) -> None:
    """Revenue by month is brought up to date alone; orders, and a retention of quarters, are then asked for anew."""
    deliver(shop, {"sales": [_sale(100 + n, f"d{n}", date(2024, 12, 1 + n)) for n in range(20)]})
    answers, revenue = Answers(shop), question(shop, "revenue", "2024", grain="month", levels="company,rep")
    answers.ask(revenue)
    deliver(shop, {"sales": [_sale(30, "c1", date(2024, 12, 3))]})
    answers.ask(revenue)
    _told_right(answers, reads)
    deliver(shop, {"sales": [_sale(31, "c1", date(2024, 12, 4)), _sale(32, "c2", date(2024, 12, 5))]})
    assert answers.ask(revenue).to_dict() == ask_anew(shop, revenue).to_dict()
    assert _told_right(answers, reads)


def test_who_comes_late_takes_nothing_from_a_later_snapshot(shop: Workspace, reads: list[str]) -> None:
    answers = Answers(shop)
    _told_right(answers, reads)
    early = newest_snapshot(shop.store)
    for number in (30, 31):
        deliver(shop, {"sales": [_sale(number, "c1", date(2024, 12, 3))]})
        _told_right(answers, reads)
    latest = answers._read_at(newest_snapshot(shop.store))
    assert latest.recent
    assert not answers._read_at(early).recent
    assert answers._read_at(newest_snapshot(shop.store)) is latest


@pytest.mark.parametrize("more", [{"currency": "GBP"}, {"order_id": None}, {"kind": "order"}, {"account_id": None}])
def test_a_statement_is_written_again_where_a_line_is_the_first_of_its_kind(
    tmp_path: Path, reads: list[str], more: dict[str, Any]
) -> None:
    sales = [_sale(n, f"c{n % 3}", date(2024, 1 + n % 12, 1)) for n in range(12)]
    rates = [{"currency": "GBP", "rate_on": date(2023, 1, 1), "rate": 1.25}]
    answers = Answers(company(tmp_path / "shop", {"sales": sales, "exchange_rates": rates}))
    _told_right(answers, reads)
    for number in (30, 31, 32):
        deliver(
            answers.workspace, {"sales": [{**_sale(number, "c1", date(2024, 12, 1)), **(more if number > 30 else {})}]}
        )
        _told_right(answers, reads)


def test_rows_wanted_are_the_same_in_memory_and_in_the_store(shop: Workspace) -> None:
    wanted = Wanted("sales", ("sold_on",), COLUMNS, ((date(2024, 2, 1), date(2024, 4, 1)), (date(2024, 11, 1), None)))
    with session(shop, question(shop, "revenue", "2024")) as opened:
        every = opened.engine.query("SELECT account_id, sold_on, amount FROM lake.sales")
        told = opened.engine.query(
            sql.select([sql.col(name) for name in COLUMNS], opened.context.table("sales"), where=wanted.where)
        )
    assert _lines(wanted.among(every)) == _lines(told)
    assert 0 < told.num_rows < every.num_rows


def test_rows_of_a_store_that_was_put_aside_are_forgotten(shop: Workspace, reads: list[str], tmp_path: Path) -> None:
    """An import of 500 is lost with the store it went to; in the one put back, another takes its place."""
    answers = Answers(shop)
    _told_right(answers, reads)
    close(shop)
    shutil.copytree(shop.store, tmp_path / "backup")
    for number in (30, 31):
        deliver(shop, {"sales": [_sale(number, "c1", date(2024, 12, 3), 500)]})
        _told_right(answers, reads)
    close(shop)
    shutil.rmtree(shop.store)
    shutil.copytree(tmp_path / "backup", shop.store)
    for number in (40, 41):
        deliver(shop, {"sales": [_sale(number, "c2", date(2024, 12, 4))]})
        _told_right(answers, reads)


def test_what_is_known_of_both_sides_holds_for_either(tmp_path: Path) -> None:
    """Then a line had no order, and an order two clients; now each line has its own. Of both sides, neither holds."""
    lines = [_sale(1, "c1", MAY), {**_sale(2, "c1", MAY), "order_id": None}, {**_sale(3, "c2", MAY), "order_id": "o1"}]
    then, now = (
        _context(company(tmp_path / name, {"sales": sales})) for name, sales in (("then", lines), ("now", lines[:1]))
    )
    assert (now.has_whole_orders("sales"), now.is_full("sales", "order_id")) == (True, True)
    both = reading_both(then, now, "sales", has_firsts=False)
    for context in (then, both, reading_both(now, then, "sales", has_firsts=False)):
        assert (context.has_whole_orders("sales"), context.is_full("sales", "order_id")) == (False, False)
    assert both.is_full("sales", "account_id")
    assert both.profile("sales").rows == 4


def _context(shop: Workspace) -> Context:
    with session(shop, question(shop, "revenue", "2024")) as opened:
        return opened.context
