"""Objectives set in the page: saved as an import, judged at once, undone without a trace; nobody plans for others."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from cadran.access import Role
from cadran.catalogue.kpi import Unit
from cadran.errors import Lang
from cadran.intake.load import import_files
from cadran.present.grid import Reader
from cadran.store.ledger import imports
from cadran.web.follow.objectives_numbers import read_cell, step_of, write_cell
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn

QUARTERS = "/objectives/?period=2026&by=quarter"
SAVE = "/objectives/save/?period=2026&by=quarter"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def fields(page: str) -> dict[str, str]:
    """Every field of the grid: name -> what it holds."""
    found = re.findall(r'name="(cell-[^"]+)" value="([^"]*)"', page)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    return dict(found) | ({"seen": seen[1]} if seen else {})


def target(workspace: Workspace, scope: str, period: str = "2026-Q1", scope_id: str | None = None) -> Decimal | None:
    """What `ask` says the objective is."""
    from cadran.ask import ask
    from cadran.question import question

    rows = ask(workspace, question(workspace.settings, ["revenue"], by=[scope], period=period, compare=["target"])).rows
    return next(row.target for row in rows if row.scope_id == scope_id)


def save(client: Client, changes: dict[str, str], address: str = QUARTERS):  # type: ignore[no-untyped-def]
    """The form with some cells typed over."""
    return client.post(address.replace("/objectives/", "/objectives/save/"), fields(text(client, address)) | changes)


def test_the_grid_holds_what_was_given(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), QUARTERS)
    held = fields(page)
    assert held["cell-company@2026-Q1"] == "800\u202f000"
    assert "125,0\u202f%" in page  # the attainment of the quarter that is over
    assert "cell-team:GC@2026-Q1" in held
    assert "cell-rep:HVA@2026-Q1" in held


def test_a_target_set_in_the_page_is_judged_at_once_and_gone_once_undone(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    before = target(company, "company")
    answer = save(client, {"cell-company@2026-Q1": "1 000 000,00"})
    assert answer.status_code == 302
    assert (before, target(company, "company")) == (Decimal(800_000), Decimal(1_000_000))
    assert "L’objectif du trimestre est atteint" in text(client, "/?period=2026-Q1")

    with company.lake() as lake:
        record = imports(lake)[-1]
        row = lake.query("SELECT value, set_by, set_at, period FROM lake.targets WHERE _import = ?", [record.id])
    assert (record.author, record.source, record.status) == (PEOPLE[Role.DIRECTOR], "objectives", "live")
    assert [count.changed for count in record.tables] == [1]
    assert row[0][:2] == (Decimal(1_000_000), PEOPLE[Role.DIRECTOR])
    assert row[0][3] == "T1 2026"  # a version of the row that the company's own file gave
    assert row[0][2] is not None

    undone = client.post(f"/objectives/undo/{record.id}/?period=2026&by=quarter")
    assert undone.status_code == 302
    assert target(company, "company") == Decimal(800_000)
    assert "dépassé de 200\u202f000\u00a0€" in text(client, "/?period=2026-Q1")
    said = list(Entry.objects.filter(action="changed objectives").values_list("about", flat=True))
    assert said == [
        f"Objectifs : Chiffre d’affaires, 2026, import {record.id}, undone",
        f"Objectifs : Chiffre d’affaires, 2026 (1), import {record.id}",
    ]


def test_only_changed_cells_are_written(company: Workspace, sign_in: SignIn) -> None:
    with company.lake() as lake:
        before = lake.query("SELECT row_key, value, set_at FROM lake.targets ORDER BY ALL")
    save(sign_in(Role.DIRECTOR), {"cell-team:GC@2026-Q3": "123456.78", "cell-rep:HVA@2026-Q3": "45,000.5"})
    with company.lake() as lake:
        after = lake.query("SELECT row_key, value, set_at FROM lake.targets ORDER BY ALL")
    added = [row for row in after if row not in before]
    assert not [row for row in before if row not in after]
    assert sorted(row[1] for row in added) == [Decimal("45000.5"), Decimal("123456.78")]


def test_nothing_changed_is_no_import(company: Workspace, sign_in: SignIn) -> None:
    with company.lake() as lake:
        before = len(imports(lake))
    assert save(sign_in(Role.DIRECTOR), {}).status_code == 302
    with company.lake() as lake:
        assert len(imports(lake)) == before


def test_an_emptied_cell_withdraws_and_undoing_brings_it_back(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    address = "/objectives/?period=2026&by=quarter&kpi=win_rate"
    assert fields(text(client, address))["cell-company@2026-Q1"] != ""
    save(client, {"cell-company@2026-Q1": ""}, address)
    assert fields(text(client, address))["cell-company@2026-Q1"] == ""
    with company.lake() as lake:
        record = imports(lake)[-1]
        query = "SELECT value, set_by FROM lake.targets WHERE kpi = 'win_rate' AND period = 'T1 2026'"
        assert lake.query(query) == [(None, PEOPLE[Role.DIRECTOR])]
    client.post(f"/objectives/undo/{record.id}/?period=2026&by=quarter")
    assert fields(text(client, address))["cell-company@2026-Q1"] != ""


def test_months_quarters_and_year_that_begin_together_do_not_mix(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    for cut, name, amount in (("month", "2027-01", "10"), ("quarter", "2027-Q1", "40"), ("year", "2027", "100")):
        save(client, {f"cell-company@{name}": amount}, f"/objectives/?period=2027&by={cut}")
    for cut, name, amount in (("month", "2027-01", "10"), ("quarter", "2027-Q1", "40"), ("year", "2027", "100")):
        assert fields(text(client, f"/objectives/?period=2027&by={cut}"))[f"cell-company@{name}"] == amount


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("beaucoup", "n’est pas un nombre"),
        ("12,345", "Deux décimales au plus"),
        ("1 000 $", "l’objectif se donne en EUR"),
        ("1" * 20, "trop grand"),
    ],
)
def test_one_wrong_cell_and_nothing_is_saved(company: Workspace, sign_in: SignIn, typed: str, told: str) -> None:
    client = sign_in(Role.DIRECTOR)
    with company.lake() as lake:
        before = lake.snapshot()
    answer = save(client, {"cell-company@2026-Q4": "900000", "cell-team:GC@2026-Q4": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    held = fields(page)
    assert (held["cell-company@2026-Q4"], held["cell-team:GC@2026-Q4"]) == ("900000", typed)
    with company.lake() as lake:
        assert lake.snapshot() == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(company: Workspace, sign_in: SignIn) -> None:
    director, analyst = sign_in(Role.DIRECTOR), sign_in(Role.ANALYST)
    held = fields(text(analyst, QUARTERS))
    save(director, {"cell-company@2026-Q3": "700000", "cell-company@2026-Q4": "750000"})
    refused = analyst.post(SAVE, held | {"cell-company@2026-Q3": "710000"})
    assert refused.status_code == 422
    assert f"Changé entre-temps par {PEOPLE[Role.DIRECTOR]}" in refused.content.decode()
    # The other cell, which the analyst did not touch, would have been emptied by a form that is believed blindly.
    assert analyst.post(SAVE, held | {"cell-company@2026-Q2": "910000"}).status_code == 302
    assert target(company, "company", "2026-Q4") == Decimal(750_000)


def test_a_manager_plans_for_their_own(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.MANAGER)
    held = fields(text(client, QUARTERS))
    assert {name.partition("@")[0] for name in held if name != "seen"} == {
        *("cell-team:GC", "cell-rep:CAU", "cell-rep:HVA", "cell-rep:ICA")
    }
    assert save(client, {"cell-rep:HVA@2026-Q3": "60 000"}).status_code == 302
    assert "60\u202f000" in text(client, QUARTERS)


@pytest.mark.parametrize("scope", ["company", "team:NO", "rep:MOR", "team:nowhere", "rep:", "nonsense", "rep:ASA"])
def test_a_manager_cannot_reach_others_by_editing_the_form(company: Workspace, sign_in: SignIn, scope: str) -> None:
    client = sign_in(Role.MANAGER)
    with company.lake() as lake:
        before = lake.snapshot()
    answer = save(client, {"cell-rep:HVA@2026-Q3": "60 000", f"cell-{scope}@2026-Q3": "1"})
    assert answer.status_code == 404
    assert "n’existe pas ou ne vous est pas ouverte" in answer.content.decode()
    with company.lake() as lake:
        assert lake.snapshot() == before


@pytest.mark.parametrize("role", [Role.REP, Role.FINANCE])
def test_who_does_not_plan_only_reads(company: Workspace, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    page = text(client, QUARTERS)
    assert not fields(page)
    assert "/objectives/save/" not in page
    assert client.post(SAVE, {"seen": "1", "cell-rep:HVA@2026-Q3": "1"}).status_code == 404
    assert client.post("/objectives/undo/1/").status_code == 404


def test_a_rep_sees_their_own_objectives_only(sign_in: SignIn) -> None:
    page = text(sign_in(Role.REP), QUARTERS)
    assert "Hugo Vastérin" in page
    for other in ("Camille Aubrenel", "Grands comptes", "Entreprise", "direction@"):
        assert other not in page


def test_what_others_set_is_neither_shown_to_a_manager_nor_undone(company: Workspace, sign_in: SignIn) -> None:
    save(sign_in(Role.DIRECTOR), {"cell-team:GC@2026-Q3": "5", "cell-team:NO@2026-Q3": "7"})
    with company.lake() as lake:
        number = imports(lake)[-1].id
    manager = sign_in(Role.MANAGER)
    assert PEOPLE[Role.DIRECTOR] not in text(manager, QUARTERS)
    answers = [manager.post(f"/objectives/undo/{each}/") for each in (number, 1, 99_999)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content.decode().partition("<main")[2] for answer in answers}) == 1
    assert target(company, "team", "2026-Q3", "NO") == Decimal(7)


def test_what_is_typed_for_a_rep_who_came_later_is_what_counts(company: Workspace, sign_in: SignIn) -> None:
    """Awa Sandiarou began on 2 February 2026."""
    client, months = sign_in(Role.DIRECTOR), "/objectives/?period=2027&by=month"
    months = months.replace("2027", "2026")
    assert "cell-rep:ASA@2026-01" not in fields(text(client, months))
    quarter = fields(text(client, QUARTERS))["cell-rep:ASA@2026-Q1"]
    if quarter:
        save(client, {"cell-rep:ASA@2026-Q1": ""})
    cells = {"cell-rep:ASA@2026-02": "20 000", "cell-rep:ASA@2026-03": "30 000"}
    save(client, cells, months)
    assert target(company, "rep", "2026-02", "ASA") == Decimal(20_000)
    assert target(company, "rep", "2026-Q1", "ASA") == Decimal(50_000)
    assert (
        client.post(
            "/objectives/save/?period=2026&by=month", fields(text(client, months)) | {"cell-rep:ASA@2026-01": "1"}
        ).status_code
        == 422
    )


@pytest.mark.parametrize("address", ["/objectives/?kpi=nothing", "/objectives/?by=week", "/objectives/?period=2026-Q9"])
def test_an_address_that_makes_no_sense_is_told(sign_in: SignIn, address: str) -> None:
    assert sign_in(Role.DIRECTOR).get(address).status_code == 400


def proposed(client: Client, address: str, data: dict[str, object]) -> tuple[dict[str, str], str]:
    answer = client.post(address, data)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    return fields(page), page


def numbers(held: dict[str, str], start: str, end: str) -> list[Decimal]:
    """The numbers of the fields whose names begin and end so."""
    texts = [text for name, text in held.items() if name.startswith(start) and name.endswith(end)]
    return [Decimal(text.replace("\u202f", "").replace(",", ".")) for text in texts if text]


@pytest.mark.parametrize("basis", ["equal", "last_year", "days"])
def test_an_amount_shared_out_adds_up_at_every_level(company: Workspace, sign_in: SignIn, basis: str) -> None:
    client = sign_in(Role.DIRECTOR)
    with company.lake() as lake:
        before = lake.snapshot()
    wanted = {"amount": "3 600 000,01", "over_time": basis, "over_people": basis, "to_reps": "on"}
    held, page = proposed(client, "/objectives/share/?period=2027&by=month", wanted)
    assert sum(numbers(held, "cell-company@", "")) == Decimal("3600000.01")
    for month in range(1, 13):
        (whole,) = numbers(held, "cell-company@", f"2027-{month:02}")
        assert sum(numbers(held, "cell-team:", f"@2027-{month:02}")) == whole
        assert sum(numbers(held, "cell-rep:", f"@2027-{month:02}")) == whole
    assert "pas encore enregistr" in page
    with company.lake() as lake:
        assert lake.snapshot() == before
    assert client.post("/objectives/save/?period=2027&by=month", held).status_code == 302
    assert target(company, "company", "2027-05") == numbers(held, "cell-company@", "2027-05")[0]


def test_equal_shares_by_hand(sign_in: SignIn) -> None:
    """1,000 over four quarters is 250; over three teams 83.34, 83.33, 83.33, the first by its id."""
    wanted = {"amount": "1000", "over_time": "equal", "over_people": "equal"}
    held, _ = proposed(sign_in(Role.DIRECTOR), "/objectives/share/?period=2027&by=quarter", wanted)
    assert numbers(held, "cell-company@", "2027-Q1") == [Decimal(250)]
    shares = [numbers(held, f"cell-team:{team}@", "2027-Q1") for team in ("GC", "NO", "SE")]
    assert shares == [[Decimal("83.34")], [Decimal("83.33")], [Decimal("83.33")]]
    assert not numbers(held, "cell-rep:", "2027-Q1")


def test_a_manager_shares_out_their_team_only(sign_in: SignIn) -> None:
    wanted = {"amount": "90000", "over_time": "equal", "over_people": "equal", "to_reps": "on"}
    held, _ = proposed(sign_in(Role.MANAGER), "/objectives/share/?period=2027&by=quarter", wanted)
    assert not [name for name in held if "team:NO" in name or "company" in name]
    assert sum(numbers(held, "cell-rep:", "2027-Q2")) == Decimal(22_500)


@pytest.mark.parametrize("kpi", ["revenue", "win_rate"])
def test_excel_out_and_in_changes_nothing(sign_in: SignIn, kpi: str) -> None:
    client = sign_in(Role.DIRECTOR)
    book = client.get(f"/objectives/excel/?period=2026&by=quarter&kpi={kpi}")
    assert book["Content-Disposition"] == f'attachment; filename="objectives-{kpi}-2026-quarter.xlsx"'
    _, page = proposed(client, f"/objectives/file/?period=2026&by=quarter&kpi={kpi}", {"file": upload(book.content)})
    assert "Rien ici ne diffère" in page
    assert "laissé de côté" not in page


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("objectifs.xlsx", content)


def sheet(rows: list[list[object]]) -> SimpleUploadedFile:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return upload(out.getvalue())


def test_a_workbook_filled_in_is_a_proposal(sign_in: SignIn) -> None:
    rows: list[list[object]] = [
        ["kpi", "scope", "name", "2026-Q3", "2026-Q4"],
        ["revenue", "team:GC", "Grands comptes", 410000.25, 420000],
        ["revenue", "team:XX", "Personne", 1, 2],
        ["win_rate", "team:NO", "Nord et Ouest", 1, 2],
        ["revenue", "rep:HVA", "Hugo Vastérin", "beaucoup", 3],
    ]
    data: dict[str, object] = {"file": sheet(rows)}
    held, page = proposed(sign_in(Role.DIRECTOR), "/objectives/file/?period=2026&by=quarter", data)
    assert held["cell-team:GC@2026-Q3"] == "410\u202f000,25"
    assert "aucune équipe ni aucun commercial de ce nom" in page
    assert "d’un autre indicateur" in page
    assert "« beaucoup » n’est pas un nombre" in page


def test_no_name_of_a_workbook_is_a_formula(company: Workspace, sign_in: SignIn, tmp_path: Path) -> None:
    path = tmp_path / "equipes.csv"
    path.write_text('team_id,name\nGC,"=1+1"\n', "utf-8")
    import_files(company, [path], table="teams")
    book = sign_in(Role.DIRECTOR).get("/objectives/excel/?period=2026&by=quarter").content
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
        assert "=1+1" in archive.read("xl/sharedStrings.xml").decode()


def test_pasted_cells_are_understood_by_name_and_refused_by_line(sign_in: SignIn) -> None:
    cells = "\tT3\tT4\nGrands comptes\t1 234 567,89\t1,234,567.89\nHUGO VASTERIN\t5\t\nInconnu\t1\t2\n"
    held, page = proposed(sign_in(Role.DIRECTOR), "/objectives/paste/?period=2026&by=quarter", {"cells": cells})
    assert held["cell-team:GC@2026-Q3"] == held["cell-team:GC@2026-Q4"] == "1\u202f234\u202f567,89"
    assert held["cell-rep:HVA@2026-Q3"] == "5"
    assert "Inconnu 1 2" in page


def test_a_paste_without_headers_fills_the_columns_in_order(sign_in: SignIn) -> None:
    client, address = sign_in(Role.DIRECTOR), "/objectives/paste/?period=2027&by=quarter"
    held, _ = proposed(client, address, {"cells": "NO\t1\t2\t3\t4"})
    assert [held[f"cell-team:NO@2027-Q{n}"] for n in (1, 2, 3, 4)] == ["1", "2", "3", "4"]
    _, page = proposed(client, address, {"cells": "NO\t1\t2"})
    assert "2 nombres pour 4 colonnes" in page


def test_a_manager_cannot_paste_over_another_team(sign_in: SignIn) -> None:
    data: dict[str, object] = {"cells": "Nord et Ouest\t1\t2\t3\t4\nteam:NO\t1\t2\t3\t4\nteam:none\t1\t2\t3\t4"}
    _, page = proposed(sign_in(Role.MANAGER), "/objectives/paste/?period=2027&by=quarter", data)
    assert page.count("aucune équipe ni aucun commercial de ce nom") == 3


@pytest.mark.parametrize("role", [Role.REP, Role.FINANCE])
@pytest.mark.parametrize("what", ["share", "paste", "file"])
def test_who_does_not_plan_proposes_nothing(sign_in: SignIn, role: Role, what: str) -> None:
    assert sign_in(role).post(f"/objectives/{what}/", {"amount": "1", "cells": "x"}).status_code == 404


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("unit", list(Unit))
@given(st.integers(-(10**12), 10**12))
def test_a_number_is_read_back_as_it_is_written(lang: Lang, unit: Unit, steps: int) -> None:
    value = steps * step_of(unit)
    assert read_cell(write_cell(value, unit, lang), unit, Reader(lang)) == value


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("1 234 567,89", Unit.MONEY, "1234567.89"),
        ("1,234,567.89", Unit.MONEY, "1234567.89"),
        ("1.234.567,89 €", Unit.MONEY, "1234567.89"),
        ("12,5 %", Unit.RATE, "0.125"),
        ("12.5%", Unit.RATE, "0.125"),
        ("12,5", Unit.RATE, "0.125"),
        ("−3", Unit.SCORE, "-3"),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_ways_of_writing_are_read(lang: Lang, typed: str, unit: Unit, value: str) -> None:
    assert read_cell(typed, unit, Reader(lang)) == Decimal(value)


def test_what_is_set_by_hand_is_a_source_told_in_the_readers_language(company: Workspace, sign_in: SignIn) -> None:
    director = sign_in(Role.DIRECTOR)
    assert save(director, {"cell-company@2026-Q1": "1"}).status_code == 302
    assert "Objectifs saisis à la main" in text(director, "/")
    assert "Objectifs saisis à la main" in text(director, "/data/")
    assert 'value="objectives"' not in text(director, "/data/upload/")
