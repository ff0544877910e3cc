"""The search of every page: a KPI, a team, a rep or a screen by its name. It finds what the person may open, and tells
nothing of the rest.

    what is typed      in either language, whatever the accents; each word begins a word of the name, or is an id
    while it is typed  the first few, in a menu under it
    Enter, no scripts  a page of all that is found
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from cadran.access import Ability
from cadran.directory import TEAM, TeamNode
from cadran.tables.mapping import fold
from cadran.web.measure.figure import address
from cadran.web.people.context import ASIDE, ROOMS
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

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
    kinds = tuple(_kinds(frame, fold(asked).split(), _IN_A_MENU if in_menu else _ON_A_PAGE))
    count = sum(len(kind.shown) + kind.more for kind in kinds)
    template = "measure/search_found.html" if in_menu else "measure/search.html"
    return render(frame.request, template, {"frame": frame, "asked": asked, "kinds": kinds, "count": count})


def _kinds(frame: Frame, words: list[str], most: int) -> Iterator[Kind]:
    for name, every in (
        (gettext("KPIs"), _kpis(frame, words)),
        (gettext("Reps"), _reps(frame, words)),
        (gettext("Teams"), _teams(frame, words)),
        (gettext("Screens"), _screens(frame, words)),
    ):
        found = sorted(every, key=lambda each: fold(each.name)) if words else []
        if found:
            yield Kind(name, tuple(found[:most]), max(0, len(found) - most))


def _kpis(frame: Frame, words: list[str]) -> Iterator[Found]:
    for kpi in served.workspace.catalogue:
        if _is_meant((kpi.label.fr, kpi.label.en), kpi.id, words):
            yield Found(kpi.label.to(frame.lang), address(frame, "kpi", kpi.id), kpi.question.to(frame.lang))


def _reps(frame: Frame, words: list[str]) -> Iterator[Found]:
    directory, visible = frame.directory, frame.visible
    team_of = directory.teams_on(frame.as_of)
    for rep in directory.reps.values():
        if (visible.company or rep.key in visible.reps) and _is_meant((rep.name,), rep.key, words):
            team = directory.teams.get(team_of.get(rep.number, -1))
            is_told = team is not None and _may_open(frame, team)
            there = reverse("rep", args=[rep.key]) + frame.at(scope=None)
            yield Found(rep.name, there, team.name if team and is_told else "")


def _teams(frame: Frame, words: list[str]) -> Iterator[Found]:
    for team in frame.directory.shown_teams():
        if _may_open(frame, team) and _is_meant((team.name,), team.key, words):
            yield Found(team.name, address(frame, "dashboard", scope=f"{TEAM}:{team.key}"))


def _may_open(frame: Frame, team: TeamNode) -> bool:
    return frame.visible.company or team.key in frame.visible.teams


def _screens(frame: Frame, words: list[str]) -> Iterator[Found]:
    for room, screens in (*ROOMS, ("", ASIDE)):
        for name, view, ability in screens:
            if frame.may(ability) and _is_meant((str(name),), view, words):
                yield Found(str(name), address(frame, view), str(room))


def _is_meant(names: Iterable[str], key: str, words: list[str]) -> bool:
    """Whether each word begins a word of one of the names, or all of them together are the id."""
    if " ".join(words) == fold(key):
        return True
    return any(all(_begins(fold(name), word) for word in words) for name in names)


def _begins(name: str, word: str) -> bool:
    return any(name[at:].startswith(word) for at in range(len(name)) if at == 0 or not name[at - 1].isalnum())
