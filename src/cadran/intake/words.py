"""The words that programs and people use for the model's choices, in French and English, folded. Ours comes first, and
then the one that a French reader is told."""

from __future__ import annotations

from cadran.tables.contract import Column
from cadran.tables.mapping import fold

_OUTCOME = {
    "won": "won, gagnée, gagné, closed won, closedwon, gagnés, gagnées, fermé gagné, fermée gagnée, clôturé gagné, "
    "fermée/gagnée, fermé / gagné, signé, signée, closed - won, remporté, remportée, 1 - gagné",
    "lost": "lost, perdue, perdu, closed lost, closedlost, perdus, perdues, fermé perdu, fermée perdue, clôturé perdu, "
    "fermée/perdue, fermé / perdu, closed - lost, abandonné, abandonnée, canceled, cancelled, annulé, annulée",
    "open": "open, en cours, ouvert, ouverte, in progress, active, actif, à suivre",
}
_DEAL_KIND = {
    "new": "new, nouvelle, nouveau, new business, nouvelle affaire, nouveau client, new customer, conquête",
    "upsell": "upsell, montée en gamme, up-sell, existing business, existing customer - upgrade",
    "cross_sell": "cross_sell, vente croisée, cross-sell, cross sell, vente additionnelle",
    "renewal": "renewal, renouvellement, reconduction, existing customer - replacement",
}
_DOCUMENT_KIND = {
    "invoice": "invoice, facture, factures, fac, fa, facture client, customer invoice, out_invoice",
    "credit_note": "credit_note, avoir, credit note, avoirs, av, avoir client, note de crédit, refund, out_refund",
    "order": "order, commande, commandes, bon de commande, bc, sales order, sale order, commande client",
}
_ACTIVITY_KIND = {
    "call": "call, appel, appels, téléphone, appel téléphonique, phone, phone call",
    "email": "email, e-mail, mail, courriel, incoming email",
    "meeting": "meeting, réunion, rendez-vous, rdv, rendez vous, visio, visioconférence, event",
    "visit": "visit, visite, visite client, déplacement",
    "demo": "demo, démonstration, démo, demonstration",
    "quote": "quote, devis, proposition, offre, proposal",
    "other": "other, autre, autres, divers, tâche, task, note",
}
_SURVEY_KIND = {
    "nps": "nps, NPS, net promoter score",
    "csat": "csat, CSAT, satisfaction",
    "ces": "ces, CES, customer effort score, effort",
    "review": "review, avis",
}
_SCOPE = {
    "company": "company, entreprise, société",
    "team": "team, équipe",
    "rep": "rep, commercial, commerciale, vendeur",
}
_FACT = {
    "sales": "sales, sale, vente, ventes",
    "opportunities": "opportunities, opportunity, affaire, affaires, opportunité, opportunités",
}


_FAMILIES = (_OUTCOME, _DEAL_KIND, _DOCUMENT_KIND, _ACTIVITY_KIND, _SURVEY_KIND, _SCOPE, _FACT)


def known_words(column: Column) -> dict[str, str]:
    """Folded word -> our choice, for the choices of a column."""
    family = _family(column)
    return {fold(word): ours for ours, words in family.items() for word in words.split(",")}


def told_in_french(column: Column) -> str:
    """The choices of a column as a French reader would write them."""
    family = _family(column)
    return ", ".join(family[choice].split(", ")[1] for choice in column.choices)


def _family(column: Column) -> dict[str, str]:
    for family in _FAMILIES:
        if set(column.choices) == set(family):
            return family
    return {choice: f"{choice}, {choice}" for choice in column.choices}
