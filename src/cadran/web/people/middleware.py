"""Before any view: the reader's language, and the gate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from cadran.access import Ability, may
from cadran.errors import AccessError
from cadran.web.people.frame import served
from cadran.web.people.gate import ANYONE, NOT_OURS, SIGNED_IN, Needs, Refused
from cadran.web.project.errors import not_a_page, refused

Respond = Callable[[HttpRequest], HttpResponse]
_READING = ("GET", "HEAD")


def language(respond: Respond) -> Respond:
    """The person's language; before they signed in, what their browser asks for; else the company's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "lang", "") or translation.get_language_from_request(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = translation.get_language() or chosen
            response = respond(request)
        response.headers.setdefault("Content-Language", chosen)
        return response

    return middleware


class Gate:
    """Lets a request through to a view that says what it needs, to a person who may. Everything else is not found."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with served.one_look() if request.method in _READING else nullcontext():
            response = self.respond(request)
        # The address of a form, typed or gone back to: a page of ours rather than the browser's own.
        return not_a_page(request) if response.status_code == 405 and not response.content else response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        needed = needed_by(request, view)
        if needed is None:
            raise Http404
        if needed == ANYONE:
            return None
        if not request.user.is_authenticated and request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Refresh": "true"})  # a part of a page is no place for the sign-in
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not _is_let_in(request, needed):
            raise Http404
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refused(request, error.error, error.status) if isinstance(error, Refused) else None


def needed_by(request: HttpRequest, view: Callable[..., HttpResponse]) -> Needs | None:
    """What the view of a request asks for; None for one that does not say."""
    said: Needs | None = getattr(view, "needs", None)
    if said is None and request.resolver_match:
        return NOT_OURS.get(request.resolver_match.view_name)
    return said


def _is_let_in(request: HttpRequest, needed: Needs) -> bool:
    """Whether the address is still in the company's people, in a role that may."""
    try:
        role = served.role_of(getattr(request.user, "email", ""))
    except AccessError:
        return False
    return needed == SIGNED_IN or may(role, Ability(needed))
