"""The settings page: the same door as the file, and a file that stays its owner's; the log of what was done."""

from __future__ import annotations

import csv
import fcntl
import io
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from cadran.access import Role
from cadran.settings import load
from cadran.settings.writing import version_of
from cadran.web.configure.choices import without_secret
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from tests.web.conftest import PEOPLE, SignIn

PAGE = "/settings/"
COMMENT = "# decided by the board"


@pytest.fixture
def admin(company: Workspace, sign_in: SignIn) -> Client:
    return sign_in(Role.ADMINISTRATOR)


@pytest.fixture
def file(company: Workspace) -> Path:
    """The settings with a comment of their owner's beside one of them, and another above."""
    path = company.folder / "cadran.toml"
    text = path.read_text("utf-8").replace('currency = "EUR"', f'currency = "EUR"  {COMMENT}\n\n# the clock')
    path.write_text(text, "utf-8")
    return path


def form_of(client: Client) -> dict[str, str]:
    """What the page holds, as a browser would send it back untouched."""
    page = client.get(PAGE).content.decode()
    given = dict(re.findall(r'<input[^>]*name="([a-z_.]+)"[^>]*value="([^"]*)"', page))
    given |= dict(re.findall(r'<textarea[^>]*name="([a-z_.]+)"[^>]*>([^<]*)<', page))
    for name, options in re.findall(r'<select[^>]*name="([a-z_.]+)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r"<option[^>]* selected>(\w+)<", options)
        value = re.search(r'value="(\w+)" selected', options)
        given[name] = value[1] if value else chosen[1] if chosen else "false"
    return {name: unescape(value) for name, value in given.items() if name != "csrfmiddlewaretoken"}


def test_a_form_sent_back_as_it_came_changes_nothing(admin: Client, file: Path) -> None:
    before = file.read_text("utf-8")
    assert admin.post(PAGE, form_of(admin)).status_code == 302
    assert file.read_text("utf-8") == before
    assert not Entry.objects.filter(action="changed settings").exists()


def test_choices_are_written_and_comments_stay(admin: Client, file: Path, company: Workspace) -> None:
    changes = {
        "company.fiscal_month": "4",
        "company.closures": "2026-12-24\r\n2026-12-31\r\n",
        "company.excluded_natures": "freight",
        "thresholds.at_risk": "0,85",
        "company.revenue_basis": "signed",
        "company.today": "",
        "web.team_ranks": "true",
    }
    assert admin.post(PAGE, form_of(admin) | changes).status_code == 302
    now = load(file)
    assert now.company.fiscal_month == 4
    assert now.company.closures == (date(2026, 12, 24), date(2026, 12, 31))
    assert now.company.excluded_natures == ("freight",)
    assert now.thresholds.at_risk == 0.85
    assert now.company.revenue_basis == "signed"
    assert now.company.today is None
    assert now.web.team_ranks
    text = file.read_text("utf-8")
    assert COMMENT in text
    assert "# the clock" in text
    about = Entry.objects.get(action="changed settings", email=PEOPLE[Role.ADMINISTRATOR]).about
    assert "company.fiscal_month: 1 → 4" in about
    with company.lake() as lake:
        kept = lake.context()
    assert '"fiscal_month":4' in kept.settings, "history holds them from now on"


def test_every_problem_at_once_in_the_readers_language_and_nothing_written(admin: Client, file: Path) -> None:
    before = file.read_text("utf-8")
    wrong = {"company.fiscal_month": "13", "company.today": "soon", "thresholds.at_risk": "many", "company.name": ""}
    answer = admin.post(PAGE, form_of(admin) | wrong)
    page = unescape(answer.content.decode())
    assert answer.status_code == 400
    for told in ("fiscal_month = 13 est impossible", 'today = "soon"', 'at_risk = "many"', "Il manque « name »"):
        assert told in page
    assert 'value="13"' in page, "what was typed is still there"
    assert file.read_text("utf-8") == before
    admin.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "fiscal_month = 13 is not possible" in unescape(admin.post(PAGE, form_of(admin) | wrong).content.decode())


def test_of_two_at_once_one_is_told(admin: Client, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else writes while this change waits for its turn."""
    lock = fcntl.flock

    def turn_after_another(descriptor: int, operation: int) -> None:
        lock(descriptor, operation)
        file.write_text(file.read_text("utf-8") + "\n# later\n", "utf-8")

    given = form_of(admin) | {"company.fiscal_month": "4"}
    monkeypatch.setattr(fcntl, "flock", turn_after_another)
    assert admin.post(PAGE, given).status_code == 400
    assert load(file).company.fiscal_month == 1
    assert "# later" in file.read_text("utf-8")


def test_a_page_opened_before_somebody_elses_change_is_told(admin: Client, file: Path) -> None:
    old = form_of(admin)
    file.write_text(file.read_text("utf-8") + "\n# later\n", "utf-8")
    answer = admin.post(PAGE, old | {"company.fiscal_month": "4"})
    assert answer.status_code == 400
    assert load(file).company.fiscal_month == 1
    assert version_of(file) in admin.get(PAGE).content.decode()


def test_what_only_the_file_changes_is_not_changed_by_a_form(admin: Client, file: Path) -> None:
    before = file.read_text("utf-8")
    admin.post(
        PAGE, form_of(admin) | {"engine.url": "postgresql://evil/x", "web.database": "x", "web.openid_secret": "y"}
    )
    assert file.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ada:s3cret@host:5432/sales?password=s3cret", "postgresql://host:5432/sales"),
        ("env:SALES", "env:SALES"),
        ("duckdb", "duckdb"),
        ("s3cret", "•••"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert without_secret(address) == shown


def test_the_log_is_filtered_and_taken_away_safely(admin: Client) -> None:
    for email, action in (("=cmd|x@a.example", "failed to sign in"), ("b@a.example", "imported")):
        Entry.objects.create(email=email, action=action, about="+1" if email[0] == "=" else "<b>file.csv</b>")
    page = admin.get("/settings/audit/", {"person": "b@a.example"}).content.decode()
    assert "&lt;b&gt;file.csv&lt;/b&gt;" in page
    assert "<td>=cmd|x@a.example</td>" not in page
    assert "Rien ne correspond" in admin.get("/settings/audit/", {"day": "1999-01-01"}).content.decode()
    assert "Rien ne correspond" in admin.get("/settings/audit/", {"day": "nonsense"}).content.decode()
    assert admin.get("/settings/audit/", {"action": "imported", "page": "9"}).status_code == 200
    answer = admin.get("/settings/audit/csv/", {"action": "failed to sign in"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["person"], row["about"]) for row in rows] == [("'=cmd|x@a.example", "'+1")]
    assert Entry.objects.filter(action="exported", about="audit.csv").exists()
