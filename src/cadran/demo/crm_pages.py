"""The files of the CRM: clients, prospects, deals and their stages, activities and what clients answered."""

from __future__ import annotations

from collections.abc import Iterable

from cadran.demo import world
from cadran.demo.cells import Money, Percent
from cadran.demo.pages import Columns, Page
from cadran.demo.rows import Account, Activity, Company, Deal, Feedback, Lead, StageEntry

_OUTCOMES = {"won": "Gagnée", "lost": "Perdue", "open": "En cours"}
_DEAL_KINDS = {"new": "Nouveau client", "upsell": "Montée en gamme", "cross_sell": "Vente croisée"}
_WORK = {
    "call": "Appel", "email": "E-mail", "meeting": "Rendez-vous", "visit": "Visite", "demo": "Démonstration",
    "quote": "Devis", "other": "Autre",
}  # fmt: skip


def clients(accounts: Iterable[Account]) -> Page:
    columns = Columns[Account](
        {
            "Code client": lambda account: account.account_id,
            "Raison sociale": lambda account: account.name,
            "Segment": lambda account: account.segment,
            "Secteur d’activité": lambda account: account.industry,
            "Région": lambda account: account.region,
            "Pays": lambda account: account.country,
            "Effectif": lambda account: account.size_band,
            "Commercial": lambda account: world.owner(account.portfolio, world.AS_OF),
            "Créé le": lambda account: account.created_on,
        }
    )
    return columns.page(accounts)


def leads(leads: Iterable[Lead]) -> Page:
    columns = Columns[Lead](
        {
            "N° prospect": lambda lead: lead.lead_id,
            "Code client": lambda lead: lead.account_id,
            "Commercial": lambda lead: lead.rep_id,
            "Source": lambda lead: lead.source,
            "Premier contact": lambda lead: lead.first_contact_on,
            "Qualifié le": lambda lead: lead.qualified_on,
            "Client depuis le": lambda lead: lead.client_on,
            "Perdu le": lambda lead: lead.lost_on,
            "Motif de perte": lambda lead: lead.lost_reason,
        }
    )
    return columns.page(leads)


def deals(company: Company) -> Page:
    names = {account.account_id: account.name for account in company.accounts}
    columns = Columns[Deal](
        {
            "N° affaire": lambda deal: deal.opportunity_id,
            "Affaire": lambda deal: f"{world.PRODUCT[deal.basket[0].product_id].name} – {names[deal.account_id]}",
            "Code client": lambda deal: deal.account_id,
            "N° prospect": lambda deal: deal.lead_id,
            "Commercial": lambda deal: deal.rep_id,
            "Type d’affaire": lambda deal: _DEAL_KINDS[deal.kind],
            "Source": lambda deal: deal.source,
            "Référence article": lambda deal: deal.basket[0].product_id,
            "Montant": lambda deal: Money(deal.amount, deal.currency),
            "Devise": lambda deal: deal.currency,
            "Premier contact": lambda deal: deal.first_contact_on,
            "Créée le": lambda deal: deal.created_on,
            "Signature prévue": lambda deal: deal.expected_close_on,
            "Date de clôture": lambda deal: deal.closed_on,
            "Statut": lambda deal: _OUTCOMES[deal.outcome],
            "Étape": lambda deal: deal.stage,
            "Probabilité": lambda deal: (
                Percent(world.STAGE_PROBABILITY[deal.stage]) if deal.outcome == "open" else None
            ),
            "Motif de perte": lambda deal: deal.lost_reason,
        }
    )
    return columns.page(company.deals)


def stages() -> Page:
    """The open stages, then the two that end a deal."""
    rows = [(stage, Percent(world.STAGE_PROBABILITY[stage]), "En cours") for stage in world.STAGES]
    rows += [(world.WON_STAGE, Percent(100), "Gagnée"), (world.LOST_STAGE, Percent(0), "Perdue")]
    cells = tuple((stage, place, chance, outcome) for place, (stage, chance, outcome) in enumerate(rows, start=1))
    return Page("", ("Étape", "Rang", "Probabilité", "Issue"), cells)


def stage_entries(entries: Iterable[StageEntry]) -> Page:
    columns = Columns[StageEntry](
        {
            "N° affaire": lambda entry: entry.opportunity_id,
            "Étape": lambda entry: entry.stage,
            "Entrée le": lambda entry: entry.entered_at,
        }
    )
    return columns.page(entries)


def activities(activities: Iterable[Activity]) -> Page:
    columns = Columns[Activity](
        {
            "Date": lambda done: done.happened_at,
            "Type d’activité": lambda done: _WORK[done.kind],
            "Commercial": lambda done: done.rep_id,
            "Code client": lambda done: done.account_id,
            "N° affaire": lambda done: done.opportunity_id,
            "N° prospect": lambda done: done.lead_id,
        }
    )
    return columns.page(activities)


def feedback(answers: Iterable[Feedback]) -> Page:
    columns = Columns[Feedback](
        {
            "Date de réponse": lambda answer: answer.happened_at,
            "Enquête": lambda answer: answer.kind.upper(),
            "Code client": lambda answer: answer.account_id,
            "Commercial": lambda answer: answer.rep_id,
            "Note": lambda answer: answer.score,
            "Commentaire": lambda answer: answer.comment,
        }
    )
    return columns.page(answers)
