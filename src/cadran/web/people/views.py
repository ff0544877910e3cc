"""A person's own pages: the first password, preferences."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cadran.web.people.forms import Preferences, Welcome
from cadran.web.people.gate import ANYONE, SIGNED_IN, needs
from cadran.web.people.invitations import invited
from cadran.web.people.models import Person

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@needs(ANYONE)
def welcome(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Where a one-time link leads: a name and a password, then the dashboard."""
    person = invited(number, token)
    if person is None:
        return render(request, "people/expired.html", status=410)
    form = Welcome(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        if is_mfa_enabled(person):  # a new password is no second factor
            messages.success(request, _("Your password is changed. Sign in with it."))
            return redirect("account_login")
        login(request, person, backend=_BACKEND)
        return redirect("dashboard")
    return render(request, "people/welcome.html", {"form": form, "invited": person})


@needs(SIGNED_IN)
def preferences(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, Person)
    form = Preferences(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("preferences")
    return render(request, "people/preferences.html", {"form": form})
