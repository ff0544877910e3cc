"""A job survives whoever looked at it; what became of one whose process died is told as it is."""

from __future__ import annotations

import fcntl
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from cadran.access import Role
from cadran.intake.load import import_files
from cadran.store.ledger import imports
from cadran.store.lock import writer_lock
from cadran.web.data import jobs, tasks
from cadran.web.data.models import Job, Kind, State
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn
from tests.web.data_room import do_at_once, send, text
from tests.web.test_data_upload import sales


def nobody(token: str, alive: int) -> int:
    """A process that died at once."""
    return 1


@pytest.fixture
def ready(company: Workspace, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> tuple[Client, str]:
    """Files that somebody has looked at."""
    do_at_once(monkeypatch)
    client = sign_in(Role.DIRECTOR)
    return client, send(client, ("a.csv", sales("F1;05/01/2026;C1;R1;100,00")))


def test_a_process_that_died_leaves_the_data_whole(
    company: Workspace, ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, job = ready
    monkeypatch.setattr(jobs, "launch", nobody)
    client.post(f"{job}load/")
    page = text(client, job)
    assert "Rien n’a été chargé" in page
    assert "s’est arrêté avant la fin" in page
    with company.lake() as lake:
        assert len(imports(lake)) == 1
    do_at_once(monkeypatch)
    client.post(f"{job}look/")
    client.post(f"{job}load/")
    with company.lake() as lake:
        assert len(imports(lake)) == 2


def test_an_import_that_landed_before_its_process_died_is_found(
    company: Workspace, ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, job = ready

    def dies_once_it_has_landed(token: str, alive: int) -> int:
        found = Job.objects.get(token=token)
        import_files(company, jobs.paths_of(found), author=found.author)
        return 1

    monkeypatch.setattr(jobs, "launch", dies_once_it_has_landed)
    client.post(f"{job}load/")
    assert "chargées sur" in text(client, job)
    assert Job.objects.get().import_id == 2
    assert Job.objects.get().state == State.DONE


def test_the_same_files_imported_before_are_no_sign(
    company: Workspace, ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, job = ready
    import_files(company, jobs.paths_of(Job.objects.get()), author=PEOPLE[Role.DIRECTOR])
    monkeypatch.setattr(jobs, "launch", nobody)
    client.post(f"{job}load/")
    assert "Rien n’a été chargé" in text(client, job)


@pytest.mark.usefixtures("ready")
def test_a_job_is_begun_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def launch(token: str, alive: int) -> int:
        begun.append(token)
        assert not jobs.start(Job.objects.get(token=token), Kind.PREVIEW)
        return 1

    monkeypatch.setattr(jobs, "launch", launch)
    assert jobs.start(Job.objects.get(), Kind.PREVIEW)
    assert len(begun) == 1


def held(token: str) -> int:
    """The lock of a job, taken as its process takes it."""
    folder = jobs.folder_of(token)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def test_the_next_step_waits_for_the_last_ones_process_to_leave(
    ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, job = ready
    descriptor = held(token_of(job))
    begun: list[str] = []
    monkeypatch.setattr(jobs, "launch", lambda token, alive: begun.append(token) or 1)
    monkeypatch.setattr(jobs.time, "sleep", lambda seconds: os.close(descriptor))
    client.post(f"{job}load/")
    assert begun == [token_of(job)]


def test_of_two_who_wait_one_begins(ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch) -> None:
    client, job = ready
    descriptor = held(token_of(job))
    begun: list[str] = []
    monkeypatch.setattr(jobs, "launch", lambda token, alive: begun.append(token) or 1)

    def somebody_else_was_quicker(seconds: float) -> None:
        Job.objects.filter(token=token_of(job)).update(asked_at=timezone.now())
        os.close(descriptor)

    monkeypatch.setattr(jobs.time, "sleep", somebody_else_was_quicker)
    client.post(f"{job}load/")
    assert begun == []


def token_of(job: str) -> str:
    return job.rstrip("/").rpartition("/")[2]


def test_progress_is_told_by_the_page_and_by_its_part(
    company: Workspace, ready: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, job = ready
    Job.objects.update(state=State.RUNNING, kind=Kind.IMPORT, step="check", done=1, total=2)
    monkeypatch.setattr(jobs, "is_alive", lambda token: True)
    page = text(client, job)
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'value="62"' in page
    part = client.get(job, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="job"')
    assert "Chargement en cours" in part
    assert "en cours" in text(client, "/data/")
    Job.objects.update(state=State.FAILED)
    assert client.get(job, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("kind", "lock", "work"),
    [(Kind.IMPORT, "turn.lock", tasks._load), (Kind.PREVIEW, "preview.lock", tasks._preview)],
)
@pytest.mark.usefixtures("company", "ready")
def test_imports_go_one_at_a_time_and_so_do_previews(kind: Kind, lock: str, work: Callable[[Job], None]) -> None:
    Job.objects.update(state=State.WAITING, kind=kind)
    with writer_lock(jobs.uploads() / lock), pytest.raises(Exception, match="started another"):
        work(Job.objects.get())
    assert Job.objects.get().state == State.WAITING


def test_files_are_thrown_away(company: Workspace, ready: tuple[Client, str]) -> None:
    client, job = ready
    client.post(f"{job}cancel/")
    assert not Job.objects.exists()
    assert list(jobs.uploads().glob("*/files")) == []
    assert client.get(job).status_code == 404


# -- the true thing: a server, a worker, and their deaths


class Browser:
    """Without scripts, over the wire."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[str, str]:
        with self.opener.open(self.base + path, timeout=60) as answer:
            return answer.url, answer.read().decode()

    def post(self, path: str, fields: dict[str, str], file: Path | None = None) -> tuple[str, str]:
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken") or ""
        fields = fields | {"csrfmiddlewaretoken": token}
        body, kind = urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"
        if file is not None:
            parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
            head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
            body = "".join([*parts, head]).encode() + file.read_bytes() + b"\r\n--b--\r\n"
            kind = "multipart/form-data; boundary=b"
        request = urllib.request.Request(self.base + path, body, {"Content-Type": kind, "Referer": self.base + path})
        with self.opener.open(request, timeout=120) as answer:
            return answer.url, answer.read().decode()

    def wait(self, path: str, until: str) -> str:
        for _ in range(240):
            page = self.get(path)[1]
            if re.search(until, page):
                return page
            time.sleep(0.5)
        raise AssertionError(f"never: {until}\n{page}")


@pytest.fixture
def served_folder(company: Workspace) -> tuple[Path, int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return company.folder, port


def serving(folder: Path, port: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [sys.executable, "-m", "cadran.web.serve", str(folder), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return server
    raise AssertionError("the server did not answer")


def worker_of(job: str) -> int:
    """The process at a job, by the command it was started with."""
    token = token_of(job)
    for _ in range(200):
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = entry.read_bytes().split(b"\0")
            except OSError:
                continue
            if token.encode() in command and b"cadran.web.data.work" in command:
                return int(entry.parent.name)
        time.sleep(0.05)
    raise AssertionError("no worker")


@pytest.mark.heavy
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the worker through /proc")
def test_the_worker_and_the_server_are_killed(served_folder: tuple[Path, int]) -> None:
    folder, port = served_folder
    with Workspace.open(folder).lake() as lake:
        before = len(imports(lake))
    server = serving(folder, port)
    try:
        browser = Browser(f"http://127.0.0.1:{port}")
        browser.get("/account/login/")
        browser.post("/account/demo/", {"who": "director"})
        browser.get("/data/upload/")
        job, _ = browser.post("/data/upload/", {"source": "ERP"}, folder / "fichiers" / "commandes.csv")
        job = urllib.parse.urlsplit(job).path
        browser.wait(job, "lignes? prêtes sur")
        browser.post(f"{job}load/", {})
        os.kill(worker_of(job), signal.SIGKILL)
        browser.wait(job, "s’est arrêté avant la fin")
        with Workspace.open(folder).lake() as lake:
            assert len(imports(lake)) == before
        browser.post(f"{job}look/", {"source": "ERP"})
        browser.wait(job, "lignes? prêtes sur")
        browser.post(f"{job}load/", {})
        worker_of(job)
        os.killpg(server.pid, signal.SIGKILL)  # the worker has a session of its own, and goes on
        server.wait()
        server = serving(folder, port)
        browser.wait(job, "lignes chargées sur")
        with Workspace.open(folder).lake() as lake:
            assert len(imports(lake)) == before + 1
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
