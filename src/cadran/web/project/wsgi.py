"""The application that granian serves."""

from __future__ import annotations

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadran.web.project.settings")
# A thread that lays out figures lets the others go on ten times as often as Python would: most answer in milliseconds.
sys.setswitchinterval(0.0005)
application = get_wsgi_application()
