"""The team's page and a rep's: honest about small numbers, closed to whoever may not look."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse

from cadran.access import Role
from cadran.intake.load import import_files
from cadran.workspace import Workspace
from tests.web.conftest import SignIn
from tests.web_setting import add_web_setting

QUARTER = {"period": "2026-Q1"}
MATES = ("Camille Aubrenel", "Inès Calmadour")  # of Hugo Vastérin, whose team is Grands comptes


def test_how_many_reached_their_objective(sign_in: SignIn) -> None:
    """Of eleven with an objective (the leaver has none), counted on the dashboard's table: Inès, Awa and Sophie did
    not."""
    page = sign_in(Role.DIRECTOR).get("/team/", QUARTER).content.decode()
    assert "8 sur 11 ont atteint leur objectif" in page
    assert "trop petit" in page


def test_a_manager_counts_their_own_team(sign_in: SignIn) -> None:
    page = sign_in(Role.MANAGER).get("/team/", QUARTER).content.decode()
    assert "2 sur 3 ont atteint leur objectif" in page
    assert "Mathis Orvanel" not in page


def test_a_rep_is_led_to_their_own_page(sign_in: SignIn) -> None:
    client = sign_in(Role.REP)
    answer = client.get("/team/", QUARTER)
    assert answer.status_code == 302
    assert answer["Location"] == "/team/HVA/?period=2026-Q1"
    page = client.get(answer["Location"]).content.decode()
    assert "Hugo Vastérin" in page
    assert "125,5\u202f% de l’objectif" in page
    assert not [name for name in MATES if name in page]


@pytest.mark.parametrize("key", ["CAU", "MOR", "nobody"])
def test_another_rep_is_not_found(sign_in: SignIn, key: str) -> None:
    assert sign_in(Role.REP).get(f"/team/{key}/", QUARTER).status_code == 404


def test_ids_are_whatever_the_files_say(sign_in: SignIn, company: Workspace, tmp_path: Path) -> None:
    """A slash or an ampersand in the id of a team or a rep stays in the links to them."""
    (tmp_path / "teams.csv").write_text("team_id,name\nR&D/1,Recherche\n", "utf-8")
    (tmp_path / "reps.csv").write_text("rep_id,name,hired_on\nZ&/7,Zoé Marcol,2020-01-01\n", "utf-8")
    (tmp_path / "members.csv").write_text("rep_id,team_id,starts_on\nZ&/7,R&D/1,2020-01-01\n", "utf-8")
    for name, table in (("teams", "teams"), ("reps", "reps"), ("members", "memberships")):
        import_files(company, [tmp_path / f"{name}.csv"], table=table)
    client = sign_in(Role.DIRECTOR)
    team = client.get("/", QUARTER | {"scope": "team:R&D/1"})
    rooms = re.findall(r'href="(/(?:kpis|team|objectives)/[?][^"]*)"', team.content.decode())
    assert len(rooms) >= 3
    for room in rooms:
        page = client.get(unescape(room))
        assert page.status_code == 200
        assert "Recherche" in page.content.decode()
    assert client.get(reverse("dashboard_reps", args=["R&D/1"]), QUARTER).status_code == 200
    rep = client.get("/team/", QUARTER | {"scope": "rep:Z&/7"}, follow=True)
    assert rep.status_code == 200
    assert "Zoé Marcol" in rep.content.decode()


def test_ranks_only_where_the_company_shows_them(sign_in: SignIn, company: Workspace) -> None:
    client = sign_in(Role.REP)
    assert "Dans l’équipe" not in client.get("/team/HVA/", QUARTER).content.decode()
    add_web_setting(company.folder, "team_ranks = true")
    page = client.get("/team/HVA/", QUARTER).content.decode()
    assert "Dans l’équipe" in page
    assert all(name in page for name in MATES)
    assert "110\u202f924\u00a0€" in page  # Camille, past her objective
    assert "74\u202f232\u00a0€" not in page  # Inès, on her way: her figure stays hers
    assert "Nord et Ouest" not in page
