"""The sales model: the tables every KPI is computed from, as data.

The one description of what a company's data can hold. Intake recognises and checks against it, the store lays its
tables out from it, the planner resolves columns in it, and the documentation is written from it.
"""

from __future__ import annotations

from cadran.errors import Text
from cadran.tables.contract import Column, Table, Type

MONEY_PRECISION = (18, 4)


def _column(name: str, type_: Type, fr: str, en: str, required: bool, domain: str | None = None) -> Column:
    return Column(name, type_, Text(fr, en), required, domain)


def _id(name: str, fr: str, en: str, required: bool = False, domain: str | None = None) -> Column:
    """An id; its domain is its own name less the `_id`, unless it names another (manager_rep_id -> rep)."""
    return _column(name, Type.ID, fr, en, required, domain or name.removesuffix("_id"))


def _text(name: str, fr: str, en: str, required: bool = False) -> Column:
    return _column(name, Type.TEXT, fr, en, required)


def _date(name: str, fr: str, en: str, required: bool = False) -> Column:
    return _column(name, Type.DATE, fr, en, required)


def _at(name: str, fr: str, en: str, required: bool = False) -> Column:
    return _column(name, Type.TIMESTAMP, fr, en, required)


def _money(name: str, fr: str, en: str, required: bool = False) -> Column:
    return _column(name, Type.MONEY, fr, en, required)


def _number(name: str, fr: str, en: str, required: bool = False) -> Column:
    return _column(name, Type.NUMBER, fr, en, required)


def _choice(name: str, fr: str, en: str, choices: str, required: bool = False) -> Column:
    return Column(name, Type.CHOICE, Text(fr, en), required, choices=tuple(choices.split()))


ACCOUNT = _id("account_id", "Client", "Account")
REP = _id("rep_id", "Commercial", "Rep")
PRODUCT = _id("product_id", "Produit", "Product")
CURRENCY = _text("currency", "Devise", "Currency")
COMMENT = _text("comment", "Commentaire", "Comment")


def _required(column: Column) -> Column:
    return Column(column.name, column.type, column.label, True, column.domain, column.choices)


_TABLES = (
    Table(
        "accounts",
        Text("Clients", "Accounts"),
        (
            _required(ACCOUNT),
            _text("name", "Nom du client", "Account name"),
            _text("segment", "Segment", "Segment"),
            _text("industry", "Secteur", "Industry"),
            _text("region", "Région", "Region"),
            _text("country", "Pays", "Country"),
            _text("size_band", "Taille", "Size band"),
            REP,
            _date("created_on", "Créé le", "Created on"),
        ),
        key=("account_id",),
    ),
    Table(
        "reps",
        Text("Commerciaux", "Reps"),
        (
            _required(REP),
            _text("name", "Nom du commercial", "Rep name"),
            _text("email", "E-mail", "Email"),
            _date("hired_on", "Arrivé le", "Hired on"),
            _date("left_on", "Parti le", "Left on"),
        ),
        key=("rep_id",),
        ordered=(("hired_on", "left_on"),),
    ),
    Table(
        "teams",
        Text("Équipes", "Teams"),
        (
            _id("team_id", "Équipe", "Team", required=True),
            _text("name", "Nom de l’équipe", "Team name"),
            _id("parent_team_id", "Équipe parente", "Parent team", domain="team"),
            _id("manager_rep_id", "Responsable", "Manager", domain="rep"),
        ),
        key=("team_id",),
    ),
    Table(
        "memberships",
        Text("Affectations", "Memberships"),
        (
            _required(REP),
            _id("team_id", "Équipe", "Team", required=True),
            _date("starts_on", "Depuis le", "Starts on", required=True),
            _date("ends_on", "Jusqu’au (exclu)", "Ends on (exclusive)"),
        ),
        key=("rep_id", "team_id", "starts_on"),
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "products",
        Text("Produits", "Products"),
        (
            _required(PRODUCT),
            _text("name", "Nom du produit", "Product name"),
            _text("category", "Famille", "Category"),
            _money("list_price", "Prix catalogue", "List price"),
            _money("unit_cost", "Coût unitaire", "Unit cost"),
        ),
        key=("product_id",),
    ),
    Table(
        "leads",
        Text("Prospects", "Leads"),
        (
            _id("lead_id", "Prospect", "Lead", required=True),
            ACCOUNT,
            REP,
            _text("source", "Source", "Source"),
            _date("first_contact_on", "Premier contact le", "First contact on"),
            _date("qualified_on", "Qualifié le", "Qualified on"),
            _date("client_on", "Client le", "Client on"),
            _date("lost_on", "Perdu le", "Lost on"),
            _text("lost_reason", "Motif de perte", "Lost reason"),
        ),
        key=("lead_id",),
        dated_by="first_contact_on",
        ordered=(("first_contact_on", "qualified_on"), ("first_contact_on", "lost_on")),
        is_fact=True,
    ),
    Table(
        "opportunities",
        Text("Affaires", "Opportunities"),
        (
            _id("opportunity_id", "Affaire", "Opportunity", required=True),
            ACCOUNT,
            _id("lead_id", "Prospect", "Lead"),
            REP,
            _text("name", "Nom de l’affaire", "Opportunity name"),
            _choice("kind", "Nature", "Kind", "new upsell cross_sell renewal"),
            _text("source", "Source", "Source"),
            PRODUCT,
            _money("amount", "Montant", "Amount"),
            CURRENCY,
            _date("first_contact_on", "Premier contact le", "First contact on"),
            _date("created_on", "Créée le", "Created on"),
            _date("expected_close_on", "Signature prévue le", "Expected close on"),
            _date("closed_on", "Conclue le", "Closed on"),
            _choice("outcome", "Issue", "Outcome", "open won lost", required=True),
            _text("stage", "Étape", "Stage"),
            Column("probability", Type.SHARE, Text("Probabilité", "Probability")),
            _text("lost_reason", "Motif de perte", "Lost reason"),
        ),
        key=("opportunity_id",),
        dated_by="created_on",
        ordered=(("first_contact_on", "closed_on"), ("created_on", "closed_on")),
        is_fact=True,
    ),
    Table(
        "stage_changes",
        Text("Changements d’étape", "Stage changes"),
        (
            _id("opportunity_id", "Affaire", "Opportunity", required=True),
            _text("stage", "Étape", "Stage", required=True),
            _at("entered_at", "Entrée le", "Entered at", required=True),
        ),
        key=("opportunity_id", "stage", "entered_at"),
        dated_by="entered_at",
        is_fact=True,
    ),
    Table(
        "sales",
        Text("Ventes", "Sales"),
        (
            _id("sale_id", "Ligne de vente", "Sale line", required=True),
            _id("order_id", "Commande", "Order"),
            _id("document_id", "Pièce", "Document"),
            _choice("kind", "Type de pièce", "Kind of document", "invoice credit_note order"),
            _text("nature", "Nature", "Nature"),
            _id("corrects_document_id", "Pièce corrigée", "Corrected document", domain="document"),
            ACCOUNT,
            REP,
            PRODUCT,
            _date("sold_on", "Date de vente", "Sold on"),
            _number("quantity", "Quantité", "Quantity"),
            _money("amount", "Montant HT", "Net amount", required=True),
            _money("list_amount", "Montant au tarif", "Amount at list price"),
            _money("cost", "Coût", "Cost"),
            CURRENCY,
        ),
        key=("sale_id",),
        keyless=True,
        dated_by="sold_on",
        is_fact=True,
    ),
    Table(
        "payments",
        Text("Encaissements", "Payments"),
        (
            _id("payment_id", "Encaissement", "Payment", required=True),
            _id("document_id", "Pièce", "Document", required=True),
            _date("paid_on", "Encaissé le", "Paid on", required=True),
            _money("amount", "Montant", "Amount", required=True),
            CURRENCY,
        ),
        key=("payment_id",),
        keyless=True,
        dated_by="paid_on",
        is_fact=True,
    ),
    Table(
        "contracts",
        Text("Contrats", "Contracts"),
        (
            _id("contract_id", "Contrat", "Contract", required=True),
            _required(ACCOUNT),
            REP,
            PRODUCT,
            _date("signed_on", "Signé le", "Signed on"),
            _date("starts_on", "Début", "Starts on", required=True),
            _date("ends_on", "Dernier jour couvert", "Last day covered", required=True),
            _money("annual_value", "Valeur annuelle", "Annual value", required=True),
            CURRENCY,
            Column("tacit", Type.BOOLEAN, Text("Reconduction tacite", "Tacit renewal")),
            Column("notice_days", Type.INTEGER, Text("Préavis (jours)", "Notice (days)")),
            _date("terminated_on", "Résilié le", "Terminated on"),
            _text("loss_reason", "Motif de perte", "Loss reason"),
            _id("renews_contract_id", "Renouvelle le contrat", "Renews contract", domain="contract"),
        ),
        key=("contract_id",),
        dated_by="starts_on",
        ordered=(("starts_on", "ends_on"),),
        is_fact=True,
    ),
    Table(
        "activities",
        Text("Activités", "Activities"),
        (
            _id("activity_id", "Activité", "Activity", required=True),
            _required(REP),
            ACCOUNT,
            _id("opportunity_id", "Affaire", "Opportunity"),
            _id("lead_id", "Prospect", "Lead"),
            _choice("kind", "Type", "Kind", "call email meeting visit demo quote other", required=True),
            _at("happened_at", "Date", "Happened at", required=True),
            _text("outcome", "Résultat", "Outcome"),
        ),
        key=("activity_id",),
        keyless=True,
        dated_by="happened_at",
        is_fact=True,
    ),
    Table(
        "feedback",
        Text("Avis des clients", "Feedback"),
        (
            _id("feedback_id", "Avis", "Feedback", required=True),
            _required(ACCOUNT),
            REP,
            _choice("kind", "Enquête", "Kind of survey", "nps csat ces review", required=True),
            _number("score", "Note", "Score"),
            COMMENT,
            _at("happened_at", "Date", "Happened at", required=True),
        ),
        key=("feedback_id",),
        keyless=True,
        dated_by="happened_at",
        is_fact=True,
    ),
    Table(
        "assessments",
        Text("Évaluations", "Assessments"),
        (
            _id("assessment_id", "Évaluation", "Assessment", required=True),
            _required(REP),
            _text("criterion", "Critère", "Criterion", required=True),
            Column("level", Type.INTEGER, Text("Niveau (1 à 5)", "Level (1 to 5)"), True),
            COMMENT,
            _at("happened_at", "Date", "Happened at", required=True),
        ),
        key=("assessment_id",),
        keyless=True,
        dated_by="happened_at",
        is_fact=True,
    ),
    Table(
        "credits",
        Text("Partages", "Credits"),
        (
            _choice("fact", "Table partagée", "Shared table", "sales opportunities", required=True),
            _text("fact_id", "Ligne partagée", "Shared row", required=True),
            _required(REP),
            Column("share", Type.SHARE, Text("Part", "Share"), True),
        ),
        key=("fact", "fact_id", "rep_id"),
    ),
    Table(
        "forecasts",
        Text("Prévisions", "Forecasts"),
        (
            _id("forecast_id", "Prévision", "Forecast", required=True),
            _choice("scope", "Niveau", "Scope", "company team rep", required=True),
            _text("scope_id", "Équipe ou commercial", "Team or rep"),
            _text("period", "Période", "Period", required=True),
            _money("value", "Montant annoncé", "Committed value", required=True),
            _at("submitted_at", "Annoncé le", "Submitted at", required=True),
        ),
        key=("forecast_id",),
        keyless=True,
        dated_by="submitted_at",
    ),
    Table(
        "absences",
        Text("Absences", "Absences"),
        (
            _required(REP),
            _date("starts_on", "Premier jour", "First day", required=True),
            _date("ends_on", "Dernier jour", "Last day", required=True),
        ),
        key=("rep_id", "starts_on"),
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "account_owners",
        Text("Portefeuilles", "Account owners"),
        (
            _required(ACCOUNT),
            _required(REP),
            _date("starts_on", "Depuis le", "Starts on", required=True),
            _date("ends_on", "Jusqu’au (exclu)", "Ends on (exclusive)"),
        ),
        key=("account_id", "starts_on"),
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "targets",
        Text("Objectifs", "Targets"),
        (
            _text("kpi", "Indicateur", "KPI", required=True),
            _choice("scope", "Niveau", "Scope", "company team rep", required=True),
            _text("scope_id", "Équipe ou commercial", "Team or rep"),
            _date("starts_on", "Début", "Starts on"),
            _date("ends_on", "Fin (exclue)", "Ends on (exclusive)"),
            _text("period", "Période", "Period"),
            _money("value", "Objectif", "Target", required=True),
            _money("stretch_value", "Objectif haut", "Stretch target"),
            _text("dimensions", "Ventilation", "Breakdown"),
            _text("set_by", "Fixé par", "Set by"),
            _at("set_at", "Fixé le", "Set at"),
            _at("notified_at", "Notifié le", "Notified at"),
            _at("acknowledged_at", "Accepté le", "Acknowledged at"),
        ),
        key=("kpi", "scope", "scope_id", "starts_on", "period", "dimensions"),
        dated_by="starts_on",
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "exchange_rates",
        Text("Taux de change", "Exchange rates"),
        (
            _text("currency", "Devise", "Currency", required=True),
            _date("rate_on", "À partir du", "From", required=True),
            _number("rate", "Taux", "Rate", required=True),
        ),
        key=("currency", "rate_on"),
        dated_by="rate_on",
    ),
    Table(
        "stages",
        Text("Étapes du pipeline", "Pipeline stages"),
        (
            _text("stage", "Étape", "Stage", required=True),
            Column("position", Type.INTEGER, Text("Rang", "Position"), True),
            Column("probability", Type.SHARE, Text("Probabilité", "Probability")),
            _choice("outcome", "Issue", "Outcome", "open won lost"),
        ),
        key=("stage",),
    ),
)

SALES_MODEL: dict[str, Table] = {table.name: table for table in _TABLES}

# Which table an id of a domain points to: what a reference is checked against, and what a formula may reach
# (`account.segment`).
PARENT_OF_DOMAIN = {
    "account": "accounts",
    "rep": "reps",
    "team": "teams",
    "product": "products",
    "lead": "leads",
    "opportunity": "opportunities",
    "contract": "contracts",
}

# Ids of these only group rows; there are as many as there is trade.
GROUPING_DOMAINS = ("order", "document")

# Ids that only name their own row are kept as text; all others are interned to integers by the store.
INTERNED_DOMAINS = (*PARENT_OF_DOMAIN, *GROUPING_DOMAINS)
