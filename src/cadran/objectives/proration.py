"""The objective for any window, from the targets that were given (kpis.md section 2, rule 8).

| KPI | in this order |
| --- | --- |
| additive | a target for exactly the window; the sum of finer ones that tile it (the fewest); each day's share |
| any other | a target for exactly the window; the shortest that covers it, as it is; finer ones, if all are equal |

A rep who is there part of the window has the objective of the business days they are there, unless targets were given
for just those days. Shares are differences of running totals rounded to the cent: over any tiling they add up to
the target, whichever questions are asked in whichever order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial

from cadran.catalogue.kpi import Additivity
from cadran.objectives.book import TargetBook
from cadran.objectives.presence import ALWAYS, Presence
from cadran.objectives.profile import CENT, ZERO, share
from cadran.objectives.target import Target, TargetKey
from cadran.periods.period import Period


class Origin(StrEnum):
    """Where an objective comes from."""

    GIVEN = "given"  # somebody set it, for this window or for a longer one in which it applies as it is
    SUM = "sum"  # finer targets tile the window
    SHARE = "share"  # business days of longer targets
    MEMBERS = "members"  # a team's, from those of its members


@dataclass(frozen=True)
class Objective:
    """The objective of one scope for one window. `present` are the days it is for; `sources` the given targets it
    comes from; of a team whose own was never given, `parts` are its members' and `missing` the reps who have none."""

    key: TargetKey
    window: Period
    value: Decimal
    origin: Origin
    present: tuple[Period, ...]
    sources: tuple[Target, ...] = ()
    is_prorated: bool = False
    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_derived(self) -> bool:
        """True when nobody typed this amount nor its terms: it is a share by business days."""
        return self.origin is Origin.SHARE or self.is_prorated or any(part.is_derived for part in self.parts)

    @property
    def stretch_value(self) -> Decimal | None:
        """The stretch objective, in the proportion to the objective in which it was given; None if one is missing."""
        if self.origin is Origin.MEMBERS:
            return _total([part.stretch_value for part in self.parts])
        stretch = _total([target.stretch_value for target in self.sources])
        if stretch is None or self.origin is Origin.SUM or (self.origin is Origin.GIVEN and not self.is_prorated):
            return stretch
        return _scaled(stretch, self.value, sum((target.value for target in self.sources), ZERO))


@dataclass(frozen=True)
class Part:
    """What one member brings to a team's objective: `value`, the part of `goal` that falls in `days`."""

    goal: Objective
    days: Period
    value: Decimal

    @property
    def is_derived(self) -> bool:
        return self.goal.is_derived or self.value != self.goal.value

    @property
    def stretch_value(self) -> Decimal | None:
        stretch = self.goal.stretch_value
        return stretch if stretch is None else _scaled(stretch, self.value, self.goal.value)


def objective(
    book: TargetBook, key: TargetKey, window: Period, additivity: Additivity, presence: Presence = ALWAYS
) -> Objective | None:
    """The objective about `key` for `window`; None when no target says it, or when the rep is never there.

    Of a non-additive KPI and of a stock, a target is a level to reach: it applies as it is, and is never shared out.
    """
    present = presence.within(window)
    if not present:
        return None
    if additivity is not Additivity.ADDITIVE:
        return _applied(book, key, window, present)
    full = _full(book, key, window)
    if present == (window,):
        return full
    return _prorated(book, full, present) if full else _of_days_there(book, key, window, present)


def portion(book: TargetBook, goal: Objective, days: Period) -> Decimal:
    """What of an additive objective falls in `days` of its window: nothing on the days it is not for."""
    if goal.origin is Origin.MEMBERS:
        return sum((portion(book, part.goal, part.days.intersect(days)) for part in goal.parts), ZERO)
    return _running(book, goal, days.end) - _running(book, goal, days.start)


def _running(book: TargetBook, goal: Objective, day: date) -> Decimal:
    """What of the objective is due before `day`, to the cent."""
    if day >= goal.window.end:
        return goal.value
    return _due_in(book, goal, [Period(days.start, min(days.end, day)) for days in goal.present if days.start < day])


def _due_in(book: TargetBook, goal: Objective, parts: Iterable[Period]) -> Decimal:
    """What of the objective is due in `parts` of the days it is for."""
    weigh, total = course(book, goal)
    return share(goal.value, weigh(parts), total) if total else ZERO


def course(book: TargetBook, goal: Objective) -> tuple[Callable[[Iterable[Period]], Decimal], Decimal]:
    """How much some days weigh in an objective, and all the days it is for: the finer targets give its course, and
    business days do where these say nothing."""
    weigh = partial(_over, book.profile(goal.key).weight)
    total = weigh(goal.present)
    if not total:
        weigh = partial(_over, book.calendar.business_days)
        total = weigh(goal.present)
    return weigh, total


def _over(weight: Callable[[Period], Decimal | int], parts: Iterable[Period]) -> Decimal:
    return sum((Decimal(weight(part)) for part in parts), ZERO)


def _full(book: TargetBook, key: TargetKey, window: Period) -> Objective | None:
    """The objective of somebody who is there all along."""
    finite = book.finite(key)
    exact = finite.get(window)
    if exact:
        return Objective(key, window, exact.value, Origin.GIVEN, (window,), (exact,))
    tiles = _tiling(finite, window)
    if tiles:
        return Objective(key, window, sum((tile.value for tile in tiles), ZERO), Origin.SUM, (window,), tiles)
    profile = book.profile(key)
    if not profile.covers(window):
        return None
    return Objective(key, window, profile.amount(window), Origin.SHARE, (window,), profile.sources(window))


def _prorated(book: TargetBook, full: Objective, present: tuple[Period, ...]) -> Objective:
    exact = book.finite(full.key).get(present[0]) if len(present) == 1 else None
    if exact:
        return Objective(full.key, full.window, exact.value, Origin.GIVEN, present, (exact,))
    value = _due_in(book, full, present)
    return replace(full, value=value, present=present, is_prorated=value != full.value)


def _of_days_there(book: TargetBook, key: TargetKey, window: Period, present: tuple[Period, ...]) -> Objective | None:
    """The objective of somebody whose targets were given for no more than the days they are there."""
    parts = [_full(book, key, days) for days in present]
    known = [part for part in parts if part]
    if len(known) < len(parts):
        return None
    origin = Origin.SHARE if any(part.is_derived for part in known) else Origin.SUM
    return Objective(
        key,
        window,
        sum((part.value for part in known), ZERO),
        known[0].origin if len(known) == 1 else origin,
        present,
        tuple(dict.fromkeys(target for part in known for target in part.sources)),
    )


def _applied(book: TargetBook, key: TargetKey, window: Period, present: tuple[Period, ...]) -> Objective | None:
    given = book.given(key)
    exact = given.get(window)
    if exact:
        return Objective(key, window, exact.value, Origin.GIVEN, present, (exact,))
    covering = [target for target in given.values() if target.period.covers(window)]
    if covering:
        shortest = min(covering, key=lambda target: target.period.days)
        return Objective(key, window, shortest.value, Origin.GIVEN, present, (shortest,))
    tiles = _tiling(given, window)
    values = {tile.value for tile in tiles}
    return Objective(key, window, tiles[0].value, Origin.GIVEN, present, tiles[:1]) if len(values) == 1 else None


def _tiling(given: dict[Period, Target], window: Period) -> tuple[Target, ...]:
    """The fewest targets that follow each other from the start of `window` to its end; () when they do not."""
    paths: dict[date, tuple[Target, ...]] = {window.start: ()}
    for period, target in given.items():
        path = paths.get(period.start)
        if path is None or period.end > window.end:
            continue
        known = paths.get(period.end)
        if known is None or len(path) + 1 < len(known):
            paths[period.end] = (*path, target)
    return paths.get(window.end, ())


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    """The sum; None when an amount is missing, or when there is none."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known and len(known) == len(amounts) else None


def _scaled(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal | None:
    return (amount * part / whole).quantize(CENT) if whole else None
