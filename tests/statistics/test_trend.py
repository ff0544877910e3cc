"""XmR against the NIST handbook, and each rule on a series made for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadran.statistics.trend import Limits, Rule, Signal, signals, xmr_limits

NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
STEADY = Limits(mean=0, mean_moving_range=1.128)  # one deviation is 1: limits at -3 and 3

series = st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=40)


def test_limits_are_those_of_the_nist_handbook() -> None:
    limits = xmr_limits(NIST)
    assert limits is not None
    assert limits.mean == pytest.approx(50.81)
    assert limits.mean_moving_range == pytest.approx(1.8778, abs=5e-5)
    assert (limits.low, limits.high) == pytest.approx((45.8159, 55.8041), abs=5e-5)
    assert signals(NIST, limits) == ()


def test_few_values_have_no_limits() -> None:
    assert xmr_limits(NIST[:5]) is None
    assert xmr_limits([1, np.nan, 2, np.nan, 3, np.nan, 4, np.nan, 5, np.nan, 6]) is None  # no two neighbours


def test_a_missing_month_breaks_its_two_ranges_only() -> None:
    limits = xmr_limits([1, 2, 3, np.nan, 10, 11, 12])
    assert limits is not None
    assert (limits.mean, limits.mean_moving_range) == (6.5, 1)


def test_a_point_outside_is_a_signal_and_one_on_the_limit_is_not() -> None:
    assert signals([0, 3.01, 0, -3.01, 0, 3, -3], STEADY) == (Signal(1, Rule.OUTSIDE, 1), Signal(3, Rule.OUTSIDE, -1))


def test_the_eighth_on_one_side_is_a_signal() -> None:
    assert signals([0.1] * 7, STEADY) == ()
    assert signals([0.1] * 8, STEADY) == (Signal(7, Rule.RUN, 1),)
    assert signals([-0.1] * 9, STEADY) == (Signal(7, Rule.RUN, -1), Signal(8, Rule.RUN, -1))
    assert signals([0.1] * 7 + [np.nan] + [0.1] * 7, STEADY) == ()


def test_three_of_four_nearer_to_the_limit_are_a_signal() -> None:
    assert signals([1.6, 0, 1.6, 1.6], STEADY) == (Signal(3, Rule.NEAR_LIMIT, 1),)
    assert signals([1.6, 1.6, 1.6, 0], STEADY) == (Signal(2, Rule.NEAR_LIMIT, 1),)
    assert signals([1.6, -1.6, 1.6, -1.6], STEADY) == ()
    assert signals([1.5, 1.5, 1.5, 1.5], STEADY) == ()  # as near to the mean


def test_a_point_can_break_several_rules() -> None:
    found = signals([1, 1, 1, 1, 1, 2, 2, 4], STEADY)
    assert found == (Signal(7, Rule.OUTSIDE, 1), Signal(7, Rule.RUN, 1), Signal(7, Rule.NEAR_LIMIT, 1))


def test_limits_of_the_normal_months_judge_the_later_ones() -> None:
    limits = xmr_limits(NIST)
    assert limits is not None
    assert signals([*NIST, 60.0], limits)[0] == Signal(10, Rule.OUTSIDE, 1)


@given(series)
def test_turned_upside_down_the_signals_change_sides(values: list[float]) -> None:
    limits = xmr_limits(values)
    assert limits is not None
    mirrored = Limits(-limits.mean, limits.mean_moving_range)
    found = {(signal.position, signal.rule, -signal.side) for signal in signals(values, limits)}
    assert found == {(s.position, s.rule, s.side) for s in signals([-value for value in values], mirrored)}


@given(st.floats(-1e9, 1e9), st.integers(6, 30))
def test_a_constant_series_has_no_signal(value: float, length: int) -> None:
    limits = xmr_limits([value] * length)
    assert limits is not None
    assert signals([value] * length, limits) == ()
