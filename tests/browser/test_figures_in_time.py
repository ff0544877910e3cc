"""Pages whose figures are not at hand, in a browser: they say so, and come by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cadran.demo.build import build_demo
from cadran.workspace import Workspace
from tests.browser.conftest import Site, open_page, serving, sign_in
from tests.browser.test_every_page import TOO_WIDE, axe
from tests.company import deliver

FOUNDING = "/?period=2026-Q1"


@pytest.fixture(scope="module")
def hurried_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample company, whose pages wait for nothing."""
    folder = tmp_path_factory.mktemp("hurried") / "company"
    build_demo(folder, lang="fr")
    yield from serving(folder, patience=0)


def test_a_page_that_waits_comes_by_itself_and_says_when_newer_figures_do(browser: Any, hurried_site: Site) -> None:
    watched = open_page(browser, width=360)
    page, address = watched.page, hurried_site.address + FOUNDING
    sign_in(watched, hurried_site, "director")
    page.wait_for_selector("#figures-waiting")
    assert not axe(page)
    assert page.evaluate(TOO_WIDE) <= 0
    page.wait_for_selector("text=1\u202f000\u202f000")
    assert page.goto(address).status == 200
    assert page.locator("#figures-earlier").count() == 0
    sale = {"sale_id": "more", "account_id": "C001", "rep_id": "HVA", "sold_on": date(2026, 2, 3), "amount": 5000}
    deliver(Workspace.open(hurried_site.folder), {"sales": [sale | {"currency": "EUR"}]})
    page.goto(address)
    assert page.locator("text=1\u202f000\u202f000").count()
    assert not axe(page)
    page.wait_for_selector("#figures-earlier.done")
    assert page.locator("text=1\u202f000\u202f000").count()  # nothing moves under a reader's eyes
    assert not axe(page)
    page.click("#figures-earlier a")
    page.wait_for_selector("text=1\u202f005\u202f000")
    assert page.locator("#figures-earlier").count() == 0
    assert not watched.complaints
