"""Intervals from single values: those of the functions on arrays, worked out for the cells that are read, once each."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cadran.ask import ask
from cadran.catalogue.loader import load_catalogue
from cadran.sampled import Sampled
from cadran.statistics import intervals
from tests.company import company, question

KPIS = {kpi.id: kpi for kpi in load_catalogue()}
DAY = date(2026, 1, 5)
PAIRS = np.column_stack((np.arange(1.0, 41.0) ** 2, np.ones(40)))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many clients each bootstrap was drawn from, in turn."""
    sizes: list[int] = []
    bootstrap = intervals.ratio_bootstrap

    def counted(above: np.ndarray, below: np.ndarray) -> intervals.Interval | None:
        sizes.append(len(above))
        return bootstrap(above, below)

    monkeypatch.setattr(intervals, "ratio_bootstrap", counted)
    return sizes


def test_a_mean_is_drawn_when_it_is_read_and_once(drawn: list[int]) -> None:
    sampled = Sampled(KPIS["average_basket"], {(0, 0): PAIRS, (1, 0): PAIRS[:30]}, 20)
    assert drawn == []
    expected = intervals.ratio_bootstrap(PAIRS[:, 0], PAIRS[:, 1])
    drawn.clear()
    assert expected is not None
    assert sampled.at(0, 0) == sampled.at(0, 0) == (expected.low, expected.high)
    assert drawn == [40]


def test_a_median_is_between_two_of_its_values() -> None:
    sampled = Sampled(KPIS["sales_cycle_median"], {(0, 0): PAIRS}, 20)
    expected = intervals.median_interval(PAIRS[:, 0])
    assert expected is not None
    assert sampled.at(0, 0) == (expected.low, expected.high)


@pytest.mark.parametrize("at", [(1, 0), (0, 1)])
def test_too_few_or_none_have_no_interval(at: tuple[int, int]) -> None:
    assert np.isnan(Sampled(KPIS["average_basket"], {(1, 0): PAIRS[:19]}, 20).at(*at)).all()


def test_a_window_may_be_told_by_another_reading() -> None:
    kpi = KPIS["sales_cycle_median"]
    today, then = Sampled(kpi, {(0, 0): PAIRS, (0, 1): PAIRS}, 20), Sampled(kpi, {(0, 0): PAIRS, (0, 1): PAIRS + 1}, 20)
    both = today.with_windows(then, frozenset({1}))
    assert both.at(0, 0) == today.at(0, 0)
    assert both.at(0, 1) == then.at(0, 1) != today.at(0, 1)
    assert np.isnan(today.with_windows(None, frozenset({0})).at(0, 0)).all()


def test_rows_of_some_scopes_draw_no_other(tmp_path: Path, drawn: list[int]) -> None:
    sales = [
        {"sale_id": f"{rep}{n}", "order_id": f"{rep}{n}", "account_id": f"{rep}{n}", "rep_id": rep, "sold_on": DAY}
        | {"amount": 10 + n * n}
        for rep, count in (("A", 30), ("B", 25))
        for n in range(count)
    ]
    shop = company(tmp_path, {"reps": [{"rep_id": "A", "name": "A"}, {"rep_id": "B", "name": "B"}], "sales": sales})
    answer = ask(
        shop, question(shop, "average_basket", "2026-01", levels="company,rep", compare=("previous",), intervals=True)
    )
    assert drawn == []
    [row] = answer.rows_of(lambda scope: scope.key == "B")
    assert drawn == [25]
    assert row.low is not None
    assert answer.to_arrow().column("low").to_pylist()[2] == row.low
    assert sorted(drawn) == [25, 30, 55]
