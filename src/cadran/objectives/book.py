"""The targets of a company, indexed once: an exact window is found in a dictionary, anything else by key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from cadran.objectives.profile import Profile
from cadran.objectives.target import Target, TargetKey
from cadran.periods.calendar import BusinessCalendar
from cadran.periods.period import Period, shift_months, whole_months


class TargetBook:
    """Targets as `resolve_windows` gives them, with the calendar of the company that set them."""

    def __init__(self, targets: Iterable[Target], calendar: BusinessCalendar) -> None:
        self.calendar = calendar
        self._by_key: dict[TargetKey, dict[Period, Target]] = defaultdict(dict)
        self._finite: dict[TargetKey, dict[Period, Target]] = {}
        self._profiles: dict[TargetKey, Profile] = {}
        for target in sorted(targets, key=lambda target: (target.period.start, target.period.end)):
            self._by_key[target.key][target.period] = target

    def reps(self) -> tuple[str, ...]:
        """The reps who have a target about anything."""
        return tuple(sorted({key.scope_id for key in self._by_key if key.scope == "rep" and key.scope_id}))

    def given(self, key: TargetKey) -> dict[Period, Target]:
        """The targets about `key`, by window and in order. The last may be open."""
        return self._by_key.get(key, {})

    def finite(self, key: TargetKey) -> dict[Period, Target]:
        """The targets about `key` whose amount can be spread over days.

        An amount without an end cannot be: a last open target takes the length of the one before it (three months
        after three months), and is left out when there is none before.
        """
        if key not in self._finite:
            given = list(self.given(key).values())
            closed = [target for target in given if not target.is_open]
            last = _in_rhythm(closed[-1], given[-1]) if closed and len(closed) < len(given) else None
            self._finite[key] = {target.period: target for target in (*closed, *([last] if last else []))}
        return self._finite[key]

    def profile(self, key: TargetKey) -> Profile:
        """How the targets about `key` spread over days."""
        if key not in self._profiles:
            self._profiles[key] = Profile(self.finite(key).values(), self.calendar)
        return self._profiles[key]


def _in_rhythm(before: Target, last: Target) -> Target:
    months = whole_months(before.period)
    if months and last.period.start.day == 1:
        end = shift_months(Period(last.period.start, last.period.start), months).start
    else:
        end = last.period.start + timedelta(days=before.period.days)
    return replace(last, period=Period(last.period.start, end))
