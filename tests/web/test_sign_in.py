"""Signing in, through the real forms: throttling, sessions, the second step, redirects, headers and cookies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client

from cadran.access import Role
from cadran.settings import Web
from cadran.web.people.models import Person
from cadran.web.people.small_files import MOST_BYTES
from cadran.web.project.openid import providers
from tests.web.conftest import PEOPLE, SignIn
from tests.web.routes import CLOSED, ROUTES

PASSWORD = "une phrase assez longue"
LOGIN = "/account/login/"


# What a page must not hold; data for a chart, which nothing runs, it may.
STOPPED = re.compile(r'<script(?![^>]*\stype="application/json")(?![^>]*\ssrc=)|\sstyle=|\son\w+=|javascript:')


def browser(**how: object) -> Client:
    return Client(SERVER_NAME="localhost", headers={"accept-language": "fr"}, **how)  # type: ignore[arg-type]


@pytest.fixture
def director() -> Person:
    return Person.objects.create_user(PEOPLE[Role.DIRECTOR], PASSWORD)


@pytest.fixture
def analyst() -> Person:
    return Person.objects.create_user(PEOPLE[Role.ANALYST], PASSWORD)


def sign_in_as(client: Client, person: Person, password: str = PASSWORD, **query: str) -> int:
    return client.post(LOGIN, {"login": person.email, "password": password, **query}).status_code


def is_in(client: Client) -> bool:
    return client.get("/account/preferences/").status_code == 200


def test_eight_wrong_passwords_and_even_the_right_one_is_refused(director: Person, analyst: Person) -> None:
    client = browser()
    for _ in range(8):
        sign_in_as(client, director, "wrong")
    assert sign_in_as(client, director) == 429
    assert not is_in(client)
    capitals = client.post(LOGIN, {"login": director.email.upper(), "password": PASSWORD})
    assert capitals.status_code == 429, "the same address in capitals is the same person"
    assert sign_in_as(browser(), analyst) == 302, "somebody else behind the same address signs in"


def test_the_key_of_a_session_changes_when_somebody_signs_in(director: Person) -> None:
    client = browser()
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    assert sign_in_as(client, director) == 302
    assert is_in(client)
    assert client.session.session_key != before
    planted = browser()
    planted.cookies["sessionid"] = before or ""
    assert not is_in(planted)


def test_signing_out_ends_the_session_for_whoever_kept_its_key(director: Person) -> None:
    client = browser()
    sign_in_as(client, director)
    kept = client.cookies["sessionid"].value
    assert client.get("/account/logout/").status_code == 200, "a link alone signs nobody out"
    assert is_in(client)
    client.post("/account/logout/")
    thief = browser()
    thief.cookies["sessionid"] = kept
    assert not is_in(thief)


def test_a_form_without_its_token_is_refused(director: Person) -> None:
    client = browser(enforce_csrf_checks=True)
    assert sign_in_as(client, director) == 403
    client.force_login(director, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/account/preferences/", {"name": "X"}).status_code == 403
    director.refresh_from_db()
    assert director.name == ""


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(director: Person, place: str) -> None:
    client = browser()
    answer = client.post(f"{LOGIN}?next={place}", {"login": director.email, "password": PASSWORD, "next": place})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_signing_in_leads_on_within(director: Person) -> None:
    answer = browser().post(LOGIN, {"login": director.email, "password": PASSWORD, "next": "/team/?period=2026-Q1"})
    assert answer["Location"] == "/team/?period=2026-Q1"


def test_another_host_is_refused() -> None:
    assert Client(SERVER_NAME="evil.example").get(LOGIN).status_code == 400


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_a_second_step_from_adding_it_to_signing_in(director: Person) -> None:
    client = browser()
    sign_in_as(client, director)
    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/"), "a browser left open adds no second step"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").content.decode()
    secret = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
    assert secret
    wrong = client.post("/account/2fa/totp/activate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not Authenticator.objects.filter(user=director).exists()
    page = client.get("/account/2fa/totp/activate/").content.decode()
    secret = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
    assert secret
    assert client.post("/account/2fa/totp/activate/", {"code": code_of(secret[1])}).status_code == 302
    codes = re.findall(r"<li><code>(\w+)</code>", client.get("/account/2fa/recovery-codes/").content.decode())
    assert len(codes) == 10

    again = browser()
    assert sign_in_as(again, director) == 302
    assert not is_in(again), "the password alone no longer lets in"
    assert again.get("/account/2fa/authenticate/").status_code == 200
    again.post("/account/2fa/authenticate/", {"code": "123456"})
    assert not is_in(again)
    again.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert is_in(again)

    replayed = browser()
    sign_in_as(replayed, director)
    replayed.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert not is_in(replayed), "a recovery code works once"


_USED = """
import django
django.setup()
from django.core.cache import cache
print(cache.add("mfa.totp.used?user=1&code=123456", "y", timeout=60))
"""


def test_a_code_used_in_one_process_is_used_in_all() -> None:
    """A server may have several."""
    told = [
        subprocess.run([sys.executable, "-c", _USED], capture_output=True, text=True, timeout=120).stdout.strip()
        for _ in range(2)
    ]
    assert told == ["True", "False"]


def test_codes_are_not_guessed(director: Person) -> None:
    RecoveryCodes.activate(director)
    TOTP.activate(director, generate_totp_secret())
    client = browser()
    sign_in_as(client, director)
    for _ in range(8):
        client.post("/account/2fa/authenticate/", {"code": "000000"})
    codes = Authenticator.objects.get(user=director, type=Authenticator.Type.RECOVERY_CODES).wrap()
    answer = client.post("/account/2fa/authenticate/", {"code": codes.get_unused_codes()[0]})
    assert answer.status_code == 429
    assert not is_in(client)


def test_every_page_of_the_second_step_is_ours(director: Person) -> None:
    client = browser()
    sign_in_as(client, director)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    Authenticator.objects.create(user=director, type=Authenticator.Type.TOTP, data={"secret": "x"})
    for page in ("", "totp/deactivate/", "recovery-codes/generate/", "reauthenticate/"):
        text = client.get(f"/account/2fa/{page}").content.decode()
        assert 'href="/static/cadran/cadran.css"' in text, page


def test_a_provider_is_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert providers(Web()) == {}
    assert providers(Web(openid_url="https://id.example")) == {}
    monkeypatch.setenv("CADRAN_TEST_SECRET", "s3cret")
    web = Web(openid_url="https://id.example", openid_client="cadran", openid_secret="env:CADRAN_TEST_SECRET")
    found = providers(web)["openid_connect"]
    assert found["OAUTH_PKCE_ENABLED"]
    assert found["APPS"][0] | {"name": ""} == {
        "provider_id": "openid",
        "name": "",
        "client_id": "cadran",
        "secret": "s3cret",
        "settings": {"server_url": "https://id.example"},
    }


def test_a_stranger_cannot_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", lambda self, raw, at: kept.append(len(raw)))
    client = browser(enforce_csrf_checks=True, raise_request_exception=False)
    client.get(LOGIN)
    answer = client.post(LOGIN, {"login": BytesIO(bytes(MOST_BYTES + 1))})
    assert answer.status_code == 400
    assert not kept


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.needs != CLOSED))
def test_every_page_bears_the_headers(sign_in: SignIn, name: str) -> None:
    route = ROUTES[name]
    address = route.address(name, **{key: "GC" for key, value in route.args.items() if value.startswith("<")})
    answer = sign_in(Role.ADMINISTRATOR).get(address, {"period": "2026-Q1", **route.query})
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    if "html" in answer.get("Content-Type", ""):
        page = answer.content.decode()
        assert not STOPPED.search(page), "the policy would stop it"


SERVED_OVER_HTTPS = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings
call_command("migrate", verbosity=0)
call_command("check", deploy=True, fail_level="WARNING")
answer = Client(SERVER_NAME="cadran.example").get("/account/login/", HTTP_X_FORWARDED_PROTO="https")
assert answer.status_code == 200, answer
cookie = answer.cookies["csrftoken"]
assert cookie["secure"] and cookie["samesite"] == "Lax", cookie
assert answer["Strict-Transport-Security"].startswith("max-age=31536000"), answer.headers
from django.conf import settings
assert settings.SESSION_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY
assert settings.CSRF_TRUSTED_ORIGINS == ["https://cadran.example"]
assert Client(SERVER_NAME="other.example").get("/account/login/").status_code == 400
"""


def test_over_https_cookies_are_for_https_alone(tmp_path: Path) -> None:
    text = '[company]\nname = "A"\n[web]\nhttps = true\nhosts = ["cadran.example"]\n'
    (tmp_path / "cadran.toml").write_text(text)
    environment = {**os.environ, "CADRAN_WORKSPACE": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", SERVED_OVER_HTTPS], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_who_forgot_a_password_is_told_whom_to_ask() -> None:
    page = browser().get(LOGIN).content.decode()
    assert "Demandez un nouveau lien à un administrateur" in page
    assert "/password/reset/" not in page


def test_the_address_of_a_form_is_a_page_when_it_is_typed(sign_in: SignIn) -> None:
    answer = sign_in(Role.DIRECTOR).get("/data/quarantine/correct/")
    assert answer.status_code == 405
    assert "Rien à montrer ici" in answer.content.decode()
