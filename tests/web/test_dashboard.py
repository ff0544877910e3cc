"""The dashboard's figures are those of `cadran ask`, and each person's are their own."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
from django.test import Client

from cadran import numerals
from cadran.access import Role
from cadran.errors import EngineError, Issue, Text
from cadran.people import add_person
from cadran.question import question
from cadran.served import Served
from cadran.web.measure import dashboard, pieces
from cadran.web.people.frame import served
from cadran.workspace import Workspace
from tests.company import deliver
from tests.web.conftest import FOLDER, PEOPLE, SignIn
from tests.web_setting import add_web_setting

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


def test_of_many_reps_those_of_a_team_are_shown_when_it_is_opened(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    director = sign_in(Role.DIRECTOR)
    monkeypatch.setattr(pieces, "_kept", OrderedDict())
    monkeypatch.setattr(dashboard, "_FEW_REPS", 0)
    many = text(director, FOUNDING)
    assert "Grands comptes" in many
    assert "Hugo Vastérin" not in many.split('id="teams"')[1]
    directory = served.known().directory
    number, team = next(iter(directory.teams_on(served.known().evening).items()))
    key, name = directory.teams[team].key, directory.reps[number].name
    for opened in (f"/dashboard/reps/{key}/?period=2026-Q1", f"{FOUNDING}&open={key}"):
        assert name in text(director, opened)


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("scope", ["company", "team", "rep"])
def test_the_figures_are_those_of_ask_however_many_reps(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, few: int, scope: str
) -> None:
    """The same page, whether reps are asked about with their teams or apart."""
    monkeypatch.setattr(pieces, "_kept", OrderedDict())
    monkeypatch.setattr(dashboard, "_FEW_REPS", few)
    known = served.known().directory
    key = {"company": "company", "team": f"team:{min(known.team_keys)}", "rep": f"rep:{min(known.rep_keys)}"}[scope]
    page = text(sign_in(Role.DIRECTOR), f"{FOUNDING}&scope={key}").split('id="teams"')[0]
    [row] = served.answers.ask(question(served.workspace.settings, ["revenue"], by=[scope], period="2026-Q1")).rows_of(
        lambda each: scope == "company" or each.key == key.partition(":")[2]
    )
    assert f"{numerals.money(row.value, 'EUR', 'fr', 0)}".removesuffix("\u00a0€") in page


def test_a_company_without_data_is_led_to_its_files(tmp_path: Path, sign_in: SignIn) -> None:
    Workspace.create(tmp_path / "new", name="Neuve", currency="EUR")
    add_person(tmp_path / "new", PEOPLE[Role.DIRECTOR], Role.DIRECTOR)
    add_web_setting(tmp_path / "new", "patience = 600")
    Served.__init__(served, tmp_path / "new")
    try:
        page = sign_in(Role.DIRECTOR).get("/").content.decode()
    finally:
        Served.__init__(served, FOLDER)
    assert "envoyez vos premiers fichiers" in page
    assert 'href="/data/upload/"' in page
    assert "kpi-value" not in page


def test_what_was_drawn_for_one_is_shown_to_nobody_who_sees_less(
    sign_in: SignIn, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same address: drawn once for those who see everything in one role, apart for every other role and for
    everybody who sees less, anew after an import."""
    times: list[str] = []
    drawn = pieces.render_to_string
    monkeypatch.setattr(pieces, "_kept", OrderedDict())
    monkeypatch.setattr(pieces, "render_to_string", lambda *given: times.append(given[0]) or drawn(*given))
    monkeypatch.setitem(PEOPLE, Role.FINANCE, "another-director@valmarin.example")
    add_person(company.folder, PEOPLE[Role.FINANCE], Role.DIRECTOR)
    whole = text(sign_in(Role.DIRECTOR), FOUNDING)
    once = len(times)
    assert "Camille Aubrenel" in text(sign_in(Role.FINANCE), FOUNDING)
    assert len(times) == once
    assert "Camille Aubrenel" in text(sign_in(Role.ANALYST), FOUNDING)
    assert len(times) == 2 * once
    assert "Camille Aubrenel" not in text(sign_in(Role.REP), FOUNDING)
    assert len(times) == 3 * once
    deliver(company, {"teams": [{"team_id": "new", "name": "Équipe Nouvelle"}]})
    assert "Équipe Nouvelle" not in whole
    assert "Équipe Nouvelle" in text(sign_in(Role.DIRECTOR), FOUNDING)


def test_an_engine_that_fails_is_told_as_the_server_s_fault(
    sign_in: SignIn, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*given: object) -> None:
        raise EngineError(Issue("engine_out_of_memory", Text("Plus de mémoire.", "No memory left."), Text("", "")))

    monkeypatch.setattr(dashboard, "figures", failing)
    answer = sign_in(Role.DIRECTOR).get(FOUNDING)
    assert answer.status_code == 503
    assert "Plus de mémoire." in answer.content.decode()
