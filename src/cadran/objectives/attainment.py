"""How a value stands against its objective: attainment never capped, gap, status (kpis.md section 2, rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cadran.catalogue.kpi import Better, Unit

AT_RISK = Decimal("0.9")
"""From this share of what is expected by now, up, a scope is at risk; below it is behind."""


class Status(StrEnum):
    EXCEEDED = "exceeded"
    REACHED = "reached"
    ON_PACE = "on_pace"
    AT_RISK = "at_risk"
    BEHIND = "behind"
    NO_TARGET = "no_target"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Attainment:
    """`attainment` is a ratio (1.25 is 125 %), None where only the gap has a meaning; `gap` is value − target."""

    status: Status
    attainment: Decimal | None = None
    gap: Decimal | None = None


def attain(
    value: Decimal | float | None,
    target: Decimal | None,
    expected: Decimal | None = None,
    *,
    unit: Unit = Unit.MONEY,
    better: Better = Better.HIGHER,
    at_risk: Decimal = AT_RISK,
) -> Attainment:
    """Hold `value` against `target`. Give `expected` (due by now) while the period is running, None once it is over.

    1,000,000 against 800,000 is 125 %, +200,000, exceeded. A score, or a target that is not positive, has a gap only.
    """
    if target is None:
        return Attainment(Status.NO_TARGET)
    if value is None:
        return Attainment(Status.UNDEFINED)
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    gap = exact - target
    if unit is Unit.SCORE or target <= 0:
        return Attainment(_status_by_gap(gap if better is Better.HIGHER else -gap), None, gap)
    if better is Better.LOWER:
        return Attainment(_status_of_lower(exact, target, expected, at_risk), _ratio(target, exact), gap)
    return Attainment(_status_of_higher(exact, target, expected, at_risk), exact / target, gap)


def _status_by_gap(gain: Decimal) -> Status:
    if gain > 0:
        return Status.EXCEEDED
    return Status.REACHED if gain == 0 else Status.BEHIND


def _status_of_higher(value: Decimal, target: Decimal, expected: Decimal | None, at_risk: Decimal) -> Status:
    if value >= target:
        return _status_by_gap(value - target)
    if expected is not None and value >= expected:
        return Status.ON_PACE
    due = target if expected is None else expected
    return Status.AT_RISK if value >= at_risk * due else Status.BEHIND


def _status_of_lower(value: Decimal, target: Decimal, expected: Decimal | None, at_risk: Decimal) -> Status:
    """Less is better. An amount that grows (due less than whole) is not won before the end: at best on pace."""
    due = target if expected is None else expected
    if due < target and value <= target:
        return Status.ON_PACE if value <= due else _short_of(value, due, at_risk)
    return _status_by_gap(target - value) if value <= target else _short_of(value, target, at_risk)


def _short_of(value: Decimal, due: Decimal, at_risk: Decimal) -> Status:
    return Status.AT_RISK if due >= at_risk * value else Status.BEHIND


def _ratio(above: Decimal, below: Decimal) -> Decimal | None:
    return above / below if below > 0 else None
