"""The search of every page: what it finds, how it is typed, and that it tells nothing of what is not open."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from cadran.access import Role
from tests.web.conftest import SignIn

QUARTER = {"period": "2026-Q1"}
LINK = re.compile(r'<li><a href="([^"]+)"><span>([^<]+)</span>(?: <small>([^<]+)</small>)?</a></li>')


def _page(client: Client, asked: str) -> str:
    return client.get("/search/", QUARTER | {"q": asked}).content.decode()


def _found(client: Client, asked: str) -> list[tuple[str, str]]:
    """Names and where they lead."""
    return [(unescape(name), unescape(there)) for there, name, _ in LINK.findall(_page(client, asked))]


def _names(client: Client, asked: str) -> list[str]:
    return [name for name, _ in _found(client, asked)]


@pytest.mark.parametrize("asked", ["vastérin", "Vasterin", "hug vas", "VAS HUGO", "hva"])
def test_a_rep_is_found_by_what_one_would_type(sign_in: SignIn, asked: str) -> None:
    client = sign_in(Role.DIRECTOR)
    assert _found(client, asked) == [("Hugo Vastérin", "/team/HVA/?period=2026-Q1")]
    assert client.get("/team/HVA/?period=2026-Q1").status_code == 200


def test_who_is_found_is_told_apart_by_the_team(sign_in: SignIn) -> None:
    assert "<small>Grands comptes</small>" in _page(sign_in(Role.DIRECTOR), "vastérin")


@pytest.mark.parametrize("asked", ["chiffre d'affaires", "chiffre d’aff", "revenue", "aff chi"])
def test_a_kpi_is_found_in_either_language(sign_in: SignIn, asked: str) -> None:
    found = dict(_found(sign_in(Role.DIRECTOR), asked))
    assert found["Chiffre d’affaires"] == "/kpis/revenue/?period=2026-Q1&scope=company"


def test_a_team_and_a_screen_are_found(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    (team,) = [there for name, there in _found(client, "grands comptes") if name == "Grands comptes"]
    assert "scope=team%3A" in team
    assert "Grands comptes" in client.get(team).content.decode()
    assert ("Objectifs", "/objectives/?period=2026-Q1&scope=company") in _found(client, "objectifs")


def test_the_middle_of_a_word_is_not_its_beginning(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    assert "Hugo Vastérin" not in _names(client, "stérin")
    assert _names(client, "") == []
    assert "Rien de ce nom" in _page(client, "zzzz")


def test_nobody_finds_what_they_may_not_open(sign_in: SignIn) -> None:
    """Mathis is of another team than the manager's; Camille is the rep's own manager, of their team."""
    assert "Mathis Orvanel" in _names(sign_in(Role.DIRECTOR), "mathis")
    for role, name in ((Role.MANAGER, "mathis"), (Role.REP, "mathis"), (Role.REP, "camille")):
        assert _names(sign_in(role), name) == []
    assert _names(sign_in(Role.REP), "hugo") == ["Hugo Vastérin"]
    assert "Grands comptes" in _names(sign_in(Role.MANAGER), "grands comptes")
    assert "Nord et Ouest" in _names(sign_in(Role.DIRECTOR), "nord ouest")
    for role, name in ((Role.MANAGER, "nord ouest"), (Role.REP, "nord ouest"), (Role.REP, "grands comptes")):
        assert _names(sign_in(role), name) == []
    assert _names(sign_in(Role.REP), "réglages") == []
    assert _names(sign_in(Role.ADMINISTRATOR), "réglages") == ["Réglages"]


def test_a_few_come_while_one_types(sign_in: SignIn) -> None:
    """The page shows all that begins with a letter; the menu the first five of a kind, and how many more there are."""
    client = sign_in(Role.DIRECTOR)
    everything = _found(client, "c")
    menu = client.get("/search/", QUARTER | {"q": "c"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in menu
    assert f"{len(everything)} réponses" in menu
    kinds = menu.count("<ul")
    assert len(LINK.findall(menu)) <= 5 * kinds < len(everything)
    more = sum(int(number) for number in re.findall(r"(\d+) autres?\u00a0: précisez", menu))
    assert len(LINK.findall(menu)) + more == len(everything)


def test_what_is_typed_is_text(sign_in: SignIn) -> None:
    page = _page(sign_in(Role.DIRECTOR), '"><script>alert(1)</script>')
    assert "<script>alert" not in page
    assert len(page) < 60_000


def test_every_page_has_it(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    for path in ("/", "/data/", "/account/preferences/"):
        assert 'action="/search/"' in client.get(path).content.decode()


def test_menu_and_page_are_not_taken_for_each_other(sign_in: SignIn) -> None:
    answer = sign_in(Role.DIRECTOR).get("/search/", QUARTER | {"q": "c"})
    assert "HX-Request" in answer["Vary"]
