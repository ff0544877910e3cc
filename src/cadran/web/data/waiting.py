"""The quarantine: what is wrong with each row, corrected where it is shown, or in a spreadsheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.errors import IntakeError, Lang
from cadran.intake.replay import Replayed, export_quarantine, write_rows
from cadran.intake.replay import replay as replay_rows
from cadran.present.data_room import quarantine_headline
from cadran.store.ledger import imports
from cadran.web.data import jobs
from cadran.web.data.faults import Fault, Waiting, waiting
from cadran.web.data.models import Job, Kind
from cadran.web.data.upload import received
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page
from cadran.web.people.numbers import whole

_SHOWN = 40
_UNDO_SECONDS = 600
_CORRECTED = "corrected"  # in the session: what this person corrected last


@page(Ability.FEED)
def rows(frame: Frame) -> HttpResponse:
    return _rows(frame)


def _rows(frame: Frame, wrong: Fault | None = None, told: Replayed | None = None) -> HttpResponse:
    """`wrong` was corrected and is wrong still; `told` says why."""
    found = waiting(frame)
    first = whole(frame.request.GET.get("from", "0")) or 0
    shown = found.faults[first : first + _SHOWN]
    return render(
        frame.request,
        "data/quarantine.html",
        {
            "frame": frame,
            "headline": quarantine_headline(found.rows, len(found.faults), frame.lang),
            "faults": shown,
            "whole": found.find(frame.request.GET.get("line", "")),
            "next": first + _SHOWN if len(found.faults) > first + _SHOWN else None,
            "previous": max(first - _SHOWN, 0) if first else None,
            "corrected": _corrected_lately(frame),
            "wrong": wrong,
            "still": _still(told, frame.lang) if told else (),
        },
        status=422 if wrong else 200,
    )


@require_POST
@page(Ability.FEED)
def correct(frame: Frame) -> HttpResponse:
    """Replay the rows of a mistake with the cells that were written instead."""
    found = waiting(frame)
    fault = found.find(frame.request.POST.get("fault", ""))
    if fault is None:
        return redirect("quarantine")
    done = _replay(frame, found, fault)
    for record in done.records:
        log(frame.request, Action.CORRECTED_ROWS, f"import {record.id}: {record.name} ({done.corrected})")
        lately = frame.request.session.get(_CORRECTED, [])
        frame.request.session[_CORRECTED] = [*lately[-4:], [record.id, done.corrected, time()]]
    if done.still_wrong:
        return _rows(frame, fault, done)
    return redirect("quarantine")


def _replay(frame: Frame, found: Waiting, fault: Fault) -> Replayed:
    """Through the same spreadsheet as anybody's."""
    given = frame.request.POST
    cells = dict(zip(given.getlist("header"), given.getlist("cell"), strict=False))
    known = {name: text for name, text in cells.items() if name in fault.first.cells}
    only_first = "only_first" in given
    corrected = [replace(row, cells={**row.cells, **known}) for row in (fault.rows[:1] if only_first else fault.rows)]
    folder = jobs.uploads()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="correct-") as place:
        path = Path(place) / "corrections.csv"
        write_rows(path, corrected, found.names, frame.settings.lang)
        return replay_rows(jobs.Modest.open(served.folder), path, author=frame.person.email)


@page(Ability.FEED)
def export(frame: Frame) -> HttpResponse:
    """The rows with their own columns, to be corrected in a spreadsheet and sent back."""
    folder = jobs.uploads()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="export-") as place:
        path = Path(place) / "quarantine.csv"
        number = export_quarantine(served.workspace, path)
        content = path.read_bytes()
    log(frame.request, Action.EXPORTED, f"quarantine ({number})")
    name = "quarantaine.csv" if frame.lang == "fr" else "quarantine.csv"
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@csrf_exempt  # checked by `received`, once there is somebody to receive the file
@require_POST
@page(Ability.FEED)
def replay(frame: Frame) -> HttpResponse:
    """The spreadsheet, corrected."""
    job = received(frame, Kind.REPLAY)
    if isinstance(job, IntakeError):
        raise job
    if not isinstance(job, Job):
        return job
    jobs.start(job, Kind.REPLAY)
    return redirect("job", job.token)


def _still(told: Replayed, lang: Lang) -> tuple[str, ...]:
    """Each different reason, once."""
    said = (
        f"{each.message.to(lang)} {each.advice.to(lang)}".strip() for row in told.still_wrong for each in row.reasons
    )
    return tuple(dict.fromkeys(said))


def _corrected_lately(frame: Frame) -> list[tuple[int, int]]:
    """The imports that this person's corrections made in the last minutes, and still stand: they can be undone."""
    lately = [each for each in frame.request.session.get(_CORRECTED, []) if time() - each[2] < _UNDO_SECONDS]
    if not lately:
        return []
    with served.workspace.lake() as lake:
        live = {record.id for record in imports(lake) if record.status == "live"}
    return [(number, rows) for number, rows, _ in reversed(lately) if number in live]
