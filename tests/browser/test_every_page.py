"""Every page, as a director, a manager, a rep and an administrator see it: no complaint of the browser or of the
policy, nothing that axe finds, whole at three widths, light and dark, French and English."""

from __future__ import annotations

from typing import Any

import pytest

from cadran.demo.build import DIRECTOR
from tests.browser.conftest import ROOT, Site, Watched, come_in_by_a_link, open_page, sign_in

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 768, 1440)
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
        "/data/quarantine/",
        "/data/health/",
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("who", "path"), CASES)
def test_the_page_is_whole_and_open_to_everybody(
    people: dict[tuple[str, str], Watched], demo_site: Site, who: str, path: str, theme: str
) -> None:
    watched = people[who, theme]
    page = watched.page
    watched.complaints.clear()
    answer = page.goto(f"{demo_site.address}{path}{'&' if '?' in path else '?'}period=2026-Q1")
    assert answer.status == 200
    page.wait_for_load_state("networkidle")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        over = page.evaluate(TOO_WIDE)
        assert over <= 0, f"{path} is {over} pixels too wide at {width}"
    assert page.locator("h1").count() == 1
    assert not axe(page)
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
