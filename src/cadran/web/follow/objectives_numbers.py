"""The number of a cell: as a person types it, the French or the English way, and as it stands in the field."""

from __future__ import annotations

from decimal import Decimal

from cadran import numerals
from cadran.catalogue.kpi import Unit
from cadran.errors import Lang, Text
from cadran.intake.values import read_number, read_share
from cadran.present.grid import Reader

DECIMALS = {Unit.MONEY: 2, Unit.COUNT: 0, Unit.RATE: 4, Unit.DAYS: 2, Unit.SCORE: 2, Unit.RATIO: 4}
"""How finely an objective may be set, in decimals of what is stored (a rate of 12.5 % is 0.125)."""


class Unreadable(Exception):
    """What is wrong with a text, in plain words."""

    def __init__(self, told: Text) -> None:
        super().__init__(told.en)
        self.told = told


def step_of(unit: Unit) -> Decimal:
    """The smallest difference between two objectives."""
    return Decimal(1).scaleb(-DECIMALS[unit])


def read_cell(text: str, unit: Unit, reader: Reader) -> Decimal | None:
    """The number a text says: `1 234 567,89`, `1,234,567.89 €`; of a rate, percents with or without their sign. None
    for nothing. Where one sign could be both, it is what it is in the reader's language. Raises Unreadable."""
    decimal, places = ("," if reader.lang == "fr" else "."), DECIMALS[unit]
    if unit is Unit.RATE:
        text = text.strip()
        read = read_share(text if not text or text.endswith("%") else f"{text}%", decimal, places)
    else:
        read = read_number(text, decimal, places)
    if read.code == "number_too_large":
        raise Unreadable(_TOO_LARGE)
    if read.code:
        raise Unreadable(_no_number(text))
    if read.currency and (unit is not Unit.MONEY or not _is(read.currency, reader.currency)):
        raise Unreadable(_other_currency(read.currency, reader.currency))
    if read.rounded:
        raise Unreadable(_TOO_FINE[unit])
    return read.value if isinstance(read.value, Decimal) else None


def write_cell(value: Decimal | None, unit: Unit, lang: Lang) -> str:
    """A number as it stands in a field: no unit but the percent of a rate; "" for none."""
    if value is None:
        return ""
    if unit is Unit.RATE:
        return numerals.percent(value, lang, 2, trim=True)
    return numerals.number(value, lang, None if value == value.to_integral_value() else max(2, DECIMALS[unit]))


def _is(sign: str, currency: str) -> bool:
    from cadran.intake.values import currency_of

    return currency_of(sign, currency) == currency


def _no_number(text: str) -> Text:
    return Text(
        f"« {text[:40]} » n’est pas un nombre. Écrivez par exemple 1 234 567,89.",
        f'"{text[:40]}" is not a number. Write for example 1,234,567.89.',
    )


def _other_currency(sign: str, currency: str) -> Text:
    return Text(f"« {sign} » : l’objectif se donne en {currency}.", f'"{sign}": the objective is given in {currency}.')


_TOO_LARGE = Text("Ce nombre est trop grand.", "This number is too large.")
_CENTS = Text(
    "Deux décimales au plus. Pour des milliers, n’écrivez pas de virgule.",
    "Two decimals at most. For thousands, leave out the point.",
)
_TOO_FINE = {
    Unit.MONEY: _CENTS,
    Unit.DAYS: _CENTS,
    Unit.SCORE: _CENTS,
    Unit.COUNT: Text("Un nombre entier.", "A whole number."),
    Unit.RATE: Text("Deux décimales de pour cent au plus.", "Two decimals of a percent at most."),
    Unit.RATIO: Text("Quatre décimales au plus.", "Four decimals at most."),
}
