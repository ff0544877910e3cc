"""How long a request took in this process, for whoever looks at the answer's headers."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]


def server_timing(respond: Respond) -> Respond:
    def middleware(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = respond(request)
        response.headers["Server-Timing"] = f"total;dur={(time.perf_counter() - begun) * 1000:.1f}"
        return response

    return middleware
