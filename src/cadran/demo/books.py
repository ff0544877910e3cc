"""Which files the sample company hands over, and in what state: encodings, separators, ways to write an amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cadran.demo import crm_pages, people_pages, trade_pages
from cadran.demo.broken import BROKEN
from cadran.demo.cells import NARROW_NO_BREAK, NO_BREAK, Style
from cadran.demo.pages import Book, Page
from cadran.demo.rows import Company, SaleLine


def books(company: Company) -> tuple[Book, ...]:
    """Every file, in the order a person would hand them over."""
    plain, spaced, signed = Style(), Style(NO_BREAK), Style(NO_BREAK, with_sign=True)
    return (
        people_pages.sales_force(),
        Book("articles.xlsx", (trade_pages.articles(),)),
        _text("clients.csv", crm_pages.clients(company.accounts), plain, "cp1252"),
        _text("portefeuilles.csv", people_pages.owners(company.owners), plain, "utf-8-sig"),
        _text("prospects.csv", crm_pages.leads(company.leads), plain, "utf-8-sig"),
        _text("affaires.csv", crm_pages.deals(company), Style(NARROW_NO_BREAK, with_sign=True)),
        _text("etapes.csv", crm_pages.stages(), plain),
        _text("historique_etapes.csv", crm_pages.stage_entries(company.stage_entries), plain),
        _text("commandes.csv", trade_pages.orders(company.orders), spaced, "cp1252"),
        _text("factures_2024.csv", trade_pages.lines_2024(_of_year(company, 2024)), signed, "cp1252"),
        _text("factures_2025.csv", trade_pages.lines_2025(_of_year(company, 2025)), Style(brackets=True), "utf-8-sig"),
        Book("factures_2026.xlsx", (trade_pages.lines_2026(_of_year(company, 2026)),)),
        _text("contrats.csv", trade_pages.contracts(company.contracts), spaced, "cp1252"),
        _text("activites.tsv", crm_pages.activities(company.activities), plain, "utf-16", "\t"),
        _text("enquetes.csv", crm_pages.feedback(company.feedback), Style(iso_dates=True), delimiter=","),
        Book("evaluations.xlsx", (people_pages.assessments(company.assessments),)),
        _text("partages.csv", people_pages.credits(company.credits), plain),
        _text("absences.csv", people_pages.absences(company.absences), plain, "cp1252"),
        _text("taux_de_change.csv", trade_pages.rates(), plain),
        _text("objectifs.csv", people_pages.objectives(), spaced, "cp1252"),
    )


def _text(name: str, page: Page, style: Style, encoding: str = "utf-8", delimiter: str = ";") -> Book:
    spoiled = tuple(
        tuple(row.get(header) for header in page.headers) for row in (broken.cells for broken in BROKEN.get(name, ()))
    )
    middle = len(page.cells) // 2
    cells = (*page.cells[:middle], *spoiled, *page.cells[middle:])
    return Book(name, (replace(page, cells=cells),), style, encoding, delimiter)


def _of_year(company: Company, year: int) -> Sequence[SaleLine]:
    return [line for line in company.invoices if line.sold_on.year == year]
