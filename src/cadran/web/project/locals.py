"""What is in force for a thread, language, time zone and addresses, kept where no thread waits for another.

Django keeps each of them behind one lock of all threads, for the sake of coroutines; here are none. A page asks for its
language hundreds of times: where threads compute, those that answer queued for that lock, for seconds in all.
"""

from __future__ import annotations

import threading

from django.urls import base
from django.utils import timezone
from django.utils.translation import trans_real


def keep_by_thread() -> None:
    """For this process; before the first request."""
    for module, name in ((trans_real, "_active"), (timezone, "_active"), (base, "_prefixes"), (base, "_urlconfs")):
        setattr(module, name, threading.local())
