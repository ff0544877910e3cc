"""Every page, as a director, a manager, a rep and an administrator see it: no complaint of the browser or of the
policy, nothing that axe finds, whole at three widths, light and dark, French and English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from cadran.demo.build import DIRECTOR
from tests.browser.conftest import ROOT, Site, Watched, come_in_by_a_link, open_page, sign_in

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 768, 1440)
LOOKED_INTO = {"light": (360, 1440), "dark": (768, 1440)}  # by axe, which takes most of the time
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = {
    "director": (
        "/",
        "/kpis/",
        "/kpis/revenue/",
        "/kpis/conversion_rate/?grain=quarter",
        "/kpis/retention_rate/rows/",
        "/team/",
        "/team/HVA/",
        "/objectives/",
        "/data/",
        "/data/upload/",
        "/data/imports/1/",
        "/data/imports/1/undoing/",
        "/data/quarantine/",
        "/data/health/",
        "/search/?q=co",
        "/catalogue/",
        "/catalogue/revenue/",
        "/catalogue/new/",
        "/account/preferences/",
        "/account/2fa/",
    ),
    "manager": ("/", "/team/", "/objectives/", "/kpis/win_rate/"),
    "rep": ("/", "/team/HVA/", "/objectives/", "/kpis/revenue/rows/"),
    "administrator": (
        "/settings/",
        "/settings/people/",
        f"/settings/people/person/?email={DIRECTOR}",
        "/settings/keys/",
        "/settings/audit/",
    ),
}
CASES = [(who, path) for who, paths in PAGES.items() for path in paths]
SALES = "N° facture;Date facture;Code client;Commercial;Montant HT;Remarque\n"
FIT = "F-9001;05/02/2026;C001;HVA;1 234,50 €;à relancer\nF-9002;06/02/2026;C001;HVA;90,00 €;\n"
UNFIT = "F-9003;31/02/2026;C001;HVA;800,00 €;\n"  # no such day


@pytest.fixture(scope="module")
def people(browser: Any, demo_site: Site) -> dict[tuple[str, str], Watched]:
    """Each person, signed in once in French and light, once in English and dark."""
    found = {}
    for who in PAGES:
        for theme, lang in (("light", "fr-FR"), ("dark", "en-GB")):
            found[who, theme] = open_page(browser, theme=theme, lang=lang)
            if who == "administrator":
                come_in_by_a_link(found[who, theme], demo_site, f"{theme}@valmarin.example")
            else:
                sign_in(found[who, theme], demo_site, who)
    return found


@pytest.fixture(scope="module")
def preview(people: dict[tuple[str, str], Watched], demo_site: Site) -> Iterator[str]:
    """Where rows sent by the director wait to be loaded: two are fit, one would go to quarantine. They are given up at
    the end, for the company is shared."""
    page = people["director", "light"].page
    page.goto(f"{demo_site.address}/data/upload/")
    sent = {"name": "ventes.csv", "mimeType": "text/csv", "buffer": (SALES + FIT + UNFIT).encode()}
    page.locator("input[type=file]").set_input_files(sent)
    page.click("form.form button.primary")
    page.wait_for_url("**/data/upload/*/")
    page.locator("#job").wait_for(state="detached")  # the progress, until there is something to agree to
    path = urlsplit(page.url).path
    yield path
    page.goto(f"{demo_site.address}{path}")
    page.click(f"form[action='{path}cancel/'] button")
    page.wait_for_url("**/data/")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("who", "path"), CASES)
def test_the_page_is_whole_and_open_to_everybody(
    people: dict[tuple[str, str], Watched], demo_site: Site, who: str, path: str, theme: str
) -> None:
    look_at(people[who, theme], demo_site, path, theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lines", ["first", "doubtful"])
def test_the_preview_of_files_is_whole_and_open_to_everybody(
    people: dict[tuple[str, str], Watched], demo_site: Site, preview: str, lines: str, theme: str
) -> None:
    watched = people["director", theme]
    page = watched.page
    look_at(watched, demo_site, f"{preview}?lines={lines}", theme)
    ready_read_unfit = re.findall(r"\d+", page.locator("h1").inner_text())
    assert ready_read_unfit == ["2", "3", "1"]
    assert page.locator("section[aria-labelledby=wrong] tbody tr").count() == 1
    assert page.locator(".sample tbody tr").count() == {"first": 3, "doubtful": 1}[lines]


def look_at(watched: Watched, site: Site, path: str, theme: str) -> None:
    """Open a page at every width: all of it is there, axe finds nothing, and nobody complains."""
    page = watched.page
    watched.complaints.clear()
    answer = page.goto(f"{site.address}{path}{'&' if '?' in path else '?'}period=2026-Q1")
    assert answer.status == 200
    page.wait_for_load_state("networkidle")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        over = page.evaluate(TOO_WIDE)
        assert over <= 0, f"{path} is {over} pixels too wide at {width}"
        assert width not in LOOKED_INTO[theme] or not axe(page)  # what scrolls must be reached by the keyboard
    assert page.locator("h1").count() == 1
    assert not watched.complaints


def settle(page: Any) -> None:
    """Charts are drawn again after the window has changed: give them the time a slow machine takes."""
    for _ in range(60):
        if page.evaluate(TOO_WIDE) <= 0:
            return
        page.wait_for_timeout(500)


def axe(page: Any) -> list[str]:
    """What axe finds on the page, a line each. It is brought in past the page's policy, as a tool of the browser."""
    page.evaluate(AXE.read_text("utf-8") + "; null")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
