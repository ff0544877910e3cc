"""The pictures of the pages in README and docs: the sample company in Debian's Chromium. `make screens` draws them."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from cadran.demo.build import build_demo

IMAGES = Path(__file__).resolve().parent / "images"
CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Shot:
    """A page as one of the demonstration's people sees it."""

    name: str
    path: str
    who: str = "director"
    width: int = 1440
    theme: str = "light"


SHOTS = (
    Shot("dashboard", "/?period=2026-Q1"),
    Shot("dashboard-dark", "/?period=2026-Q1", theme="dark"),
    Shot("dashboard-phone", "/?period=2026-Q1", who="manager", width=390),
    Shot("kpi", "/kpis/revenue/?period=2026-Q1"),
    Shot("team", "/team/?period=2026-Q1", who="manager"),
    Shot("rep", "/team/HVA/?period=2026-Q1", who="rep"),
    Shot("objectives", "/objectives/?period=2026-Q1"),
    Shot("data", "/data/"),
    Shot("catalogue", "/catalogue/"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        company = Path(folder) / "company"
        build_demo(company, lang="fr")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        command = [sys.executable, "-m", "cadran.cli", "serve", "-w", str(company), "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for shot in SHOTS:
                _take(browser, address, shot)
            browser.close()
        finally:
            server.terminate()
            server.wait()


def _wait(address: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/account/login/", timeout=60).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the server does not answer")


def _take(browser: Browser, address: str, shot: Shot) -> None:
    scheme = "dark" if shot.theme == "dark" else "light"
    view = {"width": shot.width, "height": 900}
    context = browser.new_context(viewport=view, locale="fr-FR", color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/account/login/")
    page.click(f"button[value={shot.who}]")
    page.wait_for_url("**/?period=*")
    page.goto(address + shot.path)
    page.locator("#figures-waiting").wait_for(state="detached")  # they may take a moment the first time
    page.wait_for_load_state("networkidle")
    is_wide = shot.width > 640  # a telephone's bar stays at the thumb: in a whole page it would lie in the middle
    page.screenshot(path=IMAGES / f"page-{shot.name}.png", full_page=is_wide)
    context.close()


if __name__ == "__main__":
    main()
