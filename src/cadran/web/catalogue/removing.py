"""An own KPI deleted, once it has been said what rests on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cadran import own_kpis
from cadran.access import Ability
from cadran.errors import DefinitionError
from cadran.web.catalogue.definition import found_own
from cadran.web.catalogue.writing import keep
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Ability.DEFINE)
def delete(frame: Frame, kpi_id: str) -> HttpResponse:
    kpi = found_own(kpi_id)
    problems: list[str] = []
    if frame.request.method == "POST":
        try:
            own_kpis.delete(served.folder, kpi.id, frame.request.POST.get("seen", ""))
        except DefinitionError as error:
            problems = [issue.to(frame.lang) for issue in error.issues]
        else:
            log(frame.request, Action.CHANGED_KPIS, f"− {kpi.id}")
            messages.success(frame.request, _("“%(name)s” is deleted.") % {"name": kpi.label.to(frame.lang)})
            keep(frame)
            return redirect(reverse("catalogue") + frame.at())
    return render(
        frame.request,
        "catalogue/delete.html",
        {
            "frame": frame,
            "kpi": kpi,
            "uses": own_kpis.uses(served.workspace, kpi.id),
            "seen": own_kpis.stamp(kpi),
            "problems": problems,
        },
    )
