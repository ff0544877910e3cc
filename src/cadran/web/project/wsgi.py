"""The application that granian serves."""

from __future__ import annotations

import faulthandler
import os
import sys
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

from cadran.ahead import Ahead
from cadran.web.project.many_threads import keep_apart

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadran.web.project.settings")
# A thread that lays out figures lets the others go on ten times as often as Python would: most answer in milliseconds.
sys.setswitchinterval(0.0005)
keep_apart()
with suppress(AttributeError, OSError, RuntimeError):  # there may be nowhere to say it
    faulthandler.enable()  # a crash of a library says where it was
application = get_wsgi_application()

from cadran.web.people.frame import served  # noqa: E402  its models need what is set up above

Ahead(served).start()
