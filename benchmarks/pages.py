"""The pages of a company of a thousand reps, opened by people who think between two clicks, on the same machine.

    python benchmarks/run.py pages [--scales 10]

Server time is the one the server tells (`Server-Timing`); what a person waits for, on a loaded machine, is more.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.company import company
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


@dataclass
class Seen:
    """Milliseconds by kind of page: as the server tells them, and as the client waited. `failed`: other answers."""

    server: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    client: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    peak_mb: float = 0.0


def measure(scale: int, people: int, seconds: float, busy: tuple[str, ...] = ()) -> Seen:
    """Open pages for some seconds; `busy` is a command that runs meanwhile."""
    workspace = company(scale)
    keys, reps = _sign_in(workspace.folder, people)
    seen = Seen()
    with _served(workspace.folder) as (port, pid):
        for period in PERIODS:  # what somebody opened before is at hand, as on any working morning
            for page in PAGES.values():
                _get(port, keys[0], page.format(period=period, rep=reps[0]))
        stop = time.monotonic() + seconds
        threads = [threading.Thread(target=_person, args=(port, key, reps, stop, seen)) for key in keys]
        other = subprocess.Popen(busy) if busy else None
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seen.peak_mb = max(seen.peak_mb, _memory(pid) + (_memory(other.pid) if other else 0.0))
            time.sleep(0.5)
        if other:
            other.wait()
    return seen


def show(scale: int, people: int, seen: Seen) -> None:
    print(f"\nPages, scale {scale}, {people} people, {THINKING:.0f} s between clicks; milliseconds\n")
    print(f"{'page':12}{'opened':>8}{'server p50':>12}{'server p95':>12}{'waited p95':>12}")
    for kind, times in sorted(seen.server.items()):
        waited = np.percentile(seen.client[kind], 95)
        print(f"{kind:12}{len(times):8}{np.median(times):12.1f}{np.percentile(times, 95):12.1f}{waited:12.1f}")
    print(f"errors: {len(seen.failed)} {' '.join(seen.failed[:3])}; peak of all processes {seen.peak_mb:.0f} MB")


def _person(port: int, key: str, reps: list[str], stop: float, seen: Seen) -> None:
    chance = random.Random(key)
    time.sleep(chance.uniform(0, THINKING))
    while time.monotonic() < stop:
        kind = chance.choice(list(PAGES))
        path = PAGES[kind].format(period=chance.choice(PERIODS), rep=chance.choice(reps[:20]))
        begun = time.perf_counter()
        status, told = _get(port, key, path)
        if status != 200:
            seen.failed.append(f"{status} {path}")
        else:
            seen.server[kind].append(told)
            seen.client[kind].append((time.perf_counter() - begun) * 1000)
        time.sleep(THINKING)


def _get(port: int, key: str, path: str) -> tuple[int, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", path, headers={"Cookie": f"sessionid={key}"})
    answer = connection.getresponse()
    answer.read()
    told = answer.headers.get("Server-Timing", "total;dur=nan").partition("dur=")[2]
    connection.close()
    return answer.status, float(told)


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
