"""How people come and go. One-time links: the first administrator's, an invited person's, a forgotten password's."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from cadran.access import same_address
from cadran.people import remove_person
from cadran.web.people.frame import served
from cadran.web.people.keys import revoke
from cadran.web.people.models import Person


def link_for(email: str) -> str:
    """The path of a page where the person chooses a password, once; their account is made if there is none. It dies
    when the password changes, when they sign in, after three days, and, of somebody who has no password yet, when the
    next one is made."""
    person = Person.objects.known_as(email)
    if not person.has_usable_password():
        person.set_unusable_password()
        person.save()
    number = urlsafe_base64_encode(str(person.pk).encode())
    return reverse("welcome", args=[number, default_token_generator.make_token(person)])


def invited(number: str, token: str) -> Person | None:
    """Whose link this is, if it still holds."""
    try:
        person = Person.objects.get(pk=int(urlsafe_base64_decode(number)))
    except (ValueError, OverflowError, Person.DoesNotExist):
        return None
    return person if default_token_generator.check_token(person, token) else None


def let_go(email: str) -> None:
    """Take a person's access away: their sessions, links, keys and second factor end with it. Raises SettingsError for
    the last administrator, AccessError for somebody without access."""
    remove_person(served.folder, email)
    person = Person.objects.filter(email=same_address(email)).first()
    if person:
        person.set_unusable_password()  # a session holds a digest of the password it began with
        person.save()
        Authenticator.objects.filter(user=person).delete()
        revoke(person)
