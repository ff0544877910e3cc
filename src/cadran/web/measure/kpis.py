"""Every KPI the data can answer, by theme, at the page's period and scope; and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from cadran.access import Ability
from cadran.answer import AnswerRow
from cadran.catalogue.kpi import Kpi
from cadran.errors import Text
from cadran.present.block import Block, block
from cadran.present.breakdown import doubt_of
from cadran.web.measure.dashboard import figures, is_page_scope, month_rows
from cadran.web.measure.figure import address, leaves
from cadran.web.measure.pickers import period_picker, scope_picker
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

# Theme -> the sources that its KPIs count.
_THEMES = (
    (Text("Ventes et clients", "Sales and clients"), ("sales", "orders", "order_movements")),
    (Text("Affaires et pipeline", "Deals and pipeline"), ("opportunities", "stage_changes")),
    (Text("Prospection et activité", "Prospecting and activity"), ("leads", "activities")),
    (Text("Fidélité et contrats", "Retention and contracts"), ("contracts",)),
    (Text("Satisfaction et paiements", "Satisfaction and payments"), ("feedback", "assessments", "payments")),
)
_RETENTION = 3


@dataclass(frozen=True)
class Line:
    """One KPI of the list. `doubt`: why its value is not judged, or is missing."""

    block: Block
    address: str
    definition: str
    doubt: str


@dataclass(frozen=True)
class Theme:
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Silent:
    """A KPI that cannot answer, what it would have told, and what is missing."""

    name: str
    question: str
    reason: str


@page(Ability.MEASURE)
def kpis(frame: Frame) -> HttpResponse:
    every = tuple(served.workspace.catalogue)
    names = tuple(kpi.id for kpi in every)
    level = (frame.scope.level,)
    answer = figures(frame, names, level)
    rows = {row.kpi: row for row in answer.rows_of(is_page_scope(frame))}
    lacking = {name: found.unavailable for name, found in answer.figures.items() if found.unavailable}
    months = month_rows(frame, names)
    themes = [
        Theme(name.to(frame.lang), tuple(_line(frame, kpi, rows[kpi.id], months.get(kpi.id, [])) for kpi in told))
        for number, (name, _) in enumerate(_THEMES)
        if (told := [kpi for kpi in every if theme_of(kpi) == number and kpi.id in rows and kpi.id not in lacking])
    ]
    return render(
        frame.request,
        "measure/kpis.html",
        {
            "frame": frame,
            "themes": themes,
            "answered": sum(len(theme.lines) for theme in themes),
            "silent": tuple(
                Silent(kpi.label.to(frame.lang), kpi.question.to(frame.lang), lacking[kpi.id].to(frame.lang))
                for kpi in every
                if kpi.id in lacking
            ),
            "periods": period_picker(frame),
            "scopes": scope_picker(frame),
            "snapshot": answer.snapshot,
        },
    )


def _line(frame: Frame, kpi: Kpi, row: AnswerRow, months: list[AnswerRow]) -> Line:
    return Line(
        block(kpi, row, months, frame.reader, frame.as_of),
        address(frame, "kpi", kpi.id),
        address(frame, "kpi_definition", kpi.id),
        doubt_of(row, frame.reader),
    )


def theme_of(kpi: Kpi) -> int:
    """The theme of the first rows it counts; retention stands apart, whatever it is counted from."""
    first = leaves(kpi)[0]
    if first.kind.value == "retention":
        return _RETENTION
    source = first.populations[0].of
    return next((number for number, (_, sources) in enumerate(_THEMES) if source in sources), 0)
