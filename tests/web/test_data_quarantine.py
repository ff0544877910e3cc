"""Rows in quarantine, corrected in the page or in a spreadsheet: what is right comes in, the rest says why."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cadran.access import Role
from cadran.store.ledger import import_record, imports
from cadran.store.quarantine import QuarantinedRow, quarantine
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn
from tests.web.data_room import do_at_once, send, text
from tests.web.test_data_upload import sales

FIELD = r'name="header" value="([^"]*)"><(?:input|select)[^>]*name="cell"(?: value="([^"]*)")?'
ROW = re.compile(FIELD + r'.*?name="fault" value="(\w+)"', re.S)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_at_once(monkeypatch)


@pytest.fixture
def director(sign_in: SignIn) -> Client:
    return sign_in(Role.DIRECTOR)


def waiting(workspace: Workspace) -> list[QuarantinedRow]:
    with workspace.lake() as lake:
        return quarantine(lake)


def fault_of(page: str, header: str, proposed: str) -> str:
    """The key of the mistake whose field stands in the page with a proposal."""
    return next(key for name, value, key in ROW.findall(page) if name == header and value == proposed)


def test_the_page_shows_each_row_with_its_reason_and_a_proposal(director: Client) -> None:
    page = text(director, "/data/quarantine/")
    assert "9 lignes attendent, 9 corrections suffisent" in page
    assert "2065" in page
    assert "« 31/02/2026 » n’existe pas dans le calendrier" in page
    assert fault_of(page, "Date de commande", "28/02/2026")
    assert fault_of(page, "Devise", "EUR")
    assert "<option>gagne" in page.lower() or "<option>gagn" in page.lower()


def test_one_is_corrected_and_the_correction_undone(company: Workspace, director: Client) -> None:
    page = text(director, "/data/quarantine/")
    key = fault_of(page, "Date de commande", "28/02/2026")
    director.post("/data/quarantine/correct/", {"fault": key, "header": "Date de commande", "cell": "28/02/2026"})
    assert len(waiting(company)) == 8
    with company.lake() as lake:
        record = imports(lake)[-1]
        ((day,),) = lake.query(
            "SELECT CAST(s.sold_on AS VARCHAR) FROM lake.main.sales s WHERE s.row_key = 'CDE-26-90001/1'"
        )
    assert day == "2026-02-28"
    assert record.author == PEOPLE[Role.DIRECTOR]
    assert Entry.objects.filter(action="corrected rows", about__startswith=f"import {record.id}: ").exists()
    page = text(director, "/data/quarantine/")
    assert "1 ligne corrigée" in page
    assert f"/data/imports/{record.id}/undo/" in page
    director.post(f"/data/imports/{record.id}/undo/")
    assert len(waiting(company)) == 9
    assert "1 ligne corrigée" not in text(director, "/data/quarantine/")


def test_the_same_mistake_is_corrected_once(company: Workspace, director: Client) -> None:
    lines = [f"F{i};0{i}/01/2026;C1;R1;sur devis" for i in range(1, 6)]
    lines += [f"G{i};06/01/2026;C1;R1;60,00" for i in range(30)]
    director.post(send(director, ("devis.csv", sales(*lines))) + "load/")
    assert len(waiting(company)) == 14
    page = text(director, "/data/quarantine/")
    assert "14 lignes attendent, 10 corrections suffisent" in page
    assert "Corriger les 5" in page
    key = fault_of(page, "Montant HT", "sur devis")
    director.post("/data/quarantine/correct/", {"fault": key, "header": "Montant HT", "cell": "125,50"})
    assert len(waiting(company)) == 9
    with company.lake() as lake:
        ((rows,),) = lake.query("SELECT count(*) FROM lake.main.sales WHERE amount = 125.5")
    assert rows == 5


def test_what_is_still_wrong_says_why(company: Workspace, director: Client) -> None:
    key = fault_of(text(director, "/data/quarantine/"), "Date de commande", "28/02/2026")
    answer = director.post(
        "/data/quarantine/correct/", {"fault": key, "header": "Date de commande", "cell": "30/02/2026"}
    )
    assert answer.status_code == 422
    assert "« 30/02/2026 » n’existe pas dans le calendrier" in answer.content.decode()
    assert "commandes.csv, ligne 2065" in answer.content.decode()
    assert len(waiting(company)) == 9


def test_a_whole_line_is_corrected(company: Workspace, director: Client) -> None:
    key = fault_of(text(director, "/data/quarantine/"), "Devise", "EUR")
    page = text(director, f"/data/quarantine/?line={key}")
    assert "CDE-26-90002/1" in page
    row = next(each for each in waiting(company) if each.cells.get("Devise") == "XYZ")
    cells = row.cells | {"Devise": "EUR", "Montant net HT": "900,00"}
    director.post(
        "/data/quarantine/correct/",
        {"fault": key, "header": list(cells), "cell": [text or "" for text in cells.values()], "only_first": "1"},
    )
    with company.lake() as lake:
        ((amount,),) = lake.query(
            "SELECT CAST(amount AS VARCHAR) FROM lake.main.sales WHERE row_key = 'CDE-26-90002/1'"
        )
    assert amount == "900.0000"


def test_exported_corrected_elsewhere_and_sent_back(company: Workspace, director: Client) -> None:
    exported = director.get("/data/quarantine/rows.csv")
    lines = list(csv.reader(StringIO(exported.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    place = lines[0].index("Date de commande")
    lines = [
        [cell.replace("31/02/2026", "27/02/2026") if i == place else cell for i, cell in enumerate(line)]
        for line in lines
    ]
    out = StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(lines)
    sent = SimpleUploadedFile("quarantaine.csv", out.getvalue().encode("utf-8-sig"))
    answer = director.post("/data/quarantine/replay/", {"files": sent})
    page = text(director, answer["Location"])
    assert "1 ligne corrigée, 8 encore à corriger" in page
    assert len(waiting(company)) == 8
    assert Entry.objects.filter(action="exported").exists()
    with company.lake() as lake:
        assert import_record(lake, imports(lake)[-1].id).name == "quarantaine.csv"


def test_a_file_that_is_no_export_is_refused(company: Workspace, director: Client) -> None:
    answer = director.post("/data/quarantine/replay/", {"files": SimpleUploadedFile("a.csv", b"a;b\n1;2\n")})
    assert "n’est pas un export de la quarantaine" in text(director, answer["Location"])


def test_after_a_correction_that_is_wrong_still_the_whole_line_opens(company: Workspace, director: Client) -> None:
    key = fault_of(text(director, "/data/quarantine/"), "Date de commande", "28/02/2026")
    wrong = {"fault": key, "header": "Date de commande", "cell": "hier"}
    answer = director.post("/data/quarantine/correct/", wrong)
    assert answer.status_code == 422
    (link,) = re.findall(rf'<a href="([^"]*line={key})"', answer.content.decode())
    assert link.startswith("/data/quarantine/?")
    assert "Corriger cette ligne" in text(director, link)
