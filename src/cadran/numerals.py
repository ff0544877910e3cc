"""Numbers, money, dates and changes as a reader's language writes them (look.md, "Writing").

French: 1 234 567,89 € with narrow no-break spaces between thousands and before %, a no-break space before € and units,
a true minus. English: €1,234,567.89. Undefined is an en dash, never zero. Rounding is to the nearest, half to even.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from cadran.catalogue.kpi import Unit
from cadran.errors import Lang
from cadran.periods.period import MONTHS_EN

Number = int | float | Decimal

NARROW = "\u202f"
FIXED = "\u00a0"
MINUS = "\u2212"
NO_VALUE = "\u2013"

_WIDE = Context(prec=400)  # any float fits

NOT_SIGNIFICANT: dict[Lang, str] = {"fr": "n.s.", "en": "n.s."}

# Symbols as each language writes them; any other currency is shown by its code.
_SYMBOLS: dict[Lang, dict[str, str]] = {
    "fr": {"EUR": "€", "USD": "$US", "GBP": "£GB", "JPY": "JPY", "CAD": "$CA"},
    "en": {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CAD": "CA$"},
}
# Decimals of the currencies that do not have two (ISO 4217).
_WITHOUT_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_WITH_MILLS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def number(value: Number | None, lang: Lang, decimals: int | None = None) -> str:
    """`decimals` fixes how many are shown; without it an integer has none and any other number at most two."""
    exact = _exact(value)
    if exact is None:
        return NO_VALUE
    if decimals is None:
        return _signed(_trimmed(_rounded(exact, 2)), lang)
    return _signed(_rounded(exact, decimals), lang)


def money(value: Number | None, currency: str, lang: Lang, decimals: int | None = None) -> str:
    """An amount, to the cent of its currency unless `decimals` says otherwise."""
    exact = _exact(value)
    if exact is None:
        return NO_VALUE
    rounded = _rounded(exact, _cents(currency) if decimals is None else decimals)
    symbol = _SYMBOLS[lang].get(currency, currency)
    if lang == "fr":
        return f"{_signed(rounded, lang)}{FIXED}{symbol}"
    gap = FIXED if symbol[-1].isalpha() else ""
    return f"{MINUS if rounded < 0 else ''}{symbol}{gap}{_signed(abs(rounded), lang)}"


def whole_or_cents(value: Decimal, currency: str, lang: Lang) -> str:
    """An amount in a sentence: without its cents where there are none."""
    return money(value, currency, lang, 0 if value == value.to_integral_value() else None)


def percent(value: Number | None, lang: Lang, decimals: int = 1, trim: bool = False) -> str:
    """A share as a percentage: 0.125 -> 12,5 %. `trim` drops decimals that are zero: 1.25 -> 125 %."""
    exact = _exact(value)
    if exact is None:
        return NO_VALUE
    rounded = _rounded(exact * 100, decimals)
    return _signed(_trimmed(rounded) if trim else rounded, lang) + _percent_sign(lang)


def points(difference: Number | None, lang: Lang) -> str:
    """A difference of rates in points, signed: 0.019 -> +1,9 pt."""
    exact = _exact(difference)
    if exact is None:
        return NO_VALUE
    rounded = _rounded(exact * 100, 1)
    return f"{_plus(rounded)}{_signed(rounded, lang)}{FIXED}{'pts' if _is_plural(rounded, lang) else 'pt'}"


def days(value: Number | None, lang: Lang) -> str:
    """A duration: 46,8 j / 46.8 days."""
    exact = _exact(value)
    if exact is None:
        return NO_VALUE
    rounded = _rounded(exact, 1)
    word = "j" if lang == "fr" else ("days" if _is_plural(rounded, lang) else "day")
    return f"{_signed(rounded, lang)}{FIXED}{word}"


def day(value: date | None, lang: Lang) -> str:
    """20/03/2026, 20 Mar 2026."""
    if value is None:
        return NO_VALUE
    return f"{value:%d/%m/%Y}" if lang == "fr" else f"{value.day} {MONTHS_EN[value.month - 1][:3]} {value.year}"


def moment(value: datetime | None, lang: Lang) -> str:
    """A day and a time of day, to the minute: 20/03/2026 14:05."""
    return NO_VALUE if value is None else f"{day(value.date(), lang)} {value:%H:%M}"


def value_of(value: Number | None, unit: Unit | str, currency: str, lang: Lang, brief: bool = False) -> str:
    """A KPI's value in its unit. `brief` leaves out cents, for tables."""
    match Unit(unit):
        case Unit.MONEY:
            return money(value, currency, lang, 0 if brief else None)
        case Unit.RATE:
            return percent(value, lang)
        case Unit.DAYS:
            return days(value, lang)
        case Unit.SCORE:
            return number(value, lang, None if isinstance(value, int) else 1)
    return number(value, lang)


def gap_of(value: Number | None, unit: Unit | str, currency: str, lang: Lang) -> str:
    """A signed difference in the KPI's unit: +200 000,00 €, −4,4 pts."""
    if value is None:
        return NO_VALUE
    if Unit(unit) is Unit.RATE:
        return points(value, lang)
    return _plus(value) + value_of(value, unit, currency, lang)


def change_of(change: Number | None, unit: Unit | str, lang: Lang) -> str:
    """A change since another period: amounts and counts in %, rates in points, days in days, scores and ratios as they
    are; from nothing to something is « n.s. », never 100 %."""
    if change is None:
        return NOT_SIGNIFICANT[lang]
    match Unit(unit):
        case Unit.RATE:
            return points(change, lang)
        case Unit.DAYS:
            return _plus(change) + days(change, lang)
        case Unit.SCORE:
            return _plus(change) + number(change, lang, 1)
        case Unit.RATIO:
            return _plus(change) + number(change, lang, 2)
    return _plus(change) + percent(change, lang)


def interval_of(low: Number | None, high: Number | None, unit: Unit | str, currency: str, lang: Lang) -> str:
    """The two ends of a 95 % interval: 3 512 – 3 950 €. Empty where there is none."""
    if low is None or high is None:
        return ""
    first, last = value_of(low, unit, currency, lang), value_of(high, unit, currency, lang)
    return f"{first} {NO_VALUE} {last}"


def _exact(value: Number | None) -> Decimal | None:
    """The number as a decimal; None for what is no number (missing, NaN, infinite)."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _cents(currency: str) -> int:
    """The decimals of a currency."""
    if currency in _WITHOUT_CENTS:
        return 0
    return 3 if currency in _WITH_MILLS else 2


def _rounded(value: Decimal, decimals: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_WIDE)
    return abs(rounded) if rounded.is_zero() else rounded  # never −0


def _trimmed(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), context=_WIDE) if value == value.to_integral_value() else value.normalize(_WIDE)


def _signed(value: Decimal, lang: Lang) -> str:
    """Grouped by thousands, with a true minus."""
    whole, _, decimals = f"{abs(value):,f}".partition(".")
    text = whole.replace(",", NARROW) if lang == "fr" else whole
    if decimals:
        text += ("," if lang == "fr" else ".") + decimals
    return (MINUS if value < 0 else "") + text


def _plus(value: Number) -> str:
    return "+" if value > 0 else ""


def _percent_sign(lang: Lang) -> str:
    return f"{NARROW}%" if lang == "fr" else "%"


def _is_plural(value: Decimal, lang: Lang) -> bool:
    """French counts as one what is under two; English only what is one."""
    return abs(value) >= 2 if lang == "fr" else abs(value) != 1
