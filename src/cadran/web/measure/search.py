"""The search of every page: a KPI, a team, a rep or a screen by its name. It finds what the person may open, and tells
nothing of the rest.

    what is typed      the beginning of each word of a name, whatever the accents (a KPI's in either language), or an id
    while it is typed  the first few, in a menu under it
    Enter, no scripts  a page of all that is found
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from cadran.access import Ability
from cadran.directory import TEAM, TeamNode
from cadran.tables.mapping import fold
from cadran.web.measure.figure import address
from cadran.web.people.context import ASIDE, ROOMS
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

IsMeant = Callable[..., bool]  # of an id, and names
_LETTERS = 100
_IN_A_MENU, _ON_A_PAGE = 5, 100  # of a kind


@dataclass(frozen=True)
class Found:
    """`beside`: what tells it from another of that name."""

    name: str
    address: str
    beside: str = ""


@dataclass(frozen=True)
class Kind:
    """The first of what was found of a kind, and how many more there are."""

    name: str
    shown: tuple[Found, ...]
    more: int


@page(Ability.MEASURE)
def search(frame: Frame) -> HttpResponse:
    """`?q=`: what is looked for."""
    asked = frame.request.GET.get("q", "").strip()[:_LETTERS]
    in_menu = frame.request.headers.get("HX-Request") == "true"
    kinds = tuple(_kinds(frame, asked, _IN_A_MENU if in_menu else _ON_A_PAGE))
    count = sum(len(kind.shown) + kind.more for kind in kinds)
    template = "measure/search_found.html" if in_menu else "measure/search.html"
    response = render(frame.request, template, {"frame": frame, "asked": asked, "kinds": kinds, "count": count})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _kinds(frame: Frame, asked: str, most: int) -> Iterator[Kind]:
    is_meant = _meaning(asked)
    for name, every in (
        (gettext("KPIs"), _kpis(frame, is_meant)),
        (gettext("Reps"), _reps(frame, is_meant)),
        (gettext("Teams"), _teams(frame, is_meant)),
        (gettext("Screens"), _screens(frame, is_meant)),
    ):
        found = sorted(every, key=lambda each: _words(each.name))
        if found:
            yield Kind(name, tuple(found[:most]), max(0, len(found) - most))


def _kpis(frame: Frame, is_meant: IsMeant) -> Iterator[Found]:
    for kpi in served.workspace.catalogue:
        if is_meant(kpi.id, kpi.label.fr, kpi.label.en):
            yield Found(kpi.label.to(frame.lang), address(frame, "kpi", kpi.id), kpi.question.to(frame.lang))


def _reps(frame: Frame, is_meant: IsMeant) -> Iterator[Found]:
    directory, visible = frame.directory, frame.visible
    team_of = directory.teams_on(frame.as_of)
    for rep in directory.reps.values():
        if (visible.company or rep.key in visible.reps) and is_meant(rep.key, rep.name):
            team = directory.teams.get(team_of.get(rep.number, -1))
            is_told = team is not None and _may_open(frame, team)
            there = reverse("rep", args=[rep.key]) + frame.at(scope=None)
            yield Found(rep.name, there, team.name if team and is_told else "")


def _teams(frame: Frame, is_meant: IsMeant) -> Iterator[Found]:
    for team in frame.directory.shown_teams():
        if _may_open(frame, team) and is_meant(team.key, team.name):
            yield Found(team.name, address(frame, "dashboard", scope=f"{TEAM}:{team.key}"))


def _may_open(frame: Frame, team: TeamNode) -> bool:
    return frame.visible.company or team.key in frame.visible.teams


def _screens(frame: Frame, is_meant: IsMeant) -> Iterator[Found]:
    for room, screens in (*ROOMS, ("", ASIDE)):
        for name, view, ability in screens:
            if frame.may(ability) and is_meant(view, str(name)):
                yield Found(str(name), address(frame, view), str(room))


def _meaning(asked: str) -> IsMeant:
    """Whether each word of what is asked begins a word of one of the names, or all of it is the id."""
    whole, words = fold(asked), _words(asked)

    def is_meant(key: str, *names: str) -> bool:
        if not words:
            return False
        return whole == fold(key) or any(all(_begins(name, word) for word in words) for name in names)

    return is_meant


def _begins(name: str, word: str) -> bool:
    return any(own.startswith(word) for own in _words(name))


@lru_cache(maxsize=16_384)
def _words(text: str) -> tuple[str, ...]:
    """The words as they are compared, each once. Kept: every key that is typed is held against the same names."""
    return tuple(dict.fromkeys(re.findall(r"\w+", fold(text))))
