"""Forms about oneself, and signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from cadran.web.people.models import Person


class SignIn(LoginForm):  # type: ignore[misc]
    """The address and the password; labels say what they are, and nothing says it twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class Welcome(forms.Form):
    """A name and a first password, typed once: it can be shown."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_("Twelve characters at least. A sentence does well."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["name"].initial = person.name

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.person)
        return password

    def save(self) -> Person:
        self.person.name = self.cleaned_data["name"]
        self.person.set_password(self.cleaned_data["password"])
        self.person.save()
        return self.person


class Preferences(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Person
        fields = ("name", "lang", "theme")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["lang"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("the company’s")), ("fr", "Français"), ("en", "English")],
        )
        self.fields["theme"] = forms.ChoiceField(
            label=_("Appearance"),
            required=False,
            choices=[("", _("as the system")), ("light", _("light")), ("dark", _("dark"))],
        )
