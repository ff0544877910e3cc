"""What a person says of a file's columns is kept, and holds for the next file that looks alike."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from cadran.access import Role
from cadran.tables.mapping_file import load_mapping
from cadran.web.data.models import Job
from tests.web.conftest import SignIn
from tests.web.data_room import do_at_once, empty_company, send, text

SELECT = re.compile(r'name="header" value="([^"]*)"><select name="target".*?</select>', re.S)
CHOSEN = re.compile(r'<option value="([^"]*)" selected>')
ODD = b"Zorg;Quand;Qui;Truc\nA1;05/01/2026;R1;100,00\nA2;06/01/2026;R2;50,00\n"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_at_once(monkeypatch)


@pytest.fixture
def director(sign_in: SignIn) -> Client:
    return sign_in(Role.DIRECTOR)


def chosen(page: str) -> dict[str, str]:
    """Header -> what it fills, as the page's fields say."""
    found = {}
    for field in SELECT.finditer(page):
        target = CHOSEN.search(field[0])
        found[unescape(field[1])] = target[1] if target else ""
    return found


def say(client: Client, job: str, targets: dict[str, str], name: str) -> str:
    given = {"sheet": "0", "header": list(targets), "target": list(targets.values()), "name": name}
    answer = client.post(f"{job}columns/", given)
    assert answer.status_code in (302, 400)
    return text(client, job) if answer.status_code == 302 else answer.content.decode()


def test_a_column_is_taken_for_another(tmp_path: Path, director: Client) -> None:
    rows = (
        "N° facture;Date facture;Code client;Commercial;Montant brut;Montant HT\nF1;05/01/2026;C1;R1;120,00;100,00\n"
    ).encode()
    with empty_company(tmp_path / "company") as workspace:
        job = send(director, ("ventes.csv", rows))
        targets = chosen(text(director, job))
        assert targets["Montant HT"] == "sales.amount"
        page = say(director, job, targets | {"Montant HT": "", "Montant brut": "sales.amount"}, "Brut mensuel")
        assert chosen(page)["Montant brut"] == "sales.amount"
        assert chosen(page)["Montant HT"] == ""
        assert "Brut-mensuel" in page or "Brut mensuel" in page
        kept = load_mapping(workspace.mappings / "Brut-mensuel.yaml")
        assert kept.tables[0].columns["amount"].header == "Montant brut"
        director.post(f"{job}load/")
        with workspace.lake() as lake:
            assert lake.query("SELECT CAST(amount AS VARCHAR) FROM lake.main.sales") == [("120.0000",)]
        again = send(director, ("ventes_2.csv", rows.replace(b"F1", b"F2")))
        assert chosen(text(director, again))["Montant brut"] == "sales.amount"


def test_inferred_records_follow(tmp_path: Path, director: Client) -> None:
    rows = b"N\xc2\xb0 facture;Date facture;Commercial;Vendeur final;Montant HT\nF1;05/01/2026;R1;R9;100,00\n"
    with empty_company(tmp_path / "company") as workspace:
        job = send(director, ("ventes.csv", rows))
        targets = chosen(text(director, job))
        assert targets["Commercial"] == "sales.rep_id"
        say(director, job, targets | {"Commercial": "", "Vendeur final": "sales.rep_id"}, "final")
        kept = load_mapping(workspace.mappings / "final.yaml")
        assert {fill.columns["rep_id"].header for fill in kept.tables if "rep_id" in fill.columns} == {"Vendeur final"}


def test_a_file_that_nobody_recognises_is_told(tmp_path: Path, director: Client) -> None:
    with empty_company(tmp_path / "company") as workspace:
        job = send(director, ("odd.csv", ODD))
        page = text(director, job)
        assert "Rien n’a été chargé" in page
        assert "Truc" in page
        director.post(f"{job}look/", {"table": "sales"})
        targets = {"Zorg": "sales.sale_id", "Quand": "sales.sold_on", "Qui": "sales.rep_id", "Truc": "sales.amount"}
        page = say(director, job, targets, "odd")
        assert chosen(page) == targets
        director.post(f"{job}load/")
        with workspace.lake() as lake:
            assert lake.query("SELECT CAST(sum(amount) AS VARCHAR) FROM lake.main.sales") == [("150.0000",)]


def test_what_makes_no_sense_is_refused(tmp_path: Path, director: Client) -> None:
    rows = b"N\xc2\xb0 facture;Date facture;Commercial;Montant HT\nF1;05/01/2026;R1;100,00\n"
    with empty_company(tmp_path / "company") as workspace:
        job = send(director, ("ventes.csv", rows))
        targets = chosen(text(director, job))
        assert "serait rempli par plusieurs colonnes" in say(
            director, job, targets | {"Commercial": "sales.amount"}, "deux"
        )
        assert "a besoin de la colonne « amount »" in say(director, job, targets | {"Montant HT": ""}, "sans")
        assert "Une autre correspondance s’appelle" in say(director, job, targets, "objectifs")
        assert [path.name for path in workspace.mappings.iterdir()] == ["objectifs.yaml"]
        assert Job.objects.get().state == "done"
