"""The company's choices: those of cadran.toml, changed through the same door as the file is read by."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from cadran.access import Ability
from cadran.errors import SettingsError, StoreError
from cadran.intake.choices import keep_choices
from cadran.settings import FILE_NAME, Settings
from cadran.settings.writing import change, version_of
from cadran.web.configure.choices import AT_START, Choice, changed, choices, facts, written
from cadran.web.configure.told import told
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import served
from cadran.web.people.gate import needs


@needs(Ability.ADMINISTER)
def settings(request: HttpRequest) -> HttpResponse:
    problems: list[str] = []
    if request.method == "POST":
        problems = _save(request)
        if not problems:
            return redirect("settings")
    current = served.workspace.settings
    given = request.POST.dict() if problems else None
    sections = [
        (name, title, _halves(choices(current, name, given)))
        for name, title in (("company", _("Company")), ("thresholds", _("Thresholds")), ("web", _("Pages and sign-in")))
    ]
    shown = {
        "tab": "settings",
        "headline": _headline(current),
        "sections": sections,
        "facts": list(facts(current)),
        "problems": problems,
        "version": version_of(served.folder / FILE_NAME),
    }
    return render(request, "configure/settings.html", shown, status=400 if problems else 200)


def _halves(found: list[Choice]) -> tuple[list[Choice], list[Choice]]:
    """The two columns of a section, read downwards."""
    middle = (len(found) + 1) // 2
    return found[:middle], found[middle:]


def _save(request: HttpRequest) -> list[str]:
    """Write what was changed. What stands in the way, in words."""
    before = served.workspace.settings
    wanted = changed(before, request.POST.dict())
    if not wanted:
        return []
    try:
        change(served.folder / FILE_NAME, wanted, request.POST.get("version", ""))
    except SettingsError as error:
        return told(error)
    log(request, Action.CHANGED_SETTINGS, "; ".join(_line(before, *place) for place in wanted))
    messages.success(request, _("Saved."))
    if AT_START & wanted.keys():
        messages.success(request, _("Some of it holds once Cadran is started again."))
    _keep(request)
    return []


def _line(before: Settings, section: str, name: str) -> str:
    now: Any = getattr(getattr(served.workspace.settings, section), name)
    was: Any = getattr(getattr(before, section), name)
    return f"{section}.{name}: {_short(was)} → {_short(now)}"


def _short(value: Any) -> str:
    return written(value).replace("\n", ", ") or "–"


def _keep(request: HttpRequest) -> None:
    """The history answers by the settings of its day: it is told of the new ones at once."""
    try:
        keep_choices(served.workspace, getattr(request.user, "email", ""))
    except StoreError as error:
        reason = " ".join(told(error))
        messages.error(request, _("The history could not take the new settings: %(reason)s") % {"reason": reason})


def _headline(current: Settings) -> str:
    company = current.company
    return _("%(name)s counts in %(currency)s; its fiscal year begins in %(month)s") % {
        "name": company.name,
        "currency": company.currency,
        "month": MONTHS[company.fiscal_month],
    }
