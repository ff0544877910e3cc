"""Files sent through the pages are taken as the command line takes them, shown before, and refused with a reason."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cadran.access import EVERYTHING, Role
from cadran.ask import ask
from cadran.question import question
from cadran.store.ledger import import_record, imports
from cadran.web.data import jobs, received
from cadran.web.data.models import Job
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import FOLDER, PEOPLE, SignIn
from tests.web.data_room import do_at_once, empty_company, send, text
from tests.web_setting import add_web_setting

SALES = "N° facture;Date facture;Code client;Commercial;Montant HT\n"


def sales(*lines: str) -> bytes:
    return (SALES + "".join(f"{line}\n" for line in lines)).encode()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_at_once(monkeypatch)


@pytest.fixture
def director(sign_in: SignIn) -> Client:
    return sign_in(Role.DIRECTOR)


def test_the_sample_files_come_in_as_through_the_command_line(tmp_path: Path, director: Client) -> None:
    with Workspace.open(FOLDER).lake() as lake:
        by_command = import_record(lake, 1)
    files = [FOLDER / "fichiers" / file.name for file in by_command.files]
    with empty_company(tmp_path / "company") as workspace:
        job = send(director, *files)
        preview = text(director, job)
        assert "lignes prêtes sur" in preview
        assert "9 demandent votre avis" in preview
        unfolded = re.findall(r'sheet-of-file" open><summary class="chevron"><strong>([^<]+)', preview)
        assert unfolded == ["taux_de_change.csv"], "its dates may be read in two ways"
        with workspace.lake() as lake:
            assert imports(lake) == []
        director.post(f"{job}load/")
        with workspace.lake() as lake:
            by_page = import_record(lake, 1)
        assert (by_page.counts, by_page.tables) == (by_command.counts, by_command.tables)
        assert by_page.author == PEOPLE[Role.DIRECTOR]
        assert ask_all(workspace) == ask_all(Workspace.open(FOLDER))
        assert Entry.objects.filter(action="imported", about__startswith="import 1: ").count() == 1
        assert "24\u202f229 lignes chargées sur 24\u202f245 lues, 9 en quarantaine" in text(director, job)


def ask_all(workspace: Workspace) -> list[tuple[str, str, object]]:
    kpis = ("revenue", "win_rate", "average_basket", "sales_cycle_days", "retention_rate")
    answer = ask(workspace, question(workspace.settings, kpis, by=("team",), period="2026-Q1"), EVERYTHING)
    return [(row.kpi, row.scope, row.value) for row in answer.rows]


def test_the_sum_is_always_written(company: Workspace, director: Client) -> None:
    preview = text(director, send(director, FOLDER / "fichiers" / "affaires.csv"))
    assert "lues = " in preview
    assert "identiques + 2 quarantaine" in preview
    assert "Trouvé" not in preview
    assert "AF-0001" in preview


def test_rows_that_vanish_are_shown_and_agreed_to(tmp_path: Path, director: Client) -> None:
    with empty_company(tmp_path / "company") as workspace:
        first = send(
            director, ("a.csv", sales("F1;05/01/2026;C1;R1;100,00", "F2;06/01/2026;C1;R1;50,00")), source="ERP"
        )
        director.post(f"{first}load/")
        second = send(director, ("b.csv", sales("F1;05/01/2026;C1;R1;100,00")), source="ERP")
        director.post(f"{second}look/", {"source": "ERP", "replace_period": "2026-01"})
        preview = text(director, second)
        assert "1 ligne disparaît" in preview
        assert "F2" in preview
        refused = director.post(f"{second}load/")
        assert refused.status_code == 400
        assert "vous ne l’avez pas confirmé" in refused.content.decode()
        with workspace.lake() as lake:
            assert len(imports(lake)) == 1
        director.post(f"{second}load/", {"confirmed": "1"})
        with workspace.lake() as lake:
            assert [table.removed for table in import_record(lake, 2).tables if table.table == "sales"] == [1]


def test_more_that_vanishes_than_was_shown_is_refused(tmp_path: Path, director: Client) -> None:
    with empty_company(tmp_path / "company") as workspace:
        line = "F1;05/01/2026;C1;R1;100,00"
        director.post(send(director, ("a.csv", sales(line, "F2;06/01/2026;C1;R1;50,00")), source="ERP") + "load/")
        late = send(director, ("b.csv", sales(line)), source="ERP")
        director.post(f"{late}look/", {"source": "ERP", "replace_period": "ALL"})
        director.post(send(director, ("c.csv", sales("F3;07/01/2026;C1;R1;70,00")), source="ERP") + "load/")
        director.post(f"{late}load/", {"confirmed": "1"})
        assert "plus de lignes que vous n’en avez vu" in text(director, late)
        with workspace.lake() as lake:
            assert len(imports(lake)) == 2


def test_too_large_is_refused_before_it_is_read(company: Workspace, director: Client) -> None:
    answer = director.generic(
        "POST", "/data/upload/", b"--x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="2000000000"
    )
    assert answer.status_code == 413
    assert "2000 Mo dépasse la limite de 500 Mo" in answer.content.decode()
    assert list(jobs.uploads().glob("*")) == []


def test_too_large_is_refused_while_it_comes(company: Workspace, director: Client) -> None:
    add_web_setting(company.folder, "upload_megabytes = 1")
    one_more = SimpleUploadedFile("a.csv", b"x" * 1_000_001)
    answer = director.post("/data/upload/", {"files": one_more})
    assert answer.status_code == 413
    assert "limite de 1 Mo" in answer.content.decode()
    assert list(jobs.uploads().glob("*")) == []
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.exe", b"MZ")], "« a.exe » n’est pas un fichier de données"),
        ([("a.csv", b"a")] * (received.MOST_FILES + 1), "50 fichiers au plus"),
        ([], "Aucun fichier n’est arrivé"),
    ],
)
def test_what_is_not_taken_says_why(
    company: Workspace, director: Client, files: list[tuple[str, bytes]], said: str
) -> None:
    answer = director.post("/data/upload/", {"files": [SimpleUploadedFile(*file) for file in files], "x": "1"})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert list(jobs.uploads().glob("*")) == []


def test_a_zip_bomb_is_refused(company: Workspace, director: Client) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    page = text(director, send(director, ("bombe.xlsx", packed.getvalue())))
    assert "Rien n’a été chargé" in page
    assert "bombe.xlsx" in page


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\boot.csv", "boot.csv"),
        ("/abs/olu.csv", "olu.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\u202egnp.csv", "abgnp.csv"),
        ("é" * 300 + ".csv", "é" * 60 + ".csv"),
        ("..", "-"),
        ("", "-"),
        ("ventes  de mars .csv", "ventes de mars.csv"),
        ("<script>alert(1)<.csv", "<script>alert(1)<.csv"),
    ],
)
def test_names_are_safe(given: str, kept: str) -> None:
    assert received.safe_name(given) == kept


def test_two_files_of_one_name_are_both_kept(company: Workspace, director: Client) -> None:
    send(director, ("a.csv", sales("F1;05/01/2026;C1;R1;1,00")), ("A.csv", sales("F2;05/01/2026;C1;R1;2,00")))
    job = Job.objects.get()
    assert [file["name"] for file in job.files] == ["a.csv", "A (2).csv"]
    assert all(path.read_bytes().startswith(SALES.encode()) for path in jobs.paths_of(job))


def test_names_from_files_are_escaped_everywhere(tmp_path: Path, director: Client) -> None:
    bad = "<script>alert(1)</script>"
    with empty_company(tmp_path / "company"):
        rows = sales(f"F1;05/01/2026;{bad};{bad};100,00", f"F2;31/02/2026;{bad};{bad};{bad}")
        job = send(director, ("<script>alert(2)<.csv", rows), source=bad)
        pages = [text(director, job), text(director, f"{job}?lines=doubtful")]
        director.post(f"{job}load/")
        pages += [text(director, each) for each in (job, "/data/", "/data/imports/1/", "/data/imports/1/undoing/")]
        pages += [text(director, each) for each in ("/data/quarantine/", "/data/health/", "/data/upload/")]
        for page in pages:
            assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in pages[0]
        assert "&lt;script&gt;alert(2)" in pages[3]


def test_the_form_needs_its_token(company: Workspace, director: Client) -> None:
    director.handler.enforce_csrf_checks = True
    answer = director.post("/data/upload/", {"files": SimpleUploadedFile("a.csv", sales("F1;05/01/2026;C1;R1;1,00"))})
    assert answer.status_code == 403
    assert list(jobs.uploads().glob("*")) == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP, Role.FINANCE])
def test_only_who_feeds_the_data_comes_in(sign_in: SignIn, role: Role) -> None:
    job = Job.objects.create(kind="preview", author="x", asked_at="2026-03-20T10:00:00Z", state="done")
    client = sign_in(role)
    addresses = ["/data/", "/data/upload/", "/data/health/", "/data/quarantine/", "/data/imports/1/"]
    addresses += ["/data/imports/1/undoing/", "/data/quarantine/rows.csv", f"/data/upload/{job.token}/"]
    for address in addresses:
        assert client.get(address).status_code == 404
    posted = ["/data/imports/1/undo/", "/data/upload/", "/data/quarantine/correct/", "/data/quarantine/replay/"]
    posted += [f"/data/upload/{job.token}/{what}/" for what in ("look", "load", "cancel")]
    for address in [*posted, "/data/choose/"]:
        assert client.post(address).status_code == 404


def test_a_mapping_is_one_of_the_company_s(company: Workspace, director: Client, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("to: {sales: {sale_id: a}}")
    job = send(director, ("a.csv", sales("F1;05/01/2026;C1;R1;1,00")))
    assert director.post(f"{job}look/", {"mapping": str(tmp_path / "other.yaml")}).status_code == 404
    assert director.post(f"{job}look/", {"table": "nowhere"}).status_code == 404
