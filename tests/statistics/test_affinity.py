"""Association rules on counts that fit in the head."""

from itertools import permutations
from math import exp, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.statistics.affinity import Affinities, affinities

TEA, COFFEE, WATER = 1, 2, 3


def baskets(*groups: tuple[int, tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """(clients, products) rows: `count` clients with each set of products."""
    clients, products, client = [], [], 0
    for count, bought in groups:
        for _ in range(count):
            clients += [client] * len(bought)
            products += bought
            client += 1
    return np.array(clients), np.array(products)


def row(found: Affinities, antecedent: int, consequent: int) -> int:
    return int(np.flatnonzero((found.antecedent == antecedent) & (found.consequent == consequent))[0])


THOUSAND = baskets((150, (TEA, COFFEE)), (50, (TEA,)), (650, (COFFEE,)), (150, (WATER,)))


def test_a_thousand_baskets() -> None:
    """Three in four tea drinkers buy coffee, and that is fewer than of the others."""
    found = affinities(*THOUSAND)
    i = row(found, TEA, COFFEE)
    assert (found.clients[i], found.support[i]) == (150, 0.15)
    assert found.confidence[i] == pytest.approx(0.75)
    assert found.lift[i] == pytest.approx(0.9375)
    assert not found.recommended.any()
    assert found.confidence[row(found, COFFEE, TEA)] == pytest.approx(150 / 800)


def test_the_interval_of_that_lift() -> None:
    """Var(ln lift) = 1/150 - 1/200 - 1/800 + (2 * 0.9375 - 1)/1000 = 0.00129167; three pairs share the error."""
    found = affinities(*THOUSAND)
    i = row(found, TEA, COFFEE)
    reach = NormalDist().inv_cdf(1 - 0.05 / 6) * sqrt(0.00129167)
    assert found.lift_low[i] == pytest.approx(0.9375 * exp(-reach), rel=1e-5)
    assert found.lift_high[i] == pytest.approx(0.9375 * exp(reach), rel=1e-5)


def test_that_variance_is_what_sampling_gives() -> None:
    cells = np.random.default_rng(0).multinomial(1_000, [0.15, 0.05, 0.65, 0.15], size=40_000)
    both, tea, coffee = cells[:, 0], cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    assert np.var(np.log(both * 1_000 / (tea * coffee))) == pytest.approx(0.00129167, rel=0.03)


def test_a_real_link_is_recommended_both_ways() -> None:
    found = affinities(*baskets((80, (TEA, COFFEE)), (20, (TEA,)), (100, (COFFEE,)), (800, (WATER,))))
    assert found.recommended.tolist() == [True, True]
    assert found.lift[row(found, TEA, COFFEE)] == pytest.approx(0.8 / 0.18)


def test_a_strong_lift_on_a_few_clients_is_not_even_listed() -> None:
    rows = baskets((9, (TEA, COFFEE)), (991, (WATER,)))
    assert len(affinities(*rows)) == 0
    assert len(affinities(*rows, fewest=9)) == 2


def test_buying_twice_is_one_client() -> None:
    clients, products = THOUSAND
    once, twice = affinities(clients, products), affinities(np.tile(clients, 2), np.tile(products, 2))
    assert once.clients.tolist() == twice.clients.tolist()
    assert once.lift_low.tolist() == twice.lift_low.tolist()


def test_noise_is_not_recommended() -> None:
    """Forty independent products, 780 pairs: at 95 % each, some forty would pass."""
    has = np.random.default_rng(4).random((2_000, 40)) < 0.2
    clients, products = np.nonzero(has)
    assert len(affinities(clients, products)) == 40 * 39
    assert not affinities(clients, products).recommended.any()


def test_no_rows_no_pairs() -> None:
    assert len(affinities([], [])) == 0


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="2 clients for 1 products"):
        affinities([1, 2], [1])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=80), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_pairs_are_those_counted_one_by_one(rows: list[tuple[int, int]], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(np.array(rows, dtype=np.int64).reshape(-1, 2))
    found = affinities(shuffled[:, 0], shuffled[:, 1], fewest=2)
    holders = {product: {client for client, bought in rows if bought == product} for _, product in rows}
    expected = {
        (one, other): len(holders[one] & holders[other])
        for one, other in permutations(holders, 2)
        if len(holders[one] & holders[other]) >= 2
    }
    pairs = zip(found.antecedent.tolist(), found.consequent.tolist(), strict=True)
    assert dict(zip(pairs, found.clients.tolist(), strict=True)) == expected
    assert np.all((found.confidence > 0) & (found.confidence <= 1) & (found.support <= 1))
    assert np.all((found.lift_low <= found.lift) & (found.lift <= found.lift_high))
