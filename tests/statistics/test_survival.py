"""Survival and incidence against published curves, hand counts and slow independent ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.statistics.intervals import wilson
from cadran.statistics.survival import (
    OPEN,
    REACHED,
    aalen_johansen,
    cohort_estimate,
    cumulative_incidence,
    kaplan_meier,
)

LOST = 2
EVENTS = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
REMISSION = EVENTS + CENSORED  # 6-MP arm of Freireich 1963, weeks
RELAPSED = [True] * len(EVENTS) + [False] * len(CENSORED)

# Ten leads: 4 lost on day 10, 2 open aged 15, 2 won on day 20, 2 open aged 40.
LEAD_DAYS = [10] * 4 + [15] * 2 + [20] * 2 + [40] * 2
LEAD_OUTCOMES = [LOST] * 4 + [OPEN] * 2 + [REACHED] * 2 + [OPEN] * 2

subjects = st.lists(st.tuples(st.integers(0, 30), st.sampled_from([OPEN, REACHED, LOST])), min_size=1, max_size=60)


def test_the_remission_curve_is_the_published_one() -> None:
    curve = kaplan_meier(REMISSION, RELAPSED)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert curve.survival == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    assert curve.median == 23


def test_a_curve_is_read_at_any_time() -> None:
    curve = kaplan_meier(REMISSION, RELAPSED)
    assert (curve.at(0), curve.at(5.9)) == (1, 1)
    assert curve.at(6) == curve.at(6.9) == pytest.approx(18 / 21)
    assert curve.quantile(0.25) == 13
    assert curve.quantile(0.9) is None


def test_a_curve_that_never_falls_has_no_median() -> None:
    curve = kaplan_meier([3, 4, 5], [False, False, False])
    assert (curve.at(10), curve.median) == (1, None)


def test_incidence_with_one_kind_of_event_is_the_published_complement() -> None:
    """Greenwood's standard errors of the same curve, as every textbook prints them."""
    curve = aalen_johansen(REMISSION, np.where(RELAPSED, REACHED, OPEN))
    assert 1 - curve.incidence == pytest.approx(kaplan_meier(REMISSION, RELAPSED).survival)
    assert curve.deviation == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)


def test_ten_leads_with_competing_outcomes() -> None:
    cohort = cohort_estimate(LEAD_DAYS, LEAD_OUTCOMES, 30)
    assert cohort is not None
    assert cohort.observed == 0.2
    assert (cohort.reached, cohort.decided) == (2, 6)
    assert cohort.maturity == 0.8
    assert cohort.estimate == pytest.approx(0.30)
    assert cumulative_incidence(LEAD_DAYS, LEAD_OUTCOMES, 30) == cohort.estimate
    assert cohort.interval is not None
    assert 0 < cohort.interval.low < 0.3 < cohort.interval.high < 1


def test_censoring_the_lost_would_flatter() -> None:
    censored = np.where(np.array(LEAD_OUTCOMES) == REACHED, REACHED, OPEN)
    assert cumulative_incidence(LEAD_DAYS, censored, 30) == pytest.approx(0.5)


def test_a_mature_cohort_has_the_plain_rate_and_wilsons_interval() -> None:
    days, outcomes = [5] * 3 + [8] * 4 + [95] * 3, [REACHED] * 3 + [LOST] * 4 + [OPEN] * 3
    cohort = cohort_estimate(days, outcomes, 90)
    expected = wilson(3, 10)
    assert cohort is not None
    assert cohort.interval is not None
    assert expected is not None
    assert (cohort.maturity, cohort.observed) == (1, 0.3)
    assert cohort.estimate == pytest.approx(0.3)
    assert (cohort.interval.low, cohort.interval.high) == pytest.approx((expected.low, expected.high))


def test_a_cohort_too_young_has_no_estimate() -> None:
    cohort = cohort_estimate([5, 20, 30], [REACHED, OPEN, OPEN], 90)
    assert cohort is not None
    assert (cohort.observed, cohort.maturity) == pytest.approx((1 / 3, 1 / 3))
    assert (cohort.estimate, cohort.interval) == (None, None)


def test_a_cohort_wholly_decided_needs_no_age() -> None:
    cohort = cohort_estimate([5, 20], [REACHED, LOST], 90)
    assert cohort is not None
    assert cohort.estimate == pytest.approx(0.5)


def test_the_day_of_the_horizon_counts() -> None:
    cohort = cohort_estimate([30, 30, 31], [REACHED, OPEN, REACHED], 30)
    assert cohort is not None
    assert (cohort.reached, cohort.mature) == (1, 3)
    assert cohort.estimate == pytest.approx(1 / 3)


def test_without_a_single_event_only_the_mature_speak() -> None:
    cohort = cohort_estimate([40] * 20 + [3] * 500, [OPEN] * 520, 30)
    assert cohort is not None
    assert cohort.estimate == 0
    assert cohort.interval == wilson(0, 20)


def test_an_empty_cohort_is_none() -> None:
    assert cohort_estimate([], [], 30) is None
    assert cumulative_incidence([], [], 30) is None


def test_the_curve_tells_when_a_share_is_reached() -> None:
    curve = aalen_johansen(LEAD_DAYS, LEAD_OUTCOMES)
    assert curve.quantile(0.3) == 20
    assert curve.quantile(0.31) is None
    assert curve.free_at(10) == pytest.approx(0.6)


@given(subjects)
def test_incidence_is_that_of_redistributing_by_hand(rows: list[tuple[int, int]]) -> None:
    """Efron's redistribution: in order of time, a censored subject hands its weight to those still at risk."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1] == OPEN))
    weights = [1 / len(rows)] * len(rows)
    reached: dict[int, float] = {}
    for i, (day, outcome) in enumerate(ordered):
        later = len(rows) - i - 1
        if outcome == OPEN and later:
            for j in range(i + 1, len(rows)):
                weights[j] += weights[i] / later
        if outcome == REACHED:
            reached[day] = reached.get(day, 0) + weights[i]
    curve = aalen_johansen(*zip(*rows, strict=True))
    for day in range(31):
        assert curve.at(day) == pytest.approx(sum(w for at, w in reached.items() if at <= day), abs=1e-9)


@given(subjects)
def test_every_subject_is_somewhere(rows: list[tuple[int, int]]) -> None:
    days, outcomes = (np.array(column) for column in zip(*rows, strict=True))
    lost = aalen_johansen(days, np.where(outcomes == OPEN, OPEN, LOST + REACHED - outcomes))
    curve = aalen_johansen(days, outcomes)
    assert curve.incidence + lost.incidence + curve.free == pytest.approx(1.0)
    assert np.all(np.diff(curve.incidence) >= 0)


@given(subjects)
def test_without_censoring_it_is_a_plain_proportion(rows: list[tuple[int, int]]) -> None:
    days = np.array([day for day, _ in rows])
    outcomes = np.array([max(outcome, REACHED) for _, outcome in rows])
    curve = aalen_johansen(days, outcomes)
    shares = np.array([np.mean((days <= time) & (outcomes == REACHED)) for time in curve.times])
    assert curve.incidence == pytest.approx(shares)
    assert curve.deviation == pytest.approx(np.sqrt(shares * (1 - shares) / len(rows)), abs=1e-7)


@given(subjects, st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_cohorts_ignore_order_and_stay_in_bounds(rows: list[tuple[int, int]], horizon: int, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(np.array(rows))
    cohort = cohort_estimate(*zip(*rows, strict=True), horizon)
    assert cohort is not None
    assert cohort == cohort_estimate(shuffled[:, 0], shuffled[:, 1], horizon)
    assert 0 <= cohort.observed <= cohort.maturity <= 1
    if cohort.estimate is not None:
        assert 0 <= cohort.estimate <= 1
        assert cohort.interval is None or 0 <= cohort.interval.low <= cohort.interval.high <= 1
    if cohort.maturity == 1:
        assert cohort.estimate == pytest.approx(cohort.observed)


@pytest.mark.parametrize("durations", [[-1.0, 2.0], [np.nan, 2.0], [1.0]])
def test_impossible_durations_are_refused(durations: list[float]) -> None:
    with pytest.raises(ValueError):
        aalen_johansen(durations, [OPEN, REACHED])
