"""The catalogue: every KPI by theme, and whether the company's data can answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.http import HttpResponse
from django.shortcuts import render

from cadran.access import Ability
from cadran.catalogue.kpi import Kpi
from cadran.catalogue.loader import built_in
from cadran.errors import Issue
from cadran.health import unanswerable
from cadran.store.newest import newest_snapshot
from cadran.tables.mapping import fold
from cadran.web.catalogue.words import THEMES, UNITS, YOURS
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page
from cadran.workspace import Workspace


@dataclass(frozen=True)
class Entry:
    """A KPI as a line of the catalogue; `why` it cannot answer, empty where it can."""

    kpi: Kpi
    unit: str
    why: str


@dataclass(frozen=True)
class Theme:
    key: str
    name: str
    entries: tuple[Entry, ...]


@page(Ability.MEASURE)
def catalogue(frame: Frame) -> HttpResponse:
    """`?q=` keeps the KPIs whose id, name or question hold every word."""
    asked = frame.request.GET.get("q", "").strip()[:100]
    every = served.workspace.catalogue.kpis
    found = tuple(_themes(frame, asked))
    lacking = lacking_now()
    return render(
        frame.request,
        "catalogue/catalogue.html",
        {
            "frame": frame,
            "asked": asked,
            "themes": found,
            "found": sum(len(theme.entries) for theme in found),
            "total": len(every),
            "answering": sum(kpi.id not in lacking for kpi in every),
            "own": sum(kpi.is_own for kpi in every),
        },
    )


def lacking_now() -> dict[str, Issue]:
    """The KPIs that cannot answer, and why. A warehouse tells no snapshot: it is looked at every time."""
    workspace = served.workspace
    if workspace.settings.engine.is_warehouse:
        return unanswerable(workspace)
    return _at_hand(workspace, newest_snapshot(workspace.store), workspace.settings.as_of())


@lru_cache(maxsize=2)
def _at_hand(workspace: Workspace, snapshot: tuple[int, str], evening: date) -> dict[str, Issue]:
    return unanswerable(workspace)


def _themes(frame: Frame, asked: str) -> Iterator[Theme]:
    """The company's own first; a theme in which nothing is found is left out."""
    lacking, words = lacking_now(), fold(asked).split()
    own = tuple(kpi for kpi in served.workspace.catalogue if kpi.is_own)
    for key, name, kpis in (("own", YOURS, own), *((key, THEMES[key], kpis) for key, kpis in built_in().items())):
        entries = tuple(_entry(kpi, lacking, frame) for kpi in kpis if _holds(kpi, words))
        if entries:
            yield Theme(key, str(name), entries)


def _entry(kpi: Kpi, lacking: dict[str, Issue], frame: Frame) -> Entry:
    why = lacking[kpi.id].to(frame.lang) if kpi.id in lacking else ""
    return Entry(kpi, str(UNITS[kpi.unit]), why)


def _holds(kpi: Kpi, words: list[str]) -> bool:
    """In either language, whatever the accents."""
    text = fold(" ".join((kpi.id, kpi.label.fr, kpi.label.en, kpi.question.fr, kpi.question.en)))
    return all(word in text for word in words)
