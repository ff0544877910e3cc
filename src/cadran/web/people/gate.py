"""What each address asks of a person. A view that says nothing is closed to everybody: nothing opens by omission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cadran.access import Ability
from cadran.errors import AccessError, CadranError, EngineError
from cadran.web.people.frame import Frame, frame_of

ANYONE = "anyone"  # signed in or not
SIGNED_IN = "signed in"  # whoever has an account, whatever their role
Needs = Ability | str

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Refused(Exception):
    """A problem that a page tells in the reader's language, with its HTTP status."""

    error: CadranError
    status: int


def needs(what: Needs) -> Callable[[View], View]:
    """Say what a plain view asks for."""

    def decorate(view: View) -> View:
        view.needs = what  # type: ignore[attr-defined]
        return view

    return decorate


def page(ability: Ability) -> Callable[[View], View]:
    """A view of a company's figures: it is given a `Frame` (who looks, at which period and scope) instead of the
    request. What the person may not see, or does not exist, is one and the same: not found."""

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                frame: Frame = frame_of(request)
                request.frame = frame  # type: ignore[attr-defined]
                return view(frame, *args, **kwargs)
            except AccessError as error:
                raise Refused(error, 404) from error
            except EngineError as error:
                raise Refused(error, 503) from error
            except CadranError as error:
                raise Refused(error, 400) from error

        return needs(ability)(inner)

    return decorate


# Views that are not ours: django-allauth's, and the API's, which open to a key. What is not written here is closed.
NOT_OURS: dict[str, Needs] = {
    "api:ask": ANYONE,
    "api:openapi-json": ANYONE,
    "account_login": ANYONE,
    "account_logout": ANYONE,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": ANYONE,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "openid_connect_login": ANYONE,
    "openid_connect_callback": ANYONE,
    "socialaccount_login_cancelled": ANYONE,
    "socialaccount_login_error": ANYONE,
}
