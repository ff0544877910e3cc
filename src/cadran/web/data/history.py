"""What was brought in: every import with what became of its rows, the undoing of one, the health of the data."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.errors import AccessError, Lang
from cadran.health import Health, examine
from cadran.present import delivery
from cadran.present import health as present_health
from cadran.present.data_room import health_headline, import_headline, room_headline, undo_headline
from cadran.present.grid import Grid
from cadran.present.import_page import plain, sum_of
from cadran.store.ledger import import_record, imports, preview_undo
from cadran.store.newest import newest_snapshot
from cadran.store.quarantine import quarantine
from cadran.store.record import ImportRecord
from cadran.web.data import jobs
from cadran.web.data.models import Job, Kind
from cadran.web.measure.freshness import sources_of
from cadran.web.people.audit import Action
from cadran.web.people.frame import NOT_OPEN, Frame, served
from cadran.web.people.gate import page
from cadran.web.people.models import Entry

_SHOWN = 30


@page(Ability.FEED)
def room(frame: Frame) -> HttpResponse:
    """The newest imports, how fresh each source is, what waits, what the data cannot answer."""
    with served.workspace.lake() as lake:
        records = imports(lake)
        waiting = len(quarantine(lake))
    shown = records if "all" in frame.request.GET else records[-_SHOWN:]
    health = health_now()
    return render(
        frame.request,
        "data/room.html",
        {
            "frame": frame,
            "headline": room_headline(len(records), waiting, frame.lang),
            "imports": delivery.import_records(shown, frame.settings.company.timezone, frame.lang),
            "more": len(records) - len(shown),
            "sources": sources_of(frame),
            "waiting": waiting,
            "running": [
                job for job in Job.objects.exclude(state__in=("done", "failed")) if not jobs.settled(job).is_over
            ],
            "health": health_headline(health, frame.lang),
            "health_lacking": sum(each.issue is not None for each in health.kpis),
        },
    )


@page(Ability.FEED)
def show(frame: Frame, number: int) -> HttpResponse:
    """One import: per file and table what became of the rows, remarks, and the way to undo it."""
    record = _record(number)
    grids = (
        delivery.counts_grid(record, frame.lang),
        delivery.tables_grid(record, frame.lang),
        delivery.remarks_grid(record, frame.lang),
    )
    (when,) = delivery.import_records([record], frame.settings.company.timezone, frame.lang)
    return render(
        frame.request,
        "data/import.html",
        {
            "frame": frame,
            "record": record,
            "when": when,
            "headline": import_headline(record, frame.lang),
            "sum": sum_of(record.counts, frame.lang),
            "grids": [plain(grid) for grid in grids if grid.rows],
            "waiting": _waiting(number),
            "entries": Entry.objects.filter(
                action__in=(Action.IMPORTED, Action.UNDID_IMPORT, Action.CORRECTED_ROWS),
                about__startswith=f"import {number}: ",
            ),
        },
    )


@page(Ability.FEED)
def undoing(frame: Frame, number: int) -> HttpResponse:
    """What undoing an import takes away and brings back, before somebody agrees to it."""
    record = _record(number)
    with served.workspace.lake() as lake:
        foreseen = preview_undo(lake, number)
    return render(
        frame.request,
        "data/undo.html",
        {
            "frame": frame,
            "record": record,
            "headline": undo_headline(
                sum(table.removed for table in foreseen.tables),
                sum(table.restored for table in foreseen.tables),
                frame.lang,
            ),
            "grid": plain(_undo_grid(foreseen, frame.lang)),
        },
    )


@require_POST
@page(Ability.FEED)
def undo(frame: Frame, number: int) -> HttpResponse:
    record = _record(number)
    job = Job(
        kind=Kind.UNDO,
        author=frame.person.email,
        address=frame.request.META.get("REMOTE_ADDR") or None,
        asked_at=timezone.now(),
        files=[{"name": file.name, "size": file.size, "sha256": file.sha256} for file in record.files],
        import_id=record.id,
    )
    jobs.start(job, Kind.UNDO)
    return redirect("job", job.token)


@page(Ability.FEED)
def health(frame: Frame) -> HttpResponse:
    """What there is, what is missing or doubtful, and what that does to which KPI."""
    found, lang = health_now(), frame.lang
    labels = dict(frame.reader.labels or {})
    grids = [
        present_health.lacking_grid(found, labels, lang),
        present_health.data_grid(found, lang),
        present_health.unknown_grid(found, lang),
        present_health.incoherent_grid(found, lang),
        present_health.faults_grid(found, lang),
    ]
    return render(
        frame.request,
        "data/health.html",
        {
            "frame": frame,
            "headline": health_headline(found, lang),
            "grids": [plain(grid) for grid in grids if grid.rows],
            "waiting": found.quarantined,
        },
    )


def health_now() -> Health:
    """The health of the data as they are, looked at once for each snapshot, choice of the company and evening."""
    workspace = served.workspace
    choices = workspace.settings.canonical() + workspace.catalogue.canonical()
    if workspace.settings.engine.is_warehouse:
        return examine(workspace)
    return _health(workspace.store, newest_snapshot(workspace.store), choices, workspace.settings.as_of())


@lru_cache(maxsize=4)
def _health(store: Path, snapshot: tuple[int, str], choices: str, evening: date) -> Health:
    return examine(served.workspace)


def _record(number: int) -> ImportRecord:
    with served.workspace.lake() as lake:
        if number not in {record.id for record in imports(lake)}:
            raise AccessError(NOT_OPEN)
        return import_record(lake, number)


def _waiting(number: int) -> int:
    with served.workspace.lake() as lake:
        return len(quarantine(lake, import_id=number))


def _undo_grid(foreseen: ImportRecord, lang: Lang) -> Grid:
    return delivery.tables_grid(foreseen, lang, ("table", "removed", "restored"))
