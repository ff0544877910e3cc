"""How accounts come to be: by invitation, or by the company's OpenID provider for an address that was let in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from cadran.errors import AccessError
from cadran.people import role_of
from cadran.web.people.frame import served
from cadran.web.people.models import Person


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SocialAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """An address that the provider has verified is that account. One that was not let in is refused, and one that
        is not verified: whoever wrote a director's address into their profile is no director."""
        address = _address(sociallogin)
        if not _is_let_in(address):
            raise PermissionDenied
        if not sociallogin.is_existing:
            if not _is_verified(sociallogin, address):
                raise PermissionDenied
            person = Person.objects.filter(email=address).first() or Person.objects.create_user(address)
            sociallogin.connect(request, person)


def _address(sociallogin: Any) -> str:
    return (sociallogin.user.email or "").strip().casefold()


def _is_verified(sociallogin: Any, address: str) -> bool:
    return any(each.verified and each.email.casefold() == address for each in sociallogin.email_addresses)


def _is_let_in(email: str) -> bool:
    try:
        role_of(served.folder, email)
    except AccessError:
        return False
    return True
