"""Shares add up to the amount, whatever the weights and their order."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadran.objectives.splitting import CENT, split

CENTS = st.integers(-(10**14), 10**14).map(lambda cents: cents * CENT)
WEIGHTS = st.dictionaries(
    st.text(min_size=1, max_size=4), st.integers(0, 10**9) | st.fractions(0, 1000), min_size=1, max_size=40
)


def D(text: str) -> Decimal:
    return Decimal(text)


def test_the_example_worked_out_by_hand() -> None:
    shares = split(D("1000.00"), {"a": 1, "b": 2, "c": 4})
    assert shares == {"a": D("142.86"), "b": D("285.71"), "c": D("571.43")}


def test_equal_shares_give_the_odd_cent_to_the_key_that_comes_first() -> None:
    assert split(D(100), {"c": 1, "a": 1, "b": 1}) == {"a": D("33.34"), "b": D("33.33"), "c": D("33.33")}


def test_a_quarter_by_business_days_of_its_months() -> None:
    """63 business days, 21 + 20 + 22: 266,666.67 + 253,968.25 + 279,365.08."""
    shares = split(D(800_000), {"2026-01": 21, "2026-02": 20, "2026-03": 22})
    assert list(shares.values()) == [D("266666.67"), D("253968.25"), D("279365.08")]


def test_counts_are_shared_in_whole_ones() -> None:
    assert split(D(10), {"a": 1, "b": 1, "c": 1}, D(1)) == {"a": D(4), "b": D(3), "c": D(3)}


@given(CENTS, WEIGHTS)
def test_the_sum_is_exact(amount: Decimal, weights: dict[str, Fraction]) -> None:
    assert sum(split(amount, weights).values(), D("0")) == amount


@given(CENTS, WEIGHTS, st.randoms())
def test_the_order_does_not_matter(amount: Decimal, weights: dict[str, Fraction], chance: random.Random) -> None:
    shuffled = list(weights.items())
    chance.shuffle(shuffled)
    assert split(amount, dict(shuffled)) == split(amount, weights)


@given(CENTS, WEIGHTS)
def test_each_share_is_within_a_cent_of_the_exact_one(amount: Decimal, weights: dict[str, Fraction]) -> None:
    whole = sum(map(Fraction, weights.values()))
    if whole:
        for key, share in split(amount, weights).items():
            exact = Fraction(amount) * Fraction(weights[key]) / whole
            assert abs(Fraction(share) - exact) < Fraction(1, 100)


@given(CENTS, WEIGHTS)
def test_who_weighs_more_never_gets_less(amount: Decimal, weights: dict[str, Fraction]) -> None:
    shares = split(abs(amount), weights)
    ordered = sorted(weights, key=lambda key: weights[key])
    for lighter, heavier in pairwise(ordered):
        assert weights[lighter] == weights[heavier] or shares[lighter] <= shares[heavier]


@given(CENTS, WEIGHTS)
def test_a_negative_amount_is_shared_as_its_opposite(amount: Decimal, weights: dict[str, Fraction]) -> None:
    opposite = split(-amount, weights)
    assert {key: -share for key, share in opposite.items()} == split(amount, weights)


@given(CENTS, WEIGHTS)
def test_without_weight_nothing_unless_nobody_has_any(amount: Decimal, weights: dict[str, Fraction]) -> None:
    shares = split(amount, weights)
    if any(weights.values()):
        assert all(shares[key] == 0 for key, weight in weights.items() if not weight)
    else:
        assert max(shares.values()) - min(shares.values()) <= CENT


@pytest.mark.parametrize(
    ("amount", "weights"), [("1", {}), ("1", {"a": -1, "b": 2}), ("0.001", {"a": 1})], ids=["nobody", "minus", "mills"]
)
def test_what_cannot_be_shared(amount: str, weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"nobody|negative|steps"):
        split(D(amount), weights)
