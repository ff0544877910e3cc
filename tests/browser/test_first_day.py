"""A new company's first day in a real browser, French and English: from an empty folder to a rep who has signed in.

Every step goes the way a person goes, by what the page calls its links, buttons and fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cadran.access import EVERYTHING
from cadran.ask import ask
from cadran.demo import world
from cadran.demo.books import books
from cadran.demo.build import founded
from cadran.demo.files import write_books
from cadran.demo.generate import generate
from cadran.demo.pages import Book
from cadran.errors import Lang
from cadran.numerals import value_of
from cadran.question import question
from cadran.workspace import Workspace
from tests.browser.conftest import Site, Watched, open_page, serving
from tests.browser.first_day_words import FRENCH

QUARTER = "2026-Q1"
THE_FIVE = ("revenue", "conversion_rate", "average_basket", "sales_cycle_days", "retention_rate")
REP, REP_EMAIL, OTHER_REP = "Hugo Vastérin", "h.vasterin@valmarin.example", "CAU"
OTHER_NAMES = tuple(rep.name for rep in world.REPS if rep.name != REP)
PASSWORD = "un premier jour de travail"
ODD_HEADER = "Suivi par"  # what nobody can know to be the rep


@dataclass(frozen=True)
class Walk:
    """One person's way through the pages, in their language."""

    site: Site
    watched: Watched
    lang: Lang

    @property
    def page(self) -> Any:
        return self.watched.page

    def say(self, words: str) -> str:
        """What the page says, given in English."""
        return FRENCH[words] if self.lang == "fr" else words

    def open(self, link: str) -> None:
        self.page.get_by_role("link", name=self.say(link), exact=True).first.click()
        self.arrive()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=self.say(button), exact=True).click()
        self.arrive()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(self.say(label), exact=True).fill(text)

    def arrive(self) -> None:
        self.page.wait_for_load_state("networkidle")

    def expect(self, words: str) -> None:
        self.page.get_by_text(self.say(words)).first.wait_for()

    def headline(self) -> str:
        return str(self.page.locator("h1").inner_text())


@pytest.fixture(params=["fr", "en"])
def walk(request: pytest.FixtureRequest, browser: Any, tmp_path: Path) -> Iterator[Walk]:
    """The one who opens a company that `cadran init` has just made, on the day that the demonstration knows."""
    lang: Lang = request.param
    folder = tmp_path / "company"
    founded(folder, lang)
    with contextmanager(serving)(folder) as site:
        watched = open_page(browser, lang={"fr": "fr-FR", "en": "en-GB"}[lang])
        yield Walk(site, watched, lang)
        watched.page.context.close()


def test_a_new_companys_first_day(walk: Walk, browser: Any, tmp_path: Path) -> None:
    come_in_by_the_first_link(walk)
    send(walk, messy_files(tmp_path / "files"))
    say_what_a_column_is(walk)
    load(walk)
    correct_two_rows(walk)
    set_objectives(walk)
    compare_the_dashboard_with_ask(walk)
    drill_to_definition_and_rows(walk)
    write_a_kpi(walk)
    link = invite_a_rep(walk)
    sign_out(walk)
    assert not walk.watched.complaints
    look_as_the_rep(walk, open_page(browser, lang={"fr": "fr-FR", "en": "en-GB"}[walk.lang]), link)


# -- coming in -------------------------------------------------------------------------------------------------------


def come_in_by_the_first_link(walk: Walk) -> None:
    walk.page.goto(walk.site.first_link)
    choose_a_password(walk, "Jeanne Martin")
    assert walk.headline() == walk.say("Nothing is measured yet: send your first files")


def choose_a_password(walk: Walk, name: str) -> None:
    walk.write("Your name", name)
    walk.write("Choose a password", PASSWORD)
    walk.press("Go in")


def sign_out(walk: Walk) -> None:
    walk.page.locator("details.person-menu summary").click()
    walk.press("Sign out")
    assert "/account/login/" in walk.page.url
    walk.page.goto(f"{walk.site.address}/kpis/")
    assert "/account/login/" in walk.page.url


# -- files -----------------------------------------------------------------------------------------------------------


def messy_files(folder: Path) -> tuple[Path, ...]:
    """The files of the demonstration as its company would send them, one header written as nobody else writes it. The
    objectives are left out: they are typed."""
    sent = (book for book in books(generate()) if book.name != "objectifs.csv")
    return write_books(folder, tuple(_with_an_odd_header(book) for book in sent))


def _with_an_odd_header(book: Book) -> Book:
    if book.name != "factures_2026.xlsx":
        return book
    page = book.pages[0]
    headers = tuple(ODD_HEADER if header == "Commercial" else header for header in page.headers)
    assert ODD_HEADER in headers
    return replace(book, pages=(replace(page, headers=headers),))


def send(walk: Walk, files: tuple[Path, ...]) -> None:
    walk.open("Send files")
    walk.write("Source (optional)", "Sage")
    walk.page.locator("input[type=file]").set_input_files(files)
    walk.press("Send and look")
    wait_for_the_work(walk)
    assert "24" in walk.headline()
    assert not walk.page.get_by_role("combobox", name="N° prospect").first.is_visible(), "a sheet known well is folded"


def wait_for_the_work(walk: Walk) -> None:
    """Progress is shown until the page has something to say."""
    walk.page.locator("#job").wait_for(state="detached")
    walk.arrive()


def say_what_a_column_is(walk: Walk) -> None:
    sheet = walk.page.get_by_role("form", name="factures_2026.xlsx")
    column = sheet.get_by_role("combobox", name=ODD_HEADER)
    assert column.locator("option:checked").inner_text() == walk.say("not imported")
    column.select_option(label=walk.say("Rep"))
    sheet.get_by_role("button", name=walk.say("Keep and look again")).click()
    walk.arrive()
    wait_for_the_work(walk)
    again = walk.page.locator(f"select[aria-label='{ODD_HEADER}'] option:checked")
    assert again.text_content() == walk.say("Rep")


def load(walk: Walk) -> None:
    walk.page.get_by_role("button", name=walk.say("Load"), exact=True).click()
    walk.page.get_by_role("progressbar").wait_for()
    wait_for_the_work(walk)
    walk.expect("What became of each row")
    assert walk.page.get_by_role("row", name=re.compile("factures_2026.xlsx")).count() == 1


def correct_two_rows(walk: Walk) -> None:
    walk.open("Correct them")
    waiting = walk.page.get_by_role("row").filter(has=walk.page.get_by_role("button"))
    before = waiting.count()
    _correct(walk, "31/02/2026")
    row = walk.page.get_by_role("row").filter(has_text="à requalifier")
    row.get_by_role("combobox").select_option("Perdue")
    _correct(walk, "à requalifier")
    assert waiting.count() == before - 2


def _correct(walk: Walk, wrong: str) -> None:
    """By the button of its row, with what stands in the field: what was proposed, or chosen."""
    row = walk.page.get_by_role("row").filter(has_text=wrong)
    row.get_by_role("button", name=walk.say("Correct")).click()
    row.wait_for(state="detached")
    walk.arrive()


# -- objectives and figures ------------------------------------------------------------------------------------------


def set_objectives(walk: Walk) -> None:
    walk.open("Objectives")
    quarter = walk.say("Q1 2026")
    walk.page.get_by_label(f"{walk.say('Company')}, {quarter}", exact=True).fill(
        "800 000,00 €" if walk.lang == "fr" else "€800,000.00"
    )
    walk.page.get_by_label(f"{REP}, {quarter}", exact=True).fill("100000")
    walk.press("Save all")
    walk.expect("2 objectives saved.")


def compare_the_dashboard_with_ask(walk: Walk) -> None:
    walk.open("Dashboard")
    walk.page.locator(".picker summary").first.click()
    walk.open("Q1 2026")
    assert QUARTER in walk.page.url
    shown = [text.strip() for text in walk.page.locator(".kpi-value").all_inner_texts()]
    assert [plain(text) for text in shown] == [plain(text) for text in asked(walk)]
    assert "200" in walk.headline(), "1,000,000 sold of 800,000"
    walk.expect("Objectives set by hand")
    sage = walk.page.get_by_role("row").filter(has_text="Sage").locator("td.num").inner_text()
    assert re.sub(r"\D", "", sage) == "24133", "what was loaded, and the two rows corrected"


def asked(walk: Walk) -> list[str]:
    """The five figures as the one door gives them, written as a page writes them."""
    workspace = Workspace.open(walk.site.folder)
    answer = ask(workspace, question(workspace.settings, THE_FIVE, period=QUARTER, by=["company"]), EVERYTHING)
    rows = {row.kpi: row for row in answer.rows}
    assert rows["revenue"].value == world.FOUNDING_REVENUE
    return [value_of(rows[kpi].value, rows[kpi].unit, world.CURRENCY, walk.lang, brief=True) for kpi in THE_FIVE]


def plain(text: str) -> str:
    """Without its spaces, which a page may break or draw in several ways."""
    return re.sub(r"\s", "", text)


def drill_to_definition_and_rows(walk: Walk) -> None:
    walk.page.get_by_role("link", name=walk.say("Revenue"), exact=True).first.click()
    definition = walk.page.locator("#definition")
    definition.get_by_text(walk.say("Amount of the period’s sales")).wait_for()
    definition.get_by_role("link", name=walk.say("Rows")).click()
    walk.arrive()
    assert plain(value_of(1_000_000, "money", world.CURRENCY, walk.lang, brief=True)) in plain(walk.headline())
    assert walk.page.get_by_role("row").count() > 20


# -- an own KPI ------------------------------------------------------------------------------------------------------


def write_a_kpi(walk: Walk) -> None:
    walk.open("Catalogue")
    walk.open("Write a KPI")
    tried = walk.page.locator("#tried")
    walk.write("Formula", "sum(list_amount) - sum(amout)")
    tried.get_by_text("amout").first.wait_for()
    assert walk.say("Did you mean") in tried.inner_text()
    assert "amount" in tried.inner_text()
    assert tried.locator("li").count() == 1, "one thing is wrong, and one is told"
    walk.write("Formula", "sum(list_amount) - sum(amount)")
    tried.locator(".figure").wait_for()
    figure = tried.locator(".figure").inner_text()
    name = "Remises accordées"
    walk.write("Name, in French", name)
    walk.write("Question it answers, in French", "Combien avons-nous remis ?")
    walk.write("Definition in one sentence, in French", "Montant au tarif moins montant facturé.")
    walk.press("Save")
    assert name in walk.headline()
    walk.open("See the figures")
    assert plain(figure) in plain(walk.page.locator(".kpi-value").first.inner_text())


# -- people ----------------------------------------------------------------------------------------------------------


def invite_a_rep(walk: Walk) -> str:
    walk.open("Settings")
    walk.open("People")
    offered = walk.page.locator("datalist option").evaluate_all("all => all.map(each => each.value)")
    assert REP_EMAIL in offered
    walk.write("Address", REP_EMAIL)
    walk.press("Invite")
    return str(walk.page.locator("code").inner_text())


def look_as_the_rep(walk: Walk, watched: Watched, link: str) -> None:
    rep = Walk(walk.site, watched, walk.lang)
    rep.page.goto(link)
    choose_a_password(rep, REP)
    for path in ("/", "/kpis/", f"/kpis/revenue/?period={QUARTER}", "/team/", "/objectives/", "/catalogue/"):
        assert rep.page.goto(f"{rep.site.address}{path}").status == 200
        rep.arrive()
        assert not names_of_others(rep)
    revenue = rep.page.goto(f"{rep.site.address}/kpis/revenue/rows/?period={QUARTER}")
    assert revenue.status == 200
    assert not names_of_others(rep)
    assert not watched.complaints
    for closed in (f"/team/{OTHER_REP}/", "/?scope=company", f"/?scope=rep:{OTHER_REP}", "/data/", "/settings/people/"):
        assert rep.page.goto(f"{rep.site.address}{closed}").status == 404
        assert not names_of_others(rep)
    rep.page.goto(link)
    rep.expect("This link was used, or is too old")
    watched.page.context.close()


def names_of_others(walk: Walk) -> list[str]:
    content = walk.page.content()
    return [name for name in OTHER_NAMES if name in content]
