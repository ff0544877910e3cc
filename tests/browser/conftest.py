"""The pages in a real browser: Debian's Chromium, and a server as `cadran serve` starts it.

A test skips where there is no Chromium, unless CADRAN_REQUIRE_BROWSER says that there must be one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cadran.access import Role
from cadran.demo.build import build_demo
from cadran.people import add_person
from tests.web_setting import add_web_setting

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120_000  # milliseconds: no test fails because a machine is slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also where this folder is named on the command line
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One server for all of them."""
    for item in items:
        if Path(str(item.fspath)).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Site:
    """A company served at `address`; `first_link` is what the first start said."""

    folder: Path
    address: str
    first_link: str | None = None


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Closed with its module: while it is open its loop runs in this thread, where Django then asks for no database."""
    if CHROMIUM is None:
        if os.environ.get("CADRAN_REQUIRE_BROWSER"):
            pytest.fail("no Chromium on this machine, and one is required")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample company, served."""
    folder = tmp_path_factory.mktemp("site") / "company"
    build_demo(folder, lang="fr")
    yield from serving(folder)


def serving(folder: Path, patience: float = PATIENCE / 1000) -> Iterator[Site]:
    """`cadran serve` in a process of its own until the tests are over; what it says goes to a file beside."""
    add_web_setting(folder, f"patience = {patience}")
    port, said = free_port(), folder.parent / "said.txt"
    command = [sys.executable, "-m", "cadran.cli", "serve", "-w", str(folder), "--port", str(port)]
    with said.open("w") as words, subprocess.Popen(command, stdout=words, stderr=words, cwd=ROOT) as server:
        try:
            wait_until_it_answers(server, port, said)
            link = re.search(r"http://\S+/account/welcome/\S+", said.read_text())
            yield Site(folder, f"http://127.0.0.1:{port}", link[0] if link else None)
        finally:
            server.terminate()
            server.wait(timeout=60)


def wait_until_it_answers(server: subprocess.Popen[bytes], port: int, said: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, f"the server stopped: {said.read_text()}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=60):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server does not answer: {said.read_text()}")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Watched:
    """A page whose complaints are written down: console errors, exceptions, policy violations."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> Watched:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


def open_page(browser: Any, *, width: int = 1440, lang: str = "fr-FR", theme: str = "light") -> Watched:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=lang, color_scheme=theme)
    return Watched(context.new_page()).watch()


def sign_in(watched: Watched, site: Site, who: str) -> None:
    """As one of the three people of the demonstration."""
    watched.page.goto(f"{site.address}/account/login/")
    watched.page.click(f"button[value={who}]")
    watched.page.wait_for_url("**/?period=*")


def come_in_by_a_link(watched: Watched, site: Site, email: str) -> None:
    """As an administrator, whom the demonstration has none of, by a link as an invitation makes it."""
    add_person(site.folder, email, Role.ADMINISTRATOR)
    made = "import sys; from pathlib import Path; from cadran.web.serve import prepare; prepare(Path(sys.argv[1]));"
    made += "from cadran.web.people.invitations import link_for; print(link_for(sys.argv[2]))"
    command = [sys.executable, "-c", made, str(site.folder), email]
    link = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    watched.page.goto(site.address + link)
    watched.page.fill("#id_name", "Ada")
    watched.page.fill("#id_password", "un mot de passe de démonstration")
    watched.page.click("main button.primary")
    watched.page.wait_for_url("**/")
