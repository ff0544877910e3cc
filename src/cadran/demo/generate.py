"""The sample company from a seed: the same seed gives the same company, whatever the machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from cadran.demo.clients import Clientele, ownership
from cadran.demo.contracts import sign_contracts
from cadran.demo.prospecting import clients_met_again, prospect
from cadran.demo.rows import Company, Credit, Deal, SaleLine
from cadran.demo.trade import trade
from cadran.demo.voices import absences, activities, assessments, feedback

DEFAULT_SEED = 24

_SHARED_SINCE = date(2026, 1, 1)
# A key account served by a region, and two colleagues of one team.
_HELPERS = {"CAU": "MOR", "HVA": "LBR", "ICA": "CDA", "MOR": "NBE", "STA": "RFA", "CDA": "RFA"}
_SHARES = (Decimal("0.60"), Decimal("0.40"))


def generate(seed: int = DEFAULT_SEED) -> Company:
    """Two years and a quarter of the sample company, up to the evening before its clock."""
    clientele = Clientele(seed)
    prospecting = prospect(seed, clientele)
    won = {deal.account_id for deal in prospecting.deals if deal.outcome == "won"}
    accounts = clientele.signed(won)
    contracts = sign_contracts(seed, accounts, prospecting.deals)
    traded = trade(seed, accounts, prospecting.deals, contracts)
    leads = (*prospecting.leads, *clients_met_again(seed, prospecting.leads, traded.invoices))
    return Company(
        accounts=accounts,
        owners=tuple(ownership(accounts)),
        leads=leads,
        deals=_as_typed_in(traded.deals),
        stage_entries=prospecting.stage_entries,
        orders=traded.orders,
        invoices=traded.invoices,
        contracts=contracts,
        activities=activities(seed, accounts, leads, traded.deals, prospecting.stage_entries),
        feedback=feedback(seed, accounts, traded.invoices),
        assessments=assessments(seed),
        credits=(*_shared_deals(traded.deals), *_shared_invoices(traded.invoices)),
        absences=absences(seed),
    )


def _as_typed_in(deals: tuple[Deal, ...]) -> tuple[Deal, ...]:
    """Some first contacts are missing (the lead has them), and a few are typed in after the signature."""
    found = list(deals)
    for place in [place for place, deal in enumerate(deals) if deal.lead_id][9::40]:
        found[place] = replace(deals[place], first_contact_on=None)
    signed = [place for place, deal in enumerate(deals) if deal.outcome == "won" and not deal.lead_id]
    for place in signed[11::50]:
        found[place] = replace(deals[place], first_contact_on=_slip(deals[place].closed_on))
    return tuple(found)


def _slip(closed_on: date | None) -> date | None:
    return closed_on + timedelta(days=21) if closed_on else None


def _shared_deals(deals: tuple[Deal, ...]) -> list[Credit]:
    """Some deals of two reps: the first six decided since the start of the year whose rep has a usual helper."""
    shared = [d for d in deals if d.closed_on and d.closed_on >= _SHARED_SINCE and d.rep_id in _HELPERS][:6]
    return [credit for deal in shared for credit in _credits("opportunities", deal.opportunity_id, deal.rep_id)]


def _shared_invoices(invoices: tuple[SaleLine, ...]) -> list[Credit]:
    """Some lines of machines sold by two reps this year."""
    shared = [
        line
        for line in invoices
        if line.sold_on >= _SHARED_SINCE and line.rep_id in _HELPERS and line.product_id.startswith("CP")
    ][:10]
    return [credit for line in shared for credit in _credits("sales", line.sale_id, line.rep_id or "")]


def _credits(fact: str, fact_id: str, rep: str) -> list[Credit]:
    return [Credit(fact, fact_id, who, share) for who, share in zip((rep, _HELPERS[rep]), _SHARES, strict=True)]
