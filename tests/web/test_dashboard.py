"""The dashboard's figures are those of `cadran ask`, and each person's are their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from cadran.access import Role
from cadran.people import add_person
from cadran.served import Served
from cadran.web.people.frame import served
from cadran.workspace import Workspace
from tests.web.conftest import FOLDER, PEOPLE, SignIn

FOUNDING = "/?period=2026-Q1"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_the_founding_example_to_the_cent(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), FOUNDING)
    assert "L’objectif du trimestre est dépassé de 200\u202f000\u00a0€" in page
    assert '1\u202f000\u202f000<span class="unit">\u00a0€</span>' in page
    assert "800\u202f000\u00a0€" in page
    assert "dépassé</span>" in page


def test_in_english_the_same_numbers(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = text(client, FOUNDING)
    assert "The quarter’s objective is exceeded by €200,000" in page
    assert '<span class="unit">€</span>1,000,000' in page
    assert 'lang="en"' in page


def test_a_rep_sees_themselves_and_nobody_else(sign_in: SignIn) -> None:
    page = text(sign_in(Role.REP), FOUNDING)
    assert "Hugo Vastérin" in page
    for other in ("Camille Aubrenel", "Mathis Orvanel", "Grands comptes", "Entreprise"):
        assert other not in page


def test_a_manager_sees_their_team_and_no_other(sign_in: SignIn) -> None:
    page = text(sign_in(Role.MANAGER), FOUNDING)
    assert "Grands comptes" in page
    assert "Hugo Vastérin" in page
    assert "Nord et Ouest" not in page


@pytest.mark.parametrize("scope", ["company", "team:NO", "rep:MOR", "team:nowhere", "rep:", "nonsense"])
def test_what_one_may_not_see_and_what_there_is_not_are_the_same_page(sign_in: SignIn, scope: str) -> None:
    answer = sign_in(Role.REP).get("/", {"scope": scope})
    assert answer.status_code == 404
    assert "n’existe pas ou ne vous est pas ouverte" in answer.content.decode()


def test_a_period_that_is_none_is_told(sign_in: SignIn) -> None:
    answer = sign_in(Role.DIRECTOR).get("/", {"period": "2026-Q9"})
    assert answer.status_code == 400
    assert "2026-Q9" in answer.content.decode()


def test_nobody_is_sent_to_sign_in() -> None:
    answer = Client(SERVER_NAME="localhost").get(FOUNDING)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")


def test_a_company_without_data_is_led_to_its_files(tmp_path: Path, sign_in: SignIn) -> None:
    Workspace.create(tmp_path / "new", name="Neuve", currency="EUR")
    add_person(tmp_path / "new", PEOPLE[Role.DIRECTOR], Role.DIRECTOR)
    Served.__init__(served, tmp_path / "new")
    try:
        page = sign_in(Role.DIRECTOR).get("/").content.decode()
    finally:
        Served.__init__(served, FOLDER)
    assert "envoyez vos premiers fichiers" in page
    assert 'href="/data/upload/"' in page
    assert "kpi-value" not in page
