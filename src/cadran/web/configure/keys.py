"""API keys: made, shown once, revoked."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.people import read_people
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import served
from cadran.web.people.gate import needs
from cadran.web.people.keys import create
from cadran.web.people.models import ApiKey, Person

_LONGEST = timedelta(days=366)


class NewKey(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What will use it, such as: warehouse report")
    )
    email = forms.ChoiceField(
        label=gettext_lazy("Sees what this person sees"), help_text=gettext_lazy("It never sees more than they do.")
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Works until the day before"),
        help_text=gettext_lazy("A year from now at the latest."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choice = self.fields["email"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(email, email) for email in sorted(read_people(served.folder))]

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if not today < day <= today + _LONGEST:
            raise forms.ValidationError(_("Choose a day from tomorrow to a year from now."))
        return day


@needs(Ability.ADMINISTER)
def keys(request: HttpRequest) -> HttpResponse:
    """The list; a POST makes a key."""
    start = {"expires_on": timezone.localdate() + timedelta(days=90)}
    form = NewKey(request.POST) if request.method == "POST" else NewKey(initial=start)
    if request.method == "POST" and form.is_valid():
        return _made(request, **form.cleaned_data)
    found = list(ApiKey.objects.select_related("person"))
    open_keys = [each for each in found if each.revoked_at is None and not each.has_expired]
    headline = ngettext("%(n)s API key opens Cadran", "%(n)s API keys open Cadran", len(open_keys))
    shown = {
        "tab": "keys",
        "keys": found,
        "open": open_keys,
        "form": form,
        "headline": headline % {"n": len(open_keys)},
    }
    return render(request, "configure/keys.html", shown, status=400 if form.errors else 200)


def _headline(open_keys: int) -> str:
    if not open_keys:
        return _("No API key opens Cadran")
    return ngettext("%(n)s API key opens Cadran", "%(n)s API keys open Cadran", open_keys) % {"n": open_keys}


def _made(request: HttpRequest, name: str, email: str, expires_on: date) -> HttpResponse:
    key = create(Person.objects.known_as(email), name, expires_on, getattr(request.user, "email", ""))
    log(request, Action.CHANGED_KEYS, f"{name}: {email}")
    response = render(request, "configure/key.html", {"tab": "keys", "key": key, "name": name, "email": email})
    response["Cache-Control"] = "no-store"
    return response


@needs(Ability.ADMINISTER)
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=number, revoked_at=None)
    key.revoked_at = timezone.now()
    key.save()
    log(request, Action.CHANGED_KEYS, f"{key.name}: revoked")
    messages.success(request, _("The key “%(name)s” no longer opens anything.") % {"name": key.name})
    return redirect("keys")
