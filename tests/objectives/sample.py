"""Targets for one team on one calendar: France 2026, where January has 21 business days, February 20, March 22."""

from __future__ import annotations

from decimal import Decimal

from cadran.objectives.book import TargetBook
from cadran.objectives.target import Target, TargetKey
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import parse_period

FRANCE = BusinessCalendar("FR")
COMPANY = TargetKey("revenue", "company")


def rep(name: str) -> TargetKey:
    return TargetKey("revenue", "rep", name)


def team(name: str) -> TargetKey:
    return TargetKey("revenue", "team", name)


def target(key: TargetKey, period: str, value: str | int, stretch: str | int | None = None) -> Target:
    return Target(key, parse_period(period), Decimal(value), None if stretch is None else Decimal(stretch))


def book(*targets: Target) -> TargetBook:
    return TargetBook(targets, FRANCE)


def months(key: TargetKey = COMPANY) -> tuple[Target, ...]:
    """260, 265 and 275 thousand: the 800,000 of the first quarter, month by month."""
    return target(key, "2026-01", 260_000), target(key, "2026-02", 265_000), target(key, "2026-03", 275_000)
