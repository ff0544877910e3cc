"""Clients without a contract: are they still clients, and how often will they come back?

BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24:275). While alive, a client buys at random at a rate of its
own (gamma over clients: r, alpha); after any purchase it may leave for good, with a chance of its own (beta: a, b).

Each client is three numbers, in one unit of time (days or weeks):
`frequency`, its repeat purchases (the first one not counted); `recency`, the time from the first to the last purchase;
`age`, the time from the first purchase to today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats

FEWEST_REPEATERS = 20
"""Clients who came back that a fit needs: four parameters are not learned from fewer."""

STARTS = ((1.0, 1.0, 1.0, 1.0), (0.25, 0.1, 0.8, 2.5), (2.0, 0.5, 0.1, 1.0))
"""Where the search begins: the parameters, in units of the clients' mean age. The likelihood has flat valleys."""

LOG_BOUND = 9.0
NEAR_ONE = 1e-6


@dataclass(frozen=True)
class BgNbd:
    """A fitted model; `alpha` is in the unit of time of the data."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class Clients:
    """Checked histories, as arrays of one length; `weight` clients share each of them."""

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats


def negative_log_likelihood(
    model: BgNbd, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
) -> float:
    """Minus the log-likelihood of the clients' histories under the model."""
    return _loss(model, _clients(frequency, recency, age))[0]


def fit(frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> BgNbd | None:
    """The likeliest model; None under twenty clients who came back, or when no search converges.

    Equal histories are counted once, with a weight: faster, and the same answer for any order of the rows.
    """
    clients = _distinct(_clients(frequency, recency, age))
    if clients.weight[clients.frequency > 0].sum() < FEWEST_REPEATERS:
        return None
    unit = float(np.average(clients.age, weights=clients.weight))
    scaled = Clients(clients.frequency, clients.recency / unit, clients.age / unit, clients.weight)
    found = _search(scaled)
    return None if found is None else BgNbd(found.r, found.alpha * unit, found.a, found.b)


def probability_alive(model: BgNbd, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> Floats:
    """The chance that each client is still one, in [0, 1]; 1 before any repeat purchase, as the model has it.

    Fader, Hardie and Lee 2008, "Computing P(alive) using the BG/NBD model".
    """
    from scipy.special import expit

    clients = _clients(frequency, recency, age)
    stayed, left = _log_paths(model, clients)
    return np.asarray(expit(stayed - left), dtype=np.float64)


def expected_purchases(
    model: BgNbd, horizon: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
) -> Floats:
    """The purchases each client is expected to make within `horizon` from today.

    Euler's transformation of the hypergeometric function is used, under which a client with hundreds of purchases
    neither overflows nor loses digits.
    """
    from scipy.special import hyp2f1

    if horizon < 0:
        raise ValueError(f"a horizon lies ahead, not {horizon}")
    clients = _clients(frequency, recency, age)
    # At a = 1 the formula is 0/0 with a finite limit: a hair beside it gives that limit.
    a = model.a if abs(model.a - 1) > NEAR_ONE else 1 + NEAR_ONE
    ahead = horizon / (model.alpha + clients.age + horizon)
    total = a + model.b + clients.frequency - 1
    unspent = (1 - ahead) ** (a - 1) * hyp2f1(a + model.b - 1 - model.r, a - 1, total, ahead)
    alive = probability_alive(model, frequency, recency, age)
    return np.asarray(np.maximum(total / (a - 1) * (1 - unspent), 0) * alive, dtype=np.float64)


def _search(clients: Clients) -> BgNbd | None:
    """The best of several descents over the logarithms of the parameters."""
    from scipy.optimize import minimize

    def mean_loss(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        loss, gradient = _loss(BgNbd(*values), clients)
        return loss / clients.weight.sum(), gradient * values / clients.weight.sum()

    bounds = [(-LOG_BOUND, LOG_BOUND)] * 4
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 2_000}
    runs = [
        minimize(mean_loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        for start in STARTS
    ]
    converged = [run for run in runs if run.success]
    if not converged:
        return None
    best = min(converged, key=lambda run: float(run.fun))
    return BgNbd(*(float(value) for value in np.exp(best.x)))


def _loss(model: BgNbd, clients: Clients) -> tuple[float, Floats]:
    """Minus the log-likelihood, and its gradient in (r, alpha, a, b)."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, weight = clients.frequency, clients.weight
    stayed, left = _log_paths(model, clients)
    path = np.logaddexp(stayed, left)
    purchases = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    departures = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    gone = np.exp(left - path)
    still, last = alpha + clients.age, alpha + clients.recency
    both = psi(a + b) - psi(a + b + x)
    slopes = (
        psi(r + x) - psi(r) + np.log(alpha) - (1 - gone) * np.log(still) - gone * np.log(last),
        r / alpha - (r + x) * ((1 - gone) / still + gone / last),
        both + gone / a,
        both + psi(b + x) - psi(b) - np.divide(gone, b + x - 1, out=np.zeros_like(x), where=x > 0),
    )
    return -float(weight @ (purchases + departures + path)), -np.array([weight @ slope for slope in slopes])


def _log_paths(model: BgNbd, clients: Clients) -> tuple[Floats, Floats]:
    """The logarithms of the two ways to be silent since the last purchase: alive by chance, or gone since then.

    Nobody is gone before a repeat purchase: minus infinity there.
    """
    x = clients.frequency
    stayed = -(model.r + x) * np.log(model.alpha + clients.age)
    odds = model.a / np.maximum(model.b + x - 1, np.finfo(np.float64).tiny)
    left = np.log(odds) - (model.r + x) * np.log(model.alpha + clients.recency)
    return stayed, np.where(x > 0, left, -np.inf)


def _clients(frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> Clients:
    x, last, now = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (frequency, recency, age))
    if not x.shape == last.shape == now.shape:
        raise ValueError(f"{x.size} frequencies, {last.size} recencies and {now.size} ages")
    whole = np.isfinite(x) & (x >= 0) & (x == np.floor(x))
    if not np.all(whole & (last >= 0) & (last <= now) & np.isfinite(now)):
        raise ValueError("a history has a whole frequency of zero or more, and 0 <= recency <= age")
    return Clients(x, last, now, np.ones_like(x))


def _distinct(clients: Clients) -> Clients:
    histories = np.column_stack((clients.frequency, clients.recency, clients.age))
    rows, counts = np.unique(histories, axis=0, return_counts=True)
    return Clients(rows[:, 0], rows[:, 1], rows[:, 2], counts.astype(np.float64))
