"""The search of every page, by the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Site, open_page, sign_in
from tests.browser.test_every_page import axe


@pytest.mark.parametrize(("theme", "lang", "name"), [("light", "fr-FR", "Équipe"), ("dark", "en-GB", "Team")])
def test_a_rep_is_opened_by_the_keyboard(browser: Any, demo_site: Site, theme: str, lang: str, name: str) -> None:
    watched = open_page(browser, theme=theme, lang=lang)
    sign_in(watched, demo_site, "director")
    page = watched.page
    page.goto(f"{demo_site.address}/kpis/?period=2026-Q1")
    page.keyboard.press("Control+k")
    page.keyboard.type("vasterin")
    page.locator("#search-found a").wait_for()
    assert page.locator("#search-found a").all_inner_texts() == ["Hugo Vastérin\nGrands comptes"]
    assert page.locator("#search-said").inner_text() in ("1 réponse", "1 answer")
    assert not axe(page)
    page.keyboard.press("Escape")
    assert page.locator("#search-found").is_hidden()
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Control+a")
    page.keyboard.type(name.lower())
    page.locator("#search-found a", has_text=name).first.wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("hugo")
    page.locator("#search-found a", has_text="Hugo").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/team/HVA/?period=2026-Q1")
    assert not watched.complaints


def test_what_went_wrong_is_not_put_in_the_menu(browser: Any, demo_site: Site) -> None:
    """The page's scope is open to the person no longer: the answer is a whole page that says so."""
    watched = open_page(browser, theme="light", lang="fr-FR")
    sign_in(watched, demo_site, "director")
    page = watched.page
    page.goto(f"{demo_site.address}/?period=2026-Q1")
    page.evaluate("document.querySelector('.search [name=scope]').value = 'team:none'")
    with page.expect_response("**/search/?*") as answered:
        page.fill("#search", "hugo")
        page.locator("#search").press("End")
    assert answered.value.status == 404
    page.wait_for_timeout(300)
    assert page.locator("#search-found").inner_html().strip() == ""
    assert page.locator("#main").count() == 1


def test_without_the_menu_there_is_a_page(browser: Any, demo_site: Site) -> None:
    watched = open_page(browser, theme="light", lang="fr-FR")
    sign_in(watched, demo_site, "rep")
    page = watched.page
    page.goto(f"{demo_site.address}/?period=2026-Q1")
    page.fill("#search", "hugo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?*")
    assert page.locator("h1").inner_text() == "1 réponse à «\u00a0hugo\u00a0»"
    assert page.locator(".found a").all_inner_texts()[0].startswith("Hugo Vastérin")
