"""Which units may meet in a formula, and what comes out: money per client is money, money plus days is nonsense."""

from __future__ import annotations

from cadran.catalogue.kpi import Unit
from cadran.tables.contract import Type

# The unit of a column, by its type. A literal has no unit (None) and agrees with every other.
UNIT_OF_TYPE = {Type.MONEY: Unit.MONEY, Type.SHARE: Unit.RATIO, Type.NUMBER: Unit.COUNT, Type.INTEGER: Unit.COUNT}

_PLAIN = (None, Unit.RATIO, Unit.COUNT)


class UnitClash(Exception):
    """Two units that the operation cannot join."""


def plain(unit: Unit | None) -> Unit | None:
    """A rate reckons as any other ratio does."""
    return Unit.RATIO if unit is Unit.RATE else unit


def alike(left: Unit | None, right: Unit | None) -> bool:
    """Whether the two may be added or compared."""
    return left is None or right is None or plain(left) is plain(right)


def total(left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of `left + right`, `left - right`, or of a choice between the two."""
    if not alike(left, right):
        raise UnitClash
    return plain(right if left is None else left)


def product(left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of `left * right`: at most one of the two may be money, days or a score."""
    left, right = plain(left), plain(right)
    if left not in _PLAIN and right not in _PLAIN:
        raise UnitClash
    if left not in _PLAIN or right not in _PLAIN:
        return right if left in _PLAIN else left
    if Unit.COUNT in (left, right):
        return Unit.COUNT
    return right if left is None else left


def quotient(left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of `left / right`: a thing over its like is a ratio, a thing over a number or over days (so much per
    client, so much per day) stays that thing, and anything else is a ratio of its own."""
    left, right = plain(left), plain(right)
    if left is None:
        return None if right is None else Unit.RATIO
    if left is right:
        return Unit.RATIO
    return left if right in (*_PLAIN, Unit.DAYS) else Unit.RATIO


def agrees(announced: Unit, found: Unit | None) -> bool:
    """Whether a KPI that announces a unit may have a formula whose unit is `found`."""
    if announced is Unit.SCORE:
        return found in (*_PLAIN, Unit.SCORE)
    if announced is Unit.RATIO:
        return found in (None, Unit.RATIO, Unit.COUNT)
    return plain(announced) is found or (found is None and announced is not Unit.MONEY)
