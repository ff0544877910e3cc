"""How much of the whole hangs on a few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats


def gini(values: npt.ArrayLike) -> float | None:
    """Gini's coefficient of amounts of zero or more: 0 when all are equal, 1 - 1/n when one holds everything.

    None when there is nothing to share. A negative amount is a ValueError: no share of a whole is negative, so a
    client with more credit notes than invoices is left out (and counted) before.
    """
    amounts = _amounts(values)
    total = amounts.sum()
    if total == 0:
        return None
    n = len(amounts)
    ranks = np.arange(1, n + 1)
    return max(float(2 * np.sum(ranks * amounts) / (n * total) - (n + 1) / n), 0.0)


def top_share(values: npt.ArrayLike, n: int = 10) -> float | None:
    """The share of the total that the `n` largest amounts hold, in [0, 1]; None when there is nothing to share."""
    if n < 1:
        raise ValueError(f"the largest {n} amounts are none")
    amounts = _amounts(values)
    total = amounts.sum()
    return None if total == 0 else min(float(amounts[-n:].sum() / total), 1.0)


def _amounts(values: npt.ArrayLike) -> Floats:
    """Ascending, so that the answer does not depend on the order of the rows even in its last digit."""
    amounts = np.sort(np.asarray(values, dtype=np.float64).ravel())
    if not np.isfinite(amounts).all() or np.any(amounts < 0):
        raise ValueError("shares are taken of finite amounts of zero or more")
    return amounts
