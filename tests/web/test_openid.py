"""Signing in through the company's OpenID provider: whose account an address opens."""

from __future__ import annotations

import pytest
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory, override_settings

from cadran.access import Role
from cadran.settings import Web
from cadran.web.people.models import Person
from cadran.web.project.openid import providers
from tests.web.conftest import PEOPLE

PROVIDERS = providers(Web(openid_url="https://id.example", openid_client="cadran"))


def signed_in_as(address: str, *, verified: bool) -> str:
    """The address of the account that is signed in once the provider has told `address`."""
    request = RequestFactory().get("/", SERVER_NAME="localhost")
    request.session, request.user = SessionStore(), AnonymousUser()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    with context.request_context(request), override_settings(SOCIALACCOUNT_PROVIDERS=PROVIDERS):
        provider = get_adapter().get_provider(request, "openid")
        told = {"sub": address, "email": address, "email_verified": verified}
        complete_login(request, provider.sociallogin_from_response(request, {"userinfo": told}))
    return getattr(request.user, "email", "")


def test_a_verified_address_that_was_let_in_is_that_account() -> None:
    person = Person.objects.create_user(PEOPLE[Role.DIRECTOR])
    assert signed_in_as(person.email, verified=True) == person.email
    assert signed_in_as(PEOPLE[Role.ANALYST], verified=True) == PEOPLE[Role.ANALYST], "the first time too"


@pytest.mark.parametrize("is_known", [True, False])
def test_an_address_that_nobody_verified_opens_nothing(is_known: bool) -> None:
    if is_known:
        Person.objects.create_user(PEOPLE[Role.DIRECTOR])
    before = Person.objects.count()
    with pytest.raises(PermissionDenied):
        signed_in_as(PEOPLE[Role.DIRECTOR], verified=False)
    assert Person.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_an_address_that_was_not_let_in_opens_nothing() -> None:
    with pytest.raises(PermissionDenied):
        signed_in_as("nobody@valmarin.example", verified=True)
