"""BG/NBD against the CDNOW results of Fader, Hardie and Lee 2005, and against its own story, simulated."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.statistics.buying import BgNbd, expected_purchases, fit, negative_log_likelihood, probability_alive

CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)  # in weeks
History = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def cdnow() -> History:
    """2,357 clients of CDNOW over 39 weeks, as the package `lifetimes` ships them."""
    package = find_spec("lifetimes")
    if package is None or package.origin is None:
        pytest.skip("the package lifetimes, which carries the CDNOW summary, is not installed")
    table = np.loadtxt(
        Path(package.origin).parent / "datasets" / "cdnow_customers_summary.csv", delimiter=",", skiprows=1
    )
    return table[:, 1], table[:, 2], table[:, 3]


def test_cdnow_has_the_published_parameters(cdnow: History) -> None:
    model = fit(*cdnow)
    assert model is not None
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert negative_log_likelihood(model, *cdnow) == pytest.approx(9582.4, abs=0.05)


def test_cdnow_in_days_or_in_another_order_is_the_same_fit(cdnow: History) -> None:
    model = fit(*cdnow)
    order = np.random.default_rng(0).permutation(len(cdnow[0]))
    assert fit(*(column[order] for column in cdnow)) == model
    days = fit(cdnow[0], 7 * cdnow[1], 7 * cdnow[2])
    assert model is not None
    assert days is not None
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((model.r, model.alpha, model.a, model.b), rel=1e-3)


def test_customer_one_of_the_authors_spreadsheet() -> None:
    """Two repeats, the last in week 30.43 of 38.86: 1.226 more expected in the next 39 weeks."""
    assert expected_purchases(CDNOW, 39, 2, 30.43, 38.86)[0] == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize(
    "history", [(0, 0.0, 38.86), (1, 5.0, 38.0), (2, 30.43, 38.86), (7, 10.0, 39.0), (12, 38.0, 39.0)]
)
@pytest.mark.parametrize(
    "model", [CDNOW, BgNbd(r=0.8, alpha=6.0, a=1.0, b=3.0), BgNbd(r=2.0, alpha=20.0, a=1.7, b=4.0)]
)
def test_forecasts_are_those_of_the_story_simulated(model: BgNbd, history: tuple[float, float, float]) -> None:
    """Rates and drop-out chances drawn from their distributions, each weighted by how likely it makes the history."""
    x, last, now = history
    rng = np.random.default_rng(3)
    rate = rng.gamma(model.r, 1 / model.alpha, 1_500_000)
    quit_chance = np.maximum(rng.beta(model.a, model.b, len(rate)), 1e-12)
    stayed = ((1 - quit_chance) * rate) ** x * np.exp(-rate * now)
    left = quit_chance * (1 - quit_chance) ** (x - 1) * rate**x * np.exp(-rate * last) if x else 0 * rate
    alive = stayed.sum() / (stayed + left).sum()
    future = (stayed * (1 - np.exp(-rate * quit_chance * 20)) / quit_chance).sum() / (stayed + left).sum()
    assert probability_alive(model, *history)[0] == pytest.approx(alive, rel=0.03)
    assert expected_purchases(model, 20, *history)[0] == pytest.approx(future, rel=0.03)


def test_a_simulated_company_is_recognised() -> None:
    history = simulated(6_000, BgNbd(r=0.6, alpha=8.0, a=0.8, b=2.5))
    model = fit(*history)
    assert model is not None
    assert (model.r, model.alpha) == pytest.approx((0.6, 8.0), rel=0.15)
    assert model.a / (model.a + model.b) == pytest.approx(0.8 / 3.3, rel=0.15)


def test_the_fit_is_the_bottom_of_the_valley() -> None:
    history = simulated(800, CDNOW)
    model = fit(*history)
    assert model is not None
    lowest = negative_log_likelihood(model, *history)
    for name in ("r", "alpha", "a", "b"):
        for change in (0.97, 1.03):
            moved = BgNbd(**{**vars(model), name: getattr(model, name) * change})
            assert negative_log_likelihood(moved, *history) > lowest


def test_too_few_came_back() -> None:
    frequency, age = np.repeat([1, 0], [19, 500]), np.full(519, 100.0)
    assert fit(frequency, 40.0 * frequency, age) is None
    assert fit([], [], []) is None


def test_hundreds_of_purchases_neither_overflow_nor_vanish() -> None:
    """An alive client's rate is gamma(r + x, alpha + age) and its drop-out beta(a, b + x): drawn, then averaged."""
    rng = np.random.default_rng(5)
    rate = rng.gamma(CDNOW.r + 800, 1 / (CDNOW.alpha + 104), 400_000)
    quit_chance = np.maximum(rng.beta(CDNOW.a, CDNOW.b + 800, len(rate)), 1e-12)
    if_alive = np.mean((1 - np.exp(-rate * quit_chance * 52)) / quit_chance)
    alive = probability_alive(CDNOW, 800, 103.9, 104)[0]
    assert 0.99 < alive <= 1
    assert expected_purchases(CDNOW, 52, 800, 103.9, 104)[0] == pytest.approx(if_alive * alive, rel=2e-3)


@given(st.integers(0, 60), st.floats(0, 1), st.floats(1, 200), st.floats(0.1, 100))
@settings(max_examples=60)
def test_forecasts_stay_in_bounds(x: int, part: float, now: float, horizon: float) -> None:
    last = now * part if x else 0.0
    alive = probability_alive(CDNOW, x, last, now)[0]
    near, far = (expected_purchases(CDNOW, ahead, x, last, now)[0] for ahead in (horizon, 2 * horizon))
    assert 0 <= alive <= 1
    assert 0 <= near <= far
    assert near <= (CDNOW.r + x) / (CDNOW.alpha + now) * horizon + 1e-9  # the mean rate, if nobody ever left


@pytest.mark.parametrize("history", [(1, 5, 4), (-1, 0, 4), (1.5, 1, 4), (1, -1, 4), (1, 1, np.nan), (1, np.nan, 4)])
def test_impossible_histories_are_refused(history: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError):
        probability_alive(CDNOW, *history)
    with pytest.raises(ValueError, match="ahead"):
        expected_purchases(CDNOW, -1, 0, 0, 4)


def simulated(clients: int, model: BgNbd) -> History:
    """Histories told by the model's own story, over 30 to 100 weeks."""
    rng = np.random.default_rng(7)
    age = rng.uniform(30, 100, clients)
    rate = rng.gamma(model.r, 1 / model.alpha, clients)
    quit_chance = rng.beta(model.a, model.b, clients)
    frequency, recency = np.zeros(clients), np.zeros(clients)
    for i in range(clients):
        at = rng.exponential(1 / rate[i])
        while at <= age[i]:
            frequency[i], recency[i] = frequency[i] + 1, at
            at = np.inf if rng.random() < quit_chance[i] else at + rng.exponential(1 / rate[i])
    return frequency, recency, age
