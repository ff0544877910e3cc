"""The words that programs and people use for the model's choices, in French and English, folded."""

from __future__ import annotations

from cadran.tables.contract import Column
from cadran.tables.mapping import fold

_OUTCOME = {
    "won": "won, closed won, closedwon, gagné, gagnée, gagnés, gagnées, fermé gagné, fermée gagnée, clôturé gagné, "
    "fermée/gagnée, fermé / gagné, signé, signée, closed - won, remporté, remportée, 1 - gagné",
    "lost": "lost, closed lost, closedlost, perdu, perdue, perdus, perdues, fermé perdu, fermée perdue, clôturé perdu, "
    "fermée/perdue, fermé / perdu, closed - lost, abandonné, abandonnée, canceled, cancelled, annulé, annulée",
    "open": "open, en cours, ouvert, ouverte, in progress, active, actif, à suivre",
}
_DEAL_KIND = {
    "new": "new, nouveau, nouvelle, new business, nouvelle affaire, nouveau client, new customer, conquête",
    "upsell": "upsell, up-sell, montée en gamme, existing business, existing customer - upgrade",
    "cross_sell": "cross_sell, cross-sell, cross sell, vente croisée, vente additionnelle",
    "renewal": "renewal, renouvellement, reconduction, existing customer - replacement",
}
_DOCUMENT_KIND = {
    "invoice": "invoice, facture, factures, fac, fa, facture client, customer invoice, out_invoice",
    "credit_note": "credit_note, credit note, avoir, avoirs, av, avoir client, note de crédit, refund, out_refund",
    "order": "order, commande, commandes, bon de commande, bc, sales order, sale order, commande client",
}
_ACTIVITY_KIND = {
    "call": "call, appel, appels, téléphone, appel téléphonique, phone, phone call",
    "email": "email, e-mail, mail, courriel, incoming email",
    "meeting": "meeting, réunion, rendez-vous, rdv, rendez vous, visio, visioconférence, event",
    "visit": "visit, visite, visite client, déplacement",
    "demo": "demo, démo, démonstration, demonstration",
    "quote": "quote, devis, proposition, offre, proposal",
    "other": "other, autre, autres, divers, tâche, task, note",
}
_SURVEY_KIND = {
    "nps": "nps, net promoter score",
    "csat": "csat, satisfaction",
    "ces": "ces, customer effort score, effort",
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


def known_words(column: Column) -> dict[str, str]:
    """Folded word -> our choice, for the choices of a column."""
    for family in (_OUTCOME, _DEAL_KIND, _DOCUMENT_KIND, _ACTIVITY_KIND, _SURVEY_KIND, _SCOPE, _FACT):
        if set(column.choices) == set(family):
            return {fold(word): ours for ours, words in family.items() for word in words.split(",")}
    return {fold(choice): choice for choice in column.choices}
