"""An amount shared out so that the shares add up to it exactly: the largest remainders take what rounding leaves.

    1,000.00 by the weights a 1, b 2, c 4
    exact      a 142.857...    b 285.714...    c 571.428...
    to the cent  142.85 (.71)    285.71 (.43)    571.42 (.86)    999.98: two cents are left
    shares       142.86          285.71          571.43        1,000.00

Nothing depends on the order in which the weights are given: of equal remainders the larger weight is served first, then
the key that comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

Weight = int | Decimal | Fraction
Weights = Mapping[str, Weight]

CENT = Decimal("0.01")


def split(amount: Decimal, weights: Weights, step: Decimal = CENT) -> dict[str, Decimal]:
    """Whole steps of `amount` to each key, in proportion to its weight; in the order of `weights`.

    A key without weight gets nothing, unless none has any: then all get the same. A negative amount is shared as its
    opposite is. Raises ValueError for no key at all, a negative weight, or an amount that is not in whole steps.
    """
    steps = amount / step
    if not weights:
        raise ValueError("nobody to share it among")
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("a weight is negative")
    if steps != steps.to_integral_value():
        raise ValueError(f"{amount} is not in whole steps of {step}")
    shares = _shared(abs(int(steps)), {key: Fraction(weight) for key, weight in weights.items()})
    return {key: share * (step if steps >= 0 else -step) for key, share in shares.items()}


def _shared(steps: int, weights: dict[str, Fraction]) -> dict[str, int]:
    whole = sum(weights.values())
    if not whole:
        return _shared(steps, dict.fromkeys(weights, Fraction(1)))
    exact = {key: steps * weight / whole for key, weight in weights.items()}
    shares = {key: share.numerator // share.denominator for key, share in exact.items()}
    left = steps - sum(shares.values())
    served = sorted(weights, key=lambda key: (shares[key] - exact[key], -weights[key], key))
    return shares | {key: shares[key] + 1 for key in served[:left]}
