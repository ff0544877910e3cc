"""Starting long work, and knowing what became of it.

A job runs in a process of its own (`work.py`). It holds the lock file of its folder as long as it lives: the system
gives the lock back however the process ends, so that whoever looks at a job knows at once whether somebody is at it,
after a crash of the worker, of the server or of the machine alike.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from cadran.errors import Issue, Text
from cadran.store.ledger import imports
from cadran.store.record import ImportRecord
from cadran.web.data.models import Job, Kind, State
from cadran.web.people.audit import Action, note
from cadran.web.people.frame import served
from cadran.workspace import Workspace

_KEPT = timedelta(days=7)
_LEAVING, _PAUSE = 400, 0.05  # tries, seconds between them
_ALIVE, _LOG = "alive.lock", "work.log"
_ACTIONS = {
    Kind.IMPORT: Action.IMPORTED,
    Kind.REPLAY: Action.CORRECTED_ROWS,
    Kind.UNDO: Action.UNDID_IMPORT,
}


@dataclass(frozen=True)
class Choices:
    """How files are to be taken. `mapping`: its name in the company's mappings; `confirmed`: how many rows may vanish,
    as the person was shown."""

    table: str | None = None
    mapping: str | None = None
    source: str | None = None
    replace_period: str | None = None
    confirmed: int = 0


class Modest(Workspace):
    """The company's folder, whose store is opened with the memory that the settings give to the pages' imports."""

    @property
    def memory_limit(self) -> str:
        return f"{self.settings.web.import_megabytes}MB"


def uploads() -> Path:
    return served.folder / "web" / "uploads"


def folder_of(token: str) -> Path:
    return uploads() / token


def paths_of(job: Job) -> list[Path]:
    return [folder_of(job.token) / "files" / file["name"] for file in job.files]


def choices_of(job: Job) -> Choices:
    return Choices(**job.choices)


def start(job: Job, kind: Kind, choices: Choices | None = None) -> bool:
    """Set a process to work on a job; False where somebody is at it already."""
    folder = folder_of(job.token)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    alive = os.open(folder / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _hold_when_left(alive, job):
            return False
        job.kind, job.state, job.asked_at = kind, State.WAITING, timezone.now()
        job.choices = asdict(choices or choices_of(job))
        job.step, job.done, job.total, job.problems = "", 0, 0, []
        job.shown = {} if kind == Kind.PREVIEW else job.shown
        job.save()
        job.pid = launch(job.token, alive)
        Job.objects.filter(pk=job.pk).update(pid=job.pid)
    finally:
        os.close(alive)
    return True


def launch(token: str, alive: int) -> int:
    """The worker's process; it inherits the lock, which stays taken until it ends."""
    with (folder_of(token) / _LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cadran.web.data.work", token],
            env={**os.environ, "CADRAN_WORKSPACE": str(served.folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[alive],
            start_new_session=True,
        ).pid


def is_alive(token: str) -> bool:
    """Whether a process is at the job."""
    try:
        alive = os.open(folder_of(token) / _ALIVE, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _hold(alive)
    finally:
        os.close(alive)


def _hold_when_left(descriptor: int, job: Job) -> bool:
    """A process that has said how its job ended is leaving, and its lock goes with it: the next step waits for that,
    and gives way to whoever asked for a step meanwhile."""
    for _ in range(_LEAVING if job.is_over else 1):
        if _hold(descriptor):
            return not job.is_over or Job.objects.filter(pk=job.pk, asked_at=job.asked_at).exists()
        time.sleep(_PAUSE)
    return False


def _hold(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def settled(job: Job) -> Job:
    """The job as it is: one whose process is gone has failed, unless what it was to do is done."""
    if job.is_over or is_alive(job.token):
        return job
    job.refresh_from_db()  # it may have ended meanwhile
    if not job.is_over:
        landed = _landed(job)
        if landed is None:
            finish(job, State.FAILED, problems=[STOPPED])
        else:
            finish(job, State.DONE, import_id=landed.id)
    return job


def finish(
    job: Job,
    state: State,
    *,
    problems: list[Issue] | None = None,
    shown: dict[str, Any] | None = None,
    import_id: int | None = None,
) -> None:
    """Keep how a job ended, once, with its line in the audit log. Its files go when nobody will need them again."""
    changes = {
        "state": state,
        "problems": [as_texts(issue) for issue in problems or ()],
        "shown": job.shown if shown is None else shown,
        "import_id": import_id or job.import_id,
    }
    with transaction.atomic():
        running = Job.objects.filter(pk=job.pk, state__in=(State.WAITING, State.RUNNING))
        if running.update(**changes) and state is State.DONE and job.kind != Kind.PREVIEW and changes["import_id"]:
            about = f"import {changes['import_id']}: {job.name}"
            note(job.author, _ACTIONS[Kind(job.kind)], about, job.address)
    job.refresh_from_db()
    if state is State.DONE and job.kind != Kind.PREVIEW:
        shutil.rmtree(folder_of(job.token) / "files", ignore_errors=True)


def cancel(job: Job) -> None:
    """End the job's process: nothing is written unless everything is."""
    if job.pid and is_alive(job.token):
        os.kill(job.pid, signal.SIGTERM)


def forget(job: Job) -> None:
    """Throw away the job and its files."""
    shutil.rmtree(folder_of(job.token), ignore_errors=True)
    job.delete()


def sweep() -> None:
    """Throw away the files that nobody has come back to."""
    for job in Job.objects.filter(asked_at__lt=timezone.now() - _KEPT):
        if not is_alive(job.token):
            shutil.rmtree(folder_of(job.token), ignore_errors=True)


def as_texts(issue: Issue) -> dict[str, object]:
    return {
        "code": issue.code,
        "fr": [issue.message.fr, issue.advice.fr],
        "en": [issue.message.en, issue.advice.en],
    }


def _landed(job: Job) -> ImportRecord | None:
    """The import that a job was to make or undo, if the store has it: known by its author, its files' contents and the
    time since it was asked for."""
    if job.kind == Kind.PREVIEW:
        return None
    with served.workspace.lake() as lake:
        records = imports(lake)
    if job.kind == Kind.UNDO:
        return next((each for each in records if each.id == job.import_id and each.status == "undone"), None)
    contents = [file["sha256"] for file in job.files]
    return next((each for each in reversed(records) if _is_of(each, job.author, contents, job.asked_at)), None)


def _is_of(record: ImportRecord, author: str, contents: list[str], asked_at: datetime) -> bool:
    return (
        record.author == author
        and [file.sha256 for file in record.files] == contents
        and record.committed_at.replace(tzinfo=UTC) >= asked_at
    )


STOPPED = Issue(
    "job_stopped",
    Text(
        "Le travail s’est arrêté avant la fin. Rien n’a été écrit : vos données sont intactes.",
        "The work stopped before its end. Nothing was written: your data are whole.",
    ),
    Text(
        "Recommencez ; le journal du dossier dit pourquoi il s’est arrêté.",
        "Start again; the folder’s log says why it stopped.",
    ),
)
