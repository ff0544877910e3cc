"""Objectives: a grid to set them, in one KPI and one fiscal year. What is saved is an import of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.errors import Issue, RequestError, Text
from cadran.intake.by_hand import set_targets
from cadran.objectives.planning import Author, rows_of
from cadran.periods.period import label_of, name_of, shift
from cadran.store.record import ImportRecord
from cadran.web.follow.objectives_board import CUTS, FIRST_KPI, Board, board_of
from cadran.web.follow.objectives_form import Filled, read_form
from cadran.web.follow.objectives_grid import grid_of
from cadran.web.follow.objectives_history import history_of, undo
from cadran.web.follow.objectives_sheet import Proposal, read_paste, read_workbook, workbook
from cadran.web.follow.objectives_split import BASES, shares_of, wanted_of
from cadran.web.measure.pickers import Choice, scope_picker
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NO_FILE = Issue("no_file", Text("Aucun fichier n’a été choisi.", "No file was chosen."))
_NAME = Text("Objectifs : {kpi}, {year}", "Objectives: {kpi}, {year}")


@page(Ability.MEASURE)
def objectives(frame: Frame) -> HttpResponse:
    return show(board_of(frame))


@require_POST
@page(Ability.PLAN)
def save(frame: Frame) -> HttpResponse:
    """All the cells of the form as one import, or none of them."""
    board = board_of(frame)
    filled = read_form(board, frame.request.POST.dict())
    if filled.wrong:
        return show(board, filled)
    if not filled.wishes:
        messages.info(frame.request, _("Nothing was changed: every cell is as it was."))
        return _back(board)
    record = _set(board, filled)
    cells = len(filled.wishes)
    log(frame.request, Action.CHANGED_OBJECTIVES, f"{record.name} ({cells}), import {record.id}")
    said = ngettext("{n} objective saved.", "{n} objectives saved.", cells).format(n=cells)
    messages.success(frame.request, f"{said} {_('It can be undone below.')}")
    return _back(board)


@require_POST
@page(Ability.PLAN)
def take_back(frame: Frame, number: int) -> HttpResponse:
    board = board_of(frame)
    record = undo(board, number)
    log(frame.request, Action.CHANGED_OBJECTIVES, f"{record.name}, import {record.id}, undone")
    messages.success(frame.request, _("Undone: these objectives are as they were before."))
    return _back(board)


@require_POST
@page(Ability.PLAN)
def share_out(frame: Frame) -> HttpResponse:
    """An amount shared out, shown in the grid before it is saved."""
    board = board_of(frame)
    return show(board, proposal=Proposal(shares_of(board, wanted_of(board, frame.request.POST.dict()))))


@require_POST
@page(Ability.PLAN)
def paste(frame: Frame) -> HttpResponse:
    board = board_of(frame)
    return show(board, proposal=read_paste(board, frame.request.POST.get("cells", "")))


@require_POST
@page(Ability.PLAN)
def read_file(frame: Frame) -> HttpResponse:
    """A workbook, shown in the grid before it is saved."""
    board, file = board_of(frame), frame.request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise RequestError(_NO_FILE)
    with TemporaryDirectory(prefix="cadran-") as folder:
        path = Path(folder) / (Path(file.name or "").name or "objectives.xlsx")
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        return show(board, proposal=read_workbook(board, path))


@page(Ability.MEASURE)
def write_file(frame: Frame) -> HttpResponse:
    board = board_of(frame)
    name = f"objectives-{board.kpi.id}-{name_of(board.year, board.fiscal_month)}-{board.cut}.xlsx"
    log(frame.request, Action.EXPORTED, name)
    response = HttpResponse(workbook(board), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def show(board: Board, filled: Filled | None = None, proposal: Proposal | None = None) -> HttpResponse:
    frame = board.frame
    grid = grid_of(board, filled, proposal.values if proposal else None)
    context = {
        "frame": frame,
        "board": board,
        "grid": grid,
        "wrong": filled.wrong if filled else (),
        "kpis": _kpis(board),
        "near_years": _years(board),
        "year": label_of(board.year, frame.lang, board.fiscal_month, board.grain_of_year),
        "cuts": [(cut, board.at(by=cut), cut == board.cut) for cut in CUTS],
        "scopes": scope_picker(frame),
        "history": history_of(board) if grid.may_set and proposal is None else (),
        "proposal": proposal,
        "may_share": bool(board.head and board.head.may_set and board.is_additive),
        "bases": BASES,
        "query": board.at(),
    }
    return render(frame.request, "follow/objectives.html", context, status=422 if filled else 200)


def _set(board: Board, filled: Filled) -> ImportRecord:
    company = served.workspace.settings.company
    at = datetime.now(ZoneInfo(company.timezone)).replace(tzinfo=None, microsecond=0)
    author = board.frame.viewer.email
    rows = rows_of(board.kpi.id, filled.wishes, board.given, Author(author, at), board.fiscal_month)
    year = label_of(board.year, company.lang, board.fiscal_month, board.grain_of_year)
    name = _NAME.to(company.lang).format(kpi=board.kpi.label.to(company.lang), year=year)
    return set_targets(served.workspace, rows, name=name, author=author)


def _back(board: Board) -> HttpResponse:
    return HttpResponseRedirect(reverse("objectives") + board.at())


def _kpis(board: Board) -> list[Choice]:
    """Every KPI of the catalogue, revenue first."""
    kpis = sorted(served.workspace.catalogue, key=lambda kpi: kpi.id != FIRST_KPI)
    return [Choice(kpi.label.to(board.frame.lang), board.at(kpi=kpi.id), kpi.id == board.kpi.id) for kpi in kpis]


def _years(board: Board) -> list[Choice]:
    """The fiscal year of the page in the middle of the two before and the two after."""
    found = []
    for distance in range(-2, 3):
        year = shift(board.year, board.grain_of_year, distance)
        name = label_of(year, board.frame.lang, board.fiscal_month, board.grain_of_year)
        found.append(Choice(name, board.at(period=name_of(year, board.fiscal_month)), distance == 0))
    return found
