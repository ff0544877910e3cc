"""The pages of a company of a thousand reps, opened by people who think between two clicks, on the same machine.

    python benchmarks/run.py pages [--scales 10]

Server time is the one the server tells (`Server-Timing`), all of its answers to one click together; what a person waits
for, on a loaded machine, is more. A page that says its figures are coming is asked again until they have come.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.company import DATA, company
from benchmarks.imports import lines
from cadran.access import Role
from cadran.people import add_person

THINKING = 5.0  # seconds between two clicks of a person
EMAIL = "bench{}@example.org"
PERIODS = ("2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4")
PAGES = {
    "dashboard": "/?period={period}",
    "team": "/team/?period={period}",
    "kpi": "/kpis/revenue/?period={period}",
    "rows": "/kpis/revenue/rows/?period={period}&scope=rep:{rep}",
}
ALL = "all pages"
COMING = 202  # the status of a page that says its figures are being worked out
_AGAIN = 2.0  # seconds, as the page itself waits before it asks again
# Megabytes that each process is given: the server for its questions, the import beside it.
LIMITS = {"answer_megabytes": 512, "import_megabytes": 768}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_PAINTED = """() => new Promise(told => new PerformanceObserver(
    list => told(list.getEntries().at(-1).startTime)).observe({type: "largest-contentful-paint", buffered: true}))"""


@dataclass
class Seen:
    """Milliseconds by kind of page: as the server tells them, and as the client waited. `failed`: other answers.
    `later`: how many pages came later, by kind, and `earlier`: how many showed the figures of before an import.
    `peaks`: megabytes resident, by program, each at its own highest; `peak`: of all together. `imported`: seconds that
    the import took, if one ran."""

    server: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    client: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    later: Counter[str] = field(default_factory=Counter)
    earlier: Counter[str] = field(default_factory=Counter)
    peaks: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    peak: float = 0.0
    imported: float = 0.0

    def weigh(self, programs: dict[str, int]) -> None:
        held = {name: _memory(pid) for name, pid in programs.items()}
        for name, megabytes in held.items():
            self.peaks[name] = max(self.peaks[name], megabytes)
        self.peak = max(self.peak, sum(held.values()))


@dataclass(frozen=True)
class Site:
    """A company that is served: `keys` of sessions, and ids of reps."""

    folder: Path
    port: int
    server: int
    keys: list[str]
    reps: list[str]


def report(scale: int, seconds: float) -> None:
    """Serve a copy of the company, open its pages for some seconds, print what was seen; then again with ten times the
    people, while a million lines are imported."""
    folder = _copy(scale)
    keys, reps = _sign_in(folder, 200)
    with _served(folder) as (port, server):
        site = Site(folder, port, server, keys, reps)
        _open_all(site)
        _show_paint(site)
        _show(scale, 20, measure(site, 20, seconds))
        _show(scale, 200, measure(site, 200, seconds, importing=True))
    shutil.rmtree(folder)


def measure(site: Site, people: int, seconds: float, *, importing: bool = False) -> Seen:
    """Open pages for some seconds, and until the import that runs meanwhile is over."""
    seen, programs = Seen(), {"server": site.server}
    begun = time.monotonic()
    stop = begun + seconds
    threads = [threading.Thread(target=_person, args=(site, key, stop, seen)) for key in site.keys[:people]]
    for thread in threads:
        thread.start()
    job = _import(site.folder) if importing else None
    if job:
        programs["import"] = job.pid
    while any(thread.is_alive() for thread in threads) or (job and job.poll() is None):
        seen.weigh(programs)
        if job and not seen.imported and job.poll() is not None:
            seen.imported = time.monotonic() - begun
        time.sleep(0.25)
    if job:
        seen.imported = seen.imported or time.monotonic() - begun
        seen.failed += [] if _has_landed() else ["the import failed"]
    return seen


def _open_all(site: Site) -> None:
    """What somebody opened before is at hand, as on any working morning; how long the first took is said."""
    for page in PAGES.values():
        for period in PERIODS:
            begun = time.perf_counter()
            while _get(site.port, site.keys[0], page.format(period=period, rep=site.reps[0])).status == COMING:
                time.sleep(0.1)
            if period == PERIODS[0]:
                print(f"first opening of {page.partition('?')[0]}: {time.perf_counter() - begun:.1f} s", flush=True)


def _show(scale: int, people: int, seen: Seen) -> None:
    beside = f", a million lines imported meanwhile in {seen.imported:.0f} s" if seen.imported else ""
    print(f"\nPages, scale {scale}, {people} people, {THINKING:.0f} s between clicks{beside}; milliseconds\n")
    print(f"{'page':12}{'opened':>8}{'later':>8}{'earlier':>8}{'server p50':>12}{'server p95':>12}{'waited p95':>12}")
    for kind, times in seen.server.items():
        waited = np.percentile(seen.client[kind], 95)
        counts = f"{len(times):8}{seen.later[kind]:8}{seen.earlier[kind]:8}"
        print(f"{kind:12}{counts}{np.median(times):12.1f}{np.percentile(times, 95):12.1f}{waited:12.1f}")
    held = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in seen.peaks.items())
    print(
        f"errors: {len(seen.failed)} {' '.join(seen.failed[:3])}; peak MB: {held}, together {seen.peak:.0f}", flush=True
    )


def _show_paint(site: Site) -> None:
    """When the largest thing of a page is painted, in a browser on this machine that has its scripts and styles."""
    if CHROMIUM is None:
        print("No Chromium on this machine: when pages are painted is not measured.")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": site.keys[0], "url": f"http://127.0.0.1:{site.port}"}])
        print("\nPainted (largest contentful paint), milliseconds, median of 5\n")
        for kind, path in PAGES.items():
            address = f"http://127.0.0.1:{site.port}{path.format(period=PERIODS[-1], rep=site.reps[0])}"
            print(f"{kind:12}{np.median([_painted(context, address) for _ in range(5)]):8.0f}", flush=True)
        browser.close()


def _painted(context: Any, address: str) -> float:
    page = context.new_page()
    page.goto(address)
    found = float(page.evaluate(_PAINTED))
    page.close()
    return found


def _copy(scale: int) -> Path:
    """A copy of the company, which an import may change, whose processes are given little memory."""
    folder = DATA / f"pages-{scale}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(company(scale).folder, folder, ignore=shutil.ignore_patterns("web"))
    with (folder / "cadran.toml").open("a") as settings:
        settings.write("\n".join(["[web]", *(f"{name} = {number}" for name, number in LIMITS.items()), ""]))
    return folder


def _import(folder: Path) -> subprocess.Popen[bytes]:
    """The process that the pages start for a file that somebody dropped on them."""
    from django.utils import timezone

    from cadran.web.data.jobs import Choices, folder_of
    from cadran.web.data.models import Job, Kind

    path = lines("iso")
    choices = asdict(Choices(table="sales"))
    job = Job(kind=Kind.IMPORT, author=EMAIL.format(0), asked_at=timezone.now(), choices=choices)
    job.files = [{"name": path.name, "size": path.stat().st_size}]
    job.save()
    files = folder_of(job.token) / "files"
    files.mkdir(parents=True)
    (files / path.name).symlink_to(path)
    return subprocess.Popen(
        [sys.executable, "-m", "cadran.web.data.work", job.token],
        env={**os.environ, "CADRAN_WORKSPACE": str(folder)},
    )


def _has_landed() -> bool:
    from cadran.web.data.models import Job, State

    job = Job.objects.latest("id")
    if job.state != State.DONE:
        print(job.problems)
    return bool(job.state == State.DONE)


def _person(site: Site, key: str, stop: float, seen: Seen) -> None:
    chance = random.Random(key)
    time.sleep(chance.uniform(0, THINKING))
    while time.monotonic() < stop:
        kind = chance.choice(list(PAGES))
        path = PAGES[kind].format(period=chance.choice(PERIODS), rep=chance.choice(site.reps[:20]))
        begun = time.perf_counter()
        page = _get(site.port, key, path)
        told, is_later = page.told, page.status == COMING
        while page.status == COMING:
            time.sleep(_AGAIN)
            page = _get(site.port, key, path)
            told += page.told
        if page.status != 200:
            seen.failed.append(f"{page.status} {path}")
        else:
            waited = (time.perf_counter() - begun) * 1000
            for name in (kind, ALL):
                seen.server[name].append(told)
                seen.client[name].append(waited)
                seen.later[name] += is_later
                seen.earlier[name] += page.is_earlier
        time.sleep(THINKING)


@dataclass(frozen=True)
class Page:
    """What came for one request. `told`: milliseconds, as the server says."""

    status: int
    told: float
    is_earlier: bool


def _get(port: int, key: str, path: str) -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", path, headers={"Cookie": f"sessionid={key}"})
    answer = connection.getresponse()
    body = answer.read()
    told = answer.headers.get("Server-Timing", "total;dur=nan").partition("dur=")[2]
    connection.close()
    return Page(answer.status, float(told), b'id="figures-earlier"' in body)


def _sign_in(folder: Path, people: int) -> tuple[list[str], list[str]]:
    """The session keys of so many directors, and the ids of the reps."""
    from cadran.web.serve import prepare

    for number in range(people):
        add_person(folder, EMAIL.format(number), Role.DIRECTOR)
    prepare(folder)
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from cadran.web.people.frame import served
    from cadran.web.people.models import Person

    keys = []
    for number in range(people):
        email = EMAIL.format(number)
        person = Person.objects.filter(email=email).first() or Person.objects.create_user(email)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.set_expiry(timedelta(hours=3))
        session.save()
        assert session.session_key is not None
        keys.append(session.session_key)
    return keys, sorted(served.known().directory.rep_keys)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "cadran.cli", "serve", "-w", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as server:
        try:
            for _ in range(240):
                try:
                    _get(port, "", "/account/login/")
                    break
                except OSError:
                    time.sleep(0.5)
            yield port, server.pid
        finally:
            server.terminate()


def _memory(pid: int) -> float:
    """Megabytes resident in a process and those it started."""
    total = 0.0
    for process in (pid, *_children(pid)):
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
        except OSError:
            continue  # it ended meanwhile
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    return total


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(task.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            child = int(task.parent.name)
            found += [child, *_children(child)]
    return found
