"""The rows that nobody can take: what stands under which header of a file, and why each ends in quarantine.

They belong to nothing else the company did, so that every figure is what it is without them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadran.demo.cells import Value


@dataclass(frozen=True)
class Broken:
    """`code` is the reason that intake gives."""

    cells: dict[str, Value]
    code: str


def _order(line: str, day: str, amount: str, currency: str) -> dict[str, Value]:
    order = line.partition("/")[0]
    return {
        "N° ligne": line, "Type de pièce": "Commande", "N° commande": order, "Date de commande": day,
        "Code client": "CL00012", "Commercial": "CAU", "Référence article": "PI-040", "Quantité": "2",
        "Montant brut HT": amount, "Montant net HT": amount, "Coût de revient": "410,00", "Devise": currency,
    }  # fmt: skip


def _deal(number: str, amount: str, outcome: str) -> dict[str, Value]:
    return {
        "N° affaire": number, "Affaire": "Compresseur d’occasion", "Code client": "CL00020", "Commercial": "MOR",
        "Type d’affaire": "Nouveau client", "Source": "Salon", "Montant": amount, "Devise": "EUR",
        "Premier contact": "12/01/2026", "Créée le": "14/01/2026", "Signature prévue": "30/04/2026",
        "Statut": outcome, "Étape": "Découverte",
    }  # fmt: skip


BROKEN: dict[str, tuple[Broken, ...]] = {
    "commandes.csv": (
        Broken(_order("CDE-26-90001/1", "31/02/2026", "840,00", "EUR"), "impossible_date"),
        Broken(_order("CDE-26-90002/1", "11/03/2026", "840,00", "XYZ"), "unknown_currency"),
    ),
    "factures_2025.csv": (
        Broken(
            {
                "Date de facturation": "17/11/2025", "Pièce": "FA25-90001", "Nature de la pièce": "Facture",
                "Client": "CL00031", "Vendeur": "LBR", "Article": "SV-100", "Quantité": "1",
                "Total brut HT": "2400,00", "Total net HT": "à voir", "Coût": "1150,00", "Devise": "EUR",
            },
            "unreadable_number",
        ),
    ),
    "affaires.csv": (
        Broken(_deal("AF-9001", "8 900,00 €", "à requalifier"), "unknown_choice"),
        Broken(_deal("AF-9002", "entre 10 et 15 k€", "En cours"), "unreadable_number"),
    ),
    "prospects.csv": (
        Broken({"Commercial": "NBE", "Source": "Salon", "Premier contact": "20/11/2025"}, "missing_value"),
        Broken(
            {"N° prospect": "PR-90001", "Commercial": "NBE", "Source": "Salon", "Premier contact": "31/11/2025"},
            "impossible_date",
        ),
    ),
    "activites.tsv": (
        Broken({"Date": "avant-hier", "Type d’activité": "Visite", "Commercial": "RFA"}, "unreadable_date"),
    ),
    "enquetes.csv": (
        Broken(
            {"Date de réponse": "2025-10-02 09:12:00", "Enquête": "NPS", "Code client": "CL00044", "Note": "très bien"},
            "unreadable_number",
        ),
    ),
}  # fmt: skip
