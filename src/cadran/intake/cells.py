"""The plain majority of cells, read in SQL: an expression per kind, typed, or NULL for a text it does not know.

What is NULL here and not blank is read by `values.py` and `moments.py`, each distinct text once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cadran.intake.values import BLANK_TEXTS

MONEY_TYPE = "DECIMAL(18,4)"
NUMBER_TYPE = "DECIMAL(18,8)"

# Spaces, control, no-break and zero-width characters that people and spreadsheets leave in a cell.
_SPACES = r"\s\x00-\x1f\x7f\x{00a0}\x{2000}-\x{200b}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}"
# Visible characters of western Europe: a text of them, with single spaces between, is already as we want it.
_LATIN = r"[!-~\x{00a1}-\x{00ac}\x{00ae}-\x{02ff}]"
_THOUSANDS_SPACES = r" \x{00a0}\x{202f}"
_ISO_ZONED = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[-+][0-9]{2}:[0-9]{2}|[-+][0-9]{4})"
)


@dataclass(frozen=True)
class Uniform:
    """A way of writing that all the cells of a column may share: `holds` is true of it, and of an empty cell; `read`
    gives, cheaply, the SQL of its value from that of a cell that is filled, or NULL."""

    holds: str
    read: Callable[[str], str]


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def folded(cell: str) -> str:
    """An id or a short text: trimmed, inner spaces single, composed characters. See `filled`."""
    tidy = rf"trim(regexp_replace(nfc_normalize({cell}), '[{_SPACES}]+', ' ', 'g'))"
    return f"CASE WHEN regexp_full_match({cell}, '{_LATIN}+(?: {_LATIN}+)*') THEN {cell} ELSE {tidy} END"


def trimmed(cell: str) -> str:
    """A comment: its lines are kept, the space around it is not. See `filled`."""
    return rf"regexp_replace({cell}, '^[{_SPACES}]+|[{_SPACES}]+$', '', 'g')"


def filled(text: str) -> str:
    """A tidy text, NULL when it says nothing. A step of its own: written into the others, it would be costly for
    every cell instead of the few odd ones."""
    blanks = ", ".join(literal(each) for each in BLANK_TEXTS)
    return f"CASE WHEN {text} IN ({blanks}) THEN NULL ELSE {text} END"


def uniform_text(cell: str) -> Uniform:
    """Texts that are as we want them already."""
    blanks = ", ".join(literal(each) for each in BLANK_TEXTS if each)
    is_tidy = f"regexp_full_match({cell}, '(?:{_LATIN}+(?: {_LATIN}+)*)?')"
    says_something = f"CASE WHEN {cell} BETWEEN '0' AND ':' THEN true ELSE {cell} NOT IN ({blanks}) END"
    return Uniform(f"{is_tidy} AND {says_something}", lambda filled: filled)


def number(cell: str, decimal: str, places: int) -> str:
    """Digits, in groups of three or not, with an optional minus and at most `places` decimals. The way most cells of
    such a column are written is tried first, because it is the cheapest to read."""
    sign, other = (",", ".") if decimal == "," else (".", ",")
    fraction = rf"(?:[{sign}][0-9]{{1,{places}}})?"
    groups = r"|[1-9][0-9]{0,2}(?: [0-9]{3})+" if decimal == "," else ""
    plain = literal(rf"-?(?:[0-9]+{groups}){fraction}")
    unspaced = f"replace({cell}, ' ', '')" if decimal == "," else cell
    grouped = literal(
        rf"-?[1-9][0-9]{{0,2}}(?:(?:[{_THOUSANDS_SPACES}][0-9]{{3}})+|(?:[{other}][0-9]{{3}})+){fraction}"
    )
    digits = f"regexp_replace({cell}, '[^-0-9{sign}]', '', 'g')"
    type_ = f"DECIMAL(18,{places})"
    return (
        f"CASE WHEN regexp_full_match({cell}, {plain}) THEN {_cast(unspaced, sign, type_)} "
        f"WHEN regexp_full_match({cell}, {grouped}) THEN {_cast(digits, sign, type_)} END"
    )


def uniform_number(cell: str, decimal: str, places: int) -> Uniform:
    """Digits that fit their type whatever they are, thousands parted by a space or not at all."""
    digits, sign = 18 - places, "," if decimal == "," else "."
    groups = rf"|[1-9][0-9]{{0,2}}(?: [0-9]{{3}}){{1,{digits // 3 - 1}}}" if sign == "," else ""
    pattern = rf"(?:-?(?:[0-9]{{1,{digits}}}{groups})(?:[{sign}][0-9]{{1,{places}}})?)?"

    def read(filled: str) -> str:
        bare = f"replace(replace({filled}, ' ', ''), ',', '.')" if sign == "," else filled
        return f"CAST({bare} AS DECIMAL(18,{places}))"

    return Uniform(f"regexp_full_match({cell}, {literal(pattern)})", read)


def _cast(text: str, sign: str, type_: str) -> str:
    dotted = f"replace({text}, ',', '.')" if sign == "," else text
    return f"TRY_CAST({dotted} AS {type_})"


def day(cell: str, day_first: bool, zone: str, written: str | None) -> str:
    """A DATE; a moment gives its day in the company's time zone."""
    if written:
        return f"CAST(try_strptime({cell}, {literal(written)}) AS DATE)"
    parted = _parted_day(cell, day_first)
    short = f"CASE WHEN {_starts_with_day(cell)} THEN {parted} ELSE {_iso_day(cell)} END"
    return f"CASE strlen({cell}) WHEN 10 THEN {short} ELSE CAST({moment(cell, day_first, zone, None)} AS DATE) END"


def uniform_days(cell: str, day_first: bool) -> tuple[Uniform, ...]:
    """`2025-12-31` throughout, or `31/12/2025`."""
    parted = _parted_day(cell, day_first)
    is_iso = f"strlen({cell}) = 10 AND NOT {_starts_with_day(cell)} AND {_iso_day(cell)} IS NOT NULL"
    is_parted = f"strlen({cell}) = 10 AND {_starts_with_day(cell)} AND {cell}[7] <> '0' AND {parted} IS NOT NULL"
    return (
        Uniform(f"({cell} = '' OR ({is_iso}))", lambda filled: f"CAST({filled} AS DATE)"),
        Uniform(f"({cell} = '' OR ({is_parted}))", partial(_parted_day, day_first=day_first)),
    )


def _parted_day(cell: str, day_first: bool) -> str:
    return f"CAST(try_strptime({cell}, {_formats(day_first, '')}) AS DATE)"


def moment(cell: str, day_first: bool, zone: str, written: str | None) -> str:
    """A TIMESTAMP in the company's time zone; a day gives its midnight."""
    if written:
        return f"try_strptime({cell}, {literal(written)})"
    zoned = f"timezone({literal(zone)}, TRY_CAST({cell} AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN strlen({cell}) IN (10, 16, 19) THEN CASE WHEN {_starts_with_day(cell)} "
        f"THEN CASE strlen({cell}) WHEN 10 THEN try_strptime({cell}, {_formats(day_first, '')}) "
        f"WHEN 16 THEN try_strptime({cell}, {_formats(day_first, ' %H:%M')}) "
        f"ELSE try_strptime({cell}, {_formats(day_first, ' %H:%M:%S')}) END "
        f"WHEN strlen({cell}) <> 16 THEN TRY_CAST({cell} AS TIMESTAMP) END "
        f"WHEN regexp_full_match({cell}, '{_ISO_ZONED}') THEN {zoned} END"
    )


def _starts_with_day(cell: str) -> str:
    """`31/12/...` rather than `2025-12-...`: all the signs between numbers come before the digits."""
    return f"substring({cell}, 3, 1) < '0'"


def _iso_day(cell: str) -> str:
    """A DATE of `2025-12-31` and the like; the engine's cast knows `infinity`, and overlooks what follows a day."""
    pattern = "[1-9][0-9]{3}(?:-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}"
    return f"CASE WHEN regexp_full_match({cell}, '{pattern}') THEN TRY_CAST({cell} AS DATE) END"


def _formats(day_first: bool, time: str) -> str:
    order = "%d{0}%m{0}%Y" if day_first else "%m{0}%d{0}%Y"
    return "[" + ", ".join(f"'{order.format(sign)}{time}'" for sign in "/-.") + "]"


def half_even(exact: str, places: int) -> str:
    """A DECIMAL rounded to `places`, ties to the even digit; NULL when it does not fit DECIMAL(18, places).
    `exact` stands several times in the result: give it a name, not a computation."""
    wide = f"CAST({exact} AS DECIMAL(38,{places + 8}))"
    near = f"CAST({wide} AS DECIMAL(38,{places}))"
    unit = f"CAST({10**-places:.{places}f} AS DECIMAL(38,{places}))"
    is_tie = f"abs({wide} - {near}) * 2 = {unit}"
    is_odd = f"CAST({near} * {10**places} AS HUGEINT) % 2 <> 0"
    even = f"CASE WHEN {is_tie} AND {is_odd} THEN {near} - sign({wide}) * {unit} ELSE {near} END"
    return f"TRY_CAST(TRY({even}) AS DECIMAL(18,{places}))"
