"""An own KPI being written, by form or in YAML, with what it gives beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cadran import own_kpis
from cadran.access import Ability
from cadran.catalogue.drafts import Draft, read_draft, written
from cadran.catalogue.kpi import Kpi
from cadran.errors import DefinitionError, StoreError
from cadran.intake.choices import keep_choices
from cadran.periods.period import label_of
from cadran.web.catalogue import names as known_names
from cadran.web.catalogue.definition import found_own
from cadran.web.catalogue.forms import DefinitionForm, blank, initial_of
from cadran.web.catalogue.trying import Tried, Wrong, told, tried
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

_YAML = "yaml"


@dataclass(frozen=True)
class Sheet:
    """What is on the page: a form, or YAML where there is none; `text` is the definition either way. `seen` tells the
    text that was there when the writing began."""

    form: DefinitionForm | None
    text: str
    seen: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@page(Ability.DEFINE)
def new(frame: Frame) -> HttpResponse:
    return _answer(frame, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Ability.DEFINE)
def edit(frame: Frame, kpi_id: str) -> HttpResponse:
    return _answer(frame, found_own(kpi_id))


@require_POST
@page(Ability.DEFINE)
def preview(frame: Frame) -> HttpResponse:
    """The form as it stands, tried: a fragment."""
    editing = frame.request.POST.get("editing", "")
    kpi = found_own(editing) if editing else None
    draft = _draft(_posted(frame.request, kpi), kpi)
    return render(frame.request, "catalogue/tried.html", {"frame": frame, "tried": tried(draft, frame)})


@require_GET
@page(Ability.DEFINE)
def names(frame: Frame) -> HttpResponse:
    """The names a formula may use, for the kind and the source chosen: a fragment."""
    given = frame.request.GET
    return render(
        frame.request, "catalogue/names.html", known_names.context(given.get("kind", ""), given.get("of", ""), frame)
    )


def _answer(frame: Frame, kpi: Kpi | None) -> HttpResponse:
    request = frame.request
    if request.method != "POST":
        return _page(frame, kpi, _opened(kpi), tried(_draft(_opened(kpi), kpi), frame) if kpi else None)
    sheet = _posted(request, kpi)
    what = request.POST.get("do")
    if what == "save":
        return _saved(frame, kpi, sheet)
    draft = _draft(sheet, kpi)
    if what == _YAML:
        sheet = Sheet(None, sheet.text, sheet.seen)
    elif what == "form":
        sheet = _as_form(frame, kpi, sheet, draft)
    return _page(frame, kpi, sheet, tried(draft, frame))


def _opened(kpi: Kpi | None) -> Sheet:
    if kpi is None:
        return Sheet(DefinitionForm(initial=blank()), "")
    given = initial_of(kpi)
    form = DefinitionForm(initial=given, is_new=False) if given else None
    return Sheet(form, kpi.source_text, own_kpis.stamp(kpi))


def _posted(request: HttpRequest, kpi: Kpi | None) -> Sheet:
    seen = request.POST.get("seen", "")
    if request.POST.get("shape") == _YAML:
        return Sheet(None, request.POST.get("text", ""), seen)
    form = DefinitionForm(request.POST, is_new=kpi is None)
    made, values = form.id_and_values()
    return Sheet(form, written(kpi.id if kpi else made, values), seen)


def _draft(sheet: Sheet, kpi: Kpi | None) -> Draft:
    return read_draft(sheet.text, served.workspace.catalogue, kpi.id if kpi else None)


def _as_form(frame: Frame, kpi: Kpi | None, sheet: Sheet, draft: Draft) -> Sheet:
    given = initial_of(draft.kpi) if draft.kpi else None
    if draft.kpi is None or given is None:
        messages.error(frame.request, _("The form has no field for a part of this definition: it stays in YAML."))
        return sheet
    return Sheet(DefinitionForm(given | {"id": draft.kpi.id}, is_new=kpi is None), sheet.text, sheet.seen)


def _saved(frame: Frame, kpi: Kpi | None, sheet: Sheet) -> HttpResponse:
    try:
        if kpi is None:
            saved = own_kpis.add(served.folder, sheet.text)
        else:
            saved = own_kpis.change(served.folder, kpi.id, sheet.text, sheet.seen)
    except DefinitionError as error:
        draft = _draft(sheet, kpi)
        return _page(frame, kpi, sheet, Tried(tuple(told(error.issues, draft.kpi, frame))), refused=True)
    log(frame.request, Action.CHANGED_KPIS, saved.id)
    messages.success(frame.request, _("“%(name)s” is saved.") % {"name": saved.label.to(frame.lang)})
    keep(frame)
    return redirect(reverse("definition", args=[saved.id]) + frame.at())


def keep(frame: Frame) -> None:
    """Let the history hold the definitions in force from now on. They are saved all the same where it cannot."""
    try:
        keep_choices(served.workspace, frame.person.email)
    except StoreError as error:
        reason = error.issues[0].message.to(frame.lang)
        messages.error(frame.request, _("The history could not take it yet: %(reason)s") % {"reason": reason})


def _page(frame: Frame, kpi: Kpi | None, sheet: Sheet, found: Tried | None, refused: bool = False) -> HttpResponse:
    form = sheet.form
    if form and found:
        _mark(form, found.wrong)
    kind, of = (str(form[name].value() or "") for name in ("kind", "of")) if form else _kind_and_source(sheet, kpi)
    return render(
        frame.request,
        "catalogue/writing.html",
        {
            "frame": frame,
            "kpi": kpi,
            "form": form,
            "text": sheet.text,
            "seen": sheet.seen,
            "tried": found,
            "refused": refused,
            "period": label_of(frame.period, frame.lang, frame.settings.company.fiscal_month),
            **known_names.context(kind, of, frame),
        },
    )


def _kind_and_source(sheet: Sheet, kpi: Kpi | None) -> tuple[str, str]:
    written_kpi = _draft(sheet, kpi).kpi
    if written_kpi is None:
        return "", "sales"
    return str(written_kpi.kind), written_kpi.populations[0].of if written_kpi.populations else ""


def _mark(form: DefinitionForm, wrong: tuple[Wrong, ...]) -> None:
    """Say of each field with a problem that it is wrong."""
    for each in wrong:
        for name in (each.field, f"{each.field}_fr"):
            if name in form.fields:
                form.fields[name].widget.attrs["aria-invalid"] = "true"
