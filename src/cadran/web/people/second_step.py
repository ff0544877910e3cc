"""The second step of signing in. A wrong code counts like a wrong password: six figures alone would soon be guessed."""

from __future__ import annotations

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.forms import ValidationError
from django.utils.translation import gettext as _


class _Counted(BaseAuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        request, credentials = context.request, {"email": self.user.email}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out = True
            raise ValidationError(_("Too many tries"))
        try:
            code: str = super().clean_code()
        except ValidationError:
            user_login_failed.send(__name__, credentials=credentials, request=request)
            raise
        return code


class Authenticate(_Counted, AuthenticateForm):  # type: ignore[misc]
    pass


class Reauthenticate(_Counted, ReauthenticateForm):  # type: ignore[misc]
    pass
