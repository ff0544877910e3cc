"""Sign-ins and failures go to the audit log, whichever way they came."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from cadran.web.people.audit import Action, log


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    log(request, Action.SIGNED_IN, email=user.email)


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        log(request, Action.SIGNED_OUT, email=user.email)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        address = credentials.get("email") or credentials.get("username") or credentials.get("login") or ""
        log(request, Action.SIGN_IN_FAILED, email=str(address))
