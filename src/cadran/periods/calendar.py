"""Business days: which days a company works, and how many of them a period holds.

Public holidays come from the `holidays` package, imported at the first question (about 80 ms), never before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cadran.errors import Issue, PeriodError, Text, did_you_mean
from cadran.periods.period import ONE_DAY, Period

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class BusinessCalendar:
    """The working days of a company: those of its country (`FR`, `FRA` or `France`) and region (`57` or `Moselle`),
    without the days the company itself is closed. Raises PeriodError at the first question when the country or the
    region is unknown."""

    country: str = "FR"
    region: str | None = None
    closures: frozenset[date] = frozenset()
    _counts: dict[int, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_business_day(self, day: date) -> bool:
        counts, place = self._before(day.year), _place(day)
        return counts[place + 1] > counts[place]

    def business_days(self, period: Period) -> int:
        return self.business_days_between(period.start, period.end)

    def business_days_between(self, start: date, end: date) -> int:
        """The business days from `start` (included) to `end` (excluded)."""
        within = self._before(end.year)[_place(end)] - self._before(start.year)[_place(start)]
        return within + sum(self._before(year)[-1] for year in range(start.year, end.year))

    def business_days_until(self, period: Period, as_of: date) -> int:
        """The business days of `period` that are over on the evening of `as_of`."""
        return self.business_days(period.clip(as_of))

    def count_many(self, starts: npt.NDArray[np.datetime64], ends: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
        """The business days of many windows [start, end) at once; an end before its start counts as an empty window.

        `starts` and `ends` are `datetime64[D]` of one length n; returns int64 of length n.
        """
        import numpy as np

        if not len(starts):
            return np.zeros(0, dtype=np.int64)
        origin: date = min(starts.min(), ends.min()).astype(object)
        finish: date = max(starts.max(), ends.max()).astype(object)
        days = np.fromiter(self._flags(origin, finish), dtype=np.int64)
        before = np.concatenate(([0], np.cumsum(days)))
        first, last = ((side - np.datetime64(origin)).astype(np.int64) for side in (starts, ends))
        return before[np.maximum(first, last)] - before[first]

    def _before(self, year: int) -> tuple[int, ...]:
        """For each day of `year`, the business days of the year before it; one more entry holds the whole year."""
        if year not in self._counts:
            self._counts[year] = tuple(accumulate(self._working(year), initial=0))
        return self._counts[year]

    def _working(self, year: int) -> Iterator[bool]:
        public = _holidays(self.country, self.region, year)
        first = date(year, 1, 1)
        for place in range((date(year, 12, 31) - first).days + 1):
            day = first + place * ONE_DAY
            yield day not in self.closures and public.is_working_day(day)

    def _flags(self, first: date, end: date) -> Iterator[bool]:
        return (self.is_business_day(first + n * ONE_DAY) for n in range((end - first).days))


def _place(day: date) -> int:
    """The position of a day in its year, from 0."""
    return day.toordinal() - date(day.year, 1, 1).toordinal()


def _holidays(country: str, region: str | None, year: int) -> Any:
    """The `holidays` calendar of one year: knows the weekend of the country and its substituted days."""
    import holidays

    entity = getattr(holidays, _entity(country))
    known = {*entity.subdivisions, *entity.subdivisions_aliases}
    if region is not None and region not in known:
        raise PeriodError(_unknown_region(country, region, known))
    return entity(years=year, subdiv=region)


def _entity(country: str) -> str:
    """The name under which `holidays` knows a country, from its ISO code or its English name in any case."""
    from holidays.registry import COUNTRIES

    names = {name.casefold(): name for entities in COUNTRIES.values() for name in entities}
    name = names.get(country.replace(" ", "").casefold())
    if name is None:
        raise PeriodError(_unknown_country(country, names.values()))
    return str(name)


def _unknown_country(country: str, known: Any) -> Issue:
    near = did_you_mean(country, known)
    message = Text(f"Pays « {country} » inconnu du calendrier.", f'The calendar knows no country "{country}".')
    advice = Text(
        f"{near.fr} Donnez le code ISO du pays, par exemple FR.".strip(),
        f"{near.en} Give the ISO code of the country, for example FR.".strip(),
    )
    return Issue("unknown_country", message, advice)


def _unknown_region(country: str, region: str, known: set[str]) -> Issue:
    near, all_known = did_you_mean(region, known), ", ".join(sorted(known))
    message = Text(
        f"Région « {region} » inconnue dans le calendrier du pays {country}.",
        f'The calendar of country {country} knows no region "{region}".',
    )
    advice = Text(f"{near.fr} Régions connues : {all_known}.", f"{near.en} Known regions: {all_known}.")
    return Issue("unknown_region", message, Text(advice.fr.strip(), advice.en.strip()))
