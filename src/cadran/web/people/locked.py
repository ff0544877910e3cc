"""Too many passwords: whose tries are counted together, and what they then see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cadran.access import same_address


def address_tried(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The address that somebody tries to sign in with; capitals do not make it another."""
    return same_address((credentials or {}).get("email") or request.POST.get("login", ""))


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    return render(request, "people/locked.html", status=429)
