"""Intervals against published tables, exact enumeration and what must always hold."""

from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from cadran.statistics.intervals import (
    Interval,
    median_interval,
    multinomial_bounds,
    multinomial_score,
    newcombe,
    newcombe_bounds,
    quantile_interval,
    wilson,
    wilson_bounds,
)

Z2 = NormalDist().inv_cdf(0.975) ** 2


@st.composite
def proportions(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5_000))
    return draw(st.integers(0, n)), n


@st.composite
def surveys(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 2_000))
    promoters = draw(st.integers(0, n))
    return promoters, draw(st.integers(0, n - promoters)), n


# --- proportions ---


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (3, 10, 0.1078, 0.6032)],
)
def test_wilson_is_that_of_newcombe_1998_table_1(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("sample", "base", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_are_those_of_newcombe_1998_table_2(
    sample: tuple[int, int], base: tuple[int, int], low: float, high: float
) -> None:
    interval = newcombe(*sample, *base)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_no_trial_has_no_interval() -> None:
    assert wilson(0, 0) is None
    assert newcombe(0, 0, 3, 10) is None
    assert newcombe(3, 10, 0, 0) is None
    assert multinomial_score(0, 0, 0) is None
    low, high = wilson_bounds([0, 3], [0, 10])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] == pytest.approx(0.1078, abs=5e-5)


def test_none_and_all_reach_exactly_zero_and_one() -> None:
    assert wilson(0, 3).low == 0.0  # type: ignore[union-attr]
    assert wilson(3, 3).high == 1.0  # type: ignore[union-attr]


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (float("nan"), 2), (1, float("inf"))])
def test_impossible_counts_are_refused(successes: float, n: float) -> None:
    with pytest.raises(ValueError):
        wilson(successes, n)


def test_an_impossible_level_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, level=95)


@given(proportions())
def test_wilson_surrounds_the_rate_inside_zero_and_one(sample: tuple[int, int]) -> None:
    interval = wilson(*sample)
    assert interval is not None
    assert 0 <= interval.low <= sample[0] / sample[1] <= interval.high <= 1
    assert interval.high - interval.low > 0


@given(proportions())
def test_wilson_bounds_solve_the_score_equation(sample: tuple[int, int]) -> None:
    successes, n = sample
    interval = wilson(successes, n)
    assert interval is not None
    for bound in (interval.low, interval.high):
        if 0 < bound < 1:
            assert n * (successes / n - bound) ** 2 == pytest.approx(Z2 * bound * (1 - bound), rel=1e-6, abs=1e-9)


@given(proportions(), proportions())
def test_a_difference_turned_round_changes_sign(sample: tuple[int, int], base: tuple[int, int]) -> None:
    one, other = newcombe(*sample, *base), newcombe(*base, *sample)
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
    assert -1 <= one.low <= sample[0] / sample[1] - base[0] / base[1] <= one.high <= 1


@given(st.lists(st.tuples(proportions(), proportions()), min_size=1, max_size=20))
@settings(max_examples=30)
def test_arrays_give_what_scalars_give(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    s, n, base_s, base_n = np.array([(*one, *other) for one, other in pairs]).T
    assert _rows(wilson_bounds(s, n)) == [wilson(*one) for one, _ in pairs]
    assert _rows(newcombe_bounds(s, n, base_s, base_n)) == [newcombe(*one, *other) for one, other in pairs]


# --- scores ---


def test_a_score_is_tangos_interval() -> None:
    """Airway reactivity, 21 children (Bentur 2009), as in Fagerland, Lydersen and Laake 2014."""
    interval = multinomial_score(1, 7, 21)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((-0.517, -0.026), abs=5e-4)


@given(proportions())
def test_without_neutral_answers_a_score_is_wilson_stretched(sample: tuple[int, int]) -> None:
    promoters, n = sample
    score, rate = multinomial_score(promoters, n - promoters, n), wilson(promoters, n)
    assert score is not None
    assert rate is not None
    assert (score.low, score.high) == pytest.approx((2 * rate.low - 1, 2 * rate.high - 1), abs=1e-9)


@given(surveys())
@settings(max_examples=60)
def test_score_bounds_are_where_the_likeliest_survey_is_just_contradicted(survey: tuple[int, int, int]) -> None:
    promoters, detractors, n = survey
    interval = multinomial_score(*survey)
    assert interval is not None
    for bound in (interval.low, interval.high):
        if abs(bound) < 0.999:
            share = _likeliest_detractors(promoters, detractors, n, bound)
            variance = 2 * share + bound - bound**2
            distance = (promoters - detractors) / n - bound
            assert n * distance**2 == pytest.approx(Z2 * variance, rel=2e-3, abs=1e-6)


@given(surveys())
def test_a_score_stays_in_bounds_and_mirrors(survey: tuple[int, int, int]) -> None:
    promoters, detractors, n = survey
    one, other = multinomial_score(promoters, detractors, n), multinomial_score(detractors, promoters, n)
    assert one is not None
    assert other is not None
    assert -1 <= one.low <= (promoters - detractors) / n <= one.high <= 1
    assert one.low < one.high
    assert (one.low, one.high) == (-other.high, -other.low)


@given(st.lists(surveys(), min_size=1, max_size=20))
@settings(max_examples=30)
def test_score_arrays_give_what_scalars_give(rows: list[tuple[int, int, int]]) -> None:
    assert _rows(multinomial_bounds(*np.array(rows).T)) == [multinomial_score(*row) for row in rows]


def test_scores_of_ten_answers_hold_their_level() -> None:
    """Coverage by enumeration of all surveys of 10 answers, over a grid of true shares: Wald's falls to 0.65."""
    surveys = [(p, d) for p in range(11) for d in range(11 - p)]
    promoters, detractors = np.array(surveys).T
    low, high = multinomial_bounds(promoters, detractors, np.full(len(surveys), 10))
    ways = np.array([comb(10, p) * comb(10 - p, d) for p, d in surveys], dtype=float)
    covered = []
    for p in np.arange(0.05, 0.95, 0.05):
        for d in np.arange(0.05, 0.96 - p, 0.05):
            neutral = max(1 - p - d, 0)
            chance = ways * p**promoters * d**detractors * neutral ** (10 - promoters - detractors)
            covered.append(chance[(low - 1e-9 <= p - d) & (p - d <= high + 1e-9)].sum())
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)
    assert min(covered) > 0.87


def test_more_opinions_than_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="than answers"):
        multinomial_score(6, 5, 10)


# --- quantiles ---


@pytest.mark.parametrize(("n", "low", "high"), [(6, 1, 6), (10, 2, 9), (15, 4, 12), (20, 6, 15), (100, 40, 61)])
def test_median_ranks_are_the_tabulated_ones(n: int, low: int, high: int) -> None:
    assert median_interval(np.arange(n, 0, -1)) == Interval(low, high)


def test_five_values_cannot_bound_a_median_at_95() -> None:
    assert median_interval([1, 2, 3, 4, 5]) is None  # 1 - 2/32 = 93.75 %
    assert median_interval([]) is None
    assert median_interval([1, 2, 3, 4, 5], level=0.9) == Interval(1, 5)


@given(st.integers(1, 120), st.sampled_from([0.1, 0.25, 0.5, 0.8, 0.9]))
def test_quantile_ranks_are_the_narrowest_that_keep_the_level(n: int, share: float) -> None:
    def under(k: int) -> float:
        return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1))

    interval = quantile_interval(np.arange(1, n + 1), share)
    lows = [rank for rank in range(1, n + 1) if under(rank - 1) <= 0.025 + 1e-13]
    highs = [rank for rank in range(1, n + 1) if 1 - under(rank - 1) <= 0.025 + 1e-13]
    assert interval == (Interval(max(lows), min(highs)) if lows and highs else None)


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=60), st.randoms())
def test_a_median_interval_ignores_the_order(values: list[float], random: object) -> None:
    shuffled = sorted(values, key=lambda _: random.random())  # type: ignore[attr-defined]
    interval = median_interval(values)
    assert interval == median_interval(shuffled)
    assert interval is not None
    assert interval.low <= float(np.median(values)) <= interval.high


def test_what_is_no_quantile_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_interval([1, 2, 3], 1.0)
    with pytest.raises(ValueError, match="numbers"):
        median_interval([1, 2, float("nan")])


def _rows(bounds: tuple[np.ndarray, np.ndarray]) -> list[Interval]:
    return [Interval(float(low), float(high)) for low, high in zip(*bounds, strict=True)]


def _likeliest_detractors(promoters: int, detractors: int, n: int, score: float) -> float:
    """By search, where the code solves a quadratic."""

    def contradiction(share: float) -> float:
        shares = (share + score, share, 1 - 2 * share - score)
        counts = (promoters, detractors, n - promoters - detractors)
        return -sum(count * np.log(max(part, 1e-300)) for count, part in zip(counts, shares, strict=True) if count)

    least, most = max(0.0, -score), (1 - score) / 2
    return float(minimize_scalar(contradiction, bounds=(least, most), method="bounded", options={"xatol": 1e-10}).x)


def test_the_halved_search_agrees_with_the_equation_it_solves() -> None:
    """10 promoters of 10: (1 - s)^2 n = z^2 (1 - s^2), so s = (n - z^2) / (n + z^2)."""
    interval = multinomial_score(10, 0, 10)
    assert interval is not None
    assert interval.low == pytest.approx((10 - Z2) / (10 + Z2), abs=1e-12)
    assert sqrt(Z2) == pytest.approx(1.959964, abs=1e-6)
