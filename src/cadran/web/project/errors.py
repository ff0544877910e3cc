"""Pages for what went wrong: what happened, that the data are whole, what to do. Never a trace."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from cadran.errors import CadranError, Lang

_log = logging.getLogger("cadran.web")


def refused(request: HttpRequest, error: CadranError, status: int) -> HttpResponse:
    lang: Lang = "en" if get_language() == "en" else "fr"
    problems = [(issue.message.to(lang), issue.advice.to(lang)) for issue in error.issues]
    return render(request, "problem.html", {"problems": problems}, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "problem.html", {"kind": "bad_request"}, status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "problem.html", {"kind": "forbidden"}, status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "problem.html", {"kind": "not_found"}, status=404)


def not_a_page(request: HttpRequest) -> HttpResponse:
    return render(request, "problem.html", {"kind": "not_found"}, status=405)


def server_error(request: HttpRequest) -> HttpResponse:
    """The reference stands in the server's log beside the trace, which stays there."""
    reference = secrets.token_hex(3).upper()
    _log.error("Reference %s: %s %s", reference, request.method, request.path)
    return render(request, "problem.html", {"kind": "server_error", "reference": reference}, status=500)
