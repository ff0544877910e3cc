"""Periods: half-open windows of days [start, end), the grains that cut time into them, and how people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from cadran.errors import Issue, Lang, PeriodError, Text, did_you_mean

ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2999


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """The days from `start` (included) to `end` (excluded), in the company's time zone. It may hold no day."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise PeriodError(_ends_before_it_starts(self.start, self.end))

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day included; of an empty period, the day before its start."""
        return self.end - ONE_DAY

    @property
    def is_empty(self) -> bool:
        return self.start == self.end

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end

    def covers(self, other: Period) -> bool:
        """True when every day of `other` is a day of this period."""
        return self.start <= other.start and other.end <= self.end

    def intersect(self, other: Period) -> Period:
        """The days in both; empty when they share none."""
        start = max(self.start, other.start)
        return Period(start, max(start, min(self.end, other.end)))

    def clip(self, until_day: date) -> Period:
        """The part that is over on the evening of `until_day` (included); empty when the period starts later."""
        return Period(self.start, max(self.start, min(self.end, until_day + ONE_DAY)))


class Grain(StrEnum):
    """How finely a window is cut. Fiscal years are named by the calendar year in which they end."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_QUARTER = "fiscal_quarter"
    FISCAL_YEAR = "fiscal_year"


FISCAL = frozenset({Grain.FISCAL_QUARTER, Grain.FISCAL_YEAR})
DAYS_IN = {Grain.DAY: 1, Grain.WEEK: 7}
MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12, Grain.FISCAL_QUARTER: 3, Grain.FISCAL_YEAR: 12}


def containing(day: date, grain: Grain, fiscal_month: int = 1) -> Period:
    """The whole period of `grain` that holds `day`; weeks are ISO weeks, Monday to Sunday."""
    if grain in DAYS_IN:
        start = day if grain is Grain.DAY else day - timedelta(days=day.weekday())
        return Period(start, start + timedelta(days=DAYS_IN[grain]))
    months = MONTHS_IN[grain]
    origin = _checked(fiscal_month) - 1 if grain in FISCAL else 0
    index = _month_index(day)
    first = index - (index - origin) % months
    return Period(_first_of(first), _first_of(first + months))


def split(period: Period, grain: Grain, fiscal_month: int = 1) -> tuple[Period, ...]:
    """Cut a window into the periods of `grain` it touches: no gap, no overlap, so that sums of pieces are the sum.

    A window made of whole periods gives whole periods. Where the window cuts a period, the piece is clipped to the
    window: 15 January to 1 March by month is 15-31 January and February.
    """
    if period.is_empty:
        return ()
    edges = _edges(period, grain, fiscal_month)
    cuts = [period.start, *(edge for edge in edges if period.start < edge < period.end), period.end]
    return tuple(Period(start, end) for start, end in pairwise(cuts))


def _edges(period: Period, grain: Grain, fiscal_month: int) -> Iterator[date]:
    first = containing(period.start, grain, fiscal_month).start
    if grain in DAYS_IN:
        step = DAYS_IN[grain]
        return (first + timedelta(days=n) for n in range(step, period.days + step, step))
    months = MONTHS_IN[grain]
    begin, finish = _month_index(first), _month_index(period.end)
    return (_first_of(index) for index in range(begin + months, finish + 1, months))


def shift(period: Period, grain: Grain, n: int) -> Period:
    """The same window `n` grains later (earlier when negative).

    Whole months stay whole months. Any other window keeps its day numbers, cut to the length of the month they fall
    in: 29 February a year earlier is 28 February; 1 to 30 January a month later is 1 to 28 February.
    """
    if grain in DAYS_IN:
        move = timedelta(days=DAYS_IN[grain] * n)
        return Period(period.start + move, period.end + move)
    return shift_months(period, MONTHS_IN[grain] * n)


def shift_months(period: Period, months: int) -> Period:
    """`shift` by a number of months."""
    start = add_months(period.start, months)
    if period.is_empty:
        return Period(start, start)
    if whole_months(period):
        return Period(start, add_months(period.end, months))
    return Period(start, add_months(period.last_day, months) + ONE_DAY)


def add_months(day: date, months: int) -> date:
    """The same day number `months` later, or the last day of that month when it is shorter."""
    index = _month_index(day) + months
    last = (_first_of(index + 1) - ONE_DAY).day
    return _first_of(index).replace(day=min(day.day, last))


def whole_months(period: Period) -> int:
    """How many calendar months the period is made of; 0 when it does not start and end with a month."""
    if period.start.day != 1 or period.end.day != 1:
        return 0
    return _month_index(period.end) - _month_index(period.start)


def whole_grain(period: Period, fiscal_month: int = 1) -> Grain | None:
    """The grain of which `period` is exactly one period (calendar before fiscal), or None for any other window."""
    return next((grain for grain in Grain if containing(period.start, grain, fiscal_month) == period), None)


def fiscal_year(day: date, fiscal_month: int = 1) -> int:
    """The name of the fiscal year that holds `day`: the calendar year in which it ends."""
    return containing(day, Grain.FISCAL_YEAR, fiscal_month).last_day.year


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of(month_index: int) -> date:
    return date(month_index // 12, month_index % 12 + 1, 1)


def _checked(fiscal_month: int) -> int:
    if not 1 <= fiscal_month <= 12:
        message = Text(
            f"Le premier mois de l’exercice ne peut pas être {fiscal_month}.",
            f"The first month of the fiscal year cannot be {fiscal_month}.",
        )
        advice = Text("Donnez un nombre de 1 (janvier) à 12.", "Give a number from 1 (January) to 12.")
        raise PeriodError(Issue("unknown_fiscal_month", message, advice))
    return fiscal_month


def _ends_before_it_starts(start: date, end: date) -> Issue:
    message = Text(
        f"La période finit le {end}, avant son début le {start}.",
        f"The period ends on {end}, before it starts on {start}.",
    )
    advice = Text("Échangez les deux dates ; la fin n’est pas comprise.", "Swap the dates; the end is not included.")
    return Issue("period_backwards", message, advice)


# -- reading -----------------------------------------------------------------------------------------------------

MONTHS_FR = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH_NUMBER = {name.casefold(): n for names in (MONTHS_FR, MONTHS_EN) for n, name in enumerate(names, start=1)}

_YEAR = r"(?P<y>\d{4})"
_FISCAL = r"(?:fy|exercice|fiscal year) ?(?:\d{4}-)?" + _YEAR
# `S` is a week only with two digits: in French, S1 is the first half of the year.
_FORMS: tuple[tuple[Grain, re.Pattern[str]], ...] = tuple(
    (grain, re.compile(form))
    for grain, form in (
        (Grain.DAY, _YEAR + r"-(?P<m>\d\d)-(?P<d>\d\d)"),
        (Grain.DAY, r"(?P<d>\d\d?)/(?P<m>\d\d?)/" + _YEAR),
        (Grain.DAY, r"(?P<d>\d\d?)(?:er)? (?P<name>[^\W\d]+) " + _YEAR),
        (Grain.WEEK, _YEAR + r"[- ]?(?:w|s(?=\d\d))(?P<w>\d\d?)"),
        (Grain.WEEK, r"(?:w|s(?=\d\d)|semaine |week )(?P<w>\d\d?)(?: de| of)? " + _YEAR),
        (Grain.MONTH, _YEAR + r"-(?P<m>\d\d)"),
        (Grain.MONTH, r"(?P<m>\d\d?)/" + _YEAR),
        (Grain.MONTH, r"(?P<name>[^\W\d]+) " + _YEAR),
        (Grain.QUARTER, _YEAR + r"[- ]?[qt](?P<q>[1-4])"),
        (Grain.QUARTER, r"[qt](?P<q>[1-4])[- ]" + _YEAR),
        (Grain.YEAR, _YEAR),
        (Grain.FISCAL_QUARTER, _FISCAL + r"[- ]?[qt](?P<q>[1-4])"),
        (Grain.FISCAL_QUARTER, r"[qt](?P<q>[1-4]) " + _FISCAL),
        (Grain.FISCAL_YEAR, _FISCAL),
    )
)
_WINDOW = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


def parse_period(text: str, fiscal_month: int = 1) -> Period:
    """Read a period as people write it: 2026-01-31, 2026-W05, 2026-01, 2026-Q1, 2026, FY2026-Q1, FY2026, the French
    T1 2026, 2026-T1, 01/2026, mars 2026, and a window as two days, 2026-02-01/2026-02-15 (the end is not included).

    Raises PeriodError with what was expected and, when something known is near, a « did you mean ».
    """
    return _read(text, fiscal_month)[1]


def grain_of(text: str) -> Grain | None:
    """The grain that `text` names, or None for a window of two days; unknown text raises PeriodError."""
    return _read(text, fiscal_month=1)[0]


def parse_grain(text: str) -> Grain:
    """The grain of that name (`day`, `week`, `month` ...); PeriodError for any other word."""
    word = text.strip().casefold()
    if word in list(Grain):
        return Grain(word)
    near, known = did_you_mean(word, list(Grain)), ", ".join(Grain)
    message = Text(f"« {text} » n’est pas un découpage du temps.", f'"{text}" is not a way to cut time.')
    advice = Text(f"{near.fr} Écrivez {known}.".strip(), f"{near.en} Write one of {known}.".strip())
    raise PeriodError(Issue("unknown_grain", message, advice))


def _read(text: str, fiscal_month: int) -> tuple[Grain | None, Period]:
    plain = " ".join(text.casefold().split())
    window = _WINDOW.fullmatch(plain)
    if window:
        start, end = (_read(day, fiscal_month)[1].start for day in window.groups())
        return None, Period(start, end)
    for grain, form in _FORMS:
        found = form.fullmatch(plain)
        day = _first_day(grain, found.groupdict(), fiscal_month) if found else None
        if day:
            return grain, containing(day, grain, fiscal_month)
    raise PeriodError(_unknown(text, plain))


def _first_day(grain: Grain, parts: dict[str, str], fiscal_month: int) -> date | None:
    """The first day that the matched parts name, or None when there is no such day (30 February, week 60)."""
    year = int(parts["y"])
    month = int(parts["m"]) if "m" in parts else _MONTH_NUMBER.get(parts.get("name", "janvier"), 0)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        if grain is Grain.WEEK:
            return date.fromisocalendar(year, int(parts["w"]), 1)
        first = date(year, month, int(parts.get("d", 1)))
    except ValueError:
        return None
    if grain in FISCAL:
        first = add_months(first, _checked(fiscal_month) - 1 - (12 if fiscal_month > 1 else 0))
    return add_months(first, 3 * (int(parts.get("q", 1)) - 1))


def _unknown(text: str, plain: str) -> Issue:
    message = Text(f"« {text} » n’est pas une période.", f'"{text}" is not a period.')
    expected = Text(
        "Écrivez par exemple 2026-01-31, 2026-W05, 2026-01, 2026-T1, 2026 ou FY2026-Q1.",
        "Write for example 2026-01-31, 2026-W05, 2026-01, 2026-Q1, 2026 or FY2026-Q1.",
    )
    near = did_you_mean(plain, _written_like(plain))
    return Issue(
        "unknown_period", message, Text(f"{near.fr} {expected.fr}".strip(), f"{near.en} {expected.en}".strip())
    )


def _written_like(plain: str) -> list[str]:
    """Periods of the year that a mistyped text mentions, as candidates for « did you mean »."""
    found = re.search(r"\d{4}", plain)
    if not found or not FIRST_YEAR <= int(found[0]) <= LAST_YEAR:
        return []
    year = found[0]
    numbered = [f"{year}-Q{q}" for q in range(1, 5)] + [f"{year}-{m:02}" for m in range(1, 13)]
    months = [name for name in (*MONTHS_FR, *MONTHS_EN) if name[0].casefold() == plain[0]]
    return [year, f"FY{year}", *numbered, *(f"{name} {year}" for name in months)]


# -- writing -----------------------------------------------------------------------------------------------------


def name_of(period: Period, fiscal_month: int = 1, lang: Lang = "en") -> str:
    """The short name that `parse_period` reads back: 2026-Q1 (French: 2026-T1), 2026-W05 (2026-S05), FY2026 ...

    A window that is no period of any grain is its two days, the end not included: 2026-02-01/2026-02-15.
    """
    start, fr = period.start, lang == "fr"
    match whole_grain(period, fiscal_month):
        case Grain.DAY:
            return start.isoformat()
        case Grain.WEEK:
            year, week, _ = start.isocalendar()
            return f"{year}-{'S' if fr else 'W'}{week:02}"
        case Grain.MONTH:
            return f"{start.year}-{start.month:02}"
        case Grain.QUARTER:
            return f"{start.year}-{_quarter(start, 1, lang)}"
        case Grain.YEAR:
            return f"{start.year}"
        case Grain.FISCAL_QUARTER:
            return f"FY{fiscal_year(start, fiscal_month)}-{_quarter(start, fiscal_month, lang)}"
        case Grain.FISCAL_YEAR:
            return f"FY{fiscal_year(start, fiscal_month)}"
    return f"{start.isoformat()}/{period.end.isoformat()}"


def label_of(period: Period, lang: Lang = "fr", fiscal_month: int = 1, grain: Grain | None = None) -> str:
    """The period as a reader sees it: « T1 2026 », « exercice 2025-2026 », « 20 mars 2026 », « du 1er au 14 février
    2026 ». Give the `grain` that was asked for when a fiscal quarter that is also a calendar one should be called so.
    """
    start, fr = period.start, lang == "fr"
    match grain if grain and containing(start, grain, fiscal_month) == period else whole_grain(period, fiscal_month):
        case Grain.DAY:
            return f"{_day(start, lang)} {_month(start, lang)} {start.year}"
        case Grain.WEEK:
            year, week, _ = start.isocalendar()
            return f"semaine {week} de {year}" if fr else f"week {week} of {year}"
        case Grain.MONTH:
            return f"{_month(start, lang)} {start.year}"
        case Grain.QUARTER:
            return f"{_quarter(start, 1, lang)} {start.year}"
        case Grain.YEAR:
            return f"{start.year}"
        case Grain.FISCAL_QUARTER:
            return f"{_quarter(start, fiscal_month, lang)} {_fiscal_label(start, fiscal_month, lang)}"
        case Grain.FISCAL_YEAR:
            return _fiscal_label(start, fiscal_month, lang)
    return _window_label(period, lang)


def _quarter(start: date, fiscal_month: int, lang: Lang) -> str:
    return f"{'T' if lang == 'fr' else 'Q'}{(start.month - fiscal_month) % 12 // 3 + 1}"


def _fiscal_label(day: date, fiscal_month: int, lang: Lang) -> str:
    last = fiscal_year(day, fiscal_month)
    years = f"{last}" if fiscal_month == 1 else f"{last - 1}-{last}"
    return f"{'exercice' if lang == 'fr' else 'fiscal year'} {years}"


def _window_label(period: Period, lang: Lang) -> str:
    """« du 28 février au 3 mars 2026 », "28 Feb to 3 Mar 2026": month and year once when both ends share them."""
    first, last = period.start, period.last_day
    if period.is_empty:
        return "aucun jour" if lang == "fr" else "no day"
    begin, finish = _day(first, lang), f"{_day(last, lang)} {_short_month(last, lang)} {last.year}"
    if (first.year, first.month) != (last.year, last.month):
        begin += f" {_short_month(first, lang)}"
    if first.year != last.year:
        begin += f" {first.year}"
    return f"du {begin} au {finish}" if lang == "fr" else f"{begin} to {finish}"


def _day(day: date, lang: Lang) -> str:
    return "1er" if lang == "fr" and day.day == 1 else str(day.day)


def _month(day: date, lang: Lang) -> str:
    return (MONTHS_FR if lang == "fr" else MONTHS_EN)[day.month - 1]


def _short_month(day: date, lang: Lang) -> str:
    """Abbreviated in English only: French abbreviations are longer to read than to write."""
    return _month(day, lang) if lang == "fr" else _month(day, lang)[:3]
