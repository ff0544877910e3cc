"""The API gives what `cadran ask` gives, to a key, as far as the key's person may see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from cadran.access import Role
from cadran.api.routes import RATE
from cadran.api.shapes import Row
from cadran.ask import ask
from cadran.present.export import to_json
from cadran.question import question
from cadran.web.people.frame import served
from cadran.web.people.keys import create
from cadran.web.people.models import ApiKey, Entry, Person
from tests.web.conftest import PEOPLE, SignIn

ASK = "/api/v1/ask"
Ask = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def no_questions_before() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def asking() -> Callable[[Role], Ask]:
    """Asks with a key of somebody of a role."""

    def of(role: Role) -> Ask:
        person = Person.objects.known_as(PEOPLE[role])
        return with_key(create(person, "test", None, "somebody"))

    return of


def with_key(key: str, lang: str = "fr") -> Ask:
    client = Client(SERVER_NAME="localhost", headers={"accept-language": lang, "authorization": f"Bearer {key}"})
    return lambda **query: client.get(ASK, query)


def test_the_same_as_the_one_door(asking: Callable[[Role], Ask]) -> None:
    answer = asking(Role.MANAGER)(kpis="revenue,conversion_rate", by="team,rep", period="2026-Q1", where="amount > 10")
    asked = question(
        served.workspace.settings,
        ["revenue", "conversion_rate"],
        by=["team", "rep"],
        period="2026-Q1",
        where="amount > 10",
        compare=["previous", "last_year", "target"],
    )
    expected = ask(served.workspace, asked, served.viewer(PEOPLE[Role.MANAGER])).to_dict()
    assert answer.status_code == 200
    assert answer.content.decode() == to_json(expected)
    assert {row["scope_id"] for row in expected["rows"] if row["scope"] == "team"} == {"GC"}
    assert set(expected["rows"][0]) == set(Row.model_fields), "OpenAPI tells what is given"


def test_a_key_sees_what_its_person_sees(asking: Callable[[Role], Ask]) -> None:
    rep = asking(Role.REP)
    assert {row["scope_id"] for row in rep(kpis="revenue").json()["rows"]} == {"HVA"}
    for level in ("team", "company"):
        assert rep(kpis="revenue", by=level).status_code == 404
    others = rep(kpis="revenue", where="rep_id = 'MOR'")
    none = rep(kpis="revenue", where="rep_id = 'NOSUCH'")
    assert others.content.decode().replace("MOR", "…") == none.content.decode().replace("NOSUCH", "…")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"kpis": "revenu"}, "unknown_kpi"),
        ({}, "missing_argument"),
        ({"kpis": "revenue", "viewer": "direction@valmarin.example"}, "unknown_argument"),
        ({"kpis": "revenue", "period": "2026-Q9"}, "unknown_period"),
        ({"kpis": "revenue", "grain": "day", "start": "2010-01-01", "end": "2026-01-01"}, "too_many_periods"),
        ({"kpis": "revenue", "known_on": "99999999999999999999999"}, "snapshot_unknown"),
        ({"kpis": "revenue", "known_on": "0"}, "snapshot_unknown"),
    ],
)
def test_problems_in_the_readers_language(query: dict[str, str], code: str, lang: str) -> None:
    person = Person.objects.known_as(PEOPLE[Role.DIRECTOR])
    answer = with_key(create(person, "test", None, ""), lang)(**query)
    (told,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert told["code"] == code
    assert told["message"]
    assert bool(re.search(r"« |[éèà’]", told["message"])) is (lang == "fr")


def test_without_a_key_that_holds_nothing_opens(sign_in: SignIn) -> None:
    person = Person.objects.known_as(PEOPLE[Role.DIRECTOR])
    old = create(person, "old", timezone.localdate(), "")
    good = create(person, "good", timezone.localdate() + timedelta(days=1), "")
    revoked = create(person, "revoked", None, "")
    ApiKey.objects.filter(name="revoked").update(revoked_at=timezone.now())
    stranger = create(Person.objects.create_user("stranger@valmarin.example"), "s", None, "")
    for key in ("", "cadran_nonsense", old, revoked, stranger):
        answer = with_key(key)(kpis="revenue")
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["code"] == "no_key"
    assert with_key(good)(kpis="revenue").status_code == 200
    assert ApiKey.objects.get(name="good").used_at is not None
    assert sign_in(Role.DIRECTOR).get(ASK, {"kpis": "revenue"}).status_code == 401, "a browser's session is no key"


def test_too_many_questions_wait(asking: Callable[[Role], Ask]) -> None:
    director = asking(Role.DIRECTOR)
    for _ in range(int(RATE.partition("/")[0])):
        assert director(kpis="").status_code == 400
    answer = director(kpis="revenue")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert asking(Role.REP)(kpis="revenue").status_code == 200, "others are not kept waiting"


def test_a_key_is_made_shown_once_and_revoked(sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    day = timezone.localdate() + timedelta(days=30)
    page = admin.post("/settings/keys/", {"name": "report", "email": PEOPLE[Role.REP], "expires_on": day})
    (key,) = re.findall(r"cadran_[\w-]{43}", page.content.decode())
    assert page["Cache-Control"] == "no-store"
    kept = ApiKey.objects.get(name="report")
    assert key not in json.dumps([str(value) for value in vars(kept).values()])
    assert {row["scope_id"] for row in with_key(key)(kpis="revenue").json()["rows"]} == {"HVA"}
    assert key not in admin.get("/settings/keys/").content.decode()
    admin.post(f"/settings/keys/{kept.pk}/revoke/")
    assert with_key(key)(kpis="revenue").status_code == 401
    assert Entry.objects.filter(action="changed API keys").count() == 2


@pytest.mark.parametrize(("days", "name"), [(0, "x"), (400, "x"), (30, "")])
def test_a_key_without_a_name_or_an_end_is_not_made(sign_in: SignIn, days: int, name: str) -> None:
    day = timezone.localdate() + timedelta(days=days)
    given = {"name": name, "email": PEOPLE[Role.REP], "expires_on": day}
    assert sign_in(Role.ADMINISTRATOR).post("/settings/keys/", given).status_code == 400
    assert not ApiKey.objects.exists()


def test_openapi_describes_the_one_route() -> None:
    document = Client(SERVER_NAME="localhost").get("/api/v1/openapi.json").json()
    assert list(document["paths"]) == [ASK]
    names = {each["name"] for each in document["paths"][ASK]["get"]["parameters"]}
    assert names == {"kpis", "by", "grain", "period", "start", "end", "where", "compare", "as_of", "known_on"}
