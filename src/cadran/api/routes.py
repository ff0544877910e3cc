"""The API: `GET ask`, the same door as `cadran ask`, opened by a key in `Authorization: Bearer`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, Throttled, ValidationError
from ninja.security import HttpBearer
from ninja.throttling import AuthRateThrottle

from cadran.access import Viewer
from cadran.api.problems import MISSING, NO_KEY, TOO_OFTEN, UNFORESEEN, refusal, too_many_periods, unknown_argument
from cadran.api.shapes import Answered, Asked, Problems
from cadran.errors import AccessError, CadranError, EngineError, RequestError, StoreError
from cadran.planner.request import Request
from cadran.present.export import to_json
from cadran.question import question
from cadran.served import Served

RATE = "120/m"  # questions of one person, in each process that serves
MOST_PERIODS = 4_000  # of one answer: ten years of days
_log = logging.getLogger("cadran.api")


class Key(HttpBearer):
    """`viewer_of(key)` gives whose eyes a key looks through, None for one that opens nothing."""

    def __init__(self, viewer_of: Callable[[str], Viewer | None]) -> None:
        super().__init__()
        self.viewer_of = viewer_of

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        return self.viewer_of(token)


def build(served: Served, viewer_of: Callable[[str], Viewer | None]) -> NinjaAPI:
    """The routes over one company."""
    api = NinjaAPI(
        title="Cadran",
        version="1",
        urls_namespace="api",
        docs_url=None,
        openapi_url="/openapi.json",
        auth=Key(viewer_of),
        throttle=[AuthRateThrottle(RATE)],
    )
    refused = {400: Problems, 401: Problems, 404: Problems, 429: Problems, 503: Problems}

    @api.get("/ask", url_name="ask", response={200: Answered, **refused}, summary="Ask for KPIs")
    def ask(request: HttpRequest, asked: Query[Asked]) -> HttpResponse:
        answer = served.answers.ask(_question(served, asked, request.GET), request.auth)  # type: ignore[attr-defined]
        return HttpResponse(to_json(answer.to_dict()), content_type="application/json")

    _tell_problems(api)
    return api


def _question(served: Served, asked: Asked, names: Iterable[str]) -> Request:
    """`names`: the arguments that were given. One that there is not would be left out of the answer unseen."""
    if unknown := [each for each in names if each not in Asked.model_fields]:
        raise RequestError(*map(unknown_argument, unknown))
    kpis = _listed(asked.kpis)
    if not kpis:
        raise RequestError(MISSING)
    found = question(
        served.workspace.settings,
        kpis,
        by=_listed(asked.by),
        grain=asked.grain,
        period=asked.period,
        start=asked.start,
        end=asked.end,
        where=asked.where,
        compare=_listed(asked.compare),
        as_of=asked.as_of,
        known_on=asked.known_on,
    )
    if len(found.periods(served.workspace.settings.company.fiscal_month)) > MOST_PERIODS:
        raise RequestError(too_many_periods(MOST_PERIODS))
    return found


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _tell_problems(api: NinjaAPI) -> None:
    """Every refusal is JSON, in the reader's language. What one may not see and what there is not are both 404."""

    @api.exception_handler(CadranError)
    def _cadran(request: HttpRequest, error: CadranError) -> HttpResponse:
        match error:
            case AccessError():
                return refusal(404, *error.issues)
            case EngineError() | StoreError():
                return refusal(503, *error.issues)
        return refusal(400, *error.issues)

    @api.exception_handler(AuthenticationError)
    def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return refusal(401, NO_KEY)

    @api.exception_handler(Throttled)
    def _too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
        response = refusal(429, TOO_OFTEN)
        if error.wait:
            response["Retry-After"] = str(error.wait)
        return response

    @api.exception_handler(ValidationError)
    def _wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return refusal(400, MISSING)  # every argument is a text, and `kpis` alone must be there

    @api.exception_handler(Exception)
    def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("%s %s", request.method, request.path, exc_info=error)
        return refusal(500, UNFORESEEN)
