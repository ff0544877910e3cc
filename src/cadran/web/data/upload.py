"""Bringing files in: they are received, looked at, shown as they would be taken, and loaded when somebody agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.errors import AccessError, CadranError, IntakeError, Issue, Lang, Text
from cadran.intake.by_hand import BY_HAND
from cadran.intake.choices import keep_choices
from cadran.intake.proposal import accept, proposals
from cadran.periods.period import parse_period
from cadran.present.data_room import import_headline, preview_headline
from cadran.store.ledger import import_record, imports
from cadran.tables.model import SALES_MODEL
from cadran.web.data import jobs
from cadran.web.data.columns import Choice, choices_for
from cadran.web.data.jobs import Choices, choices_of
from cadran.web.data.models import Job, Kind, State
from cadran.web.data.received import MOST_FILES, TYPES, Receiver
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import NOT_OPEN, Frame, served
from cadran.web.people.gate import page

STEPS = ("read", "clean", "check", "load")
_FEW_SHEETS = 3


@dataclass(frozen=True)
class LookedAt:
    """A sheet of a preview: what its columns may fill, whether they are unfolded; its lines, and whether these are."""

    sheet: dict[str, Any]
    offered: tuple[Choice, ...]
    is_open: bool
    lines: Sequence[Any]
    shows_sample: bool


@csrf_exempt  # checked by `_parsed`, once there is somebody to receive the files
@page(Ability.FEED)
def upload(frame: Frame) -> HttpResponse:
    if frame.request.method != "POST":
        return _form(frame)
    jobs.sweep()
    job = received(frame, Kind.PREVIEW)
    if not isinstance(job, Job):
        return _refused(frame, job)
    jobs.start(job, Kind.PREVIEW)
    return redirect("job", job.token)


def received(frame: Frame, kind: Kind) -> Job | IntakeError | HttpResponse:
    """The files of a form as a job that is not begun; else why they are not taken, and nothing is kept of them."""
    request = frame.request
    job = Job(
        kind=kind,
        author=frame.person.email,
        address=request.META.get("REMOTE_ADDR") or None,
        asked_at=timezone.now(),
    )
    receiver = Receiver(request, job.token, frame.settings.web.upload_megabytes)
    request.upload_handlers = [receiver]
    try:
        answer = _parsed(request)
        if answer.status_code != 200:
            receiver.throw_away()
            return answer
        if not receiver.files:
            raise IntakeError(_NO_FILE)
    except IntakeError as error:
        receiver.throw_away()
        return error
    except Exception:
        receiver.throw_away()  # whoever was sending has gone, or something worse
        raise
    job.files = receiver.files
    job.choices = {"source": request.POST.get("source", "").strip()[:120] or None}
    return job


@csrf_protect
def _parsed(request: HttpRequest) -> HttpResponse:
    """Reads the form, which receives its files."""
    assert request.POST is not None
    return HttpResponse()


def _form(frame: Frame, error: CadranError | None = None, status: int = 200) -> HttpResponse:
    problems = [(issue.message.to(frame.lang), issue.advice.to(frame.lang)) for issue in error.issues] if error else []
    return render(
        frame.request,
        "data/upload.html",
        {
            "frame": frame,
            "problems": problems,
            "most_megabytes": frame.settings.web.upload_megabytes,
            "most_files": MOST_FILES,
            "types": ",".join(TYPES),
            "sources": known_sources(),
        },
        status=status,
    )


def _refused(frame: Frame, why: IntakeError | HttpResponse) -> HttpResponse:
    return _form(frame, why, 413 if why.code == "delivery_too_large" else 400) if isinstance(why, IntakeError) else why


@page(Ability.FEED)
def job(frame: Frame, token: str) -> HttpResponse:
    """Wherever a job is: under way, waiting for somebody to agree, over. What polls is given the part that changes."""
    found = find(token)
    if not found.is_over:
        return _progress(frame, found)
    if frame.request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if found.state == State.FAILED:
        return _failed(frame, found)
    if found.kind == Kind.PREVIEW:
        return _preview(frame, found)
    if found.kind == Kind.UNDO:
        return redirect("import", found.import_id)
    if found.kind == Kind.REPLAY:
        return render(
            frame.request, "data/replayed.html", {"frame": frame, "job": found, "shown": shown(found, frame.lang)}
        )
    return _loaded(frame, found)


def find(token: str) -> Job:
    """The job of an address, as it is now. Raises AccessError where there is none."""
    found = Job.objects.filter(token=token).first()
    if found is None:
        raise AccessError(NOT_OPEN)
    return jobs.settled(found)


def shown(job: Job, lang: Lang) -> dict[str, Any]:
    return job.shown.get(lang) or {}


def _progress(frame: Frame, job: Job) -> HttpResponse:
    place = STEPS.index(job.step) if job.step in STEPS else -1
    steps = [(step, "done" if i < place else "now" if i == place else "to-come") for i, step in enumerate(STEPS)]
    if job.kind == Kind.PREVIEW:
        steps = steps[:-1]
    parts = len(steps) if job.kind in (Kind.PREVIEW, Kind.IMPORT) else 1
    within = job.done / job.total if job.total else 0
    share = round(100 * (max(place, 0) + within) / parts) if parts > 1 else round(100 * within)
    context = {
        "frame": frame,
        "job": job,
        "steps": steps if parts > 1 else [],
        "share": min(share, 99),
    }
    is_part = frame.request.headers.get("HX-Request")
    return render(frame.request, "data/progress_part.html" if is_part else "data/progress.html", context)


def _failed(frame: Frame, job: Job) -> HttpResponse:
    problems = [each[frame.lang] for each in job.problems]
    is_kept = all(path.exists() for path in jobs.paths_of(job)) and bool(job.files)
    context = {"frame": frame, "job": job, "problems": problems, "is_kept": is_kept, "choices": choices_of(job)}
    if job.kind in (Kind.PREVIEW, Kind.IMPORT):
        context |= {"tables": table_choices(frame.lang), "mappings": known_mappings(), "sources": known_sources()}
        context |= {"sheets": _sheets(job, frame.lang) if is_kept else ()}
    return render(frame.request, "data/failed.html", context)


def _preview(frame: Frame, job: Job) -> HttpResponse:
    told = shown(job, frame.lang)
    which = "doubtful" if frame.request.GET.get("lines") == "doubtful" else "first"
    return render(
        frame.request,
        "data/preview.html",
        {
            "frame": frame,
            "job": job,
            "shown": told,
            "headline": preview_headline(told["totals"], frame.lang),
            "choices": choices_of(job),
            "sheets": _sheets(job, frame.lang, which),
            "tables": table_choices(frame.lang),
            "mappings": known_mappings(),
            "sources": known_sources(),
            "which": which,
        },
    )


def _sheets(job: Job, lang: Lang, which: str = "first") -> list[LookedAt]:
    """Of many sheets, those that ask for somebody's eye are open; `which` of their lines are shown."""
    sheets = shown(job, lang).get("sheets", ())
    are_few = len(sheets) <= _FEW_SHEETS
    found = []
    for sheet in sheets:
        lines = (sheet["sample"] or {}).get(which, ())
        is_open = are_few or bool(sheet["not_taken"] or sheet["notes"] or _is_to_be_settled(sheet["columns"]))
        offered = choices_for(sheet, choices_of(job).table, lang)
        found.append(LookedAt(sheet, offered, is_open, lines, are_few or bool(which == "doubtful" and lines)))
    return found


def _is_to_be_settled(columns: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a column was recognised with doubt, or not at all."""
    return any(not column["sure"] or not column["target"] for column in columns)


def _loaded(frame: Frame, job: Job) -> HttpResponse:
    """Of an import whose process died after it had landed, nothing is left to propose."""
    with served.workspace.lake() as lake:
        record = import_record(lake, job.import_id or 0)
        open_proposals = proposals(lake.state().tables, served.folder)
    return render(
        frame.request,
        "data/loaded.html",
        {
            "frame": frame,
            "job": job,
            "record": record,
            "headline": import_headline(record, frame.lang),
            "shown": shown(job, frame.lang),
            "proposals": open_proposals if record.status == "live" else (),
        },
    )


@require_POST
@page(Ability.FEED)
def look(frame: Frame, token: str) -> HttpResponse:
    """Look at the files again, taken otherwise."""
    found = find(token)
    given = frame.request.POST
    choices = Choices(
        table=given.get("table") or None,
        mapping=given.get("mapping") or None,
        source=given.get("source", "").strip()[:120] or None,
        replace_period=given.get("replace_period", "").strip() or None,
    )
    if choices.table not in (None, *SALES_MODEL) or choices.mapping not in (None, *known_mappings()):
        raise AccessError(NOT_OPEN)
    if choices.replace_period and choices.replace_period.upper() != "ALL":
        parse_period(choices.replace_period, frame.settings.company.fiscal_month)
    _require_unloaded(found)
    jobs.start(found, Kind.PREVIEW, choices)
    return redirect("job", token)


@require_POST
@page(Ability.FEED)
def load(frame: Frame, token: str) -> HttpResponse:
    """Load what the preview showed. Where rows vanish, the person has said so."""
    found = find(token)
    _require_unloaded(found)
    if found.kind != Kind.PREVIEW or found.state != State.DONE:
        return redirect("job", token)
    vanishing = int(shown(found, frame.lang)["removed"])
    if vanishing and frame.request.POST.get("confirmed") != str(vanishing):
        raise IntakeError(_unconfirmed(vanishing))
    found.author, found.address = frame.person.email, frame.request.META.get("REMOTE_ADDR") or None
    jobs.start(found, Kind.IMPORT, replace(choices_of(found), confirmed=vanishing))
    return redirect("job", token)


@require_POST
@page(Ability.FEED)
def cancel(frame: Frame, token: str) -> HttpResponse:
    """End what is under way and throw the files away. An import that has landed stays: it can be undone."""
    found = find(token)
    if not found.is_over:
        jobs.cancel(found)
        return redirect("job", token)
    if found.import_id is None:
        jobs.forget(found)
    return redirect("data")


@require_POST
@page(Ability.FEED)
def choose(frame: Frame) -> HttpResponse:
    """Accept one of the choices that the data suggest."""
    with served.workspace.lake() as lake:
        offered = proposals(lake.state().tables, served.folder)
    wanted = next((each for each in offered if each.setting == frame.request.POST.get("setting")), None)
    if wanted is not None:
        accept(served.folder, wanted)
        keep_choices(served.workspace, frame.person.email)
        log(frame.request, Action.CHANGED_SETTINGS, wanted.line)
    return redirect("data")


def _require_unloaded(job: Job) -> None:
    """Raises AccessError for a job whose files are gone: it was loaded, or they were never many."""
    if job.kind not in (Kind.PREVIEW, Kind.IMPORT) or (job.kind == Kind.IMPORT and job.state == State.DONE):
        raise AccessError(NOT_OPEN)


def known_sources() -> list[str]:
    """Those that files came from."""
    with served.workspace.lake() as lake:
        return sorted({record.source for record in imports(lake) if record.source} - {BY_HAND})


def known_mappings() -> list[str]:
    return sorted(path.stem for path in served.workspace.mappings.glob("*.yaml"))


def table_choices(lang: Lang) -> list[tuple[str, str]]:
    return sorted(((table.name, table.label.to(lang)) for table in SALES_MODEL.values()), key=lambda each: each[1])


_NO_FILE = Issue(
    "no_file",
    Text("Aucun fichier n’est arrivé.", "No file arrived."),
    Text("Choisissez un fichier, puis envoyez.", "Choose a file, then send."),
)


def _unconfirmed(rows: int) -> Issue:
    return Issue(
        "replacement_unconfirmed",
        Text(
            f"{rows} lignes disparaîtraient ; vous ne l’avez pas confirmé.",
            f"{rows} rows would vanish; you have not agreed.",
        ),
        Text("Cochez la case qui le dit, puis chargez.", "Tick the box that says so, then load."),
    )
