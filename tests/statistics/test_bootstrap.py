"""The BCa bootstrap: against SciPy's, against its own analytical form, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cadran.statistics import intervals
from cadran.statistics.intervals import Interval, mean_bootstrap, ratio_bootstrap

amounts = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=20, max_size=60)


def skewed(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(6, 1, size)


@pytest.mark.parametrize("size", [30, 300])
def test_a_mean_agrees_with_scipys_bca(size: int) -> None:
    values = skewed(size)
    ours = mean_bootstrap(values)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=9_999, rng=1, batch=1_000)
    assert ours is not None
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * width)


def test_a_ratio_agrees_with_scipys_bca() -> None:
    visits = np.random.default_rng(2).integers(1, 12, 80).astype(float)
    revenue = visits * skewed(80, 3)
    ours = ratio_bootstrap(revenue, visits)

    def ratio(above: np.ndarray, below: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(above.sum(axis=axis) / below.sum(axis=axis))

    theirs = stats.bootstrap((revenue, visits), ratio, paired=True, method="BCa", rng=1).confidence_interval
    assert ours is not None
    width = theirs.high - theirs.low
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.06 * width)


def test_large_samples_computed_are_large_samples_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    above, below = skewed(1_500), np.random.default_rng(5).integers(1, 9, 1_500)
    monkeypatch.setattr(intervals, "RESAMPLED_UP_TO", 1_500)
    drawn = ratio_bootstrap(above, below)
    monkeypatch.setattr(intervals, "RESAMPLED_UP_TO", 0)
    computed = ratio_bootstrap(above, below)
    assert drawn is not None
    assert computed is not None
    width = drawn.high - drawn.low
    assert (computed.low, computed.high) == pytest.approx((drawn.low, drawn.high), abs=0.05 * width)


def test_computed_endpoints_follow_diciccio_and_efron(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ABC algorithm as published, with its numerical derivatives, on a ratio of sums."""
    monkeypatch.setattr(intervals, "RESAMPLED_UP_TO", 0)
    above, below = skewed(60), np.random.default_rng(5).integers(1, 9, 60).astype(float)
    size, step, normal = 60, 1e-3 / 60, stats.norm
    even = np.full(size, 1 / size)

    def ratio(weights: np.ndarray) -> float:
        return float(weights @ above / (weights @ below))

    toward = np.eye(size) - even
    up = np.array([ratio(even + step * way) for way in toward])
    down = np.array([ratio(even - step * way) for way in toward])
    first, second = (up - down) / (2 * step), (up - 2 * ratio(even) + down) / step**2
    sigma = np.sqrt(np.sum(first**2)) / size
    a = np.sum(first**3) / (6 * size**3 * sigma**3)
    delta = first / (size**2 * sigma)
    cq = (ratio(even + step * delta) - 2 * ratio(even) + ratio(even - step * delta)) / (2 * sigma * step**2)
    curvature = second.sum() / (2 * size**2) / sigma - cq
    z0 = normal.ppf(2 * normal.cdf(a) * normal.cdf(-curvature))
    z = z0 + normal.ppf([0.025, 0.975])
    expected = [ratio(even + way * delta) for way in z / (1 - a * z) ** 2]
    interval = ratio_bootstrap(above, below)
    assert interval is not None
    assert [interval.low, interval.high] == pytest.approx(expected, rel=1e-3)


def test_skewed_means_are_covered() -> None:
    """Exponential, n = 40: about 93 in 100 for BCa; the seed is fixed, the bound loose."""
    rng = np.random.default_rng(11)
    samples = rng.exponential(1, (300, 40))
    found = [mean_bootstrap(sample, seed=i) for i, sample in enumerate(samples)]
    covered = sum(1 for interval in found if interval is not None and interval.low <= 1 <= interval.high)
    assert 0.89 <= covered / 300 <= 0.98


def test_the_longer_tail_has_the_longer_side() -> None:
    values = skewed(50)
    interval = mean_bootstrap(values)
    assert interval is not None
    assert interval.high - values.mean() > values.mean() - interval.low


@given(amounts, st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_does_not_matter(values: list[float], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(values)
    interval = mean_bootstrap(values)
    assert interval is not None
    assert interval == mean_bootstrap(shuffled)
    assert min(values) - 1e-6 <= interval.low <= interval.high <= max(values) + 1e-6


def test_neither_do_large_ones_nor_pairs() -> None:
    above, below = skewed(5_000), np.random.default_rng(1).integers(0, 4, 5_000)
    order = np.random.default_rng(2).permutation(5_000)
    assert ratio_bootstrap(above, below) == ratio_bootstrap(above[order], below[order])


def test_the_seed_decides() -> None:
    values = skewed(40)
    assert mean_bootstrap(values, seed=1) == mean_bootstrap(values, seed=1)
    assert mean_bootstrap(values, seed=1) != mean_bootstrap(values, seed=2)


def test_a_higher_level_is_wider() -> None:
    values = skewed(60)
    inner, outer = mean_bootstrap(values, level=0.8), mean_bootstrap(values, level=0.99)
    assert inner is not None
    assert outer is not None
    assert outer.low < inner.low < inner.high < outer.high


def test_small_samples_have_no_interval() -> None:
    assert mean_bootstrap(skewed(19)) is None
    assert mean_bootstrap(skewed(20)) is not None
    assert mean_bootstrap([]) is None
    nineteen_with_a_visit = np.repeat([1, 0], [19, 41])
    assert ratio_bootstrap(skewed(60), nineteen_with_a_visit) is None


def test_equal_values_leave_no_doubt() -> None:
    assert mean_bootstrap(np.full(30, 12.5)) == Interval(12.5, 12.5)


def test_one_giant_client_does_not_lead_out_of_the_sample() -> None:
    values = np.concatenate((np.ones(4_999), [1e9]))
    interval = mean_bootstrap(values)
    assert interval is not None
    assert 1 <= interval.low <= values.mean() <= interval.high <= 1e9


@pytest.mark.parametrize(
    ("above", "below"),
    [([1.0] * 20, [1.0] * 19), ([np.nan] * 20, [1.0] * 20), ([1.0] * 20, [np.inf] * 20), ([1.0] * 20, [-1.0] * 20)],
)
def test_malformed_samples_are_refused(above: list[float], below: list[float]) -> None:
    with pytest.raises(ValueError):
        ratio_bootstrap(above, below)
