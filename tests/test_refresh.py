"""Answers brought up to date: cell by cell what asking anew gives, and no more asked for again than changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from cadran import at_hand, refresh, told_before
from cadran.answers import Answers
from cadran.ask import run
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.readings import Reading
from cadran.session import Session
from cadran.store import ledger
from cadran.store.upkeep import maintain
from cadran.workspace import Workspace
from tests.company import ask_anew, close, company, deliver, question

FIRST, DAYS = date(2024, 1, 1), 731
REPS = [{"rep_id": rep, "name": rep} for rep in "ABC"]
TEAMS = [{"team_id": "north", "name": "North"}, {"team_id": "south", "name": "South"}]
STAYS = [
    {"rep_id": rep, "team_id": team, "starts_on": date(2023, 1, 1)}
    for rep, team in (("A", "north"), ("B", "south"), ("C", "south"))
]
SELDOM = 0.01  # so that now all sales have a client and an order, now they do not
QUESTIONS = (
    ("revenue,average_basket,top10_share", {"grain": "quarter", "levels": "company,team,rep"}),
    ("new_clients,active_clients,cross_sell_rate,revenue_new_clients", {"grain": "month"}),
    ("retention_rate", {"grain": "quarter", "compare": frozenset({"previous", "last_year"})}),
    ("win_rate,opportunity_conversion,pipeline_open", {"grain": "quarter", "levels": "rep"}),
    ("sales_cycle_median,conversion_rate,leads_created", {"grain": "quarter"}),
    ("revenue,new_clients", {"grain": "quarter", "dimensions": ("segment",)}),
    ("orders,new_clients,revenue,retention_rate", {"grain": "quarter", "levels": "company,team,rep"}),
    ("bought_early,buys_later", {"grain": "month"}),
)
# What can be told from a first purchase, whatever window it is in.
OWN = """
bought_early:
  label: {fr: "Anciens", en: "Early"}
  question: {fr: "Combien ?", en: "How much?"}
  definition: {fr: "Ventes aux anciens.", en: "Sales to early clients."}
  kind: flow
  of: sales
  on: sold_on
  formula: sum(amount) filter (where first_purchase_on < date '2024-07-01')
  unit: money
buys_later:
  label: {fr: "Plus tard", en: "Later"}
  question: {fr: "Combien ?", en: "How many?"}
  definition: {fr: "Achètent plus tard.", en: "They buy later."}
  kind: flow
  of: sales
  on: sold_on
  formula: count(distinct account_id) filter (where not (first_purchase_on < period_end))
  unit: count
"""


def _sale(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "sale_id": f"s{number}",
        "order_id": f"o{number // 2}" if chance.random() > SELDOM else None,
        "account_id": f"c{chance.randrange(6)}" if chance.random() > SELDOM else None,
        "rep_id": chance.choice("ABC"),
        "product_id": f"p{chance.randrange(3)}",
        "sold_on": FIRST + timedelta(days=chance.randrange(DAYS)),
        "amount": chance.choice([-20, 10, 35, 100]),
    }


def _deal(chance: random.Random, number: int) -> dict[str, Any]:
    created = FIRST + timedelta(days=chance.randrange(DAYS))
    outcome = chance.choice(["open", "won", "lost"])
    return {
        "opportunity_id": f"d{number}",
        "account_id": f"c{chance.randrange(6)}",
        "rep_id": chance.choice("ABC"),
        "amount": chance.choice([50, 200]),
        "created_on": created,
        "outcome": outcome,
        "closed_on": None if outcome == "open" else created + timedelta(days=chance.randrange(120)),
    }


def _client(chance: random.Random, number: int) -> dict[str, Any]:
    return {"account_id": f"c{number % 6}", "name": f"Client {number % 6}", "segment": chance.choice(["S", "L"])}


LINE = {"sale_id": "new", "order_id": "new", "account_id": "c1", "rep_id": "A", "product_id": "p1", "amount": 5}
MADE = {"sales": _sale, "opportunities": _deal, "accounts": _client}


@pytest.fixture
def grown(tmp_path: Path) -> Workspace:
    chance = random.Random(7)
    (tmp_path / "grown" / "kpis").mkdir(parents=True)
    (tmp_path / "grown" / "kpis" / "own.yaml").write_text(OWN, "utf-8")
    rows = {table: [make(chance, n) for n in range(60 if table != "accounts" else 6)] for table, make in MADE.items()}
    return company(tmp_path / "grown", {"reps": REPS, "teams": TEAMS, "memberships": STAYS, **rows})


def _asked(shop: Workspace) -> Iterator[Any]:
    for kpis, more in QUESTIONS:
        yield question(shop, kpis, "2024", **more).at(end=date(2026, 1, 1))


def _happen(shop: Workspace, chance: random.Random, done: list[int]) -> None:
    """An import of new and corrected rows, the undoing of one, or upkeep."""
    close(shop)
    what = chance.random()
    if done and what < 0.3:
        with shop.lake(read_only=False) as lake:
            ledger.undo(lake, done.pop(chance.randrange(len(done))), "test")
    elif what < 0.4:
        with shop.lake(read_only=False) as lake:
            maintain(lake)
    else:
        table = chance.choice(["sales", "sales", "opportunities", "accounts"])
        numbers = chance.sample(range(80 if table != "accounts" else 6), chance.choice([1, 3]))
        done.append(deliver(shop, {table: [MADE[table](chance, number) for number in numbers]}))


@pytest.mark.heavy
@pytest.mark.parametrize(("seed", "few", "most"), [(0, 1_000, 10**6), (1, 1_000, 10**6), (2, 0, 10**6), (3, 1_000, 0)])
def test_after_any_imports_corrections_and_undos_every_cell_is_what_asking_anew_gives(
    grown: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int, few: int, most: int
) -> None:
    """`few`: up to how many changed rows are looked at one by one. `most`: up to how many values are kept at hand."""
    monkeypatch.setattr(at_hand, "_FEW_ROWS", few)
    monkeypatch.setattr(at_hand, "_MOST_VALUES", most)
    chance, answers = random.Random(seed), Answers(grown)
    done: list[int] = []
    for _ in range(4):
        for asked in _asked(grown):
            told, anew = answers.ask(asked), ask_anew(grown, asked)
            assert told.to_dict() == anew.to_dict()
            assert told.to_arrow().equals(anew.to_arrow())
        for _ in range(chance.choice([1, 1, 3])):
            _happen(grown, chance, done)


def _asked_again(monkeypatch: pytest.MonkeyPatch, answers: Answers, asked: Request) -> list[list[date]]:
    """Bring an answer up to date, and see that it is right: the first days of the windows that each statement was asked
    for."""
    found: list[list[date]] = []

    def listening(opened: Session, reading: Reading, batch: Batch, query: exp.Expr) -> pa.Table:
        found.append([window.period.start for window in batch.windows])
        return run(opened, reading, batch, query)

    with monkeypatch.context() as patched:
        for module in (refresh, told_before):
            patched.setattr(module, "run", listening)
        told = answers.ask(asked)
    assert told.to_dict() == ask_anew(answers.workspace, asked).to_dict()
    return found


@pytest.mark.parametrize(
    ("kpi", "changed", "expected"),
    [
        ("revenue", {"sales": LINE | {"sold_on": date(2024, 5, 7)}}, [[5]]),
        ("new_clients", {"sales": LINE | {"sold_on": date(2024, 10, 7)}}, [[10]]),
        ("revenue", {"opportunities": {"opportunity_id": "new", "created_on": date(2024, 5, 7)}}, []),
        ("revenue", {"accounts": {"account_id": "c1", "segment": "S"}}, []),
        ("top10_share", {"sales": LINE | {"sold_on": date(2024, 5, 7)}}, [[5]]),
        ("deals_won", {"sales": LINE | {"sold_on": date(2024, 5, 7)}}, []),
        ("revenue", {"memberships": {**STAYS[0], "team_id": "south"}}, [[*range(1, 13)]]),
    ],
)  # fmt: skip
def test_only_what_changed_rows_fall_into_is_asked_again(
    grown: Workspace, monkeypatch: pytest.MonkeyPatch, kpi: str, changed: dict[str, Any], expected: list[list[int]]
) -> None:
    """What adds up is told by one statement, about the clients of changed rows as they were and as they are."""
    answers, asked = Answers(grown), question(grown, kpi, "2024", grain="month", levels="team")
    answers.ask(asked)
    deliver(grown, {table: [row] for table, row in changed.items()})
    assert _asked_again(monkeypatch, answers, asked) == [[date(2024, m, 1) for m in months] for months in expected]


@pytest.mark.parametrize("amount", [12, -12])
def test_a_corrected_line_takes_one_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amount: int) -> None:
    """From 10 to 12, in every sum and in no number of clients or orders; to -12 it is no purchase any more."""
    days = [date(2024, 5, 7), date(2024, 5, 9), date(2024, 8, 1)]
    sales = [LINE | {"sale_id": f"s{n}", "order_id": f"o{n}", "sold_on": day} for n, day in enumerate(days)]
    shop = company(tmp_path / "shop", {"sales": [{**each, "amount": 10} for each in sales]})
    answers = Answers(shop)
    asked = question(shop, "revenue,orders,active_clients,new_clients,average_basket", "2024", grain="month")
    answers.ask(asked)
    deliver(shop, {"sales": [{**sales[0], "amount": amount}]})
    assert len(_asked_again(monkeypatch, answers, asked)) == 1


def test_targets_that_came_or_were_corrected_are_those_that_a_value_is_held_against(tmp_path: Path) -> None:
    target = {
        "kpi": "revenue",
        "scope": "company",
        "starts_on": date(2024, 5, 1),
        "ends_on": date(2024, 6, 1),
        "value": 80,
    }
    sale = LINE | {"sale_id": "s", "sold_on": date(2024, 5, 7), "amount": 100}
    shop = company(tmp_path / "shop", {"sales": [sale]})
    answers, asked = Answers(shop), question(shop, "revenue", "2024", grain="month", compare={"target"})

    def in_may() -> float | None:
        found = answers.ask(asked)
        assert found.to_dict() == ask_anew(shop, asked).to_dict()
        return next(row.attainment for row in found.rows if row.period_start.month == 5)

    assert in_may() is None
    deliver(shop, {"targets": [target]})
    assert in_may() == 1.25
    deliver(shop, {"sales": [{**sale, "amount": 120}]})
    assert in_may() == 1.5
    deliver(shop, {"targets": [{**target, "value": 60}]})
    assert in_may() == 2.0


def test_a_retention_is_asked_again_where_either_of_its_periods_changed(
    grown: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sale in the second quarter: it, the third that is compared with it, and the first that it is compared with; of
    the client it was sold to, as it was and as it is."""
    answers, asked = Answers(grown), question(grown, "retention_rate", "2024", grain="quarter")
    answers.ask(asked)
    deliver(grown, {"sales": [{"sale_id": "new", "sold_on": date(2024, 5, 7), "account_id": "c1", "amount": 5}]})
    (windows,) = _asked_again(monkeypatch, answers, asked)
    assert sorted(windows) == [date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)]


def test_all_is_asked_again_where_files_were_written_anew_meanwhile(
    grown: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = Answers(grown), question(grown, "revenue", "2024", grain="month")
    answers.ask(asked)
    deliver(grown, {"sales": [{"sale_id": "s1", "sold_on": date(2024, 5, 7), "amount": 5}]})
    with grown.lake(read_only=False) as lake:
        assert maintain(lake) is not None
    assert _asked_again(monkeypatch, answers, asked) == [[date(2024, month, 1) for month in range(1, 13)]]


def test_a_credit_note_before_a_first_purchase_counts_once_the_purchase_is_known(tmp_path: Path) -> None:
    note = LINE | {"sale_id": "note", "sold_on": date(2024, 1, 10), "amount": -20}
    shop = company(tmp_path / "shop", {"sales": [LINE | {"account_id": "c2", "sold_on": date(2024, 2, 1)}, note]})
    answers, asked = Answers(shop), question(shop, "revenue_new_clients", "2024", grain="month")
    answers.ask(asked)
    deliver(shop, {"sales": [LINE | {"sale_id": "first", "sold_on": date(2024, 10, 7), "amount": 40}]})
    assert answers.ask(asked).rows[0].value == -20
    assert answers.ask(asked).to_dict() == ask_anew(shop, asked).to_dict()


def _by_month(answers: Answers, asked: Request) -> dict[int, Any]:
    found = answers.ask(asked)
    assert found.to_dict() == ask_anew(answers.workspace, asked).to_dict()
    return {row.period_start.month: row.value for row in found.rows if row.value}


def _undo(shop: Workspace, number: int) -> None:
    close(shop)
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, number, "test")


def test_a_new_client_is_new_where_the_first_purchase_moved_to_and_no_longer_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From June to March and back; windows that it did not cross are not asked again."""
    sales = [LINE | {"sale_id": f"s{month}", "sold_on": date(2024, month, 9), "amount": 10} for month in (6, 9)]
    other = LINE | {"sale_id": "other", "account_id": "c2", "order_id": "other", "sold_on": date(2024, 1, 2)}
    shop = company(tmp_path / "shop", {"sales": [*sales, other]})
    answers, asked = Answers(shop), question(shop, "new_clients", "2024", grain="month")
    assert _by_month(answers, asked) == {1: 1, 6: 1}
    earlier = deliver(shop, {"sales": [LINE | {"sale_id": "early", "sold_on": date(2024, 3, 5)}]})
    crossed = [date(2024, month, 1) for month in (3, 4, 5, 6)]
    assert _asked_again(monkeypatch, answers, asked) == [crossed]
    assert _by_month(answers, asked) == {1: 1, 3: 1}
    moved = deliver(shop, {"sales": [LINE | {"sale_id": "early", "sold_on": date(2024, 3, 5), "amount": -5}]})
    assert _by_month(answers, asked) == {1: 1, 6: 1}
    _undo(shop, moved)
    assert _by_month(answers, asked) == {1: 1, 3: 1}
    _undo(shop, earlier)
    assert _by_month(answers, asked) == {1: 1, 6: 1}
    deliver(shop, {"sales": [{**sales[0], "amount": 0}]})
    assert _by_month(answers, asked) == {1: 1, 9: 1}


def test_a_sale_that_crosses_from_one_quarter_to_the_next_is_kept_in_neither_twice(tmp_path: Path) -> None:
    """Two clients buy in the first quarter and one of them in the second; then the other's sale moves over the edge."""
    lines = [("a", 1, 5), ("b", 3, 31), ("a", 4, 1)]
    sales = [
        LINE | {"sale_id": f"s{n}", "order_id": f"o{n}", "account_id": who, "sold_on": date(2024, month, day)}
        for n, (who, month, day) in enumerate(lines)
    ]
    shop = company(tmp_path / "shop", {"sales": sales}, retention_basis="purchases")
    answers, asked = Answers(shop), question(shop, "retention_rate", "2024", grain="quarter")

    def told() -> list[tuple[Any, Any]]:
        found = answers.ask(asked)
        assert found.to_dict() == ask_anew(shop, asked).to_dict()
        return [(row.numerator, row.denominator) for row in found.rows][1:3]

    assert told() == [(1, 2), (0, 1)]
    moved = deliver(shop, {"sales": [{**sales[1], "sold_on": date(2024, 4, 1)}]})
    assert told() == [(1, 1), (0, 2)]
    _undo(shop, moved)
    assert told() == [(1, 2), (0, 1)]


@pytest.mark.parametrize(("kpis", "windows"), [("orders", 12), ("orders,revenue_new_clients", 1)])
def test_an_order_of_two_clients_is_counted_once_when_one_of_them_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kpis: str, windows: int
) -> None:
    """That orders are whole now is in the text of a statement which gathers them first: all of it is asked again. Of
    one that may not, for it needs the period, only May is, and must not add up over clients who shared an order then.
    """
    lines = [LINE | {"sale_id": who, "account_id": who, "sold_on": date(2024, 5, 7)} for who in "ab"]
    shop = company(tmp_path / "shop", {"sales": lines})
    answers, asked = Answers(shop), question(shop, kpis, "2024", grain="month")

    def in_may() -> Any:
        found = answers.ask(asked)
        assert found.to_dict() == ask_anew(shop, asked).to_dict()
        return next(row.value for row in found.rows if (row.kpi, row.period_start.month) == ("orders", 5))

    assert in_may() == 1
    deliver(shop, {"sales": [{**lines[0], "order_id": "another"}]})
    assert {len(each) for each in _asked_again(monkeypatch, answers, asked)} == {windows}
    assert in_may() == 2
    deliver(shop, {"sales": [lines[0]]})
    assert in_may() == 1
