"""What clients put in an order: machines with their accessories, or parts and services."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from cadran.demo import world
from cadran.demo.chance import Chance
from cadran.demo.clients import currency_of
from cadran.demo.rows import Account, BasketLine

_MAIN = {
    world.MACHINES: ("CP-011", "CP-022", "CP-037", "CP-045"),
    world.PUMPS: ("PV-100", "PV-250", "PC-007"),
    world.TREATMENT: ("TR-010", "TR-020"),
}
_MACHINE_WEIGHTS = {"Grand compte": (1, 3, 4, 4), "ETI": (3, 4, 2, 1), "PME": (6, 3, 1, 0.3)}
_ACCESSORIES = ("TR-110", "TR-210", "TR-310", "SV-200", "SV-300")
_PARTS = ("PI-040", "PI-080", "PI-020", "PI-110", "PI-150", "PI-300", "SV-100", "TR-110")
_PARTS_WEIGHTS = (22, 14, 24, 20, 10, 3, 3, 4)
_MOST = {"Grand compte": 8, "ETI": 5, "PME": 3}
# Swiss prices are a little higher and end in 0 or 5.
_FRANCS_PER_EURO, _FRANC_STEP = Decimal("1.02"), Decimal(5)
_CENT = Decimal("0.01")


def total(basket: tuple[BasketLine, ...]) -> Decimal:
    return sum((line.amount for line in basket), Decimal(0))


def machine_basket(draw: Chance, account: Account, rep: str, kind: str) -> tuple[BasketLine, ...]:
    """A machine, configured, with up to three accessories or services."""
    category = draw.one_of(tuple(_MAIN), (0.40, 0.30, 0.30) if kind != "cross_sell" else (0.10, 0.45, 0.45))
    weights = _MACHINE_WEIGHTS[account.segment] if category == world.MACHINES else None
    main = draw.one_of(_MAIN[category], weights)
    others = {draw.one_of(_ACCESSORIES) for _ in range(draw.whole(0, 3))}
    lines = [_line(draw, account, rep, main, 1, draw.between(0.95, 1.2))]
    lines += [_line(draw, account, rep, other, draw.whole(1, 2), 1.0) for other in sorted(others)]
    return tuple(lines)


def parts_basket(draw: Chance, account: Account, rep: str) -> tuple[BasketLine, ...]:
    """Parts and services; now and then a small machine bought without a deal."""
    chosen = {draw.one_of(_PARTS, _PARTS_WEIGHTS) for _ in range(draw.whole(1, 3))}
    lines = [_line(draw, account, rep, part, draw.whole(1, _MOST[account.segment]), 1.0) for part in sorted(chosen)]
    if draw.happens(0.05):
        lines.append(_line(draw, account, rep, draw.one_of(("PC-007", "TR-010", "TR-310")), 1, 1.0))
    return tuple(lines)


def contract_line(product_id: str, annual_value: Decimal) -> BasketLine:
    """A year of a maintenance contract, at its agreed price."""
    product = world.PRODUCT[product_id]
    return BasketLine(product_id, 1, max(product.list_price, annual_value), annual_value, product.unit_cost)


def _line(draw: Chance, account: Account, rep: str, product_id: str, quantity: int, option: float) -> BasketLine:
    product = world.PRODUCT[product_id]
    usual = world.GENEROUS_DISCOUNT if rep == world.GENEROUS_REP else world.DISCOUNT
    discount = Decimal(f"{draw.normal(usual, 0.03, 0.0, 0.35):.3f}")
    factor = quantity * Decimal(f"{option:.3f}")
    if currency_of(account) == world.CURRENCY:
        list_amount, cost, step = product.list_price * factor, product.unit_cost * factor, _CENT
    else:
        list_amount, cost = (value * factor * _FRANCS_PER_EURO for value in (product.list_price, product.unit_cost))
        step = _FRANC_STEP
    return BasketLine(
        product_id,
        quantity,
        to_step(list_amount, step),
        to_step(list_amount * (1 - discount), step),
        to_step(cost, step),
    )


def to_step(value: Decimal, step: Decimal = _CENT) -> Decimal:
    """The nearest multiple of `step`, written with two decimals."""
    return ((value / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step).quantize(_CENT)
