"""Which table a file is, when no preset knows it: each table claims the headers it can, the best claim wins.

file: Date; Client; Commercial; Montant HT
sales     sold_on account_id rep_id amount    4 headers, what it needs is there
accounts  account_id rep_id                   2 headers
payments  needs document_id, which is not there
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from cadran.catalogue.loader import load_catalogue
from cadran.intake.dimensions import reads_as_a_name, teams
from cadran.intake.match import includes_tax, match, score
from cadran.intake.outcomes import closed_only, column_that_decides, dates_of_open_deals, outcome_column
from cadran.intake.profile import Profile
from cadran.intake.raw import Raw
from cadran.intake.recognition import RecognisedColumn, RecognisedTable, identifier
from cadran.intake.synonyms import words
from cadran.tables.contract import Table, Type
from cadran.tables.mapping import ColumnMapping, fold
from cadran.tables.model import SALES_MODEL

# Words of a file's or a sheet's name that speak for a table.
_NAMES = {
    "accounts": "clients client comptes accounts customers companies societes resellers",
    "reps": "commerciaux reps vendeurs salespeople employees sales_team sales_teams",
    "teams": "equipes teams",
    "memberships": "affectations memberships",
    "products": "articles produits products catalogue items",
    "leads": "prospects leads pistes",
    "opportunities": "affaires opportunites opportunities opportunity deals pipeline transactions devis",
    "stage_changes": "etapes historique stage_history stages_history history",
    "sales": "factures facture ventes commandes sales invoices orders lignes journal retail",
    "payments": "encaissements paiements reglements payments",
    "contracts": "contrats abonnements contracts subscriptions",
    "activities": "activites activities rendez visites calls meetings",
    "feedback": "enquetes satisfaction nps feedback survey surveys avis",
    "assessments": "evaluations assessments competences",
    "credits": "partages credits splits",
    "forecasts": "previsions forecasts",
    "absences": "absences conges",
    "account_owners": "portefeuilles account_owners owners",
    "targets": "objectifs quotas quota targets",
    "exchange_rates": "taux cours exchange_rates rates",
    "stages": "etapes stages",
}
_UNIT_PRICES = ("prix unitaire", "prix unitaire ht", "pu ht", "pu", "prix", "unit price", "price")
_NAME_BONUS = 0.75
_ONCE = 0.5  # of the rows of a list, at least so many name something else
_UNUSED_COST = 0.25


@dataclass(frozen=True)
class Candidate:
    """A table with what it claims of the file: how many `headers`, for how many `points`; `gaps`: what it lacks."""

    found: RecognisedTable
    points: float
    headers: int

    @property
    def gaps(self) -> tuple[str, ...]:
        return self.found.missing


def best_table(
    connection: duckdb.DuckDBPyConnection, raw: Raw, profiles: Sequence[Profile], only: str | None = None
) -> RecognisedTable | None:
    """The table with the best claim; with gaps when none is complete. None when nothing is claimed at all.

    `only`: the one table to consider."""
    tables = [SALES_MODEL[only]] if only else list(SALES_MODEL.values())
    claims = [_claim(connection, raw, table, profiles) for table in tables]
    whole = [claim for claim in claims if not claim.gaps and claim.headers >= (1 if only else 2)]
    nearly = [claim for claim in claims if len(claim.gaps) == 1 and claim.headers >= 3]
    chosen = max(whole or nearly, key=lambda claim: claim.points, default=None)
    nearer = max(nearly, key=lambda claim: claim.points, default=None)
    if chosen is None:
        return claims[0].found if only else None
    if nearer is None or nearer.points <= chosen.points:
        return chosen.found
    is_nearer = _is_let_down_by_tax(nearer, profiles) or _names_again(chosen, profiles)
    return nearer.found if is_nearer else chosen.found


def _names_again(claim: Candidate, profiles: Sequence[Profile]) -> bool:
    """A list of clients, people or products names each once; what names them again and again is about something else,
    and lacks a column for it: that is asked for, rather than clients changed by it."""
    table = SALES_MODEL[claim.found.table]
    key = claim.found.get(table.key[0]) or claim.found.get("name")
    if table.is_fact or len(table.key) > 1 or key is None:
        return False
    return any(each.header == key.header and each.distinct < _ONCE for each in profiles)


def _is_let_down_by_tax(claim: Candidate, profiles: Sequence[Profile]) -> bool:
    """An invoice file of which only the amounts with tax were exported is still an invoice file."""
    return "amount" in claim.gaps and any(includes_tax(profile.header) for profile in profiles)


def _claim(connection: duckdb.DuckDBPyConnection, raw: Raw, table: Table, profiles: Sequence[Profile]) -> Candidate:
    columns = tuple(
        RecognisedColumn(m.column, ColumnMapping(m.profile.header), m.confidence, m.profile.examples)
        for m in match(table, profiles)
    )
    found = RecognisedTable(table.name, columns, 0.0)
    found = complete(connection, raw, found, profiles)
    filled = [profile for profile in profiles if not profile.is_empty]
    further = teams(found, profiles) if table.name == "reps" and "rep_id" in found else ()
    sure = {c.header: c.confidence for fill in (*further, found) for c in fill.columns if c.header is not None}
    used = sum(sure.values())
    unused = len(filled) - sum(1 for profile in filled if profile.header in sure)
    points = used - _UNUSED_COST * unused + _NAME_BONUS * _named(raw, table.name)
    confidence = max(0.05, min(0.95, used / max(len(filled), 1) + 0.15 * _named(raw, table.name)))
    return Candidate(replace(found, confidence=round(confidence, 2)), points, len(sure))


def _named(raw: Raw, table: str) -> bool:
    said = set(words(raw.file.path.stem.split(".")[0]).split()) | set(words(raw.sheet or "").split())
    names = {part for name in _NAMES[table].split() for part in ([name] if "_" not in name else [])}
    return bool(said & names) or fold(table).replace("_", " ") in words(raw.file.name)


def complete(
    connection: duckdb.DuckDBPyConnection, raw: Raw, found: RecognisedTable, profiles: Sequence[Profile]
) -> RecognisedTable:
    """What a table's own sense adds to its headers: outcomes in stages, amounts out of prices, scopes of targets."""
    if found.table == "opportunities":
        return _complete_deals(connection, raw, found, profiles)
    if found.table == "sales" and "amount" not in found:
        return _with_amount_of_price(found, profiles)
    if found.table in ("accounts", "reps", "products"):
        return _with_name_of_key(found, profiles)
    return _complete_targets(found, profiles) if found.table == "targets" else found


def _with_name_of_key(found: RecognisedTable, profiles: Sequence[Profile]) -> RecognisedTable:
    """A list of people, clients or products known by their names only: the name is the key."""
    key = found.get(SALES_MODEL[found.table].key[0])
    profile = next((p for p in profiles if key and p.header == key.header), None)
    if key is None or profile is None or "name" in found or not reads_as_a_name(profile):
        return found
    return found.with_columns(replace(key, column="name"))


def _complete_deals(
    connection: duckdb.DuckDBPyConnection, raw: Raw, found: RecognisedTable, profiles: Sequence[Profile]
) -> RecognisedTable:
    by_header = {profile.header: profile for profile in profiles}
    given = found.get("outcome")
    decides = by_header.get(given.header or "") if given else column_that_decides(profiles)
    if decides is None:
        return found
    if given is None or not given.mapping.values:
        confidence = given.confidence if given else 0.75
        found = found.with_columns(outcome_column(decides, confidence))
    outcome = found["outcome"].mapping
    closed = found.get("closed_on")
    if closed is None or closed.header is None or not dates_of_open_deals(connection, raw, outcome, closed.header):
        return found
    expected = replace(closed, column="expected_close_on")
    found = found.with_columns(replace(closed, mapping=closed_only(outcome, closed.header)))
    return found if "expected_close_on" in found else found.with_columns(expected)


def _with_amount_of_price(found: RecognisedTable, profiles: Sequence[Profile]) -> RecognisedTable:
    """quantity * unit price, where a file has no amounts of its own."""
    prices = [p for p in profiles if words(p.header) in _UNIT_PRICES and p.numbers > 0.7 and not includes_tax(p.header)]
    if "quantity" not in found or not prices:
        return found
    quantity, price = identifier(found["quantity"].header or ""), identifier(prices[0].header)
    if not quantity.isidentifier() or not price.isidentifier():
        return found
    mapping = ColumnMapping(formula=f"{quantity} * {price}")
    return found.with_columns(RecognisedColumn("amount", mapping, 0.8, prices[0].examples))


def _complete_targets(found: RecognisedTable, profiles: Sequence[Profile]) -> RecognisedTable:
    """A sheet of objectives that names neither the KPI nor the scope: revenue, of the reps or teams it lists."""
    if "value" not in found or not {"period", "starts_on"} & {column.column for column in found.columns}:
        return replace(found, columns=tuple(c for c in found.columns if c.column != "value"))
    if "scope" not in found:
        listed = found.get("scope_id")
        header = listed.header if listed else None
        is_team = header is not None and bool({"equipe", "team", "agence"} & set(words(header).split()))
        scope = "company" if header is None else "team" if is_team else "rep"
        found = found.with_columns(RecognisedColumn("scope", ColumnMapping(constant=scope), 0.7))
    if "kpi" not in found:
        return found.with_columns(RecognisedColumn("kpi", ColumnMapping(constant="revenue"), 0.6))
    kpi = found["kpi"]
    named = next(profile for profile in profiles if profile.header == kpi.header)
    return found.with_columns(replace(kpi, mapping=replace(kpi.mapping, values=_kpis_named(named.words))))


def _kpis_named(said: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """KPIs that a sheet calls by their names: « Chiffre d’affaires » -> revenue. Ids stay as they are."""
    names = {fold(label): kpi.id for kpi in load_catalogue() for label in (kpi.label.fr, kpi.label.en)}
    return tuple((word, names[fold(word)]) for word in sorted(said) if fold(word) in names)


def more_columns(found: RecognisedTable, profiles: Sequence[Profile], prefix: str) -> RecognisedTable:
    """The columns that a preset leaves free, from headers it does not know; never quite sure of them."""
    table = SALES_MODEL[found.table]
    free = [p for p in profiles if p.header not in found.headers]
    best: dict[str, RecognisedColumn] = {}
    for profile in free:
        alias = profile.header[len(prefix) :] if prefix and fold(profile.header).startswith(fold(prefix)) else None
        scored = [(score(table, c, profile, alias), c) for c in table.columns if c.name not in found]
        confidence, column = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        known = best.get(column.name) if column else None
        if (
            column is None
            or confidence < 0.85
            or column.type is Type.CHOICE
            or (known and known.confidence >= confidence)
        ):
            continue
        best[column.name] = RecognisedColumn(
            column.name, ColumnMapping(profile.header), 0.9 * confidence, profile.examples
        )
    return found.with_columns(*best.values())
