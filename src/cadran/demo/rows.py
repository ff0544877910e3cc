"""The sample company's rows, as plain frozen records: what really happened, before anybody wrote it to a file.

Money is `Decimal` in the row's own currency, to the cent. Days are `date`, moments `datetime` in the company's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rep:
    rep_id: str
    name: str
    email: str
    hired_on: date
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Team:
    team_id: str
    name: str
    manager: str


@dataclass(frozen=True, slots=True)
class Membership:
    """`ends_on` is the first day out of the team."""

    rep_id: str
    team_id: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Product:
    product_id: str
    name: str
    category: str
    list_price: Decimal
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """`portfolio` is the code of the rep who first had the account: who has it on a day is `world.owner`."""

    account_id: str
    name: str
    segment: str
    industry: str
    region: str
    country: str
    size_band: str
    portfolio: str
    created_on: date
    is_client: bool


@dataclass(frozen=True, slots=True)
class Lead:
    lead_id: str
    account_id: str | None
    rep_id: str
    source: str
    first_contact_on: date
    qualified_on: date | None = None
    client_on: date | None = None
    lost_on: date | None = None
    lost_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as its rep typed it in: the first contact may be missing, or after the signature."""

    opportunity_id: str
    account_id: str
    lead_id: str | None
    rep_id: str
    kind: str
    source: str
    amount: Decimal
    currency: str
    first_contact_on: date | None
    created_on: date
    expected_close_on: date
    closed_on: date | None
    outcome: str
    stage: str
    lost_reason: str | None
    basket: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True)
class BasketLine:
    """What a client takes of one product: `list_amount` and `amount` are the line's, before and after discount."""

    product_id: str
    quantity: int
    list_amount: Decimal
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class StageEntry:
    opportunity_id: str
    stage: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line of an order, an invoice or a credit note (`kind`); a credit note's amounts are negative."""

    sale_id: str
    kind: str
    order_id: str | None
    document_id: str
    corrects: str | None
    account_id: str | None
    rep_id: str | None
    product_id: str
    sold_on: date
    quantity: int
    list_amount: Decimal
    amount: Decimal
    cost: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Contract:
    """`ends_on` is the last day covered."""

    contract_id: str
    account_id: str
    rep_id: str
    product_id: str
    signed_on: date
    starts_on: date
    ends_on: date
    annual_value: Decimal
    tacit: bool
    terminated_on: date | None = None
    loss_reason: str | None = None
    renews: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    rep_id: str
    account_id: str | None
    opportunity_id: str | None
    lead_id: str | None
    kind: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    account_id: str
    rep_id: str
    kind: str
    score: int
    comment: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    rep_id: str
    criterion: str
    level: int
    comment: str
    happened_on: date


@dataclass(frozen=True, slots=True)
class Credit:
    fact: str
    fact_id: str
    rep_id: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Absence:
    """`ends_on` is the last day away."""

    rep_id: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Ownership:
    """`ends_on` is the first day the account is somebody else's."""

    account_id: str
    rep_id: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Rate:
    currency: str
    rate_on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Objective:
    """`period` is written as people write it (T1 2026, mars 2026); `scope_id` is None for the company."""

    kpi: str
    scope: str
    scope_id: str | None
    period: str
    value: Decimal
    set_on: date


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that happened to the sample company between its first day and the evening before its clock."""

    accounts: tuple[Account, ...]
    owners: tuple[Ownership, ...]
    leads: tuple[Lead, ...]
    deals: tuple[Deal, ...]
    stage_entries: tuple[StageEntry, ...]
    orders: tuple[SaleLine, ...]
    invoices: tuple[SaleLine, ...]
    contracts: tuple[Contract, ...]
    activities: tuple[Activity, ...]
    feedback: tuple[Feedback, ...]
    assessments: tuple[Assessment, ...]
    credits: tuple[Credit, ...]
    absences: tuple[Absence, ...]
