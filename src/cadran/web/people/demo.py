"""Whom one may sign in as in a demonstration, without a password: what the company's `demo.toml` says."""

from __future__ import annotations

import tomllib
from typing import Any

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from cadran.web.people.frame import served
from cadran.web.people.gate import ANYONE, needs
from cadran.web.people.models import Person

FILE_NAME = "demo.toml"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def demo_people() -> dict[str, str]:
    """Part (director, manager, rep) -> address; nobody in a real company."""
    return dict(_read().get("people", {}))


def _read() -> dict[str, Any]:
    path = served.folder / FILE_NAME
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


@needs(ANYONE)
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    address = demo_people().get(request.POST.get("who", ""))
    if address is None:
        raise Http404
    person = Person.objects.filter(email=address).first() or Person.objects.create_user(address)
    login(request, person, backend=_BACKEND)
    return redirect(f"{reverse('dashboard')}?period={_read()['opens_at']}")
