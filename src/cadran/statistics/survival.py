"""How long it takes, and how many get there, when some are still on their way.

A cohort of leads seen today holds leads that signed, leads that were lost, and leads still open. Counting only the
decided flatters; counting the open ones as failures slanders. These are the two estimators that do neither:

- `kaplan_meier`: one kind of event, the others censored (still running when last seen);
- `aalen_johansen`: several kinds that exclude each other. A lost deal is no longer at risk of being signed;
  censoring it would pretend it might still be.

Durations are in any one unit (days, in Cadran) from the start of each subject to its event, or to the last day it
was seen without one. A subject censored on the day of an event was still at risk on that day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats, Interval, wilson

Counts = npt.NDArray[np.int64]

OPEN = 0
REACHED = 1
"""Codes of `outcomes`: OPEN is censored, REACHED is the event of interest, any other code competes with it."""

ROUNDING = 1e-12


@dataclass(frozen=True)
class SurvivalCurve:
    """The share still without the event just after each time at which one happened; 1 before the first."""

    times: Floats
    at_risk: Counts
    events: Counts
    survival: Floats

    def at(self, time: float) -> float:
        return _step(self.times, self.survival, time, before=1.0)

    def quantile(self, share: float) -> float | None:
        """The first time by which at least `share` have had the event; None if the curve never gets there."""
        return _first(self.times, self.survival <= 1 - share + ROUNDING)

    @property
    def median(self) -> float | None:
        return self.quantile(0.5)


@dataclass(frozen=True)
class IncidenceCurve:
    """The share that has reached the event of interest by each time; `free` has met no event of any kind.

    `deviation` is the standard error of `incidence`.
    """

    times: Floats
    at_risk: Counts
    incidence: Floats
    free: Floats
    deviation: Floats

    def at(self, time: float) -> float:
        return _step(self.times, self.incidence, time, before=0.0)

    def free_at(self, time: float) -> float:
        return _step(self.times, self.free, time, before=1.0)

    def deviation_at(self, time: float) -> float:
        return _step(self.times, self.deviation, time, before=0.0)

    def quantile(self, share: float) -> float | None:
        """The first time by which `share` of the whole cohort has reached the event; None if it never does."""
        return _first(self.times, self.incidence >= share - ROUNDING)


@dataclass(frozen=True)
class CohortEstimate:
    """What a cohort has done within `horizon`, and what it will have done once all of it is that old.

    `reached` counts subjects that reached the event within the horizon; `decided` those with any known outcome;
    `mature` those with a known outcome or seen for the whole horizon. `estimate` is None when no subject has been
    followed long enough to tell.
    """

    horizon: float
    size: int
    reached: int
    decided: int
    mature: int
    estimate: float | None
    interval: Interval | None

    @property
    def observed(self) -> float:
        return self.reached / self.size

    @property
    def maturity(self) -> float:
        return self.mature / self.size


def kaplan_meier(durations: npt.ArrayLike, observed: npt.ArrayLike) -> SurvivalCurve:
    """The product-limit estimator (Kaplan and Meier 1958, JASA 53:457); `observed` is False where censored."""
    times, outcomes = _subjects(durations, np.asarray(observed, dtype=bool))
    moments, at_risk, events = _event_table(times, outcomes)
    return SurvivalCurve(moments, at_risk, events, _remaining(events, at_risk))


def aalen_johansen(durations: npt.ArrayLike, outcomes: npt.ArrayLike) -> IncidenceCurve:
    """The cumulative incidence of REACHED among competing outcomes (Aalen and Johansen 1978, Scand. J. Stat. 5:141).

    Its variance is the delta-method one of Marubini and Valsecchi (1995), which is binomial, p(1-p)/n,
    when nobody is censored.
    """
    times, codes = _subjects(durations, np.asarray(outcomes, dtype=np.int64))
    moments, at_risk, events = _event_table(times, codes)
    reached = _counted(times[codes == REACHED], moments)
    free = _remaining(events, at_risk)
    free_before = np.concatenate(([1.0], free[:-1]))
    incidence = np.asarray(np.cumsum(free_before * reached / at_risk), dtype=np.float64)
    deviation = _incidence_deviation(at_risk, events, reached, free_before, incidence)
    return IncidenceCurve(moments, at_risk, incidence, free, deviation)


def cumulative_incidence(durations: npt.ArrayLike, outcomes: npt.ArrayLike, horizon: float) -> float | None:
    """The share expected to have reached the event by `horizon`; None if nobody was followed that far."""
    cohort = cohort_estimate(durations, outcomes, horizon)
    return None if cohort is None else cohort.estimate


def cohort_estimate(
    durations: npt.ArrayLike, outcomes: npt.ArrayLike, horizon: float, level: float = 0.95
) -> CohortEstimate | None:
    """Counts, maturity and estimate of a cohort at a horizon; None for an empty cohort.

    The interval is Wilson's on the effective sample size, the number of fully followed subjects that would leave the
    same standard error (Dorey and Korn 1987, Stat. Med. 6:679): on a mature cohort it is Wilson's of the plain rate.
    """
    times, codes = _subjects(durations, np.asarray(outcomes, dtype=np.int64))
    if not len(times):
        return None
    mature = int(np.sum((codes != OPEN) | (times >= horizon)))
    curve = aalen_johansen(times, codes)
    followed = float(times.max()) >= horizon or curve.free_at(horizon) <= ROUNDING
    estimate = min(curve.at(horizon), 1.0) if followed else None
    return CohortEstimate(
        horizon=horizon,
        size=len(times),
        reached=int(np.sum((codes == REACHED) & (times <= horizon))),
        decided=int(np.sum(codes != OPEN)),
        mature=mature,
        estimate=estimate,
        interval=None if estimate is None else _interval(estimate, curve.deviation_at(horizon), mature, level),
    )


def _interval(estimate: float, deviation: float, mature: int, level: float) -> Interval | None:
    """Without an event (or with nothing else) the standard error is 0 and says nothing: the mature ones count."""
    informative = deviation > ROUNDING and ROUNDING < estimate < 1 - ROUNDING
    size = estimate * (1 - estimate) / deviation**2 if informative else float(mature)
    return wilson(estimate * size, size, level)


def _incidence_deviation(
    at_risk: Counts, events: Counts, reached: Counts, free_before: Floats, incidence: Floats
) -> Floats:
    """Marubini and Valsecchi's variance at every event time, expanded in powers of the incidence to stay linear."""
    left = at_risk - events
    # When everybody left at once the curve has ended, and nothing later depends on this term.
    chance = np.divide(events, at_risk * left, out=np.zeros(len(events)), where=left > 0)
    jump = free_before * reached / at_risk**2
    own = free_before**2 * (at_risk - reached) * reached / at_risk**3
    total = (
        incidence**2 * np.cumsum(chance)
        - 2 * incidence * np.cumsum(incidence * chance + jump)
        + np.cumsum(incidence**2 * chance + own + 2 * incidence * jump)
    )
    return np.asarray(np.sqrt(np.maximum(total, 0)), dtype=np.float64)


def _subjects(durations: npt.ArrayLike, outcomes: npt.NDArray[np.generic]) -> tuple[Floats, Counts]:
    times = np.asarray(durations, dtype=np.float64)
    if times.shape != outcomes.shape or times.ndim != 1:
        raise ValueError(f"{times.size} durations for {outcomes.size} outcomes")
    if not np.isfinite(times).all() or np.any(times < 0):
        raise ValueError("durations are finite and not negative")
    return times, outcomes.astype(np.int64)


def _event_table(times: Floats, outcomes: Counts) -> tuple[Floats, Counts, Counts]:
    """The distinct times of events of any kind, how many were still at risk at each, and how many events it had."""
    happened = times[outcomes != OPEN]
    moments = np.unique(happened)
    at_risk = len(times) - np.searchsorted(np.sort(times), moments, "left")
    return moments, at_risk.astype(np.int64), _counted(happened, moments)


def _remaining(events: Counts, at_risk: Counts) -> Floats:
    """The product over the times so far of the share that each one spared."""
    return np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)


def _counted(values: Floats, moments: Floats) -> Counts:
    ordered = np.sort(values)
    counts = np.searchsorted(ordered, moments, "right") - np.searchsorted(ordered, moments, "left")
    return counts.astype(np.int64)


def _step(times: Floats, levels: Floats, time: float, before: float) -> float:
    passed = int(np.searchsorted(times, time, "right"))
    return float(levels[passed - 1]) if passed else before


def _first(times: Floats, condition: npt.NDArray[np.bool_]) -> float | None:
    return float(times[np.argmax(condition)]) if condition.any() else None
