"""One cell in words -> one value: every way people write a number, a truth, a currency or a choice.

The plain majority of cells is read in SQL (`cells.py`); what is left comes here, each distinct text once. Where both
can read a text they agree, and a test holds them to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from cadran.tables.mapping import fold

# A cell that says "nothing here" in some program's words. Matched exactly in texts, folded elsewhere.
BLANK_TEXTS = ("", "NULL", "null", "(null)", "#N/A", "#N/D", "\\N", "NaN", "nan", "NaT")
_BLANK_WORDS = frozenset(text.casefold() for text in BLANK_TEXTS) | {"-", "--", "–", "—", "n/a", "none", "(vide)"}

_SIGN_CURRENCIES = {"€": "EUR", "£": "GBP", "¥": "JPY", "euro": "EUR", "euros": "EUR"}
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD")
# Codes of ISO 4217 that are metals, units of account, tests, or the absence of a currency.
_NOT_MONEY = frozenset(
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XFO", "XFU", "XPD", "XPT", "XRE", "XSU", "XTS", "XUA", "XXX"]
)
_TRUE = frozenset(["vrai", "oui", "yes", "true", "1", "x", "o", "y", "v", "t"])
_FALSE = frozenset(["faux", "non", "no", "false", "0", "n", "f"])

_CURRENCY_FIRST = re.compile(r"([-+]?)\s*([€$£¥]|[A-Za-z]{3}(?=[\s\d]))\s*([-+]?[\d.,].*)")
_CURRENCY_LAST = re.compile(r"(.*[\d.,])\s*([€$£¥]|euros?|[A-Za-z]{3})", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"([-+]?\d+(?:[.,]\d+)?)[eE]([-+]?\d{1,2})")
_BODY = re.compile(r"[\d., '’]+")
_LONGEST = 100  # characters; no number is written longer
# Noise of a binary float printed in full (12.300000000000001) is cut without a word; anything larger is told.
_NOISE = Decimal("1e-7")


@dataclass(frozen=True)
class Read:
    """What a text says: a value, or nothing (blank), or a `code` saying why it cannot be read.

    `currency` is the one written beside a number; `percent` tells that "%" was; `rounded` that decimals were cut.
    """

    value: Decimal | datetime | str | bool | None = None
    code: str | None = None
    currency: str | None = None
    percent: bool = False
    rounded: bool = False


NOTHING = Read()


def is_blank(text: str) -> bool:
    return text.strip().casefold() in _BLANK_WORDS


def read_number(text: str, decimal: str, places: int) -> Read:
    """`1 234 567,89 €`, `(1 200)`, `12-`, `1,234.56`, `$12`, `1,5E+05` ... rounded half-even to `places` decimals."""
    if is_blank(text):
        return NOTHING
    plain, negative = _unsigned(_plain(text[: _LONGEST + 1]))
    plain, currency = _without_currency(plain)
    inner, negative_inside = _unsigned(plain)
    number = None if negative and negative_inside else _magnitude(inner, decimal)
    if number is None or len(text) > _LONGEST or (currency and not currency_of(currency, "")):
        return Read(code="unreadable_number")
    exact = -number if negative or negative_inside else number
    return _fitted(exact, places, currency)


def read_share(text: str, decimal: str, places: int) -> Read:
    """As a number; `12,5 %` gives 0.125 and says `percent`."""
    stripped = text.strip()
    if not stripped.endswith("%"):
        return read_number(text, decimal, places)
    read = read_number(stripped[:-1], decimal, places - 2)
    if not isinstance(read.value, Decimal):
        return Read(code="unreadable_number")
    return Read(read.value / 100, percent=True, rounded=read.rounded)


def read_boolean(text: str) -> Read:
    word = fold(text)
    if word in _TRUE or word in _FALSE:
        return Read(word in _TRUE)
    return NOTHING if is_blank(text) else Read(code="unreadable_boolean")


def read_currency(text: str, company: str) -> Read:
    """An ISO 4217 code, or a sign; `$` is the company's own dollar if it has one."""
    if is_blank(text):
        return NOTHING
    code = currency_of(text.strip(), company)
    return Read(code) if code else Read(code="unknown_currency")


def read_word(text: str, words: Mapping[str, str], otherwise: str | None, unknown: str) -> Read:
    """A text through a table of folded words -> ours; `otherwise` stands for all others and for nothing."""
    ours = words.get(fold(text), otherwise)
    if ours is not None:
        return Read(ours)
    return NOTHING if is_blank(text) else Read(code=unknown)


def currency_of(word: str, company: str) -> str | None:
    """The ISO 4217 code that a sign, a code or a name means; None when it means none."""
    if word == "$":
        return company if company in _DOLLARS else "USD"
    folded = word.casefold()
    return _SIGN_CURRENCIES.get(folded) or (word.upper() if word.upper() in known_currencies() else None)


@cache
def known_currencies() -> frozenset[str]:
    """The codes of ISO 4217, also of currencies that are gone (an old file may hold francs)."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies()) - _NOT_MONEY


def _plain(text: str) -> str:
    """Compatible characters unified (full-width digits, no-break spaces), real minus signs made hyphens."""
    unified = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-")
    return " ".join(unified.split())


def _unsigned(text: str) -> tuple[str, bool]:
    """Without its sign, and whether it was negative: a minus before or behind, or brackets around."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith(("-", "+")):
        return text[:-1].strip(), text[-1] == "-"
    return text, False


def _without_currency(text: str) -> tuple[str, str | None]:
    if match := _CURRENCY_FIRST.fullmatch(text):
        return match[1] + match[3], match[2]
    if match := _CURRENCY_LAST.fullmatch(text):
        return match[1], match[2]
    return text, None


def _magnitude(text: str, decimal: str) -> Decimal | None:
    """The unsigned number a text writes, None when it is none."""
    if match := _SCIENTIFIC.fullmatch(text):
        return Decimal(match[1].replace(",", ".")).scaleb(int(match[2]))
    if not _BODY.fullmatch(text) or not any(letter.isdigit() for letter in text):
        return None
    sign = _decimal_sign(text, decimal)
    whole, _, fraction = text.rpartition(sign) if sign else (text, "", "")
    digits = _ungrouped(whole)
    if digits is None or not (fraction.isdigit() or not fraction):
        return None
    return Decimal(f"{digits or 0}.{fraction or 0}")


def _decimal_sign(text: str, decimal: str) -> str | None:
    """Which sign of this text starts the decimals: two kinds, the last; one kind, once, and no group of thousands."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return "." if text.rfind(".") > text.rfind(",") else ","
    if dots + commas != 1:
        return None
    sign = "." if dots else ","
    head, _, tail = text.partition(sign)
    is_group = len(tail) == 3 and re.fullmatch(r"[1-9]\d{0,2}", head)
    return None if sign != decimal and is_group else sign


def _ungrouped(whole: str) -> str | None:
    """The digits of an integer written in groups of three by one sign; None when the groups are wrong."""
    signs = {letter for letter in whole if not letter.isdigit()}
    if not signs:
        return whole
    first, *groups = re.split(r"[., '’]", whole)
    if len(signs) > 1 or not re.fullmatch(r"[1-9]\d{0,2}", first) or any(len(group) != 3 for group in groups):
        return None
    return first + "".join(groups)


def _fitted(exact: Decimal, places: int, sign: str | None) -> Read:
    if abs(exact) >= Decimal(10) ** (18 - places):
        return Read(code="number_too_large")
    value = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return Read(value, currency=sign, rounded=abs(value - exact) > _NOISE)
