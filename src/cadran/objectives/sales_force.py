"""Who is where, and when: the team tree, dated memberships, and the days each rep is there to sell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cadran.access import Membership, Team
from cadran.objectives.presence import ALWAYS, Presence, without
from cadran.objectives.target import FOREVER
from cadran.periods.period import Period

COMPANY = None
"""The scope_id of the company: the parent of the teams that have none."""

Stay = tuple[str, Period]
"""A rep, and days they spend somewhere."""


class SalesForce:
    """The organisation indexed by team. `presence` is by rep; a rep it does not know is always there."""

    def __init__(
        self, teams: Iterable[Team], memberships: Iterable[Membership], presence: Mapping[str, Presence]
    ) -> None:
        self._presence = presence
        self._members: dict[str, list[Stay]] = defaultdict(list)
        self._places: dict[str, list[Period]] = defaultdict(list)
        for membership in memberships:
            days = Period(membership.starts_on, membership.ends_on or FOREVER)
            self._members[membership.team_id].append((membership.rep_id, days))
            self._places[membership.rep_id].append(days)
        parents = dict.fromkeys(self._members, COMPANY) | {team.team_id: team.parent_team_id for team in teams}
        self._children: dict[str | None, list[str]] = defaultdict(list)
        for team_id, parent in sorted(parents.items()):
            self._children[parent if parent in parents else COMPANY].append(team_id)

    def presence(self, rep_id: str) -> Presence:
        return self._presence.get(rep_id, ALWAYS)

    def children(self, team_id: str | None) -> tuple[str, ...]:
        """The teams directly under a team, or under the company."""
        return tuple(self._children.get(team_id, ()))

    def below(self, team_id: str | None) -> Iterator[str]:
        """Every team under a team, or under the company; a circle of teams is walked once."""
        seen, waiting = {team_id}, list(self.children(team_id))
        while waiting:
            team = waiting.pop()
            if team not in seen:
                seen.add(team)
                waiting += self.children(team)
                yield team

    def stays(self, team_id: str, window: Period) -> Iterator[Stay]:
        """The days of `window` that each member spends in the team and is there."""
        for rep_id, days in self._members.get(team_id, ()):
            yield from ((rep_id, part) for part in self.presence(rep_id).within(window.intersect(days)))

    def outside_teams(self, reps: Iterable[str], window: Period) -> Iterator[Stay]:
        """The days of `window` that each of `reps` is there, in no team."""
        for rep_id in reps:
            for days in without(window, self._places.get(rep_id, ())):
                yield from ((rep_id, part) for part in self.presence(rep_id).within(days))
