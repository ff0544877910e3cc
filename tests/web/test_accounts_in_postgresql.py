"""Accounts, notes and the log in PostgreSQL: `[web] database` of cadran.toml, served in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cadran.demo.build import build_demo
from tests.browser.conftest import Site, serving
from tests.engines.cluster import Cluster, running
from tests.web_setting import add_web_setting

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def site(database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("served") / "company"
    build_demo(folder, lang="fr")
    add_web_setting(folder, f'database = "{database.url}"')
    yield from serving(folder)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("env:CADRAN_ACCOUNTS_ELSEWHERE", "the environment variable CADRAN_ACCOUNTS_ELSEWHERE: it is empty"),
        ("postgresql://who:hush-hush@127.0.0.1:1/none", "The accounts' database ([web] database) does not answer"),
    ],
)
def test_one_clear_message_where_the_accounts_cannot_be_reached(address: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "cadran.toml").write_text(f'[company]\nname = "A"\n[web]\ndatabase = "{address}"\n', "utf-8")
    command = [sys.executable, "-m", "cadran.cli", "serve", "-w", str(tmp_path), "--lang", "en"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush-hush" not in ended.stderr


def test_somebody_signs_in_and_the_log_is_in_postgresql(site: Site, database: Cluster) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{site.address}/account/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token is not None
    given = urlencode({"csrfmiddlewaretoken": token[1], "who": "director"}).encode()
    page = browser.open(f"{site.address}/account/demo/", given).read().decode()
    assert "Valmarin" in page
    assert not (site.folder / "web" / "web.sqlite3").exists()
    # Division by zero where there is none: psql says so, and the test fails.
    database.run("SELECT 1 / count(*) FROM people_entry WHERE action = 'signed in'")
    database.run("SELECT 1 / count(*) FROM django_session")
