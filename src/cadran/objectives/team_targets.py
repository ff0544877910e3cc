"""The objectives of teams and of the company: given, or the sum of their members', each for the days spent there.

              company               its own target, else its teams' and those of reps who are in no team
             /       \\
          North     South           its own target, else those of the teams below and of its members
         /     \\       \\
      Anne    Bruno   Chloé         Bruno moves to South on 1 March: his January and February stay in North

The targets of a team and of its members need not agree; `assignment` shows by how much they differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cadran.catalogue.kpi import Additivity
from cadran.objectives.book import TargetBook
from cadran.objectives.profile import ZERO
from cadran.objectives.proration import Objective, Origin, Part, objective, portion
from cadran.objectives.sales_force import COMPANY, SalesForce, Stay
from cadran.objectives.target import Dimensions, TargetKey
from cadran.periods.period import Period


@dataclass(frozen=True)
class Asked:
    """Which objective is asked for: of which KPI, over which window, for which breakdown."""

    kpi: str
    window: Period
    additivity: Additivity
    dimensions: Dimensions = ()

    def key(self, scope: str, scope_id: str | None) -> TargetKey:
        return TargetKey(self.kpi, scope, scope_id, self.dimensions)


@dataclass(frozen=True)
class Assignment:
    """The amount `given` to a team or the company, and what its `teams` and its `reps` have in all."""

    given: Decimal | None
    teams: Decimal | None
    reps: Decimal | None

    @property
    def teams_over(self) -> Decimal | None:
        """By how much the teams have more than was given (negative: less)."""
        return None if self.teams is None or self.given is None else self.teams - self.given

    @property
    def reps_over(self) -> Decimal | None:
        """By how much the reps have more than was given (negative: less)."""
        return None if self.reps is None or self.given is None else self.reps - self.given


class TeamTargets:
    """Objectives at every level of a sales force."""

    def __init__(self, book: TargetBook, force: SalesForce) -> None:
        self._book, self._force = book, force
        self._reps = book.reps()

    def rep(self, rep_id: str, asked: Asked) -> Objective | None:
        presence = self._force.presence(rep_id)
        return objective(self._book, asked.key("rep", rep_id), asked.window, asked.additivity, presence)

    def team(self, team_id: str, asked: Asked) -> Objective | None:
        """The team's own objective, else the sum of its members'; None when nobody has one, or for a rate."""
        return self._at(team_id, asked, frozenset())

    def company(self, asked: Asked) -> Objective | None:
        """The company's own objective, else the sum of its teams' and of the reps outside them."""
        return self._at(COMPANY, asked, frozenset())

    def assignment(self, team_id: str | None, asked: Asked) -> Assignment:
        """What a team (the company: None) was given, against what its teams and its reps have in all."""
        own = self._own(team_id, asked)
        teams = [self.team(child, asked) for child in self._force.children(team_id)]
        everywhere = (stay for team in (team_id, *self._force.below(team_id)) for stay in self._stays(team, asked))
        reps, _ = self._members(everywhere, asked)
        return Assignment(
            own.value if own else None,
            _sum(goal.value for goal in teams if goal),
            _sum(part.value for part in reps),
        )

    def _at(self, team_id: str | None, asked: Asked, above: frozenset[str | None]) -> Objective | None:
        own = self._own(team_id, asked)
        if own or asked.additivity is Additivity.NON_ADDITIVE or team_id in above:
            return own
        below = (self._at(child, asked, above | {team_id}) for child in self._force.children(team_id))
        teams = [Part(goal, asked.window, goal.value) for goal in below if goal]
        reps, missing = self._members(self._stays(team_id, asked), asked)
        parts = (*teams, *reps)
        if not parts:
            return None
        missing |= {rep_id for team in teams for rep_id in team.goal.missing}
        return Objective(
            key=_key(team_id, asked),
            window=asked.window,
            value=sum((part.value for part in parts), ZERO),
            origin=Origin.MEMBERS,
            present=(asked.window,),
            parts=parts,
            missing=tuple(sorted(missing)),
        )

    def _own(self, team_id: str | None, asked: Asked) -> Objective | None:
        return objective(self._book, _key(team_id, asked), asked.window, asked.additivity)

    def _stays(self, team_id: str | None, asked: Asked) -> list[Stay]:
        """Who counts in a team and for which days: of a stock, those who are there on the last day."""
        window = asked.window
        if asked.additivity is Additivity.SEMI_ADDITIVE:
            window = Period(window.last_day, window.end)
        if team_id is COMPANY:
            return list(self._force.outside_teams(self._reps, window))
        return list(self._force.stays(team_id, window))

    def _members(self, stays: Iterable[Stay], asked: Asked) -> tuple[list[Part], set[str]]:
        """What each rep brings, and the reps who have no objective to bring."""
        parts, missing = [], set()
        for rep_id, days in stays:
            goal = self.rep(rep_id, asked)
            if goal is None:
                missing.add(rep_id)
            elif asked.additivity is Additivity.ADDITIVE:
                parts.append(Part(goal, days, portion(self._book, goal, days)))
            else:
                parts.append(Part(goal, days, goal.value))
        return parts, missing - {part.goal.key.scope_id for part in parts}


def _key(team_id: str | None, asked: Asked) -> TargetKey:
    return asked.key("company" if team_id is COMPANY else "team", team_id)


def _sum(amounts: Iterable[Decimal]) -> Decimal | None:
    known = list(amounts)
    return sum(known, ZERO) if known else None
