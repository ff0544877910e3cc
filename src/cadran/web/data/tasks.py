"""What a job does, in its own process (`work.py`)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from cadran.errors import CadranError, IntakeError, Issue, MappingError, Text
from cadran.intake import replay as corrected
from cadran.intake.load import context_of, import_files
from cadran.intake.look import look
from cadran.intake.report import ImportReport
from cadran.present.import_page import import_page, looked_page, replay_page
from cadran.store import ledger
from cadran.store.ledger import Preview
from cadran.store.lock import writer_lock
from cadran.web.data.jobs import Modest, choices_of, finish, paths_of, uploads
from cadran.web.data.models import Job, Kind, State
from cadran.web.people.frame import served

_TO_BE_TOLD = ("unrecognised_file", "missing_column", "amount_with_tax")
_A_DAY = 24 * 3600.0
_PAUSE_SECONDS = 0.3


def run(token: str) -> None:
    """Do what a job asks for, and keep how it ended. What nobody expected goes on, and ends the process."""
    job = Job.objects.get(token=token)
    try:
        _TASKS[Kind(job.kind)](job)
    except CadranError as error:
        finish(job, State.FAILED, problems=list(error.issues))


class Progress:
    """Tells the job how far it is; not more often than somebody could see."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._step = ""
        self._told = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        if step == self._step and done < total and monotonic() - self._told < _PAUSE_SECONDS:
            return
        self._step, self._told = step, monotonic()
        Job.objects.filter(pk=self._job.pk).update(state=State.RUNNING, step=step, done=done, total=total)


def _preview(job: Job) -> None:
    """One at a time, beside what is imported: nothing is written, but each takes the memory of an import. Of files
    that say too little, what they do say is shown: somebody may tell the rest."""
    with writer_lock(uploads() / "preview.lock", _A_DAY):
        _look(job)


def _look(job: Job) -> None:
    try:
        report = _import(job, dry_run=True)
    except (IntakeError, MappingError) as error:
        if error.code not in _TO_BE_TOLD:
            raise
        sheets = look(Modest.open(served.folder), paths_of(job), choices_of(job).table)
        shown = {"fr": looked_page(sheets, "fr"), "en": looked_page(sheets, "en")}
        finish(job, State.FAILED, problems=list(error.issues), shown=shown)
    else:
        finish(job, State.DONE, shown=_shown(report))


def _load(job: Job) -> None:
    """One import at a time: they share the memory, and the store has one writer."""
    with writer_lock(uploads() / "turn.lock", _A_DAY):
        report = _import(job, dry_run=False)
    if report.outcome == "refused":
        finish(job, State.FAILED, problems=[_MORE_VANISHES])
    else:
        finish(job, State.DONE, shown=_shown(report), import_id=report.record.id)


def _import(job: Job, *, dry_run: bool) -> ImportReport:
    choices = choices_of(job)

    def is_agreed(foreseen: Preview) -> bool:
        return sum(each.rows for each in foreseen.vanishing) <= choices.confirmed

    return import_files(
        Modest.open(served.folder),
        paths_of(job),
        table=choices.table,
        mapping=choices.mapping,
        source=choices.source,
        replace_period=choices.replace_period,
        dry_run=dry_run,
        confirm=is_agreed,
        author=job.author,
        progress=Progress(job),
    )


def _shown(report: ImportReport) -> dict[str, Any]:
    return {"mapping": report.record.mapping, "fr": import_page(report, "fr"), "en": import_page(report, "en")}


def _replay(job: Job) -> None:
    """A spreadsheet of the quarantine that somebody corrected."""
    Progress(job)("load", 0, 1)
    done = corrected.replay(Modest.open(served.folder), paths_of(job)[0], author=job.author)
    shown = {"fr": replay_page(done, "fr"), "en": replay_page(done, "en")}
    finish(job, State.DONE, shown=shown, import_id=done.records[0].id if done.records else None)


def _undo(job: Job) -> None:
    Progress(job)("load", 0, 1)
    workspace = Modest.open(served.folder)
    assert job.import_id is not None, "an undoing names its import"
    with workspace.lake(read_only=False) as lake:
        ledger.undo(lake, job.import_id, job.author, context_of(workspace))
    finish(job, State.DONE)


_TASKS: dict[Kind, Callable[[Job], None]] = {
    Kind.PREVIEW: _preview,
    Kind.IMPORT: _load,
    Kind.REPLAY: _replay,
    Kind.UNDO: _undo,
}
_MORE_VANISHES = Issue(
    "more_vanishes",
    Text(
        "Ce remplacement ferait disparaître plus de lignes que vous n’en avez vu. Rien n’a été écrit.",
        "This replacement would remove more rows than you were shown. Nothing was written.",
    ),
    Text("Regardez l’aperçu de nouveau, puis confirmez.", "Look at the preview again, then confirm."),
)
