"""Shares of a whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadran.statistics.concentration import gini, top_share

revenues = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "expected"), [([5, 5, 5], 0), ([0, 0, 0, 10], 0.75), ([4, 1, 3, 2], 0.25), ([7], 0), ([1, 3], 0.25)]
)
def test_gini_by_hand(values: list[float], expected: float) -> None:
    assert gini(values) == pytest.approx(expected)


def test_top_share_by_hand() -> None:
    assert top_share([10, 40, 20, 30], 2) == pytest.approx(0.7)
    assert top_share([1, 2, 3]) == 1
    assert top_share(range(1, 21)) == pytest.approx(155 / 210)


def test_nothing_to_share_is_undefined() -> None:
    assert gini([]) is None
    assert gini([0, 0]) is None
    assert top_share([], 3) is None


@pytest.mark.parametrize("values", [[1, -1], [1, np.nan], [1, np.inf]])
def test_what_is_no_share_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError):
        gini(values)
    with pytest.raises(ValueError):
        top_share(values)


def test_the_largest_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="largest 0"):
        top_share([1], 0)


@given(revenues)
def test_gini_is_half_the_relative_mean_difference(values: list[float]) -> None:
    array = np.array(values)
    expected = np.abs(array[:, None] - array[None, :]).mean() / (2 * array.mean())
    assert gini(values) == pytest.approx(expected, abs=1e-9)


@given(revenues, st.integers(0, 2**32 - 1), st.integers(1, 70))
def test_order_does_not_matter_and_shares_grow(values: list[float], seed: int, n: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(values)
    assert gini(values) == gini(shuffled)
    share, larger = top_share(values, n), top_share(values, n + 1)
    assert share == top_share(shuffled, n)
    assert share is not None
    assert larger is not None
    assert 0 < share <= larger <= 1
