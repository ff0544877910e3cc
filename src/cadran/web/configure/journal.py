"""The audit log: who did what, when and from where."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cadran.access import Ability
from cadran.numerals import number
from cadran.present.export import to_csv
from cadran.web.configure.told import reader_lang
from cadran.web.people.audit import Action, log
from cadran.web.people.gate import needs
from cadran.web.people.models import Entry

_TO_A_PAGE = 100
_FIRST_YEAR, _LAST_YEAR = 1900, 3000  # beyond, a day has no moment in every clock
FIELDS = ("at", "person", "action", "about", "address")


@needs(Ability.ADMINISTER)
def journal(request: HttpRequest) -> HttpResponse:
    found = _wanted(request)
    pages = Paginator(found, _TO_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    asked = {name: request.GET[name] for name in ("person", "action", "day") if request.GET.get(name)}
    shown = {
        "tab": "audit",
        "headline": ngettext("%(n)s line in the audit log", "%(n)s lines in the audit log", pages.count)
        % {"n": number(pages.count, reader_lang())},
        "page": page,
        "lines": [(entry, _(entry.action)) for entry in page],
        "actions": [(action.value, _(action.value)) for action in Action],
        "people": Entry.objects.order_by("email").values_list("email", flat=True).distinct(),
        "asked": asked,
        "query": urlencode(asked),
    }
    return render(request, "configure/audit.html", shown)


@needs(Ability.ADMINISTER)
def csv(request: HttpRequest) -> HttpResponse:
    """The same lines as a table for a spreadsheet; times are the company's, in ISO form."""
    records = [
        dict(zip(FIELDS, (_local(each.at), each.email, _(each.action), each.about, each.address), strict=True))
        for each in _wanted(request).iterator()
    ]
    log(request, Action.EXPORTED, "audit.csv")
    response = HttpResponse("\ufeff" + to_csv(records, FIELDS), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _wanted(request: HttpRequest) -> QuerySet[Entry]:
    """The lines that the address asks for; a day that is none asks for no line."""
    found = Entry.objects.all()
    if person := request.GET.get("person"):
        found = found.filter(email=person)
    if action := request.GET.get("action"):
        found = found.filter(action=action)
    if day := request.GET.get("day"):
        start = _start_of(day)
        found = found.filter(at__gte=start, at__lt=start + timedelta(days=1)) if start else found.none()
    return found


def _start_of(day: str) -> datetime | None:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    in_reach = _FIRST_YEAR <= found.year < _LAST_YEAR
    return timezone.make_aware(datetime.combine(found, time.min)) if in_reach else None


def _local(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
