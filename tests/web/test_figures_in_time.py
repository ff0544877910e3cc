"""A page is answered in time: with what is at hand, with what was at hand before the data changed, or with word that
its figures are coming. Nothing here waits for a clock: the drawing goes on when a test says so."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from cadran.access import Role
from cadran.people import add_person
from cadran.web.measure import pieces
from cadran.workspace import Workspace
from tests.company import deliver
from tests.web.conftest import PEOPLE, SignIn
from tests.web_setting import add_web_setting

FOUNDING = "/?period=2026-Q1"
WAITING, EARLIER = "figures-waiting", "figures-earlier"
REVENUE, MORE = "1\u202f000\u202f000\u00a0€", "1\u202f005\u202f000\u00a0€"


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What pages are drawn with, once it is set."""
    goes_on, draw = threading.Event(), pieces.render_to_string

    def gated(*given: Any) -> str:
        goes_on.wait()
        return draw(*given)

    monkeypatch.setattr(pieces, "_kept", OrderedDict())
    monkeypatch.setattr(pieces, "_under_way", {})
    monkeypatch.setattr(pieces, "render_to_string", gated)
    yield goes_on
    goes_on.set()


@pytest.fixture
def hurried(company: Workspace) -> Workspace:
    """The sample company, whose pages wait for nothing."""
    settings = company.folder / "cadran.toml"
    settings.write_text(settings.read_text("utf-8").replace("patience = 600", "patience = 0"), "utf-8")
    return company


def asked_again(client: Client, address: str, element: str) -> HttpResponse:
    """As the element of a page that waits does by itself."""
    return client.get(address, headers={"HX-Request": "true", "HX-Source": f"p#{element}"})


def finish(drawing: threading.Event) -> None:
    under_way = [work.future for work in pieces._under_way.values()]
    drawing.set()
    wait(under_way)
    while any(work.future.exception() is None for work in pieces._under_way.values()):
        time.sleep(0.01)  # what is done is kept a moment later


def break_drawing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What pages are drawn with from now on fails at the end; returns what did not."""
    draw = pieces.render_to_string

    def failing(*given: Any) -> str:
        draw(*given)
        raise RuntimeError("no such template")

    monkeypatch.setattr(pieces, "render_to_string", failing)
    return draw


def page(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def one_more_sale(company: Workspace) -> None:
    sale = {"sale_id": "more", "account_id": "C001", "rep_id": "HVA", "sold_on": date(2026, 2, 3), "amount": 5000}
    deliver(company, {"sales": [sale | {"currency": "EUR"}]})


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (FOUNDING, REVENUE),
        ("/kpis/revenue/?period=2026-Q1", REVENUE),
        ("/kpis/revenue/rows/?period=2026-Q1", REVENUE),
        ("/team/?period=2026-Q1", "Camille Aubrenel"),
        ("/team/HVA/?period=2026-Q1", "Hugo"),
    ],
)
def test_a_page_says_that_its_figures_are_coming_and_comes_by_itself(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn, address: str, shown: str
) -> None:
    client = sign_in(Role.DIRECTOR)
    first = client.get(address)
    assert first.status_code == 202
    assert f'id="{WAITING}"' in first.content.decode()
    assert "Ces chiffres sont en cours de calcul" in first.content.decode()
    assert shown not in first.content.decode()
    assert asked_again(client, address, WAITING).status_code == 204
    assert len(pieces._under_way) == 1  # once for all who ask
    finish(drawing)
    ready = asked_again(client, address, WAITING)
    assert (ready.status_code, ready.headers["HX-Refresh"], ready.content) == (200, "true", b"")
    after = page(client.get(address))
    assert shown in after
    assert WAITING not in after
    assert EARLIER not in after


def test_the_figures_of_before_are_shown_and_say_so(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn
) -> None:
    client = sign_in(Role.DIRECTOR)
    client.get(FOUNDING)
    finish(drawing)
    assert REVENUE in page(client.get(FOUNDING))
    drawing.clear()
    one_more_sale(hurried)
    before = page(client.get(FOUNDING))
    assert REVENUE in before
    assert MORE not in before
    assert f'id="{EARLIER}"' in before
    assert "Ceux-ci sont encore ceux d’avant." in before
    assert asked_again(client, FOUNDING, EARLIER).status_code == 204
    finish(drawing)
    news = asked_again(client, FOUNDING, EARLIER)
    assert news.headers["HX-Reswap"] == "outerHTML"
    news = page(news)
    assert "Les nouveaux chiffres sont prêts." in news
    assert "hx-trigger" not in news  # it asks no more
    after = page(client.get(FOUNDING))
    assert MORE in after
    assert EARLIER not in after


def test_who_changed_the_data_sees_the_new_figures_where_they_come_in_time(
    company: Workspace, drawing: threading.Event, sign_in: SignIn
) -> None:
    drawing.set()
    client = sign_in(Role.DIRECTOR)
    assert REVENUE in page(client.get(FOUNDING))
    one_more_sale(company)
    after = page(client.get(FOUNDING))
    assert MORE in after
    assert EARLIER not in after


def test_nothing_of_before_is_shown_once_somebody_has_moved(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn
) -> None:
    """Who may see what is looked up in the organisation: figures drawn for another one are shown to nobody."""
    client = sign_in(Role.MANAGER)
    client.get(FOUNDING)
    finish(drawing)
    page(client.get(FOUNDING))
    drawing.clear()
    move = {"rep_id": "HVA", "team_id": "new", "starts_on": date(2026, 3, 1)}
    deliver(hurried, {"teams": [{"team_id": "new", "name": "Nouvelle"}], "memberships": [move]})
    assert client.get(FOUNDING).status_code == 202


def test_nothing_of_before_is_shown_under_other_settings(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn
) -> None:
    client = sign_in(Role.DIRECTOR)
    client.get(FOUNDING)
    finish(drawing)
    page(client.get(FOUNDING))
    drawing.clear()
    add_web_setting(hurried.folder, "team_ranks = true")
    assert client.get(FOUNDING).status_code == 202


def test_what_waits_is_told_in_english(hurried: Workspace, drawing: threading.Event, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.post("/account/preferences/", {"lang": "en"})
    assert "These figures are being worked out" in client.get(FOUNDING).content.decode()
    finish(drawing)
    after = page(client.get(FOUNDING))
    assert "€1,000,000" in after
    assert "Teams and reps" in after
    assert "Équipes et commerciaux" not in after


def test_what_fails_is_told_to_whoever_waits_and_begun_anew(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(hurried.folder, PEOPLE[Role.DIRECTOR], Role.DIRECTOR)
    client = sign_in(Role.DIRECTOR)
    assert client.get(FOUNDING + "&scope=team:unknown").status_code == 404
    drawn = break_drawing(monkeypatch)
    assert client.get(FOUNDING).status_code == 202
    finish(drawing)
    assert asked_again(client, FOUNDING, WAITING).headers["HX-Refresh"] == "true"
    with pytest.raises(RuntimeError, match="no such template"):  # Django's own test client lets it through
        client.get(FOUNDING)
    monkeypatch.setattr(pieces, "render_to_string", drawn)
    drawing.clear()
    assert client.get(FOUNDING).status_code == 202  # it was not kept
    finish(drawing)
    assert REVENUE in page(client.get(FOUNDING))


def test_what_was_drawn_while_an_import_landed_is_kept_for_nobody(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn
) -> None:
    """It may have been asked for at one snapshot and read at the next: with the second one's people, under the name of
    the first, which is shown again once the import is undone."""
    client = sign_in(Role.MANAGER)
    assert client.get(FOUNDING).status_code == 202
    move = {"rep_id": "HVA", "team_id": "new", "starts_on": date(2026, 3, 1)}
    deliver(hurried, {"teams": [{"team_id": "new", "name": "Nouvelle"}], "memberships": [move]})
    finish(drawing)
    assert pieces._kept == {}
    assert client.get(FOUNDING).status_code == 202
    finish(drawing)
    page(client.get(FOUNDING))


def test_what_could_not_be_worked_out_is_said_beside_the_figures_of_before(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(Role.DIRECTOR)
    client.get(FOUNDING)
    finish(drawing)
    drawing.clear()
    one_more_sale(hurried)
    break_drawing(monkeypatch)
    assert EARLIER in page(client.get(FOUNDING))
    finish(drawing)
    assert "n’ont pas pu être calculés" in page(asked_again(client, FOUNDING, EARLIER))


def test_what_went_wrong_is_not_told_for_ever(
    hurried: Workspace, drawing: threading.Event, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = break_drawing(monkeypatch)
    client = sign_in(Role.DIRECTOR)
    assert client.get(FOUNDING).status_code == 202
    finish(drawing)
    assert [str(work.future.exception()) for work in pieces._under_way.values()] == ["no such template"]
    monkeypatch.setattr(pieces, "_TOLD_FOR", 0.0)
    monkeypatch.setattr(pieces, "render_to_string", drawn)
    assert client.get("/team/?period=2026-Q1").status_code == 202  # somebody else asks for something else
    finish(drawing)
    assert not pieces._under_way


def test_a_page_whose_session_is_over_is_opened_anew(company: Workspace) -> None:
    answer = asked_again(Client(SERVER_NAME="localhost"), FOUNDING, EARLIER)
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.content) == (200, "true", b"")
