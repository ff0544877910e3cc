"""Who looks, and what they may see: the one place in the code that decides it.

| role | sees | may, besides looking and exporting what they see |
| --- | --- | --- |
| director, analyst | everything | plan objectives, feed the data, define KPIs |
| finance | everything | |
| administrator | everything | all of it, and people, settings, the audit log |
| manager | the teams they manage and all teams below, the reps of those teams, and themselves | plan their objectives |
| rep | themselves | |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from cadran.errors import AccessError, Issue, Text


class Role(StrEnum):
    DIRECTOR = "director"
    MANAGER = "manager"
    REP = "rep"
    ANALYST = "analyst"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"


SEES_ALL = frozenset({Role.DIRECTOR, Role.ANALYST, Role.FINANCE, Role.ADMINISTRATOR})


class Ability(StrEnum):
    """What a person may do, always within the scopes they may see."""

    MEASURE = "measure"  # look at figures, and take them away
    PLAN = "plan"  # set objectives
    FEED = "feed"  # import, correct and undo: whoever does sees every row
    DEFINE = "define"  # the company's own KPIs
    ADMINISTER = "administer"  # people, settings, keys, the audit log


_ABILITIES = {
    Role.DIRECTOR: frozenset({Ability.MEASURE, Ability.PLAN, Ability.FEED, Ability.DEFINE}),
    Role.ANALYST: frozenset({Ability.MEASURE, Ability.PLAN, Ability.FEED, Ability.DEFINE}),
    Role.FINANCE: frozenset({Ability.MEASURE}),
    Role.ADMINISTRATOR: frozenset(Ability),
    Role.MANAGER: frozenset({Ability.MEASURE, Ability.PLAN}),
    Role.REP: frozenset({Ability.MEASURE}),
}


def may(role: Role, ability: Ability) -> bool:
    return ability in _ABILITIES[role]


@dataclass(frozen=True)
class Viewer:
    """The person who asks. `rep_id` is the rep they are, found through `reps.email`."""

    email: str
    role: Role
    rep_id: str | None = None


# The owner of the folder, at the keyboard: whoever can read the files can read everything.
EVERYTHING = Viewer("", Role.DIRECTOR)


@dataclass(frozen=True)
class Team:
    team_id: str
    parent_team_id: str | None
    manager_rep_id: str | None


@dataclass(frozen=True)
class Membership:
    """A rep in a team over [starts_on, ends_on); no end: until now."""

    rep_id: str
    team_id: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Organisation:
    """The sales organisation as data, to be looked at on the evening of `on`. `emails` holds (rep_id, email)."""

    teams: tuple[Team, ...]
    memberships: tuple[Membership, ...]
    emails: tuple[tuple[str, str], ...]
    on: date

    def team_of(self, rep_id: str) -> str | None:
        """The rep's team on the day, or the last one before it: who has left still counts where they were. Of teams
        begun on the same day, the last of `memberships` counts."""
        return self._team_of.get(rep_id)

    @cached_property
    def _team_of(self) -> dict[str, str]:
        """Rep -> team, looked up once for all: pages ask for every rep of a thousand."""
        begun = (each for each in self.memberships if each.starts_on <= self.on)
        return {each.rep_id: each.team_id for each in sorted(begun, key=lambda each: each.starts_on)}

    def below(self, team_id: str) -> frozenset[str]:
        """The team and all teams under it; a circle of teams is walked once."""
        found: set[str] = set()
        waiting = [team_id]
        while waiting:
            team = waiting.pop()
            if team not in found:
                found.add(team)
                waiting += [each.team_id for each in self.teams if each.parent_team_id == team]
        return frozenset(found)

    def managed_by(self, rep_id: str) -> frozenset[str]:
        mine = [team.team_id for team in self.teams if team.manager_rep_id == rep_id]
        return frozenset().union(*(self.below(team) for team in mine))

    def reps_in(self, teams: frozenset[str]) -> frozenset[str]:
        return frozenset(rep for rep, team in self._team_of.items() if team in teams)


@dataclass(frozen=True)
class Visible:
    """The scopes a viewer may see. `company` means everything, whatever the two sets hold."""

    company: bool
    teams: frozenset[str] = frozenset()
    reps: frozenset[str] = frozenset()

    def holds(self, level: str, key: str) -> bool:
        """Whether a scope (company, team or rep, by the company's own id) is among them."""
        return self.company or (level == "team" and key in self.teams) or (level == "rep" and key in self.reps)


def visible_scopes(viewer: Viewer, organisation: Organisation) -> Visible:
    if viewer.role in SEES_ALL:
        return Visible(True)
    if viewer.rep_id is None:
        return Visible(False)
    me = frozenset({viewer.rep_id})
    if viewer.role is Role.REP:
        return Visible(False, reps=me)
    teams = organisation.managed_by(viewer.rep_id)
    return Visible(False, teams, organisation.reps_in(teams) | me)


def ranked_with(viewer: Viewer, organisation: Organisation, allowed: bool) -> frozenset[str]:
    """The reps whose place in the list of ranks a viewer may see besides what they see: those of their own team, if
    the company allows it (`[web] team_ranks`)."""
    if viewer.rep_id is None:
        return frozenset()
    team = organisation.team_of(viewer.rep_id)
    if not allowed or team is None:
        return frozenset({viewer.rep_id})
    return organisation.reps_in(frozenset({team})) | {viewer.rep_id}


def plannable_scopes(viewer: Viewer, organisation: Organisation) -> Visible:
    """The scopes whose objectives a viewer may set: a manager's teams, all teams below, and the reps of those."""
    if not may(viewer.role, Ability.PLAN):
        return Visible(False)
    visible = visible_scopes(viewer, organisation)
    return visible if visible.company else replace(visible, reps=organisation.reps_in(visible.teams))


def viewer_of(email: str, role: Role, organisation: Organisation) -> Viewer:
    """The viewer behind an address. Raises AccessError when two reps share it: guessing would show one the other's."""
    reps = sorted(set(_reps_with(email, organisation)))
    if len(reps) > 1:
        raise AccessError(_shared_email(email))
    return Viewer(email, role, reps[0] if reps else None)


def _reps_with(email: str, organisation: Organisation) -> Iterator[str]:
    wanted = same_address(email)
    return (rep_id for rep_id, address in organisation.emails if same_address(address) == wanted)


def same_address(email: str) -> str:
    """An address as it is compared: capitals and spaces around it do not matter."""
    return email.strip().casefold()


def _shared_email(email: str) -> Issue:
    """Who the reps are is not told: the person refused may be none of them."""
    return Issue(
        "shared_email",
        Text(
            f"Plusieurs commerciaux ont l’adresse {email}.",
            f"Several reps have the address {email}.",
        ),
        Text("Corrigez les adresses dans la table reps.", "Correct the addresses in the table reps."),
    )
