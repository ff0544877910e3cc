"""Why did it change? A change split into the part of each factor, with nothing left over.

LMDI-I, additive (Ang 2005, Energy Policy 33:867): each segment's value is a product of factors, and the effect of a
factor is the logarithmic mean of the two values times the logarithm of the factor's ratio. Unlike changing one factor
after the other, it does not depend on the order, and unlike changing one alone, it leaves no residual.

          before            after                 effects on value (their sum is 128.0 - 100.0)
          volume  price     volume  price         volume   price
    A     10      10        16      8             +53.3    -25.3
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats


@dataclass(frozen=True)
class MixEffects:
    """The change of each segment, as three effects that add up to it (arrays, one entry per segment).

    `activity`: the whole grew; `structure`: the segment's share of the quantity moved; `intensity`: its value per
    unit of quantity moved (a price, a basket, a rate).
    """

    activity: Floats
    structure: Floats
    intensity: Floats

    @property
    def total(self) -> float:
        return float(self.activity.sum() + self.structure.sum() + self.intensity.sum())


def logarithmic_mean(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """(a - b) / ln(a / b), between the geometric and the arithmetic mean; a when a = b, and 0 when either is 0."""
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    low, high = np.minimum(one, other), np.maximum(one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (high - low) / np.log1p((high - low) / low)
    return np.where(low == high, low, np.where(low == 0, 0.0, mean))


def lmdi(before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    """The effect of each factor in each segment: arrays (segments, factors) in, the same shape out.

    A row of effects sums to the change of that segment's product. Factors are zero or more. NaN says that a factor
    is undefined on one side (the price of what was not sold): it is then taken as unchanged, provided another factor
    of the row is zero there.

    Zeros by their analytical limit (Ang and Liu 2007, Energy Policy 35:238): a segment that appears or disappears
    owes its whole change to the factor that was zero, in equal parts if several were.
    """
    old, new = _factors(before, after)
    old_value, new_value = old.prod(axis=1, keepdims=True), new.prod(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        regular = logarithmic_mean(old_value, new_value) * (np.log(new) - np.log(old))
    vanishing = np.where(new_value > 0, old == 0, new == 0)
    limit = (new_value - old_value) * vanishing / np.maximum(vanishing.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.where((old_value > 0) & (new_value > 0), regular, limit), dtype=np.float64)


def activity_structure_intensity(
    quantity_before: npt.ArrayLike,
    value_before: npt.ArrayLike,
    quantity_after: npt.ArrayLike,
    value_after: npt.ArrayLike,
) -> MixEffects:
    """Why the total value changed, from quantity and value per segment (arrays of one length, zero or more)."""
    effects = lmdi(_mix(quantity_before, value_before), _mix(quantity_after, value_after))
    return MixEffects(activity=effects[:, 0], structure=effects[:, 1], intensity=effects[:, 2])


def _mix(quantity: npt.ArrayLike, value: npt.ArrayLike) -> Floats:
    """(segments, 3): the total quantity, the segment's share of it, its value per unit."""
    units, worth = np.asarray(quantity, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if np.any((units == 0) & (worth != 0)):
        raise ValueError("a segment has a value without a quantity")
    with np.errstate(invalid="ignore"):
        return np.column_stack((np.full_like(units, units.sum()), units / units.sum(), worth / units))


def _factors(before: npt.ArrayLike, after: npt.ArrayLike) -> tuple[Floats, Floats]:
    old, new = np.array(before, dtype=np.float64), np.array(after, dtype=np.float64)
    if old.shape != new.shape or old.ndim != 2:
        raise ValueError(f"factors are two tables of one shape (segments, factors), not {old.shape} and {new.shape}")
    for side in (old, new):
        if np.any(side < 0) or np.isinf(side).any():
            raise ValueError("factors are finite and not negative: group a segment of credit notes with another")
        if np.any(np.isnan(side).any(axis=1) & ~(side == 0).any(axis=1)):
            raise ValueError("a factor is undefined where no other is zero: the value itself is unknown")
    old, new = np.where(np.isnan(old), new, old), np.where(np.isnan(new), old, new)
    return np.nan_to_num(old, nan=1.0), np.nan_to_num(new, nan=1.0)
