"""What a number means: the fragment that opens from its name, and how it was computed, formula and SQL."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from cadran.access import Ability
from cadran.present.block import written
from cadran.present.meaning import meaning_of
from cadran.web.measure.figure import address, figure, parts_of
from cadran.web.measure.freshness import newest_of
from cadran.web.measure.pickers import period_picker, scope_picker
from cadran.web.people.frame import Frame
from cadran.web.people.gate import page


@page(Ability.MEASURE)
def kpi_definition(frame: Frame, kpi: str) -> HttpResponse:
    """What the popover holds."""
    found = figure(frame, kpi)
    meaning = meaning_of(found.kpi, found.row, parts_of(frame, found.kpi), frame.settings, frame.reader)
    sister = found.kpi.companions[0] if found.kpi.companions else ""
    return render(
        frame.request,
        "measure/definition.html",
        {
            "frame": frame,
            "name": frame.reader.kpi(kpi),
            "value": written(found.row.value, found.row, frame.reader),
            "meaning": meaning,
            "newest": newest_of(frame, meaning.table),
            "snapshot": found.answer.snapshot,
            "sister": frame.reader.kpi(sister) if sister else "",
            "sister_address": address(frame, "kpi", sister) if sister else "",
            "kpi_address": address(frame, "kpi", kpi),
            "rows_address": address(frame, "kpi_rows", kpi),
            "formula_address": address(frame, "kpi_formula", kpi),
        },
    )


@page(Ability.MEASURE)
def kpi_formula(frame: Frame, kpi: str) -> HttpResponse:
    """How the page's value was computed, in words and in the SQL that was run."""
    found = figure(frame, kpi)
    answer = frame.ask(kpi, by=(frame.scope.level,), compare=("target",))
    return render(
        frame.request,
        "measure/formula.html",
        {
            "frame": frame,
            "name": frame.reader.kpi(kpi),
            "value": written(found.row.value, found.row, frame.reader),
            "explained": answer.explain(frame.lang),
            "periods": period_picker(frame),
            "scopes": scope_picker(frame),
            "kpi_address": address(frame, "kpi", kpi),
        },
    )
