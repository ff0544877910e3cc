"""What should be reached by now: the finest targets given, and inside them the business days that are over, or the
company's own past curve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cadran.catalogue.kpi import Additivity
from cadran.objectives.book import TargetBook
from cadran.objectives.past_curve import PastCurve
from cadran.objectives.profile import CENT, ZERO
from cadran.objectives.proration import Objective, Origin, Part, course, portion
from cadran.periods.period import Period


def expected_to_date(book: TargetBook, goal: Objective, as_of: date, additivity: Additivity) -> Decimal:
    """The part of an additive `goal` due on the evening of `as_of`; a rep's pace starts at their arrival.

    A level (a rate, a duration, a stock) is due whole on every day.
    """
    if additivity is not Additivity.ADDITIVE:
        return goal.value
    return portion(book, goal, goal.window.clip(as_of))


def expected_by_past(book: TargetBook, goal: Objective, as_of: date, past: PastCurve) -> Decimal | None:
    """The same of an additive `goal`, by the curve of the company one year before inside the finest target that is
    running; None where that year does not tell it."""
    if goal.origin is Origin.MEMBERS:
        dues = [expected_by_past(book, _of(part), as_of, past) for part in goal.parts]
        known = [due for due in dues if due is not None]
        return sum(known, ZERO) if len(known) == len(dues) else None
    over = _inside(goal.window.clip(as_of), goal.present)
    if over == goal.present:
        return goal.value
    if not over:
        return ZERO
    piece = (book.profile(goal.key).around(as_of) or goal.window).intersect(goal.window)
    running, done = _inside(piece, goal.present), _inside(piece, over)
    reached = past.reached(piece, done, running) if done and done != running else Decimal(bool(done))
    weigh, total = course(book, goal)
    if reached is None or not total:
        return None
    due = weigh(over) - weigh(done) + reached * weigh(running)
    return (goal.value * due / total).quantize(CENT)


def _of(part: Part) -> Objective:
    """What a member brings, as an objective for the days they bring it."""
    if part.goal.origin is Origin.MEMBERS:
        return part.goal
    return replace(part.goal, value=part.value, present=_inside(part.days, part.goal.present))


def _inside(window: Period, days: Iterable[Period]) -> tuple[Period, ...]:
    """The days that fall in `window`."""
    return tuple(both for both in (window.intersect(each) for each in days) if not both.is_empty)
