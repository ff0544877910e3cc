"""One KPI: what it says, how it is counted, what it needs, what rests on it, what it was before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import render

from cadran.access import Ability
from cadran.behind import explained
from cadran.catalogue.drafts import derived_from
from cadran.catalogue.kpi import Kpi
from cadran.catalogue.sources import SOURCES
from cadran.errors import AccessError, CadranError
from cadran.own_kpis import Version, versions
from cadran.present.definition import facts
from cadran.tables.model import SALES_MODEL
from cadran.web.catalogue.listing import lacking_now
from cadran.web.people.frame import NOT_OPEN, Frame, served
from cadran.web.people.gate import page

_TOLD_APART = frozenset({"companions", "needs"})


@dataclass(frozen=True)
class Past:
    """A version of a definition; `formulas` are empty where it was deleted."""

    at: datetime
    author: str
    snapshot: int
    name: str
    formulas: tuple[str, ...]


@page(Ability.MEASURE)
def definition(frame: Frame, kpi_id: str) -> HttpResponse:
    kpi = found(kpi_id)
    every = served.workspace.catalogue
    issue = lacking_now().get(kpi.id)
    return render(
        frame.request,
        "catalogue/definition.html",
        {
            "frame": frame,
            "kpi": kpi,
            "facts": [fact for fact in facts(kpi, frame.lang) if fact.key not in _TOLD_APART],
            "needs": tuple(_needs(kpi, frame)),
            "why": issue.to(frame.lang) if issue else "",
            "companions": [every.by_id[name] for name in kpi.companions if name in every],
            "derived": derived_from(kpi.id, every),
            "explained": _explained(kpi, frame),
            "history": _history(kpi, frame),
        },
    )


def found(kpi_id: str) -> Kpi:
    """What there is not and what one may not see are the same page."""
    kpi = served.workspace.catalogue.by_id.get(kpi_id)
    if kpi is None:
        raise AccessError(NOT_OPEN)
    return kpi


def found_own(kpi_id: str) -> Kpi:
    """A KPI that can be changed: the company's own."""
    kpi = found(kpi_id)
    if not kpi.is_own:
        raise AccessError(NOT_OPEN)
    return kpi


def _history(kpi: Kpi, frame: Frame) -> list[Past]:
    return [_past(each, frame) for each in versions(served.workspace, kpi.id)] if kpi.is_own else []


def _explained(kpi: Kpi, frame: Frame) -> str:
    """In words and in SQL, for the page's period; nothing is asked of the data."""
    try:
        request = frame.question(kpi.id, by=[frame.scope.level])
        return explained(served.workspace, request, frame.viewer, frame.lang)
    except CadranError as error:  # the definition stands, though it cannot be asked about: say so
        return error.to(frame.lang)


def _needs(kpi: Kpi, frame: Frame) -> Iterator[str]:
    """The tables and columns it cannot do without, by their labels."""
    tables = {SOURCES[each.of].table.name for each in kpi.populations if each.of in SOURCES}
    for need in (*sorted(tables), *kpi.needs):
        table, _, column = need.partition(".")
        if table in SALES_MODEL:
            label = SALES_MODEL[table].label.to(frame.lang)
            yield f"{label}, {SALES_MODEL[table][column].label.to(frame.lang)}" if column else label


def _past(version: Version, frame: Frame) -> Past:
    kpi = version.kpi
    formulas = tuple(each.formula for each in kpi.populations) + ((kpi.formula,) if kpi.formula else ()) if kpi else ()
    name = kpi.label.to(frame.lang) if kpi else ""
    return Past(version.at.replace(tzinfo=UTC), version.author, version.snapshot, name, formulas)
