"""Who has access: inviting, roles, letting go; each person's place told as it is."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from cadran.access import Role
from cadran.people import add_person, read_people
from cadran.web.people.keys import create, viewer_of
from cadran.web.people.models import Entry, Person
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn

HUGO, CAMILLE, ADMIN = PEOPLE[Role.REP], PEOPLE[Role.MANAGER], PEOPLE[Role.ADMINISTRATOR]
PEOPLE_PAGE = "/settings/people/"


@pytest.fixture
def admin(company: Workspace, sign_in: SignIn) -> Client:
    return sign_in(Role.ADMINISTRATOR)


def line_of(client: Client, email: str) -> str:
    page = client.get(PEOPLE_PAGE).content.decode()
    return next(line for line in page.split("<tr>") if email.replace("@", "%40") in line or email in line)


def link_in(page: str) -> str:
    found = re.search(r"http://localhost(/account/welcome/[^<]+)", page)
    assert found
    return found[1]


def test_each_line_says_who_they_are_and_what_they_see(admin: Client) -> None:
    assert "Grands comptes (3 commerciaux)" in line_of(admin, CAMILLE)
    hugo = line_of(admin, HUGO)
    assert "Hugo Vastérin" in hugo
    assert "Ses propres chiffres" in hugo
    assert "Toute l’entreprise" in line_of(admin, PEOPLE[Role.DIRECTOR])


def test_an_address_that_is_no_reps_is_told_to_both(admin: Client, company: Workspace) -> None:
    add_person(company.folder, "hugo@elsewhere.example", Role.REP)
    assert "cette adresse n’est celle d’aucun commercial" in line_of(admin, "hugo@elsewhere.example")
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "fr"})
    person = Person.objects.create_user("hugo@elsewhere.example")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/")
    assert answer.status_code == 404
    assert "hugo@elsewhere.example n’est l’adresse d’aucun commercial" in answer.content.decode()


def test_from_an_invitation_to_ones_own_figures(admin: Client, company: Workspace) -> None:
    inviting = admin.post(PEOPLE_PAGE, {"email": " R.Fauvelin@Valmarin.example", "role": "manager"})
    assert inviting.status_code == 400, "they have access already"
    admin.post("/settings/people/remove/", {"email": "r.fauvelin@valmarin.example"})
    answer = admin.post(PEOPLE_PAGE, {"email": " R.Fauvelin@Valmarin.example", "role": "rep"})
    assert answer["Cache-Control"] == "no-store"
    assert read_people(company.folder)["r.fauvelin@valmarin.example"] is Role.REP
    link = link_in(answer.content.decode())
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "fr"})
    chosen = {"name": "Rémi", "password": "une phrase assez longue"}
    assert client.post(link, chosen).status_code == 302
    assert "Rémi Fauvelin" in client.get("/?period=2026-Q1").content.decode()
    assert Client(SERVER_NAME="localhost").get(link).status_code == 410, "the link works once"


@pytest.mark.parametrize(("given", "status"), [("nobody", 400), ("", 400), ("a b@c", 400), ("=cmd@x.example", 200)])
def test_what_is_no_address_is_told(admin: Client, company: Workspace, given: str, status: int) -> None:
    before = set(read_people(company.folder))
    assert admin.post(PEOPLE_PAGE, {"email": given, "role": "rep"}).status_code == status
    assert (set(read_people(company.folder)) != before) is (status == 200)


def test_a_new_link_ends_the_one_before(admin: Client) -> None:
    first = link_in(admin.post("/settings/people/link/", {"email": HUGO}).content.decode())
    second = link_in(admin.post("/settings/people/link/", {"email": HUGO}).content.decode())
    anyone = Client(SERVER_NAME="localhost")
    assert anyone.get(first).status_code == 410
    assert anyone.get(second).status_code == 200


def test_a_new_password_is_no_second_factor(admin: Client) -> None:
    hugo = Person.objects.create_user(HUGO, "une phrase assez longue")
    Authenticator.objects.create(user=hugo, type=Authenticator.Type.TOTP, data={"secret": "x"})
    link = link_in(admin.post("/settings/people/link/", {"email": HUGO}).content.decode())
    client = Client(SERVER_NAME="localhost")
    answer = client.post(link, {"name": "Hugo", "password": "une autre phrase longue"})
    assert answer["Location"] == "/account/login/"
    assert client.get("/account/preferences/").status_code == 302
    admin.post("/settings/people/second-factor/", {"email": HUGO})
    assert not Authenticator.objects.filter(user=hugo).exists()


def test_another_role_holds_at_once(admin: Client, company: Workspace, sign_in: SignIn) -> None:
    analyst = sign_in(Role.ANALYST)
    email = PEOPLE[Role.ANALYST]
    assert analyst.get(PEOPLE_PAGE).status_code == 404
    admin.post("/settings/people/role/", {"email": email, "role": "administrator"})
    assert analyst.get(PEOPLE_PAGE).status_code == 200
    assert Entry.objects.filter(email=ADMIN, about=f"{email}: analyst → administrator").exists()


def test_whoever_is_let_go_is_out_at_once(admin: Client, company: Workspace, sign_in: SignIn) -> None:
    hugo = sign_in(Role.REP)
    person = Person.objects.get(email=HUGO)
    key = create(person, "report", None, ADMIN)
    assert hugo.get("/account/preferences/").status_code == 200
    assert viewer_of(key) is not None
    admin.post("/settings/people/remove/", {"email": HUGO})
    assert hugo.get("/account/preferences/").status_code == 302, "the session is over"
    assert viewer_of(key) is None
    assert HUGO not in read_people(company.folder)
    add_person(company.folder, HUGO, Role.REP)
    assert hugo.get("/account/preferences/").status_code == 302, "and it does not come back with the access"
    assert viewer_of(key) is None


@pytest.mark.parametrize(
    ("action", "more"), [("remove", {}), ("role", {"role": "rep"})], ids=["removed", "in another role"]
)
def test_the_last_administrator_stays(admin: Client, company: Workspace, action: str, more: dict[str, str]) -> None:
    answer = admin.post(f"/settings/people/{action}/", {"email": ADMIN, **more})
    assert answer.status_code == 400
    assert "C’est le seul administrateur" in answer.content.decode()
    assert read_people(company.folder)[ADMIN] is Role.ADMINISTRATOR
    assert admin.get(PEOPLE_PAGE).status_code == 200


def test_who_is_not_there_and_what_is_no_role_are_not_found(admin: Client) -> None:
    assert admin.get("/settings/people/person/?email=nobody@valmarin.example").status_code == 404
    assert admin.post("/settings/people/role/", {"email": HUGO, "role": "king"}).status_code == 404


def test_reps_without_access_are_offered(admin: Client) -> None:
    offered = '<option value="r.fauvelin@valmarin.example">Rémi Fauvelin</option>'
    assert offered not in admin.get(PEOPLE_PAGE).content.decode()
    admin.post("/settings/people/remove/", {"email": "r.fauvelin@valmarin.example"})
    assert offered in admin.get(PEOPLE_PAGE).content.decode()
