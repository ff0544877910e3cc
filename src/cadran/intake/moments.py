"""A date or a moment in words -> a datetime in the company's time zone. See `values.py` for when this is asked."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cadran.intake.values import NOTHING, Read, is_blank

_MONTH_STARTS = {
    "jan": 1, "fe": 2, "mar": 3, "av": 4, "ap": 4, "mai": 5, "may": 5, "juin": 6, "jun": 6, "juil": 7, "jul": 7,
    "ao": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WEEKDAY = re.compile(r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ")
_TIME = re.compile(
    r"(?P<date>.*?\d)(?:t|,? +(?:a |at )?)(?P<hour>\d{1,2})[:h](?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: ?(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?))?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/. ])(?P<month>\d{1,2})\2(?P<day>\d{1,2})|(\d{4})(\d{2})(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_WORD = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?[-/. ]*([a-z]{3,9})\.?[-/,. ]*(\d{4}|\d{2})")
_WORD_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_ZEROS = re.compile(r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}( 00:00(:00)?)?")
_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")  # spreadsheet days 20000 to 79999: years 1954 to 2119
_SERIAL_ZERO = datetime(1899, 12, 30)
_EPOCH_MILLISECONDS = re.compile(r"\d{13}")
_LONGEST = 60

UNREADABLE = Read(code="unreadable_date")
IMPOSSIBLE = Read(code="impossible_date")


def read_moment(text: str, day_first: bool, zone: ZoneInfo, written: str | None = None) -> Read:
    """`31/12/2025`, `31-12-25`, `20251231`, `31 déc. 2025`, `Dec 31, 2025 3:05 PM`, `2025-12-31T10:00:00Z`, the serial
    day of a spreadsheet (1900 system) ... `written` is a strptime format: then nothing else is read."""
    if is_blank(text) or _ZEROS.fullmatch(text.strip()):
        return NOTHING
    if len(text) > _LONGEST:
        return UNREADABLE
    if written:
        return _as_written(text.strip(), written, zone)
    plain = _plain(text)
    if match := _TIME.fullmatch(plain):
        return _with_time(_day(match["date"], day_first), match, zone)
    day = _day(plain, day_first)
    return day if day.value or day.code == "impossible_date" else _counted(plain, zone)


def _as_written(text: str, written: str, zone: ZoneInfo) -> Read:
    try:
        moment = datetime.strptime(text, written)
    except ValueError:
        return UNREADABLE
    return Read(_local(moment, zone))


def _plain(text: str) -> str:
    """Lower case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.split())


def _day(text: str, day_first: bool) -> Read:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in match.groups() if part and part.isdigit())
        return _date(year, month, day)
    if match := _NUMBERS.fullmatch(text):
        first, second = int(match[1]), int(match[3])
        day, month = (first, second) if day_first else (second, first)
        return _date(_full_year(match[4]), month, day)
    if match := _DAY_WORD.fullmatch(text):
        return _date(_full_year(match[3]), _month(match[2]), int(match[1]))
    if match := _WORD_DAY.fullmatch(text):
        return _date(int(match[3]), _month(match[1]), int(match[2]))
    weekday = _WEEKDAY.match(text)
    return _day(text[weekday.end() :], day_first) if weekday else UNREADABLE


def _date(year: int, month: int | None, day: int) -> Read:
    if month is None:
        return UNREADABLE
    try:
        return Read(datetime(year, month, day))
    except ValueError:
        return IMPOSSIBLE


def _full_year(digits: str) -> int:
    """Two digits mean 1970 to 2069."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _month(word: str) -> int | None:
    return next((number for start, number in _MONTH_STARTS.items() if word.startswith(start)), None)


def _with_time(day: Read, match: re.Match[str], zone: ZoneInfo) -> Read:
    if not isinstance(day.value, datetime):
        return day
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return IMPOSSIBLE
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    moment = day.value.replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
    if match["zone"] is None:
        return Read(moment)
    return _from_utc(moment, _offset(match["zone"]), zone)


def _offset(zone: str) -> timedelta:
    if zone in ("z", "utc", "gmt"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset


def _counted(text: str, zone: ZoneInfo) -> Read:
    """A moment written as one number: days of a spreadsheet, or milliseconds since 1970 (HubSpot)."""
    if _SERIAL.fullmatch(text):
        seconds = round(float(text.replace(",", ".")) * 86_400)
        return Read(_SERIAL_ZERO + timedelta(seconds=seconds))
    if _EPOCH_MILLISECONDS.fullmatch(text):
        return _from_utc(datetime(1970, 1, 1) + timedelta(milliseconds=int(text)), timedelta(), zone)
    return UNREADABLE


def _from_utc(moment: datetime, offset: timedelta, zone: ZoneInfo) -> Read:
    """What the clock of `zone` shows when one `offset` ahead of UTC shows `moment`."""
    try:
        return Read(_local((moment - offset).replace(tzinfo=UTC), zone))
    except OverflowError:
        return IMPOSSIBLE


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)
