"""Maintenance contracts: terms of a year, renewed by word, by tacit agreement, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from cadran.demo import world
from cadran.demo.chance import Chance
from cadran.demo.rows import Account, Contract, Deal
from cadran.periods.period import ONE_DAY, add_months

_LEVELS = ("CE-001", "CE-002", "CE-003")
_LEVEL_WEIGHTS = {"Grand compte": (1, 3, 4), "ETI": (3, 4, 1), "PME": (7, 2, 0.3)}
_UNDER_CONTRACT, _NEW_UNDER_CONTRACT, _TACIT = 0.55, 0.45, 0.62
_REASONS = ("Prix", "Maintenance reprise en interne", "Concurrent", "Site fermé", "Qualité de service")
_NOTICE_DAYS = 60
# The back office writes a tacit renewal's new term within the week; a written one may be signed a little late.
_WRITTEN_BY, _LATEST = world.AS_OF - timedelta(days=7), 25
# Terms due since are not known to be lost yet: the time of grace is running.
_GRACE_SINCE = world.AS_OF - timedelta(days=33)


def sign_contracts(seed: int, accounts: tuple[Account, ...], deals: tuple[Deal, ...]) -> tuple[Contract, ...]:
    """All terms, in the order they start; the clients' first contracts, and those that renew them."""
    draw = Chance(seed, "contracts")
    firsts = [*_running_at_first(draw, accounts), *_of_new_clients(draw, accounts, deals)]
    terms = [term for account, starts_on in firsts for term in _chain(draw, account, starts_on)]
    terms.sort(key=lambda term: (term.starts_on, term.account_id))
    numbers = {term.contract_id: f"CT-{n:04}" for n, term in enumerate(terms, start=1)}
    return tuple(
        replace(term, contract_id=numbers[term.contract_id], renews=numbers[term.renews] if term.renews else None)
        for term in terms
    )


def _running_at_first(draw: Chance, accounts: tuple[Account, ...]) -> Iterable[tuple[Account, date]]:
    for account in accounts:
        if account.created_on < world.FIRST_DAY and draw.happens(_UNDER_CONTRACT):
            starts_on = max(account.created_on, world.FIRST_DAY - timedelta(days=draw.whole(1, 365)))
            yield account, starts_on


def _of_new_clients(
    draw: Chance, accounts: tuple[Account, ...], deals: tuple[Deal, ...]
) -> Iterable[tuple[Account, date]]:
    by_id = {account.account_id: account for account in accounts}
    for deal in deals:
        if deal.kind == "new" and deal.outcome == "won" and deal.closed_on and draw.happens(_NEW_UNDER_CONTRACT):
            starts_on = deal.closed_on + timedelta(days=draw.whole(15, 40))
            if starts_on <= world.AS_OF:
                yield by_id[deal.account_id], starts_on


def _chain(draw: Chance, account: Account, starts_on: date) -> Iterable[Contract]:
    """A client's first term and every one that renewed it."""
    product = draw.one_of(_LEVELS, _LEVEL_WEIGHTS[account.segment])
    price = world.PRODUCT[product].list_price * Decimal(f"{draw.between(0.92, 1.15):.2f}")
    is_tacit = draw.happens(_TACIT)
    term = Contract(
        contract_id=f"{account.account_id}:1",
        account_id=account.account_id,
        rep_id=world.owner(account.portfolio, starts_on),
        product_id=product,
        signed_on=starts_on - timedelta(days=draw.whole(3, 15)),
        starts_on=starts_on,
        ends_on=_end(starts_on),
        annual_value=_to_tens(price),
        tacit=is_tacit,
    )
    while True:
        successor = _successor(draw, account, term)
        if successor is None:
            yield _ended(draw, term)
            return
        yield term
        if successor.signed_on > world.AS_OF or (is_tacit and successor.starts_on > _WRITTEN_BY):
            return
        term = successor


def _successor(draw: Chance, account: Account, term: Contract) -> Contract | None:
    """The next term, written or not yet; None when the client does not renew."""
    due_on = term.ends_on + ONE_DAY
    in_grace = _GRACE_SINCE <= due_on <= world.AS_OF
    is_renewed = draw.happens(world.RENEWAL_RATE[term.tacit]) or (term.tacit and in_grace)
    lag = draw.whole(1, _LATEST) if not term.tacit and draw.happens(0.2) else 0
    change = Decimal(draw.one_of(("1.02", "1.03", "1.10", "0.90"), (0.5, 0.3, 0.12, 0.08)))
    if not is_renewed:
        return None
    starts_on = due_on + timedelta(days=lag)
    number = int(term.contract_id.rpartition(":")[2]) + 1
    return replace(
        term,
        contract_id=f"{account.account_id}:{number}",
        rep_id=world.owner(account.portfolio, starts_on),
        signed_on=due_on if term.tacit else starts_on - timedelta(days=draw.whole(0, 3)),
        starts_on=starts_on,
        ends_on=_end(starts_on),
        annual_value=_to_tens(term.annual_value * change),
        renews=term.contract_id,
    )


def _ended(draw: Chance, term: Contract) -> Contract:
    """A term that is not renewed, as far as it is known: a tacit one was terminated in time, another just runs out."""
    told_on = term.ends_on - timedelta(days=draw.whole(_NOTICE_DAYS, 100))
    reason = draw.one_of(_REASONS, (0.36, 0.2, 0.22, 0.08, 0.14))
    if term.tacit:
        return replace(term, terminated_on=told_on, loss_reason=reason) if told_on <= world.AS_OF else term
    return replace(term, loss_reason=reason) if term.ends_on < _GRACE_SINCE else term


def _end(starts_on: date) -> date:
    return add_months(starts_on, 12) - ONE_DAY


def _to_tens(value: Decimal) -> Decimal:
    return (value / 10).quantize(Decimal(1)) * 10
