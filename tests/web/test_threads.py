"""What each thread of the server has for itself."""

from __future__ import annotations

import subprocess
import sys
import threading

from cadran.web.people.frame import served
from cadran.workspace import Workspace

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
