"""The rows that KPIs count, as the sales model and kpis.md describe them, known on the evening of `as_of`.

Each fact is a plain row with the columns of its table, amounts in the company's currency, and three more: `key`, its
own id; `fact`, under which credits share it; and the days it may be counted by, under their own names.

Readings of the text, where it leaves room:
- A deal's amount is converted at the rate of its decision once that is known, else of its creation, else of its first
  contact; a contract's at the rate of its start.
- What is decided after the evening of `as_of` is still open; a deal said to be open has no decision, whatever its
  dates.
- Where no line of sale has an order, an invoice stands for one.
- Without any order line, won deals are the orders; where there are no deals either, there is no order.
- A prospect's `client_on` that is given stands before the deals, the deals before the sales.
- Who was a client before: by a `client_on`, a won deal of the account or a purchase of the account earlier than the
  contact.
- A contract is known from its signature on, or its start if no signature is given; it runs out undecided through the
  evening of the last day of its grace time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from tests.engines.companies import Company, Row

DAY = timedelta(days=1)
NEVER = date(9999, 12, 31)
CENTS = Decimal("0.0001")


class Facts:
    """The facts of one company as known on one evening. `of(source)` gives them by the name of their source."""

    def __init__(self, company: Company, as_of: date) -> None:
        self.company, self.as_of = company, as_of
        self.basis = company.choices["revenue_basis"]
        self.grace = timedelta(days=company.thresholds["grace_days"])

    def of(self, source: str) -> list[Row]:
        found: list[Row] = getattr(self, source)
        return found

    # -- money -----------------------------------------------------------------------------------------------------

    def _money(self, row: Row, day: date | None, *columns: str) -> Row:
        """The row's amounts at the rate of that day; those of no day are in no period, and nothing is known of them."""
        if row["currency"] in (None, "EUR"):
            return {}
        rates = [
            (each["rate_on"], each["rate"])
            for each in self.company["exchange_rates"]
            if day is not None and each["currency"] == row["currency"] and each["rate_on"] <= day
        ]
        rate = max(rates)[1] if rates else None
        return {name: _converted(row[name], rate) for name in columns}

    # -- sales -----------------------------------------------------------------------------------------------------

    @cached_property
    def _lines(self) -> list[Row]:
        """Every line of `sales`."""
        return [
            {**row, **self._money(row, row["sold_on"], "amount", "list_amount", "cost")}
            | {"key": row["sale_id"], "fact": "sales", "kind": row["kind"] or "invoice"}
            for row in self.company["sales"]
        ]

    @cached_property
    def _signed(self) -> list[Row]:
        """The won deals as lines of sale: one line, one order, one unit each."""
        lines = []
        for deal in self.company["opportunities"]:
            if deal["outcome"] == "won":
                priced = {**deal, **self._money(deal, deal["closed_on"], "amount")}
                absent = dict.fromkeys(("nature", "list_amount", "cost"))
                line = {"order_id": deal["opportunity_id"], "sold_on": deal["closed_on"], "quantity": Decimal(1)}
                lines.append(priced | absent | line | {"key": deal["opportunity_id"], "fact": "opportunities"})
        return lines

    @cached_property
    def sales(self) -> list[Row]:
        """The lines that make revenue, each with the day of its client's first purchase ever."""
        lines = self._signed if self.basis == "signed" else self._revenue_lines()
        first = _firsts((line["account_id"], line["sold_on"]) for line in lines if is_purchase(line))
        return [line | {"first_purchase_on": first.get(line["account_id"])} for line in lines]

    def _revenue_lines(self) -> list[Row]:
        left_out = {nature.lower() for nature in self.company.choices["excluded_natures"]}
        wanted = self.basis == "ordered"
        lines = [
            line
            for line in self._lines
            if (line["kind"] == "order") == wanted and (line["nature"] or "").lower() not in left_out
        ]
        if not any(line["order_id"] for line in self._lines):
            lines = [line | {"order_id": line["document_id"]} for line in lines]
        return lines

    @property
    def has_orders(self) -> bool:
        return any(line["kind"] == "order" for line in self._lines)

    @cached_property
    def orders(self) -> list[Row]:
        return [line for line in self._lines if line["kind"] == "order"] if self.has_orders else self._signed

    @cached_property
    def movements(self) -> list[Row]:
        """What orders add to the backlog, and what the invoices of those orders take off it."""
        ordered = {line["order_id"] for line in self._lines if line["kind"] == "order" and line["order_id"]}
        return [
            line if line["kind"] == "order" else line | {"amount": -line["amount"]}
            for line in self._lines
            if line["order_id"] in ordered and line["amount"] is not None
        ]

    # -- deals and prospects ---------------------------------------------------------------------------------------

    @cached_property
    def deals(self) -> list[Row]:
        contacts = {lead["lead_id"]: lead["first_contact_on"] for lead in self.company["leads"]}
        chances = {stage["stage"]: stage["probability"] for stage in self.company["stages"]}
        found = []
        for row in self.company["opportunities"]:
            deal = {**row, "key": row["opportunity_id"], "fact": "opportunities"}
            if row["outcome"] == "open" or (row["closed_on"] and row["closed_on"] > self.as_of):
                deal |= {"outcome": "open", "closed_on": None}
            decided = row["closed_on"] if row["closed_on"] and row["closed_on"] <= self.as_of else None
            deal |= self._money(row, decided or row["created_on"] or row["first_contact_on"], "amount")
            contact = row["first_contact_on"] or contacts.get(row["lead_id"]) or row["created_on"]
            given = row["probability"]
            chance = chances.get(row["stage"]) if given is None else given
            found.append(deal | {"first_contact_on": contact, "probability": chance})
        return found

    def _wins(self, key: str) -> dict[str, date]:
        """The first won deal of each account or lead that is known."""
        return _firsts(
            (deal[key], deal["closed_on"])
            for deal in self.company["opportunities"]
            if deal["outcome"] == "won" and deal["closed_on"] and deal["closed_on"] <= self.as_of
        )

    @cached_property
    def prospects(self) -> list[Row]:
        """Leads, or deals with an account where there is no lead, by their first contact."""
        bought: dict[str, date] = {}
        if self.basis != "signed":
            bought = _firsts((line["account_id"], line["sold_on"]) for line in self.sales if is_purchase(line))
        by_account, by_lead = self._wins("account_id"), self._wins("lead_id")
        found = []
        for lead in self.company["leads"] or self._deals_as_leads():
            account = lead["account_id"]
            given, contact = lead["client_on"], lead["first_contact_on"]
            won = _earliest(by_account.get(account), by_lead.get(lead["lead_id"]))
            client_on = given or won or bought.get(account)
            earlier = _earliest(given, by_account.get(account), bought.get(account))
            found.append(
                lead
                | {"key": lead["lead_id"], "fact": "leads", "prospect": account or ("lead", lead["lead_id"])}
                | {"client_on": self._known(client_on), "lost_on": self._known(lead["lost_on"])}
                | {"was_client": bool(earlier and contact and earlier < contact)}
            )
        return found

    def _deals_as_leads(self) -> list[Row]:
        return [
            deal
            | {"lead_id": deal["opportunity_id"], "first_contact_on": deal["first_contact_on"] or deal["created_on"]}
            | {"client_on": None, "lost_on": deal["closed_on"] if deal["outcome"] == "lost" else None}
            for deal in self.company["opportunities"]
            if deal["account_id"]
        ]

    def _known(self, day: date | None) -> date | None:
        return day if day and day <= self.as_of else None

    # -- contracts -------------------------------------------------------------------------------------------------

    @cached_property
    def contracts(self) -> list[Row]:
        """Contracts with the day they are due, what became of them, and the last day they cover."""
        found = [
            {**row, **self._money(row, row["starts_on"], "annual_value")}
            | {"key": row["contract_id"], "fact": "contracts", "due_on": row["ends_on"] + DAY}
            for row in self.company["contracts"]
        ]
        for row in found:
            row["next_on"] = min((other["starts_on"] for other in found if self._succeeds(other, row)), default=None)
        for row in found:
            row["renewed"] = self._renewed(row)
            goes_on = row["next_on"] is None and self._renews_itself(row)
            row["covers_to"] = (row["terminated_on"] or NEVER) if goes_on else row["ends_on"]
        for row in found:
            row["kept"] = self._kept(row, [other for other in found if other["account_id"] == row["account_id"]])
        return found

    def _signed_by_now(self, row: Row) -> bool:
        signed: date = row["signed_on"] or row["starts_on"]
        return signed <= self.as_of

    def _succeeds(self, other: Row, row: Row) -> bool:
        if other["key"] == row["key"] or not self._signed_by_now(other):
            return False
        if other.get("renews_contract_id") == row["key"]:
            return True
        same = (other["account_id"], other["product_id"]) == (row["account_id"], row["product_id"])
        near = abs(other["starts_on"] - row["due_on"]) <= self.grace
        return same and near and other["starts_on"] > row["starts_on"]

    def _terminated(self, row: Row) -> bool:
        """Terminated by the due day, as far as it is known."""
        return bool(row["terminated_on"]) and row["terminated_on"] <= min(row["due_on"], self.as_of)

    def _renews_itself(self, row: Row) -> bool:
        return bool(row["tacit"]) and not self._terminated(row) and row["due_on"] <= self.as_of

    def _renewed(self, row: Row) -> bool | None:
        """None while the outcome is pending."""
        if row["next_on"] is not None or self._renews_itself(row):
            return True
        if self._terminated(row) or row["due_on"] + self.grace < self.as_of:
            return False
        return None

    def _kept(self, row: Row, clients: list[Row]) -> bool | None:
        """Whether the client still has a contract once the grace time is over; None while another one is pending."""
        last = row["due_on"] + self.grace
        others = [other for other in clients if other["key"] != row["key"] and self._signed_by_now(other)]
        if any(other["starts_on"] <= last <= other["covers_to"] for other in others):
            return True
        waits = any(other["renewed"] is None and other["due_on"] <= self.as_of for other in clients)
        return None if waits and not row["renewed"] else row["renewed"]

    # -- what was done and said ------------------------------------------------------------------------------------

    @cached_property
    def activities(self) -> list[Row]:
        return [_of_its_day(row, "activity_id", "activities") for row in self.company["activities"]]

    @cached_property
    def feedback(self) -> list[Row]:
        return [_of_its_day(row, "feedback_id", "feedback") for row in self.company["feedback"]]


def is_purchase(line: Row) -> bool:
    return line["amount"] is not None and line["amount"] > 0


def _of_its_day(row: Row, key: str, fact: str) -> Row:
    return {**row, "key": row[key], "fact": fact, "happened_at": row["happened_at"].date()}


def _converted(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else (amount * rate).quantize(CENTS, ROUND_HALF_UP)


def _firsts(days: Iterable[tuple[str | None, date | None]]) -> dict[str, date]:
    """The first day of each name."""
    found: dict[str, date] = {}
    for name, day in days:
        if name is not None and day is not None:
            found[name] = min(found.get(name, day), day)
    return found


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)
