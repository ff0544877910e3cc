"""What each thread of the server has for itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest

from cadran.access import Role
from cadran.web.people.frame import served
from cadran.web.project.many_threads import random_letters
from cadran.workspace import Workspace
from tests.web.conftest import SignIn

# In a process of its own: what is in force in this one stays as Django has it.
_TWO_LANGUAGES = """
import threading
from cadran.web.project import wsgi
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, trans_real

told = []
def in_english():
    told.append(translation.get_language())
    with translation.override("en"):
        told.append(gettext("Monday"))

with translation.override("fr"):
    thread = threading.Thread(target=in_english)
    thread.start()
    thread.join()
    told += [gettext("Monday"), translation.get_language(), reverse("dashboard")]
told += [translation.get_language(), type(trans_real._active).__module__]
print(told)
"""


def test_the_language_in_force_is_a_threads_own_and_no_thread_waits_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", _TWO_LANGUAGES], capture_output=True, text=True, timeout=120)
    default = "fr"
    assert done.stdout.strip() == str([default, "Monday", "lundi", "fr", "/", default, "_thread"]), done.stderr


def test_whoever_only_reads_sees_one_state_of_the_folder(company: Workspace) -> None:
    settings, seen = company.folder / "cadran.toml", []
    with served.one_look():
        first = served.stamp
        settings.write_text(settings.read_text("utf-8") + "# changed\n", "utf-8")
        other = threading.Thread(target=lambda: seen.append(served.stamp))
        other.start()
        other.join()
        assert served.stamp == first
    assert served.stamp != first
    assert seen == [served.stamp]


def test_a_page_looks_at_the_folder_once(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the thread that answers; those who draw look for themselves. What changes something looks each time."""
    looks: list[int] = []
    look_at = served._look_at

    def heard() -> Any:
        looks.append(threading.get_ident())
        return look_at()

    client = sign_in(Role.DIRECTOR)
    monkeypatch.setattr(served, "_look_at", heard)
    assert client.get("/kpis/revenue/?period=2026-Q1").status_code == 200
    assert looks.count(threading.get_ident()) == 1
    looks.clear()
    client.post("/objectives/paste/?period=2026-Q1", {"pasted": ""})
    assert looks.count(threading.get_ident()) > 1


_ONE_TOKEN = """
import os, random
from cadran.web.project import wsgi
from django.middleware.csrf import get_token
from django.test import RequestFactory

asked = []
random._urandom = lambda n: asked.append(n) or os.urandom(n)
request = RequestFactory().get("/")
token = get_token(request)
print(len(token), token.isalnum(), len(asked) < 20)
"""


def test_a_forms_token_is_not_drawn_letter_by_letter() -> None:
    """Sixty-four letters were as many times that a thread let the others go before."""
    done = subprocess.run([sys.executable, "-c", _ONE_TOKEN], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["64", "True", "True"], done.stderr


_THREADS = """
import threading
from cadran.web.project import wsgi
print(*(thread.name for thread in threading.enumerate()))
"""


def test_a_server_makes_ready_what_was_asked_before_and_ends_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", _THREADS], capture_output=True, text=True, timeout=120)
    assert "ahead" in done.stdout.split(), done.stderr
    assert done.returncode == 0


def test_each_letter_of_a_token_is_as_probable_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number below the count of all words of three letters out of four is a word of its own."""
    numbers = iter(range(64))
    monkeypatch.setattr("cadran.web.project.many_threads.secrets.randbelow", lambda below: (below, next(numbers))[1])
    words = {random_letters(3, "abcd") for _ in range(64)}
    assert len(words) == 64
    assert {len(word) for word in words} == {3}
    assert set("".join(words)) == set("abcd")


def test_tokens_differ() -> None:
    assert len({random_letters(32) for _ in range(100)}) == 100
