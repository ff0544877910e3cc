"""The history of imports, their undoing, and what is told of the health of the data."""

from __future__ import annotations

import pytest

from cadran.access import Role
from cadran.health import examine
from cadran.intake.load import import_files
from cadran.store.ledger import import_record, preview_undo, undo
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import FOLDER, SignIn
from tests.web.data_room import do_at_once, text


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_at_once(monkeypatch)


def test_the_room_says_what_waits(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), "/data/")
    assert "9 lignes attendent une correction" in page
    assert "force_de_vente.xlsx + 19" in page
    assert "24\u202f245" in page


def test_in_english(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "9 rows wait to be corrected" in text(client, "/data/")
    assert "24,229 rows loaded of 24,245 read, 9 in quarantine" in text(client, "/data/imports/1/")


def test_an_import_says_what_became_of_every_row(sign_in: SignIn) -> None:
    with Workspace.open(FOLDER).lake() as lake:
        record = import_record(lake, 1)
    page = text(sign_in(Role.DIRECTOR), "/data/imports/1/")
    assert "24\u202f229 lignes chargées sur 24\u202f245 lues, 9 en quarantaine" in page
    assert all(file.name in page for file in record.files)
    assert "24\u202f245 lues = " in page


def test_an_import_that_there_is_not(sign_in: SignIn) -> None:
    assert sign_in(Role.DIRECTOR).get("/data/imports/99/").status_code == 404


def test_undoing_does_what_it_said(company: Workspace, sign_in: SignIn) -> None:
    again = import_files(company, [company.folder / "fichiers" / "commandes.csv"], author="x").record
    client = sign_in(Role.ANALYST)
    with company.lake() as lake:
        foreseen = preview_undo(lake, 1)
    removed = sum(table.removed for table in foreseen.tables)
    assert removed > 0
    assert f"{removed:,}".replace(",", "\u202f") in text(client, "/data/imports/1/undoing/")
    answer = client.post("/data/imports/1/undo/")
    page = text(client, client.get(answer["Location"])["Location"])
    assert "Import annulé" in page
    with company.lake(read_only=False) as lake:
        assert import_record(lake, 1).status == "undone"
        assert import_record(lake, again.id).status == "live"
    assert Entry.objects.filter(action="undid an import", about__startswith="import 1: ").count() == 1


def test_a_preview_of_undoing_is_the_undoing(company: Workspace) -> None:
    import_files(company, [company.folder / "fichiers" / "commandes.csv"], author="x")
    with company.lake(read_only=False) as lake:
        foreseen = preview_undo(lake, 1)
        assert import_record(lake, 1).status == "live"
        assert foreseen.tables == undo(lake, 1, "x").tables


def test_health_is_the_doctor_s(company: Workspace, sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    client.post("/data/imports/1/undo/")
    lacking = [each.kpi for each in examine(company).kpis if each.issue]
    page = text(client, "/data/health/")
    assert f"{len(lacking)} indicateurs sur" in page
    labels = {kpi.id: kpi.label.fr for kpi in company.catalogue}
    assert "Chiffre d’affaires" in labels["revenue"]
    assert "revenue" in lacking
    assert labels["revenue"] in page
