"""Who there is: reps, teams and who is in which, by the store's numbers and by the company's own ids.

Loaded once per question; the planner works with the numbers, people read the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
from sqlglot import exp

from cadran.access import Membership, Organisation, Team, Visible
from cadran.engines.engine import Engine
from cadran.planner import sql
from cadran.planner.rows import Id, Reach
from cadran.store.state import State

COMPANY, TEAM, REP, UNASSIGNED = "company", "team", "rep", "unassigned"


@dataclass(frozen=True)
class Scope:
    """Someone a number can be for. `number` is the store's (None: company, or nobody). `optional`: shown only when
    it holds something (what belongs to nobody, the direct reps of the root)."""

    level: str
    number: int | None
    key: str | None
    name: str
    optional: bool = False

    @property
    def kind(self) -> str:
        """The scope's name in an answer: "unassigned" for what belongs to no team or rep."""
        return UNASSIGNED if self.level != COMPANY and self.number is None else self.level


@dataclass(frozen=True)
class Rep:
    number: int
    key: str
    name: str
    email: str | None
    hired_on: date | None
    left_on: date | None


@dataclass(frozen=True)
class TeamNode:
    number: int
    key: str
    name: str
    parent: int | None
    manager: int | None


@dataclass(frozen=True)
class Stay:
    """A rep in a team from a day on (the store's numbers)."""

    rep: int
    team: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Directory:
    """`by_key`: statements name reps and teams by the company's ids (those of a warehouse), not by number."""

    reps: dict[int, Rep]
    teams: dict[int, TeamNode]
    stays: tuple[Stay, ...]
    unknown_reps: frozenset[int]
    by_key: bool = False

    @classmethod
    def load(cls, engine: Engine, schema: str = "lake", snapshot: int | None = None) -> Directory:
        """Everybody as of now, or as of a past snapshot."""
        at = "" if snapshot is None else f" AT (VERSION => {snapshot})"
        reps = {
            row["id"]: Rep(
                row["id"], row["key"], row["name"] or row["key"], row["email"], row["hired_on"], row["left_on"]
            )
            for row in _rows(engine, _REPS.format(schema, at))
            if row["known"]
        }
        numbers = {row["id"] for row in _rows(engine, _REP_KEYS.format(schema, at))}
        teams = {
            row["id"]: TeamNode(row["id"], row["key"], row["name"] or row["key"], row["parent"], row["manager"])
            for row in _rows(engine, _TEAMS.format(schema, at))
        }
        stays = tuple(
            Stay(row["rep_id"], row["team_id"], row["starts_on"], row["ends_on"])
            for row in _rows(engine, _STAYS.format(schema, at))
        )
        return cls(reps, teams, stays, frozenset(numbers - reps.keys()))

    @classmethod
    def of_warehouse(cls, engine: Engine, relations: Mapping[str, exp.Select]) -> Directory:
        """Everybody that a warehouse's own tables know; their numbers are made here."""
        reps, teams, stays = (
            _rows(
                engine, sql.select([exp.Star()], sql.aliased(relations[name].copy(), name)).order_by(*_columns(order))
            )
            for name, order in _ORDERS.items()
        )
        rep_of = _numbers(reps, "rep_id", [*_given(stays, "rep_id"), *_given(teams, "manager_rep_id")])
        team_of = _numbers(teams, "team_id", _given(stays, "team_id"))
        return cls(
            {
                rep_of[row["rep_id"]]: Rep(
                    rep_of[row["rep_id"]],
                    row["rep_id"],
                    row["name"] or row["rep_id"],
                    *(row[name] for name in ("email", "hired_on", "left_on")),
                )
                for row in reps
            },
            {
                team_of[row["team_id"]]: TeamNode(
                    team_of[row["team_id"]],
                    row["team_id"],
                    row["name"] or row["team_id"],
                    team_of.get(row["parent_team_id"]),
                    rep_of.get(row["manager_rep_id"]),
                )
                for row in teams
            },
            _in_order(
                Stay(rep_of[row["rep_id"]], team_of[row["team_id"]], row["starts_on"] or date.min, row["ends_on"])
                for row in stays
                if row["rep_id"] is not None and row["team_id"] is not None
            ),
            frozenset(rep_of.values()) - {rep_of[row["rep_id"]] for row in reps},
            by_key=True,
        )

    @cached_property
    def rep_keys(self) -> dict[str, int]:
        return {rep.key: rep.number for rep in self.reps.values()}

    @cached_property
    def team_keys(self) -> dict[str, int]:
        return {team.key: team.number for team in self.teams.values()}

    def organisation(self, on: date) -> Organisation:
        """The same, by the company's ids, as access control reads it."""
        return Organisation(*self._by_id, on)

    @cached_property
    def _by_id(self) -> tuple[tuple[Team, ...], tuple[Membership, ...], tuple[tuple[str, str], ...]]:
        """Teams, memberships and addresses."""

        def rep(number: int | None) -> str | None:
            return self.reps[number].key if number in self.reps else None

        return (
            tuple(
                Team(team.key, self.teams[team.parent].key if team.parent in self.teams else None, rep(team.manager))
                for team in self.teams.values()
            ),
            tuple(
                Membership(self.reps[stay.rep].key, self.teams[stay.team].key, stay.starts_on, stay.ends_on)
                for stay in self.stays
                if stay.rep in self.reps and stay.team in self.teams
            ),
            tuple((each.key, each.email) for each in self.reps.values() if each.email),
        )

    @cached_property
    def root(self) -> int | None:
        """The team that is the whole company: the only one without a parent, if it has teams under it."""
        roots = [team.number for team in self.teams.values() if team.parent not in self.teams]
        if len(roots) != 1 or not any(team.parent == roots[0] for team in self.teams.values()):
            return None
        return roots[0]

    @cached_property
    def rep_scopes(self) -> tuple[Scope, ...]:
        """Every rep, in the order they are listed."""
        return tuple(
            Scope(REP, rep.number, rep.key, rep.name) for rep in sorted(self.reps.values(), key=lambda rep: rep.key)
        )

    def below(self, number: int) -> frozenset[int]:
        """The team and all teams under it; the root's own direct reps for the root."""
        if number == self.root:
            return frozenset({number})
        found: set[int] = set()
        waiting = [number]
        while waiting:
            team = waiting.pop()
            if team not in found:
                found.add(team)
                waiting += [each.number for each in self.teams.values() if each.parent == team]
        return frozenset(found)

    def shown_teams(self) -> list[TeamNode]:
        """The teams in the order they are listed; the root comes last, for its own direct reps."""
        return sorted(self.teams.values(), key=lambda team: (team.number == self.root, team.key))

    def teams_on(self, day: date) -> dict[int, int]:
        """The team that each rep is in on a day, or was in last before it; without those who never were in any."""
        return {stay.rep: stay.team for stay in self.stays if stay.starts_on <= day}

    @cached_property
    def memberships(self) -> pa.Table:
        """Who is in which team, as the store's table of that name has it for statements."""
        columns = {
            "rep_id": (pa.int64(), [stay.rep for stay in self.stays]),
            "team_id": (pa.int64(), [stay.team for stay in self.stays]),
            "starts_on": (pa.date32(), [stay.starts_on for stay in self.stays]),
        }
        return pa.table({name: pa.array(values, type_) for name, (type_, values) in columns.items()})

    @cached_property
    def _settled_on(self) -> date | None:
        """The day from which on every rep is in the only team they were ever put into; None if there is none."""
        whose = {stay.rep for stay in self.stays}
        if len(whose) < len(self.stays) or self.unknown_reps & whose:
            return None
        return max((stay.starts_on for stay in self.stays), default=date.min)

    def reach(self, visible: Visible, *, current: bool, before: date) -> Reach:
        """What a statement needs to know of the organisation; `before` is the first day it reads."""
        return Reach(
            visible_reps=None if visible.company else _named(visible.reps, self.rep_keys, self.by_key),
            visible_teams=None
            if visible.company or not visible.teams
            else _named(visible.teams, self.team_keys, self.by_key),
            one_team_each=(self._settled_on is not None and self._settled_on <= before) or current,
            nested=any(team.parent in self.teams for team in self.teams.values()),
            unknown_reps=frozenset() if self.by_key else self.unknown_reps,
            known_reps=frozenset(self.rep_keys) if self.by_key else None,
            known_teams=None
            if all(stay.team in self.teams for stay in self.stays)
            else _named(frozenset(self.team_keys), self.team_keys, self.by_key),
            has_teams=bool(self.teams) and bool(self.stays),
            current=current,
            root=self.teams[self.root].key if self.by_key and self.root else self.root,
        )


@dataclass(frozen=True)
class People:
    """Who there was at a snapshot of the store, and the store's state."""

    snapshot: int
    directory: Directory
    state: State


def _named(keys: frozenset[str], numbers: dict[str, int], by_key: bool) -> frozenset[Id]:
    """The known ones among some ids, as statements name them."""
    return frozenset(key if by_key else numbers[key] for key in keys if key in numbers)


def _in_order(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """By rep and first day, a stay without one first; teams begun on the same day stay as the warehouse lists them."""
    return tuple(sorted(stays, key=lambda stay: (stay.rep, stay.starts_on)))


_ORDERS = {
    "reps": ("rep_id",),
    "teams": ("team_id",),
    "memberships": ("rep_id", "starts_on", "team_id"),
}


def _columns(names: tuple[str, ...]) -> list[exp.Expr]:
    return [sql.col(name) for name in names]


def _given(rows: list[dict[str, Any]], name: str) -> list[str]:
    return [row[name] for row in rows if row[name] is not None]


def _numbers(rows: list[dict[str, Any]], key: str, others: list[str]) -> dict[str, int]:
    """A number for each id, those that have a row of their own first."""
    return {each: number for number, each in enumerate(dict.fromkeys([*_given(rows, key), *others]), start=1)}


def _rows(engine: Engine, query: exp.Expr | str) -> list[dict[str, Any]]:
    table: pa.Table = engine.query(query)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


_REPS = """
SELECT k.id, k.key, r.name, r.email, r.hired_on, r.left_on, true AS known
FROM {0}.reps r{1} JOIN {0}.keys_rep k{1} ON k.id = r.rep_id ORDER BY k.key
"""
_REP_KEYS = "SELECT id FROM {0}.keys_rep{1}"
_TEAMS = """
SELECT k.id, k.key, t.name, t.parent_team_id AS parent, t.manager_rep_id AS manager
FROM {0}.teams t{1} JOIN {0}.keys_team k{1} ON k.id = t.team_id ORDER BY k.key
"""
_STAYS = "SELECT rep_id, team_id, starts_on, ends_on FROM {0}.memberships{1} ORDER BY rep_id, starts_on, team_id"
