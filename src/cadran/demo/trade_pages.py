"""The files of the invoicing programs: products, orders, invoices of three versions, contracts, exchange rates."""

from __future__ import annotations

from collections.abc import Iterable

from cadran.demo import world
from cadran.demo.cells import Money
from cadran.demo.pages import Columns, Page
from cadran.demo.rows import Contract, Product, Rate, SaleLine

_DOCUMENTS = {"invoice": "Facture", "credit_note": "Avoir", "order": "Commande"}


def articles() -> Page:
    columns = Columns[Product](
        {
            "Référence": lambda product: product.product_id,
            "Désignation": lambda product: product.name,
            "Famille": lambda product: product.category,
            "Prix catalogue": lambda product: product.list_price,
            "Coût de revient": lambda product: product.unit_cost,
        }
    )
    return columns.page(world.PRODUCTS, "Articles", title="Catalogue général – tarif 2026")


def orders(lines: Iterable[SaleLine]) -> Page:
    columns = Columns[SaleLine](
        {
            "N° ligne": lambda line: line.sale_id,
            "Type de pièce": lambda line: _DOCUMENTS[line.kind],
            "N° commande": lambda line: line.order_id,
            "Date de commande": lambda line: line.sold_on,
            "Code client": lambda line: line.account_id,
            "Commercial": lambda line: line.rep_id,
            "Référence article": lambda line: line.product_id,
            "Quantité": lambda line: line.quantity,
            "Montant brut HT": lambda line: Money(line.list_amount, line.currency),
            "Montant net HT": lambda line: Money(line.amount, line.currency),
            "Coût de revient": lambda line: Money(line.cost, line.currency),
            "Devise": lambda line: line.currency,
        }
    )
    return columns.page(lines)


def lines_2024(lines: Iterable[SaleLine]) -> Page:
    """The old invoicing program: lines without a number of their own."""
    columns = Columns[SaleLine](
        {
            "Type de pièce": lambda line: _DOCUMENTS[line.kind],
            "N° facture": lambda line: line.document_id,
            "Date facture": lambda line: line.sold_on,
            "N° commande": lambda line: line.order_id,
            "Facture d’origine": lambda line: line.corrects,
            "Code client": lambda line: line.account_id,
            "Code commercial": lambda line: line.rep_id,
            "Code article": lambda line: line.product_id,
            "Qté": lambda line: line.quantity,
            "Montant brut HT": lambda line: Money(line.list_amount, line.currency),
            "Montant HT": lambda line: Money(line.amount, line.currency),
            "Coût de revient": lambda line: Money(line.cost, line.currency),
            "Devise": lambda line: line.currency,
        }
    )
    return columns.page(lines)


def lines_2025(lines: Iterable[SaleLine]) -> Page:
    """Its next version: other headers, another order, credit notes in brackets, still no line number."""
    columns = Columns[SaleLine](
        {
            "Date de facturation": lambda line: line.sold_on,
            "Pièce": lambda line: line.document_id,
            "Nature de la pièce": lambda line: _DOCUMENTS[line.kind],
            "Pièce corrigée": lambda line: line.corrects,
            "Commande": lambda line: line.order_id,
            "Client": lambda line: line.account_id,
            "Vendeur": lambda line: line.rep_id,
            "Article": lambda line: line.product_id,
            "Quantité": lambda line: line.quantity,
            "Total brut HT": lambda line: Money(line.list_amount, line.currency),
            "Total net HT": lambda line: Money(line.amount, line.currency),
            "Coût": lambda line: Money(line.cost, line.currency),
            "Devise": lambda line: line.currency,
        }
    )
    return columns.page(lines)


def lines_2026(lines: Iterable[SaleLine]) -> Page:
    """The new program's workbook: numbered lines, a title above the header, a total below."""
    columns = Columns[SaleLine](
        {
            "N° ligne": lambda line: line.sale_id,
            "Type de pièce": lambda line: _DOCUMENTS[line.kind],
            "N° facture": lambda line: line.document_id,
            "Facture d’origine": lambda line: line.corrects,
            "Date de facture": lambda line: line.sold_on,
            "N° commande": lambda line: line.order_id,
            "Code client": lambda line: line.account_id,
            "Commercial": lambda line: line.rep_id,
            "Référence article": lambda line: line.product_id,
            "Quantité": lambda line: line.quantity,
            "Montant brut HT": lambda line: line.list_amount,
            "Montant net HT": lambda line: line.amount,
            "Coût de revient": lambda line: line.cost,
            "Devise": lambda line: line.currency,
        }
    )
    return columns.page(lines, "Factures", "Journal des factures 2026 – extrait du 14/04/2026", "Montant net HT")


def contracts(contracts: Iterable[Contract]) -> Page:
    columns = Columns[Contract](
        {
            "N° contrat": lambda term: term.contract_id,
            "Code client": lambda term: term.account_id,
            "Commercial": lambda term: term.rep_id,
            "Référence article": lambda term: term.product_id,
            "Signé le": lambda term: term.signed_on,
            "Date de début": lambda term: term.starts_on,
            "Date de fin": lambda term: term.ends_on,
            "Valeur annuelle": lambda term: Money(term.annual_value, world.CURRENCY),
            "Reconduction tacite": lambda term: term.tacit,
            "Préavis (jours)": lambda term: 60 if term.tacit else None,
            "Résilié le": lambda term: term.terminated_on,
            "Motif de perte": lambda term: term.loss_reason,
            "Renouvelle le contrat": lambda term: term.renews,
        }
    )
    return columns.page(contracts)


def rates() -> Page:
    columns = Columns[Rate](
        {
            "Devise": lambda rate: rate.currency,
            "À partir du": lambda rate: rate.rate_on,
            "Taux": lambda rate: rate.rate,
        }
    )
    return columns.page(world.RATES)
