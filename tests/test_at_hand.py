"""First purchases are read once for all questions that need them, and never those of another state of the data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cadran.answers import Answers
from cadran.ask import ask
from cadran.workspace import Workspace
from tests.company import ask_anew, asked_of_engine, company, deliver, question

REPS = [{"rep_id": "A", "name": "Anne"}]
PROSPECTS = [
    {"lead_id": f"l{number}", "account_id": f"c{number}", "rep_id": "A", "first_contact_on": date(2026, 1, number)}
    for number in (1, 2, 3)
]
QUESTIONS = (("conversion_rate", "2026"), ("conversion_rate", "2026-Q1"), ("new_clients", "2026-02"))


def _sale(number: int, client: str, day: date, amount: int = 100) -> dict[str, Any]:
    return {"sale_id": str(number), "account_id": client, "rep_id": "A", "sold_on": day, "amount": amount}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    sales = [_sale(1, "c1", date(2026, 2, 10)), _sale(2, "c1", date(2026, 3, 1)), _sale(3, "c9", date(2025, 5, 5))]
    return company(tmp_path / "shop", {"reps": REPS, "leads": PROSPECTS, "sales": sales})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements asked of the engine that look for first purchases among the sales."""
    return asked_of_engine(monkeypatch, 'MIN("sold_on")')


def _value(answers: Answers, shop: Workspace, kpi: str, period: str) -> float:
    value = answers.ask(question(shop, kpi, period)).rows[0].value
    assert value is not None
    return float(value)


def _values(answers: Answers, shop: Workspace) -> list[float]:
    return [_value(answers, shop, kpi, period) for kpi, period in QUESTIONS]


def test_they_are_read_once_for_every_question_of_a_snapshot(shop: Workspace, read: list[str]) -> None:
    """Of three prospects, one became a client, who is new in February."""
    answers = Answers(shop)
    assert _values(answers, shop) == pytest.approx([1 / 3, 1 / 3, 1])
    assert len(read) == 1
    deliver(shop, {"sales": [_sale(4, "c2", date(2026, 2, 20)), _sale(5, "c2", date(2026, 1, 20))]})
    assert _values(answers, shop) == pytest.approx([2 / 3, 2 / 3, 1])
    assert 'IN (SELECT "account_id" FROM "touched_clients")' in "".join(read[1:])
    assert sum("touched_clients" not in text for text in read) == 2


def test_every_cell_is_what_asking_plainly_gives(shop: Workspace) -> None:
    answers = Answers(shop)
    for kpis in ("conversion_rate,leads_created", "new_clients,active_clients", "revenue_new_clients"):
        for grain in (None, "month"):
            asked = question(shop, kpis, "2026", grain=grain, levels="company,rep")
            assert answers.ask(asked).to_dict() == ask_anew(shop, asked).to_dict()


def test_a_question_of_a_later_state_is_not_answered_with_those_of_before(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import lands after a question has begun, and before it reads the data."""
    answers = Answers(shop)
    assert _values(answers, shop)[0] == pytest.approx(1 / 3)

    def after_an_import(*given: Any) -> Any:
        with monkeypatch.context() as once:
            once.setattr("cadran.answers.ask", ask)
            deliver(shop, {"sales": [_sale(4, "c2", date(2026, 2, 20))]})
        return ask(*given)

    monkeypatch.setattr("cadran.answers.ask", after_an_import)
    assert _value(answers, shop, "conversion_rate", "2026-01") == pytest.approx(2 / 3)
