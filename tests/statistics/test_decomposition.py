"""LMDI-I against Ang 2005, its zeros against the limit they claim, and the sum that must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadran.statistics.decomposition import activity_structure_intensity, lmdi, logarithmic_mean

factor = st.one_of(st.just(0.0), st.floats(1e-3, 1e4))
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.tuples(st.lists(factor, min_size=width, max_size=width), st.lists(factor, min_size=width, max_size=width)),
        min_size=1,
        max_size=6,
    )
)


def test_two_sectors_of_ang_2005() -> None:
    effects = activity_structure_intensity([10, 40], [30, 20], [40, 40], [80, 16])
    assert effects.activity.sum() == pytest.approx(32.3846, abs=5e-5)
    assert effects.structure.sum() == pytest.approx(38.2849, abs=5e-5)
    assert effects.intensity.sum() == pytest.approx(-24.6695, abs=5e-5)
    assert effects.total == pytest.approx(46)


def test_the_example_of_the_module() -> None:
    assert lmdi([[10, 10]], [[16, 8]])[0] == pytest.approx([53.3, -25.3], abs=0.05)


@pytest.mark.parametrize(("a", "b", "mean"), [(5, 5, 5), (0, 0, 0), (0, 7, 0), (7, 0, 0), (1, np.e, np.e - 1)])
def test_the_logarithmic_mean(a: float, b: float, mean: float) -> None:
    assert logarithmic_mean(a, b) == pytest.approx(mean)


@given(st.floats(1e-6, 1e9), st.floats(0, 1e-6))
def test_the_logarithmic_mean_is_steady_between_near_values(value: float, gap: float) -> None:
    other = value * (1 + gap)
    mean = float(logarithmic_mean(value, other))
    assert mean == pytest.approx((value + other) / 2, rel=1e-12)
    assert mean == float(logarithmic_mean(other, value))


def test_a_new_segment_is_structure_and_a_lost_one_too() -> None:
    effects = activity_structure_intensity([10, 0, 5], [100, 0, 50], [10, 5, 0], [100, 60, 0])
    assert effects.structure == pytest.approx([0, 60, -50])
    assert effects.activity == pytest.approx([0, 0, 0])
    assert effects.intensity == pytest.approx([0, 0, 0])


def test_a_first_year_is_all_activity() -> None:
    effects = activity_structure_intensity([0, 0], [0, 0], [10, 5], [100, 60])
    assert effects.activity == pytest.approx([100, 60])
    assert effects.total == pytest.approx(160)


@pytest.mark.parametrize(
    ("before", "after"),
    [((0, 4), (3, 5)), ((2, 4), (0, 5)), ((0, 0), (3, 5)), ((0, 4), (3, 0)), ((0, 4), (0, 5)), ((2, 0, 3), (4, 5, 6))],
)
def test_zeros_are_the_limit_of_small_values(before: tuple[float, ...], after: tuple[float, ...]) -> None:
    """The same formula with 1e-120 instead of 0; a logarithm closes in slowly, hence the loose bound."""
    small = [np.where(np.array(side) == 0, 1e-120, side) for side in (before, after)]
    bound = 0.01 * max(np.prod(before), np.prod(after), 1)
    assert lmdi([before], [after])[0] == pytest.approx(lmdi([small[0]], [small[1]])[0], abs=bound)


@given(tables)
def test_effects_sum_to_the_change_of_each_segment(rows: list[tuple[list[float], list[float]]]) -> None:
    before, after = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    old, new = before.prod(axis=1), after.prod(axis=1)
    tolerance = 1e-9 * (old + new + 1)
    assert np.all(np.abs(lmdi(before, after).sum(axis=1) - (new - old)) <= tolerance)


@given(tables)
def test_time_reversed_changes_every_sign(rows: list[tuple[list[float], list[float]]]) -> None:
    before, after = [row[0] for row in rows], [row[1] for row in rows]
    assert lmdi(before, after) == pytest.approx(-lmdi(after, before), rel=1e-9, abs=1e-9)


@given(tables)
def test_an_unchanged_factor_has_no_effect(rows: list[tuple[list[float], list[float]]]) -> None:
    before, after = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    after[:, 0] = before[:, 0]
    assert lmdi(before, after)[:, 0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("before", "after"),
    [([[1, -2]], [[1, 2]]), ([[1, np.inf]], [[1, 2]]), ([[1, np.nan]], [[1, 2]]), ([[1, 2]], [[1, 2, 3]]), ([1], [2])],
)
def test_what_has_no_decomposition_is_refused(before: list[object], after: list[object]) -> None:
    with pytest.raises(ValueError):
        lmdi(before, after)  # type: ignore[arg-type]


def test_a_value_without_a_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="without a quantity"):
        activity_structure_intensity([0, 1], [5, 1], [1, 1], [1, 1])
