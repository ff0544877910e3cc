"""How the sample company's programs write a value: each its own decimals, spaces, dates and words for true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

NO_BREAK, NARROW_NO_BREAK = "\u00a0", "\u202f"
_SIGNS = {"EUR": "€"}
_CENT = Decimal("0.01")


class Money(NamedTuple):
    amount: Decimal
    currency: str


class Percent(NamedTuple):
    value: int


Value = str | int | bool | date | datetime | Decimal | Money | Percent | None


@dataclass(frozen=True)
class Style:
    """One program's way of writing: what stands between thousands, whether money shows its currency and whether a
    negative amount stands in brackets."""

    thousands: str = ""
    with_sign: bool = False
    brackets: bool = False
    iso_dates: bool = False

    def text(self, value: Value) -> str:
        match value:
            case None:
                return ""
            case bool():
                return "VRAI" if value else "FAUX"
            case Money():
                return self._money(value)
            case Percent():
                return f"{value.value}{NO_BREAK}%"
            case Decimal():
                return self._number(value)
            case datetime():
                return value.strftime("%Y-%m-%d %H:%M:%S" if self.iso_dates else "%d/%m/%Y %H:%M")
            case date():
                return value.isoformat() if self.iso_dates else value.strftime("%d/%m/%Y")
        return str(value)

    def _money(self, money: Money) -> str:
        amount = money.amount.quantize(_CENT)
        sign = f"{NO_BREAK}{_SIGNS.get(money.currency, money.currency)}" if self.with_sign else ""
        if self.brackets and amount < 0:
            return f"({self._number(-amount)}{sign})"
        return self._number(amount) + sign

    def _number(self, value: Decimal) -> str:
        return f"{value:,}".replace(",", self.thousands).replace(".", ",")
