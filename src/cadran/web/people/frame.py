"""What surrounds every page of figures: who looks, in which language, at which period and at which scope.

Period and scope live in the address (`?period=2026-Q1&scope=team:T1`), so that a page can be shared and gone back to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.utils.translation import get_language

from cadran.access import EVERYTHING, Ability, Role, Viewer, Visible, may, visible_scopes
from cadran.answer import Answer
from cadran.directory import COMPANY, REP, TEAM, Directory
from cadran.errors import AccessError, Issue, Lang, Text
from cadran.periods.period import Grain, Period, containing, name_of, parse_period, shift, whole_grain
from cadran.planner.request import Request
from cadran.present.grid import Reader
from cadran.question import question
from cadran.scoping import COMPANY_NAME
from cadran.served import Known, Served
from cadran.settings import Settings
from cadran.web.people.models import Person

served = Served(django_settings.FOLDER)  # one company to a process
NOT_OPEN = Issue(
    "not_open",
    Text("Cette page n’existe pas ou ne vous est pas ouverte.", "This page does not exist, or is not open to you."),
    Text("Revenez au tableau de bord.", "Go back to the dashboard."),
)


def _no_place(email: str) -> Issue:
    return Issue(
        "no_place",
        Text(
            f"Aucun chiffre ne vous est ouvert : {email} n’est l’adresse d’aucun commercial.",
            f"No figures are open to you: {email} is no rep’s address.",
        ),
        Text(
            "Demandez à un administrateur de Cadran de corriger cette adresse.",
            "Ask an administrator of Cadran to correct that address.",
        ),
    )


@dataclass(frozen=True)
class Scope:
    """Someone a page is about: the company, a team or a rep; `key` is the company's own id."""

    level: str
    key: str | None
    name: str

    @property
    def name_in_address(self) -> str:
        return self.level if self.key is None else f"{self.level}:{self.key}"


@dataclass(frozen=True)
class Frame:
    """`period` and `scope` are what the page is about; `visible` what the person may see of the organisation."""

    request: HttpRequest
    person: Person
    viewer: Viewer
    known: Known
    visible: Visible
    lang: Lang
    period: Period
    scope: Scope

    @cached_property
    def settings(self) -> Settings:
        """Those the page began with: to ask whether the folder has changed is to look at its files."""
        return served.workspace.settings

    @property
    def directory(self) -> Directory:
        return self.known.directory

    @property
    def as_of(self) -> date:
        return self.known.evening

    @property
    def role(self) -> Role:
        return self.viewer.role

    def may(self, ability: Ability) -> bool:
        return may(self.role, ability)

    @cached_property
    def reader(self) -> Reader:
        company = self.settings.company
        labels = {kpi.id: kpi.label.to(self.lang) for kpi in served.workspace.catalogue}
        return Reader(self.lang, company.currency, company.fiscal_month, None, labels)

    @cached_property
    def period_name(self) -> str:
        return name_of(self.period, self.settings.company.fiscal_month)

    def at(self, **changes: object) -> str:
        """The query of this page's address with another period, scope or parameter; "" for what is left out."""
        given = {"period": self.period_name, "scope": self.scope.name_in_address} | changes
        return "?" + urlencode({name: value for name, value in given.items() if value not in (None, "")})

    def ask(self, *kpis: str, **how: object) -> Answer:
        """The KPIs as this person may see them; `how` as in `question`. The period is the page's unless given."""
        return served.answers.ask(self.question(*kpis, **how), self.viewer)

    def question(self, *kpis: str, **how: object) -> Request:
        if not {"period", "start", "end"} & how.keys():
            how = how | {"start": self.period.start, "end": self.period.end}
        return question(self.settings, kpis, **how)  # type: ignore[arg-type]

    def levels(self) -> tuple[str, ...]:
        """The levels this person may ask for, highest first."""
        if self.visible.company:
            return (COMPANY, TEAM, REP)
        return (TEAM, REP) if self.visible.teams else (REP,)

    def with_scope(self, name: str) -> Frame:
        return replace(self, scope=scope_of(name, self.visible, self.directory, self.lang))


def frame_of(request: HttpRequest) -> Frame:
    """Raises AccessError for a person without access, or a scope they may not see; PeriodError for no period."""
    person = request.user
    assert isinstance(person, Person), "the gate lets nobody else through"
    known = served.known()
    viewer = served.viewer(person.email, known)
    visible = visible_scopes(viewer, known.organisation)
    if not (visible.company or visible.reps):
        raise AccessError(_no_place(person.email))
    lang: Lang = "en" if get_language() == "en" else "fr"
    return Frame(
        request,
        person,
        viewer,
        known,
        visible,
        lang,
        _period(request, known.evening),
        scope_of(request.GET.get("scope", ""), visible, known.directory, lang),
    )


def _period(request: HttpRequest, evening: date) -> Period:
    fiscal_month = served.workspace.settings.company.fiscal_month
    if given := request.GET.get("period"):
        return parse_period(given, fiscal_month)
    return containing(evening, Grain.QUARTER, fiscal_month)


def scope_of(name: str, visible: Visible, directory: Directory, lang: Lang) -> Scope:
    """The scope an address names; by default the highest the person may see. What they may not see, and what there is
    not, raise the same AccessError."""
    level, _, key = (name or _highest(visible, directory)).partition(":")
    if level == COMPANY and not key and visible.company:
        return Scope(COMPANY, None, COMPANY_NAME.to(lang))
    if level == TEAM and key in directory.team_keys and (visible.company or key in visible.teams):
        return Scope(TEAM, key, directory.teams[directory.team_keys[key]].name)
    if level == REP and key in directory.rep_keys and (visible.company or key in visible.reps):
        return Scope(REP, key, directory.reps[directory.rep_keys[key]].name)
    raise AccessError(NOT_OPEN)


def _highest(visible: Visible, directory: Directory) -> str:
    """The company; else a team whose parent is not visible; else the person."""
    if visible.company:
        return COMPANY
    tops = sorted(key for key in visible.teams if _is_top(key, visible, directory))
    if tops:
        return f"{TEAM}:{tops[0]}"
    return f"{REP}:{min(visible.reps)}" if visible.reps else ""


def _is_top(key: str, visible: Visible, directory: Directory) -> bool:
    if key not in directory.team_keys:
        return False
    parent = directory.teams[directory.team_keys[key]].parent
    return parent not in directory.teams or directory.teams[parent].key not in visible.teams


def neighbours(period: Period, fiscal_month: int) -> tuple[Period, Period]:
    """The period before and the one after: of the same grain, or the same number of days."""
    grain = whole_grain(period, fiscal_month)
    if grain is None:
        return shift(period, Grain.DAY, -period.days), shift(period, Grain.DAY, period.days)
    return shift(period, grain, -1), shift(period, grain, 1)


__all__ = ["EVERYTHING", "Frame", "Scope", "frame_of", "neighbours", "scope_of", "served"]
