"""Orders, their invoices and credit notes, and the quarter that the whole product is explained with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from cadran.demo import world
from cadran.demo.baskets import contract_line, machine_basket, parts_basket, to_step
from cadran.demo.chance import Chance, next_workday
from cadran.demo.clients import currency_of
from cadran.demo.rows import Account, BasketLine, Contract, Deal, SaleLine

# Orders of parts a quarter, by segment; mean days from order to invoice, by category.
_RHYTHM = {"Grand compte": 1.7, "ETI": 0.85, "PME": 0.42}
_DELAY = {world.PARTS: 5.0, world.CONTRACTS: 8.0, world.SERVICES: 16.0}
_LONGEST_DELAY = 27.0
_CREDITED = 0.035
# Machines ordered in the first weeks, from talks that began before the company kept its deals in a CRM.
_BEFORE_THE_CRM = 21
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class _Order:
    account: Account
    rep_id: str
    ordered_on: date
    basket: tuple[BasketLine, ...]
    deal_id: str | None = None


@dataclass(frozen=True)
class Trade:
    """`deals` are those given, with won amounts equal to their orders'."""

    orders: tuple[SaleLine, ...]
    invoices: tuple[SaleLine, ...]
    deals: tuple[Deal, ...]


def trade(seed: int, accounts: tuple[Account, ...], deals: tuple[Deal, ...], contracts: tuple[Contract, ...]) -> Trade:
    by_id = {account.account_id: account for account in accounts}
    since = {account.account_id: world.FIRST_DAY for account in accounts if account.created_on < world.FIRST_DAY}
    won = [deal for deal in deals if deal.outcome == "won" and deal.closed_on]
    for deal in won:
        since.setdefault(deal.account_id, deal.closed_on or world.FIRST_DAY)
    placed = [
        *(_Order(by_id[d.account_id], d.rep_id, d.closed_on, d.basket, d.opportunity_id) for d in won if d.closed_on),
        *_parts_orders(Chance(seed, "parts"), [(by_id[key], day) for key, day in since.items()]),
        *_contract_orders(by_id, contracts),
        *_machines_before_the_crm(Chance(seed, "before the CRM"), [by_id[key] for key in since]),
    ]
    placed.sort(key=lambda order: (order.ordered_on, order.account.account_id))
    orders = _number_orders(_oddities(placed))
    invoices = _invoices(Chance(seed, "invoices"), [line for line, _ in orders])
    orders_lines, invoices = _balance_founding_quarter([line for line, _ in orders], invoices)
    deal_of_order = {line.order_id: deal for line, deal in orders if deal}
    return Trade(tuple(orders_lines), tuple(invoices), _with_order_amounts(deals, orders_lines, deal_of_order))


# -- orders ------------------------------------------------------------------------------------------------------


def _parts_orders(draw: Chance, clients: list[tuple[Account, date]]) -> Iterable[_Order]:
    """Each client orders at a rhythm of its own; August waits for September, and one family of clients fell silent."""
    for account, since in clients:
        rhythm = 91 / (_RHYTHM[account.segment] * draw.between(0.5, 1.5))
        day = since + timedelta(days=round(draw.between(0.1, 1.0) * rhythm))
        while (ordered_on := next_workday(day)) <= world.AS_OF:
            if ordered_on.month == world.QUIET_MONTH and draw.happens(0.6):
                ordered_on = next_workday(ordered_on + timedelta(days=31))
            if _still_buys(account, ordered_on) and ordered_on <= world.AS_OF:
                rep = world.owner(account.portfolio, ordered_on)
                yield _Order(account, rep, ordered_on, parts_basket(draw, account, rep))
            day = max(day, ordered_on) + timedelta(days=1 + round(draw.wait(rhythm, shape=4)))


def _machines_before_the_crm(draw: Chance, clients: list[Account]) -> Iterable[_Order]:
    known = [client for client in clients if client.created_on < world.FIRST_DAY]
    for _ in range(_BEFORE_THE_CRM):
        ordered_on = next_workday(world.FIRST_DAY + timedelta(days=int(draw.wait(24, shape=1))))
        account = draw.one_of(known)
        rep = world.owner(account.portfolio, ordered_on)
        yield _Order(account, rep, ordered_on, machine_basket(draw, account, rep, "upsell"))


def _still_buys(account: Account, day: date) -> bool:
    return account.industry != world.SILENT_INDUSTRY or day < world.SILENT_SINCE


def _contract_orders(accounts: dict[str, Account], contracts: tuple[Contract, ...]) -> Iterable[_Order]:
    """Every term of a contract is ordered, and invoiced, once: at its start."""
    for contract in contracts:
        ordered_on = next_workday(contract.starts_on)
        if world.FIRST_DAY <= ordered_on <= world.AS_OF:
            line = contract_line(contract.product_id, contract.annual_value)
            yield _Order(accounts[contract.account_id], contract.rep_id, ordered_on, (line,))


def _oddities(orders: list[_Order]) -> list[tuple[_Order, str | None, str | None]]:
    """The orders with their rep and account as the books have them: some have no rep, some no client, some a product
    nobody knows, and some the same line twice."""
    found: list[tuple[_Order, str | None, str | None]] = []
    small = 0
    for order in orders:
        rep, account = order.rep_id, order.account.account_id
        if order.deal_id or order.account.country == "Suisse" or order.basket[0].product_id.startswith("CE"):
            found.append((order, rep, account))
            continue
        small += 1
        if small % 131 == 7:
            order = replace(order, basket=(*order.basket, order.basket[0]))
        if small % 331 == 40:
            order = replace(order, basket=(replace(order.basket[0], product_id=world.UNKNOWN_PRODUCT),))
        found.append((order, None if small % 149 == 20 else rep, None if small % 301 == 33 else account))
    return found


def _number_orders(orders: list[tuple[_Order, str | None, str | None]]) -> list[tuple[SaleLine, str | None]]:
    """The lines of all orders, in the order of their days, each with the deal it comes from."""
    numbers: Counter[int] = Counter()
    lines = []
    for order, rep, account in orders:
        year = order.ordered_on.year
        numbers[year] += 1
        order_id = f"CDE-{year % 100}-{numbers[year]:05}"
        for place, basket in enumerate(order.basket, start=1):
            line = SaleLine(
                sale_id=f"{order_id}/{place}",
                kind="order",
                order_id=order_id,
                document_id=order_id,
                corrects=None,
                account_id=account,
                rep_id=rep,
                product_id=basket.product_id,
                sold_on=order.ordered_on,
                quantity=basket.quantity,
                list_amount=basket.list_amount,
                amount=basket.amount,
                cost=basket.cost,
                currency=currency_of(order.account),
            )
            lines.append((line, order.deal_id))
    return lines


# -- invoices and credit notes -----------------------------------------------------------------------------------


def _invoices(draw: Chance, orders: list[SaleLine]) -> list[SaleLine]:
    """The invoices of what was delivered by the evening before the clock, and their credit notes, numbered by day."""
    delivered = []
    for order_id, lines in groupby(orders, key=lambda line: line.order_id):
        delivered += _deliveries(draw, str(order_id), list(lines))
    credited = [_credit_note(draw, lines) for lines in _by_document(delivered) if draw.happens(_CREDITED)]
    drafts = delivered + [line for line in credited if line]
    drafts = [line for line in drafts if line.sold_on <= world.AS_OF]
    return _numbered(sorted(drafts, key=lambda line: (line.sold_on, line.kind == "credit_note", line.document_id)))


def _deliveries(draw: Chance, order_id: str, lines: list[SaleLine]) -> list[SaleLine]:
    """One invoice a delivery: half of the mixed orders are delivered as each category is ready. Francs are invoiced in
    the month of their order, so that an order and its invoices have one rate."""
    days = {
        category: _delivery_day(draw, lines[0], category) for category in sorted({_category(line) for line in lines})
    }
    if draw.happens(0.5):
        days = dict.fromkeys(days, max(days.values()))
    numbers = {day: f"{order_id}:{place}" for place, day in enumerate(sorted(set(days.values())))}
    found = []
    for line in lines:
        day = days[_category(line)]
        found.append(replace(line, kind="invoice", document_id=numbers[day], sold_on=day))
    return found


def _delivery_day(draw: Chance, line: SaleLine, category: str) -> date:
    day = next_workday(line.sold_on + timedelta(days=1 + round(draw.wait(_DELAY.get(category, _LONGEST_DELAY) - 1))))
    if line.currency == world.CURRENCY or day.month == line.sold_on.month:
        return day
    return line.sold_on


def _category(line: SaleLine) -> str:
    product = world.PRODUCT.get(line.product_id)
    return product.category if product else world.PARTS


def _by_document(lines: list[SaleLine]) -> Iterable[list[SaleLine]]:
    documents: dict[str, list[SaleLine]] = defaultdict(list)
    for line in lines:
        documents[line.document_id].append(line)
    return documents.values()


def _credit_note(draw: Chance, lines: list[SaleLine]) -> SaleLine | None:
    """A return or a price corrected on one line of an invoice in euros; it names the invoice, not the order."""
    line = draw.one_of(lines)
    part = Decimal(draw.one_of(("0.1", "0.15", "0.25", "0.5", "1")))
    sold_on = next_workday(line.sold_on + timedelta(days=draw.whole(6, 45)))
    if line.currency != world.CURRENCY:
        return None
    return replace(
        line,
        kind="credit_note",
        order_id=None,
        document_id=f"{line.document_id}:a",
        corrects=line.document_id,
        sold_on=sold_on,
        quantity=-line.quantity if part == 1 else 0,
        list_amount=-to_step(line.list_amount * part),
        amount=-to_step(line.amount * part),
        cost=-to_step(line.cost * part) if part == 1 else Decimal("0.00"),
    )


def _numbered(lines: list[SaleLine]) -> list[SaleLine]:
    """FA24-00001 and AV24-00001 by day, lines from 1, and credit notes that name the number of their invoice."""
    numbers: dict[str, str] = {}
    counts: Counter[str] = Counter()
    found = []
    for line in lines:
        if line.document_id not in numbers:
            series = f"{'AV' if line.kind == 'credit_note' else 'FA'}{line.sold_on.year % 100}"
            counts[series] += 1
            numbers[line.document_id] = f"{series}-{counts[series]:05}"
        number = numbers[line.document_id]
        counts[number] += 1
        corrects = numbers[line.corrects] if line.corrects else None
        found.append(replace(line, sale_id=f"{number}/{counts[number]}", document_id=number, corrects=corrects))
    return found


# -- the founding quarter ----------------------------------------------------------------------------------------


def _balance_founding_quarter(
    orders: list[SaleLine], invoices: list[SaleLine]
) -> tuple[list[SaleLine], list[SaleLine]]:
    """Make the quarter's invoices and credit notes come to exactly the founding revenue.

    Machines are configured to order, so their price moves with their options: those invoiced in the quarter, in euros
    and without a credit note, all move in one proportion; then the cents left over go one to a line.
    """
    quarter = [line for line in invoices if world.FOUNDING_START <= line.sold_on < world.FOUNDING_END]
    missing = world.FOUNDING_REVENUE - sum(
        (world.in_euros(line.amount, line.currency, line.sold_on) for line in quarter), Decimal(0)
    )
    corrected = {line.corrects for line in invoices}
    movable = [line for line in quarter if line.document_id not in corrected and _is_configured(line)]
    factor = 1 + missing / sum((line.amount for line in movable), Decimal(0))
    moved = [_scaled(line, factor) for line in movable]
    left = missing - sum((new.amount - old.amount for new, old in zip(moved, movable, strict=True)), Decimal(0))
    cent = _CENT.copy_sign(left)
    for place in range(int(abs(left) / _CENT)):
        moved[place] = replace(moved[place], amount=moved[place].amount + cent)
    changed = {old.sale_id: new for old, new in zip(movable, moved, strict=True)}
    by_order = {(new.order_id, new.product_id): new for new in moved}
    return [_as_invoiced(line, by_order) for line in orders], [changed.get(line.sale_id, line) for line in invoices]


def _is_configured(line: SaleLine) -> bool:
    is_machine = _category(line) in (world.MACHINES, world.PUMPS, world.TREATMENT)
    return line.currency == world.CURRENCY and line.amount > 0 and is_machine


def _scaled(line: SaleLine, factor: Decimal) -> SaleLine:
    return replace(
        line,
        list_amount=to_step(line.list_amount * factor),
        amount=to_step(line.amount * factor),
        cost=to_step(line.cost * factor),
    )


def _as_invoiced(line: SaleLine, invoiced: dict[tuple[str | None, str], SaleLine]) -> SaleLine:
    """An order's line at the price it was invoiced; a machine stands once on an order."""
    final = invoiced.get((line.order_id, line.product_id))
    return replace(line, list_amount=final.list_amount, amount=final.amount, cost=final.cost) if final else line


def _with_order_amounts(
    deals: tuple[Deal, ...], orders: list[SaleLine], deal_of_order: dict[str | None, str]
) -> tuple[Deal, ...]:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in orders:
        if line.order_id in deal_of_order:
            amounts[deal_of_order[line.order_id]] += line.amount
    return tuple(replace(deal, amount=amounts.get(deal.opportunity_id, deal.amount)) for deal in deals)
