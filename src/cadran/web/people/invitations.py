"""One-time links: the first administrator's, an invited person's, a forgotten password's."""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from cadran.access import same_address
from cadran.web.people.models import Person


def link_for(email: str) -> str:
    """The path of a page where the person chooses a password, once; their account is made if there is none. It dies
    when the password changes, when they sign in, and after three days."""
    person, _ = Person.objects.get_or_create(email=same_address(email), defaults={"password": "!"})
    number = urlsafe_base64_encode(str(person.pk).encode())
    return reverse("welcome", args=[number, default_token_generator.make_token(person)])


def invited(number: str, token: str) -> Person | None:
    """Whose link this is, if it still holds."""
    try:
        person = Person.objects.get(pk=int(urlsafe_base64_decode(number)))
    except (ValueError, OverflowError, Person.DoesNotExist):
        return None
    return person if default_token_generator.check_token(person, token) else None
