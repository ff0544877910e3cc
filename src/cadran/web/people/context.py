"""What every template knows: the company, the rooms, the frame of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cadran.access import Ability, may
from cadran.errors import CadranError
from cadran.web.people.demo import demo_people
from cadran.web.people.frame import served
from cadran.web.people.models import Person

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ROOMS = (
    (_("Measure"), ((_("Dashboard"), "dashboard", Ability.MEASURE), (_("KPIs"), "kpis", Ability.MEASURE))),
    (_("Follow"), ((_("Team"), "team", Ability.MEASURE), (_("Objectives"), "objectives", Ability.MEASURE))),
)
ASIDE = (
    (_("Data"), "data", Ability.FEED),
    (_("Catalogue"), "catalogue", Ability.MEASURE),
    (_("Settings"), "settings", Ability.ADMINISTER),
)


@dataclass(frozen=True)
class Screen:
    """A link of the navigation; `is_open` also for the pages under it."""

    name: str | StrPromise
    address: str
    is_open: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    person = getattr(request, "user", None)
    found: dict[str, Any] = {
        "company": served.workspace.settings.company,
        "frame": getattr(request, "frame", None),
        "theme": getattr(person, "theme", ""),
        "is_demo": bool(demo_people()),
    }
    if not isinstance(person, Person):
        return found
    try:
        role = served.role_of(person.email)
    except CadranError:
        return found
    found["rooms"] = [
        (room, [_screen(request, *screen[:2]) for screen in screens if may(role, screen[2])]) for room, screens in ROOMS
    ]
    found["aside"] = [_screen(request, name, view) for name, view, ability in ASIDE if may(role, ability)]
    found["abilities"] = {ability.value: may(role, ability) for ability in Ability}
    return found


def _screen(request: HttpRequest, name: str | StrPromise, view: str) -> Screen:
    """Period and scope go along from screen to screen."""
    path = reverse(view)
    here = request.path == path or (path != "/" and request.path.startswith(path))
    kept = {key: request.GET[key] for key in ("period", "scope") if key in request.GET}
    query = f"?{urlencode(kept)}" if kept else ""
    return Screen(name, path + query, here)
