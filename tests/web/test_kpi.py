"""The page of a KPI says what `ask` says: value, objective, periods, parts, rows; and only to whom it may."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from cadran.access import EVERYTHING, Role
from cadran.ask import ask
from cadran.numerals import money
from cadran.question import question
from cadran.web.measure.models import Note
from cadran.web.people.frame import served
from tests.web.conftest import SignIn

Q1 = "?period=2026-Q1"
N, F = "\u202f", "\u00a0"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def drawing(page: str, name: str) -> dict[str, object]:
    """What a chart of the page is drawn from."""
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    drawn: dict[str, object] = json.loads(found[1])
    return drawn


def months_of(kpi: str, level: str, key: str | None = None) -> list[object]:
    asked = question(
        served.workspace.settings,
        [kpi],
        by=[level],
        grain="month",
        start="2024-04-01",
        end="2026-04-01",
        compare=["target"],
    )
    return [row for row in ask(served.workspace, asked, EVERYTHING).rows if row.scope_id == key and row.scope == level]


def test_the_founding_example_is_a_finding_with_its_objective_and_gap(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/{Q1}")
    assert f'<h1 class="headline">Chiffre d’affaires{F}: 16,8{N}% de plus qu’au T1 2025</h1>' in page
    assert f'1{N}000{N}000<span class="unit">{F}€</span>' in page
    assert f"800{N}000{F}€" in page
    assert f"+200{N}000{F}€" in page
    assert "dépassé" in page
    assert "sum(amount)" in page


def test_the_trend_is_the_answer_month_by_month(sign_in: SignIn) -> None:
    drawn = drawing(text(sign_in(Role.DIRECTOR), f"/kpis/revenue/{Q1}"), "trend-chart")
    shown = drawn["spec"]["data"]["values"]  # type: ignore[index]
    rows = months_of("revenue", "company")
    assert len(shown) == 24
    assert [each["value"] for each in shown] == [float(row.value) for row in rows]  # type: ignore[attr-defined]
    assert [each["objective"] for each in shown] == [
        None if row.target is None else float(row.target)  # type: ignore[attr-defined]
        for row in rows
    ]
    assert shown[-1]["href"] == "/kpis/revenue/rows/?period=2026-03&scope=company"


@pytest.mark.parametrize(("grain", "points"), [("quarter", 8), ("month", 24), ("week", 105)])
def test_the_switch_of_the_trend_stands_in_the_address(sign_in: SignIn, grain: str, points: int) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/{Q1}&grain={grain}")
    shown = drawing(page, "trend-chart")["spec"]["data"]["values"]  # type: ignore[index]
    assert len(shown) == points
    assert f"grain={grain}#breakdown" in page
    assert f"&amp;grain={grain}" in page


def test_a_running_month_is_hollow_and_said_to_be_to_date(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), "/kpis/revenue/?period=2026-Q2")
    last = drawing(page, "trend-chart")["spec"]["data"]["values"][-1]  # type: ignore[index]
    assert last["doubt"] == "au 14/04/2026"
    assert "à date</h1>" in page
    assert "La période n’est pas finie" in page


def test_the_parts_of_a_total_are_those_of_the_answer(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/{Q1}&by=account.segment")
    asked = question(served.workspace.settings, ["revenue"], by=["company", "account.segment"], period="2026-Q1")
    for row in ask(served.workspace, asked, EVERYTHING).rows:
        assert money(row.value, "EUR", "fr", 0) in page  # type: ignore[arg-type]
        name = row.dimensions["account.segment"] or ""
        assert f"by=account.segment&amp;value={name.replace(' ', '+')}" in page


def test_teams_stand_side_by_side_with_what_is_nobodys_beside(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/{Q1}")
    assert drawing(page, "panel-chart-3")
    assert f"Non attribué{F}: " in page
    for name in ("Grands comptes", "Nord et Ouest", "Sud et Est"):
        assert name in page


def test_a_kpi_too_small_or_undefined_says_so_and_is_not_judged(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), "/kpis/conversion_rate/?period=2026-Q2&scope=team:GC")
    assert f"Taux de conversion{F}: rien à mesurer au T2 2026" in page
    assert "Aucune ligne n’est comptée" in page
    early = text(sign_in(Role.DIRECTOR), "/kpis/revenue/?period=2019-Q1")
    assert f"Chiffre d’affaires{F}: pas de données au T1 2019" in early


def test_a_derived_kpi_is_computed_from_its_parts(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue_per_rep/{Q1}")
    assert f"1{N}000{N}000{F}€ / 12 = 83{N}333{F}€" in page
    assert "Chiffre d’affaires / Commerciaux actifs" in page


def test_the_definition_holds_the_numbers_of_the_page(sign_in: SignIn) -> None:
    fragment = text(sign_in(Role.DIRECTOR), f"/kpis/conversion_rate/definition/{Q1}")
    assert f"4 / 186 = 2,2{N}%" in fragment
    assert "<html" not in fragment
    assert "/kpis/conversion_rate/rows/" in fragment
    assert "/kpis/conversion_rate/formula/" in fragment


def test_formula_and_sql_are_those_of_explain(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/formula/{Q1}")
    assert "Calcul : sum(amount)" in page
    assert "SELECT" in page


def test_the_name_of_a_kpi_opens_its_definition_and_is_a_link_without_scripts(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/{Q1}")
    assert re.search(r'<a href="/kpis/revenue/\?[^"]+" hx-get="/kpis/revenue/definition/\?[^"]+"', page)
    assert '<div class="popover" id="definition" popover></div>' in page


def test_every_kpi_is_listed_with_the_value_of_the_answer(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/{Q1}")
    for kpi in served.workspace.catalogue:
        assert f'href="/kpis/{kpi.id}/?period=2026-Q1&amp;scope=company"' in page
    assert f'<td class="num">1{N}000{N}000{F}€</td>' in page
    assert "Fidélité et contrats" in page


VIEWS = ("", "rows/", "definition/", "formula/", "rows.csv", "rows.xlsx")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scope", ["company", "team:NO", "rep:MOR", "rep:nobody", "nonsense"])
def test_a_rep_gets_the_same_answer_for_anothers_scope_as_for_none(sign_in: SignIn, view: str, scope: str) -> None:
    answer = sign_in(Role.REP).get(f"/kpis/revenue/{view}", {"scope": scope, "period": "2026-Q1"})
    assert answer.status_code == 404
    assert "n’existe pas ou ne vous est pas ouverte" in answer.content.decode()


@pytest.mark.parametrize("view", VIEWS)
def test_a_manager_sees_their_team_and_not_another(sign_in: SignIn, view: str) -> None:
    manager = sign_in(Role.MANAGER)
    assert manager.get(f"/kpis/revenue/{view}", {"scope": "team:GC", "period": "2026-Q1"}).status_code == 200
    assert manager.get(f"/kpis/revenue/{view}", {"scope": "team:NO", "period": "2026-Q1"}).status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_a_kpi_there_is_not_is_not_found(sign_in: SignIn, view: str) -> None:
    assert sign_in(Role.DIRECTOR).get(f"/kpis/no_such_kpi/{view}").status_code == 404


def test_a_reps_page_names_nobody_else(sign_in: SignIn) -> None:
    page = text(sign_in(Role.REP), f"/kpis/revenue/{Q1}")
    assert "Hugo Vastérin" in page
    for other in ("Camille Aubrenel", "Mathis Orvanel", "Grands comptes", "Nord et Ouest"):
        assert other not in page


def pin(client: Client, **changes: object) -> int:
    given = {"day": "2026-03-10", "text": "Salon de Lyon"} | changes
    return client.post(f"/kpis/revenue/notes/{Q1}&scope=team:GC", given).status_code


def test_a_note_is_pinned_to_its_month_and_escaped(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    assert pin(manager, text="<script>alert(1)</script>") == 302
    page = text(manager, f"/kpis/revenue/{Q1}&scope=team:GC")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    notes = [layer for layer in drawing(page, "trend-chart")["spec"]["layer"] if layer["mark"].get("style") == "flag"]  # type: ignore[index]
    assert notes[0]["data"]["values"][0]["index"] == 23


def test_a_note_is_read_where_its_scope_is_and_nowhere_else(sign_in: SignIn) -> None:
    assert pin(sign_in(Role.MANAGER)) == 302
    director, rep = sign_in(Role.DIRECTOR), sign_in(Role.REP)
    assert "Salon de Lyon" in text(director, f"/kpis/revenue/{Q1}&scope=team:GC")
    assert "Salon de Lyon" not in text(director, f"/kpis/revenue/{Q1}")
    assert "Salon de Lyon" not in text(rep, f"/kpis/revenue/{Q1}")
    assert pin(rep) == 404


def test_a_page_drawn_before_shows_a_note_as_soon_as_it_is_pinned_and_not_after_it_is_gone(sign_in: SignIn) -> None:
    manager, address = sign_in(Role.MANAGER), f"/kpis/revenue/{Q1}&scope=team:GC"

    def flags() -> int:
        layers = drawing(text(manager, address), "trend-chart")["spec"]["layer"]  # type: ignore[index]
        return sum(layer["mark"].get("style") == "flag" for layer in layers)

    assert flags() == 0
    assert pin(manager) == 302
    assert flags() == 1
    manager.post(f"/kpis/revenue/notes/{Note.objects.latest('id').pk}/remove/{Q1}&scope=team:GC")
    assert flags() == 0


def test_a_note_is_removed_by_its_author_or_an_administrator(sign_in: SignIn) -> None:
    manager = sign_in(Role.MANAGER)
    for remover, status in ((Role.DIRECTOR, 404), (Role.ADMINISTRATOR, 302), (Role.MANAGER, 302)):
        pin(manager)
        note = Note.objects.latest("id")
        gone = sign_in(remover).post(f"/kpis/revenue/notes/{note.pk}/remove/{Q1}&scope=team:GC")
        assert gone.status_code == status
        assert Note.objects.filter(pk=note.pk).exists() is (status == 404)
        note.delete() if status == 404 else None


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": "x" * 281}, {"day": "2026-02-31"}])
def test_a_note_that_is_none_is_told_beside_its_field(sign_in: SignIn, wrong: dict[str, str]) -> None:
    assert pin(sign_in(Role.MANAGER), **wrong) == 422
    assert not Note.objects.exists()


def test_notes_are_not_read_by_a_link(sign_in: SignIn) -> None:
    assert sign_in(Role.MANAGER).get(f"/kpis/revenue/notes/{Q1}").status_code == 405


def test_in_english_the_same_numbers(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = text(client, f"/kpis/revenue/{Q1}")
    assert "Revenue: 16.8% more than in Q1 2025</h1>" in page
    assert "€800,000" in page
    assert (
        Decimal(1_000_000)
        == ask(served.workspace, question(served.workspace.settings, ["revenue"], period="2026-Q1"), EVERYTHING)
        .rows[0]
        .value
    )
    assert date(2026, 4, 14) == served.workspace.settings.as_of()
