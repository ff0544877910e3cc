"""Django where many threads answer at once: what it does, for other reasons, so that they wait for one another.

It keeps the language, the time zone and the addresses in force behind one lock of all threads, for the sake of
coroutines; here are none, and a page asks for its language hundreds of times. And it draws a form's token letter by
letter from the system: a thread that asks the system lets the others go on, and waits for its turn to come again.
"""

from __future__ import annotations

import secrets
import threading

from django.middleware import csrf
from django.urls import base
from django.utils import timezone
from django.utils.crypto import RANDOM_STRING_CHARS
from django.utils.translation import trans_real


def keep_apart() -> None:
    """For this process; before the first request."""
    for module, name in ((trans_real, "_active"), (timezone, "_active"), (base, "_prefixes"), (base, "_urlconfs")):
        setattr(module, name, threading.local())
    setattr(csrf, "get_random_string", random_letters)  # noqa: B010  the stubs do not tell that it has one


def random_letters(length: int, allowed_chars: str = RANDOM_STRING_CHARS) -> str:
    """So many letters, each as probable as any other, of one number drawn."""
    number, letters = secrets.randbelow(len(allowed_chars) ** length), ""
    for _ in range(length):
        number, place = divmod(number, len(allowed_chars))
        letters += allowed_chars[place]
    return letters
