"""What should be reached by now: the finest targets given, and inside them the business days that are over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cadran.catalogue.kpi import Additivity
from cadran.objectives.book import TargetBook
from cadran.objectives.proration import Objective, portion


def expected_to_date(book: TargetBook, goal: Objective, as_of: date, additivity: Additivity) -> Decimal:
    """The part of an additive `goal` due on the evening of `as_of`; a rep's pace starts at their arrival.

    A level (a rate, a duration, a stock) is due whole on every day.
    """
    if additivity is not Additivity.ADDITIVE:
        return goal.value
    return portion(book, goal, goal.window.clip(as_of))
