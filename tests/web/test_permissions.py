"""Every address, every role, their own scopes and others': what each may open is what `routes.py` says, no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from cadran.access import Ability, Role, Visible, may, visible_scopes
from cadran.web.people.frame import served
from cadran.web.people.gate import ANYONE, SIGNED_IN
from cadran.web.people.models import Person
from tests.web.conftest import PEOPLE, SignIn
from tests.web.routes import CLOSED, REP, ROUTES, TEAM, Route, in_application

WHEN = {"period": "2026-Q1"}
NOWHERE = "NOSUCH"
SCOPED = [Role.DIRECTOR, Role.MANAGER, Role.REP]
EXAMPLES = {TEAM: "NO", REP: "MOR"}  # the director's; both are another team's for the manager and the rep
NAMES = sorted(ROUTES)


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.DIRECTOR, f"/?show={'9' * 5000}"),
        (Role.DIRECTOR, f"/data/quarantine/?from={'9' * 5000}"),
        (Role.DIRECTOR, f"/kpis/revenue/rows/?page={'9' * 5000}"),
        (Role.ADMINISTRATOR, "/settings/audit/?day=9999-12-31"),
        (Role.ADMINISTRATOR, "/settings/audit/?day=0001-01-01"),
    ],
)
def test_a_number_or_a_day_that_is_absurd_is_no_error(sign_in: SignIn, role: Role, address: str) -> None:
    assert sign_in(role).get(address).status_code == 200


def test_a_form_that_showed_no_snapshot_there_is_is_told(sign_in: SignIn) -> None:
    assert sign_in(Role.DIRECTOR).post("/objectives/save/", {"seen": "9" * 5000}).status_code == 400


def test_every_address_has_its_line() -> None:
    """Add the line of a new address to tests/web/routes.py, which says how."""
    assert in_application() == set(ROUTES)


@pytest.fixture
def opened(sign_in: SignIn) -> Callable[[Role | None], Client]:
    """A browser of somebody of a role; None: of nobody."""

    def browser(role: Role | None) -> Client:
        return sign_in(role) if role else Client(SERVER_NAME="localhost", headers={"accept-language": "fr"})

    return browser


@pytest.mark.parametrize("role", [*Role, None], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].needs != CLOSED])
def test_an_address_opens_to_those_who_may(name: str, role: Role | None, opened: Callable[..., Client]) -> None:
    route = ROUTES[name]
    answer = opened(role).get(_example(name, role), {**WHEN, **route.query})
    if not _lets_in(route, role):
        _is_refused(answer, role)
    else:
        expected = (200, 302, 400, 401, 403, 405, 410, *((404,) if route.may_be_absent else ()))
        assert answer.status_code in expected, answer.content.decode()
        assert not answer.headers.get("Location", "").startswith("/account/login/?next")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, None], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].needs == CLOSED])
def test_what_is_closed_is_closed_to_everybody(name: str, role: Role | None, opened: Callable[..., Client]) -> None:
    address = _example(name, role)
    assert opened(role).get(address).status_code == 404
    assert opened(role).post(address).status_code == 404


@pytest.mark.parametrize("role", [*Role, None], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].needs in list(Ability)])
def test_a_form_sent_by_those_who_may_not_changes_nothing(
    name: str, role: Role | None, opened: Callable[..., Client]
) -> None:
    if _lets_in(ROUTES[name], role):
        return
    _is_refused(opened(role).post(_example(name, role), WHEN), role)


@pytest.mark.parametrize("name", NAMES)
def test_who_was_let_out_opens_nothing(name: str) -> None:
    """A session goes on after its address has left people.toml: it opens what is open to anyone."""
    client = Client(SERVER_NAME="localhost")
    stranger = Person.objects.create_user("stranger@valmarin.example")
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(_example(name, Role.DIRECTOR), WHEN)
    assert answer.status_code == 404 or ROUTES[name].needs == ANYONE


def send(client: Client, route: Route, address: str, **query: str) -> HttpResponse:
    """The page with a query; an empty form, where it takes one."""
    query = {**WHEN, **route.query, **query}
    return client.post(f"{address}?{urlencode(query)}") if route.posts else client.get(address, query)


def body(answer: HttpResponse) -> str:
    return b"".join(answer).decode(errors="replace")  # an export is told piece by piece, or is no text


@dataclass(frozen=True)
class Told:
    """An answer without what it repeats of the question: `id` is what was asked for."""

    status: int
    text: str

    @classmethod
    def of(cls, answer: HttpResponse, id: str) -> Told:
        text = re.sub(r'(csrf-token" content=|csrfmiddlewaretoken" value=)"\w+"', r"\1", body(answer))
        return cls(answer.status_code, text.replace(id, "…"))


def _foreign(role: Role) -> Iterator[tuple[str, str]]:
    """(kind, id) of all that somebody of the role may not see."""
    visible, directory = seen_by(role), served.known().directory
    if not visible.company:
        yield from ((TEAM, key) for key in directory.team_keys if key not in visible.teams)
        yield from ((REP, key) for key in directory.rep_keys if key not in visible.reps)


def _one_of_each(role: Role) -> list[tuple[str, str]]:
    """A team and a rep that somebody of the role may not see."""
    found = dict(_foreign(role))
    assert set(found) == {TEAM, REP}
    return list(found.items())


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].scoped])
def test_anothers_scope_is_like_one_that_does_not_exist(name: str, role: Role, opened: Callable[..., Client]) -> None:
    client, route = opened(role), ROUTES[name]
    address = _example(name, role)
    for kind, key in _one_of_each(role):
        level = kind.strip("<>")
        given = send(client, route, address, scope=f"{level}:{key}")
        none = send(client, route, address, scope=f"{level}:{NOWHERE}")
        assert given.status_code == 404
        assert Told.of(given, key) == Told.of(none, NOWHERE)
    assert send(client, route, address, scope="company").status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if {TEAM, REP} & set(ROUTES[name].args.values())])
def test_anothers_id_in_an_address_is_like_one_that_does_not_exist(
    name: str, role: Role, opened: Callable[..., Client]
) -> None:
    client, route = opened(role), ROUTES[name]
    (argument, wanted), *_ = [(key, kind) for key, kind in route.args.items() if kind in (TEAM, REP)]
    none = client.get(route.address(name, **{argument: NOWHERE}), WHEN)
    assert none.status_code == 404
    for kind, key in _foreign(role):
        if kind == wanted:
            given = client.get(route.address(name, **{argument: key}), WHEN)
            assert Told.of(given, key) == Told.of(none, NOWHERE)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP], ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].needs == Ability.MEASURE])
def test_no_parameter_brings_out_another_teams_name(name: str, role: Role, opened: Callable[..., Client]) -> None:
    """Whatever the address carries, no page, fragment, export or error names who may not be seen."""
    client, route = opened(role), ROUTES[name]
    address = _example(name, role)
    for kind, key in _one_of_each(role):
        asked = dict.fromkeys(("open", "team", "rep", "by", "where", *route.ids), key)
        for query in (asked, {"scope": f"{kind.strip('<>')}:{key}"}):
            page = body(send(client, route, address, **query))
            assert not [each for each in foreign_names(role) if each in page], query


@pytest.mark.parametrize("role", SCOPED, ids=str)
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].scoped and not ROUTES[name].posts])
def test_ones_own_scopes_open(name: str, role: Role, opened: Callable[..., Client]) -> None:
    """The walk above would pass on pages that open to nobody."""
    route = ROUTES[name]
    if not may(role, Ability(route.needs)) or (role is Role.REP and TEAM in route.args.values()):
        return
    assert opened(role).get(_example(name, role), {**WHEN, **route.query}, follow=True).status_code == 200


def _lets_in(route: Route, role: Role | None) -> bool:
    if route.needs == ANYONE:
        return True
    if role is None:
        return False
    if role is Role.REP and TEAM in route.args.values():
        return False
    return route.needs == SIGNED_IN or may(role, Ability(route.needs))


def _is_refused(answer: HttpResponse, role: Role | None) -> None:
    if role is None:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/?next=")
    else:
        assert answer.status_code == 404


def _example(name: str, role: Role | None) -> str:
    """The address with arguments that somebody of the role may ask for, where there are any."""
    visible = seen_by(role) if role else Visible(True)
    own = {
        TEAM: min(visible.teams, default=EXAMPLES[TEAM]),
        REP: min(visible.reps, default=EXAMPLES[REP]),
    }
    args = {key: own.get(value, value) for key, value in ROUTES[name].args.items()}
    return ROUTES[name].address(name, **args)


@cache
def seen_by(role: Role) -> Visible:
    return visible_scopes(served.viewer(PEOPLE[role]), served.known().organisation)


@cache
def foreign_names(role: Role) -> tuple[str, ...]:
    """The names of what somebody of the role may not see, but of the team they are in themselves: that they know."""
    known = served.known()
    directory, rep = known.directory, served.viewer(PEOPLE[role]).rep_id
    own = known.organisation.team_of(rep) if rep else None
    teams = {key: directory.teams[number].name for key, number in directory.team_keys.items() if key != own}
    reps = {key: directory.reps[number].name for key, number in directory.rep_keys.items()}
    return tuple(found[key] for kind, key in _foreign(role) if key in (found := teams if kind == TEAM else reps))
