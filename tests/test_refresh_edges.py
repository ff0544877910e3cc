"""Answers brought up to date where changed rows alone would mislead: each against what asking anew gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cadran.answers import Answers
from cadran.errors import CurrencyError
from cadran.planner.request import Request
from cadran.store import ledger
from cadran.workspace import Workspace
from tests.company import Row, ask_anew, close, company, deliver, question

RATE = {"currency": "GBP", "rate_on": date(2024, 8, 1), "rate": 1.2}
KPI = """
{name}:
  label: {{fr: "{name}", en: "{name}"}}
  question: {{fr: "Combien ?", en: "How much?"}}
  definition: {{fr: "Un test.", en: "A test."}}
  kind: flow
  of: sales
  on: sold_on
  formula: {formula}
  unit: {unit}
"""


def _line(number: int, who: str, month: int, amount: int = 10, **more: Any) -> dict[str, Any]:
    own = {"sale_id": f"s{number}", "order_id": f"o{number}", "account_id": who, "sold_on": date(2024, month, 1)}
    return {**own, "amount": amount, **more}


def _shop(folder: Path, sales: list[Row], *kpis: str, **more: Any) -> Workspace:
    (folder / "shop" / "kpis").mkdir(parents=True)
    (folder / "shop" / "kpis" / "own.yaml").write_text("".join(kpis), "utf-8")
    return company(folder / "shop", {"sales": sales, **more})


def _own(name: str, formula: str, unit: str = "count", more: str = "") -> str:
    return KPI.format(name=name, formula=formula, unit=unit) + more


def _check(answers: Answers, asked: Request) -> list[Any]:
    """The values by month, 0 left out, once they are known to be those that asking anew gives."""
    found = answers.ask(asked)
    assert found.to_dict() == ask_anew(answers.workspace, asked).to_dict()
    return [row.value for row in found.rows if row.value]


def test_a_line_in_the_companys_currency_where_others_are_in_another(tmp_path: Path) -> None:
    shop = _shop(tmp_path, [_line(1, "a", 5), _line(2, "b", 9, currency="GBP")], exchange_rates=[RATE])
    answers, asked = Answers(shop), question(shop, "revenue", "2024", grain="month")
    assert _check(answers, asked) == [10, 12]
    deliver(shop, {"sales": [_line(3, "c", 3)]})
    assert _check(answers, asked) == [10, 10, 12]


def test_only_a_row_that_is_there_lacks_a_rate(tmp_path: Path) -> None:
    shop = _shop(tmp_path, [_line(1, "a", 5), _line(2, "b", 9, currency="GBP")], exchange_rates=[RATE])
    answers, asked = Answers(shop), question(shop, "revenue", "2024", grain="month")
    _check(answers, asked)
    early = deliver(shop, {"sales": [_line(3, "c", 3, currency="GBP")]})
    with pytest.raises(CurrencyError):
        answers.ask(asked)
    close(shop)
    with shop.lake(read_only=False) as lake:
        ledger.undo(lake, early, "test")
    assert _check(answers, asked) == [10, 12]
    deliver(shop, {"sales": [_line(3, "c", 3, currency="GBP")]})
    deliver(shop, {"sales": [_line(3, "c", 3, currency="EUR")]})
    assert _check(answers, asked) == [10, 10, 12]


def test_lines_in_doubt_are_left_out_again(tmp_path: Path) -> None:
    """A number of clients is told by all lines of those who came and went, each with its doubts."""
    shop = _shop(tmp_path, [_line(1, "a", 5), _line(2, "b", 5), _line(3, "b", 5, 7, doubts=("account_id",))])
    answers, asked = Answers(shop), question(shop, "revenue,active_clients,orders,new_clients", "2024", grain="month")
    assert _check(answers, asked)
    for line in (_line(4, "b", 5, 1), _line(5, "c", 5, doubts=("account_id",)), _line(1, "a", 5, doubts=("amount",))):
        deliver(shop, {"sales": [line]})
        _check(answers, asked)


def test_a_client_who_is_left_without_any_line(tmp_path: Path) -> None:
    """It bought 100 in May as one who had bought before July; its only line passes to another."""
    early = _own("early", "sum(amount) filter (where first_purchase_on < date '2024-07-01')", "money")
    shop = _shop(tmp_path, [_line(1, "a", 5, 100), _line(2, "b", 5), _line(3, "c", 6)], early)
    answers = Answers(shop)
    where = "first_purchase_on < date '2024-07-01'"
    questions = [
        question(shop, "early", "2024", grain="month"),
        question(shop, "revenue,active_clients", "2024", grain="month", where=where),
    ]
    assert [_check(answers, each) for each in questions] == [[110, 10], [110, 10, 2, 1]]
    deliver(shop, {"sales": [_line(1, "b", 5, 100)]})
    assert [_check(answers, each) for each in questions] == [[110, 10], [110, 10, 1, 1]]


def test_a_first_purchase_is_the_first_of_all_and_not_of_the_months_told_again(tmp_path: Path) -> None:
    """Bought in January and May: the line of May passes to a rep; then it is larger."""
    large = _own(
        "large", "count(distinct account_id) filter (where amount > 100 and first_purchase_on >= period_start)"
    )
    reps = [{"rep_id": rep, "name": rep} for rep in ("r1", "r2")]
    shop = _shop(tmp_path, [_line(1, "a", 1), _line(2, "a", 5, 50), _line(3, "b", 6, 500)], large, reps=reps)
    answers = Answers(shop)
    by_rep = question(shop, "new_clients,revenue", "2024", grain="month", levels="company,rep")
    larger = question(shop, "large", "2024", grain="month")
    _check(answers, by_rep)
    assert _check(answers, larger) == [1]
    deliver(shop, {"sales": [_line(2, "a", 5, 50, rep_id="r1")]})
    _check(answers, by_rep)
    deliver(shop, {"sales": [_line(2, "a", 5, 150, rep_id="r1")]})
    assert _check(answers, larger) == [1]


def test_a_sum_of_nothing_is_not_a_sum_of_zero(tmp_path: Path) -> None:
    """A client's cost is not known, then nothing."""
    per = "  per: account_id\n  columns: {cost_total: sum(cost)}\n"
    free = _own("free", "count(*) filter (where cost_total <= 0)", more=per)
    shop = _shop(tmp_path, [_line(1, "a", 5), _line(2, "b", 5, cost=3)], free)
    answers, asked = Answers(shop), question(shop, "free", "2024", grain="month")
    assert _check(answers, asked) == []
    deliver(shop, {"sales": [_line(1, "a", 5, cost=0)]})
    assert _check(answers, asked) == [1]
    deliver(shop, {"sales": [_line(1, "a", 5)]})
    assert _check(answers, asked) == []


@pytest.mark.parametrize("basis", ["invoiced", "signed"])
def test_a_condition_on_the_key_of_rows(tmp_path: Path, basis: str) -> None:
    deal = {"opportunity_id": "s1", "account_id": "a", "outcome": "won", "closed_on": date(2024, 5, 1), "amount": 10}
    shop = company(tmp_path / "shop", {"sales": [_line(1, "a", 5)], "opportunities": [deal]}, revenue_basis=basis)
    answers, asked = Answers(shop), question(shop, "revenue", "2024", grain="month", where="sale_id = 's1'")
    assert _check(answers, asked) == [10]
    more = {"sales": [_line(1, "a", 5, 70), _line(2, "b", 5)], "opportunities": [{**deal, "amount": 70}]}
    deliver(shop, more)
    assert _check(answers, asked) == [70]


def test_other_settings_that_came_with_an_import_of_another_table(tmp_path: Path) -> None:
    """Settings of a day are those that were in force on its evening: today's change with the import."""
    shop = _shop(tmp_path, [_line(1, "a", 5, nature="port"), _line(2, "b", 5)])
    file = shop.folder / "cadran.toml"
    file.write_text(file.read_text("utf-8").replace("[company]", '[company]\nexcluded_natures = ["port"]'), "utf-8")
    opened = Workspace.open(shop.folder)
    answers = Answers(opened)
    asked = question(opened, "revenue", "2024", grain="month", known_on=datetime.now(ZoneInfo("Europe/Paris")).date())
    assert _check(answers, asked) == [20]
    deliver(opened, {"accounts": [{"account_id": "z", "name": "Z"}]})
    assert _check(answers, asked) == [10]


@pytest.mark.parametrize(
    ("grain", "period"), [("day", "2024-Q1"), ("day", "2024"), ("week", "2024"), ("month", "2024")]
)
def test_a_retention_of_more_windows_than_a_word_has_bits(tmp_path: Path, grain: str, period: str) -> None:
    """Early days are told again: of those that are compared with one another, some have a number past a word's end."""

    def line(number: int, day: int) -> dict[str, Any]:
        return {**_line(number, f"c{number % 3}", 1), "sold_on": date(2024, 1, 1) + timedelta(days=day)}

    shop = _shop(tmp_path, [line(number, number * 2) for number in range(180)])
    asked = question(shop, "retention_rate,active_clients", period, grain=grain, compare=("previous", "last_year"))
    answers = Answers(shop)
    assert _check(answers, asked)
    for number in range(3):
        deliver(shop, {"sales": [line(1000 + 10 * number + each, number + 5 * each) for each in range(4)]})
        assert _check(answers, asked)
