"""A question: which KPIs, for whom, over which days, compared with what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cadran.errors import Issue, RequestError, Text, did_you_mean
from cadran.periods.period import Grain, Period, split

LEVELS = ("company", "team", "rep")
COMPARISONS = frozenset({"previous", "last_year", "target"})


@dataclass(frozen=True)
class Request:
    """One question, fully spelled out. `levels` and `dimensions` are what `--by` splits into (no level: the highest the
    viewer may see); `grain` cuts [start, end) into periods (None: one period); `as_of` is the last evening known."""

    kpis: tuple[str, ...]
    start: date
    end: date
    as_of: date
    levels: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    grain: str | None = None
    where: str | None = None
    compare: frozenset[str] = frozenset()
    known_on: date | int | None = None
    intervals: bool = True

    def __post_init__(self) -> None:
        problems = [*_unknown_levels(self.levels), *_unknown_comparisons(self.compare), *_wrong_window(self)]
        if problems:
            raise RequestError(*problems)

    @property
    def window(self) -> Period:
        return Period(self.start, self.end)

    def periods(self, fiscal_month: int) -> tuple[Period, ...]:
        """The periods asked for, in order."""
        if self.grain is None:
            return (self.window,)
        return split(self.window, Grain(self.grain), fiscal_month)

    def at(self, **changes: object) -> Request:
        return replace(self, **changes)  # type: ignore[arg-type]


def _unknown_levels(levels: tuple[str, ...]) -> list[Issue]:
    return [
        Issue(
            "unknown_level",
            Text(f"Niveau inconnu : « {level} ».", f'Unknown level: "{level}".'),
            did_you_mean(level, LEVELS),
        )
        for level in levels
        if level not in LEVELS
    ]


def _unknown_comparisons(compare: frozenset[str]) -> list[Issue]:
    return [
        Issue(
            "unknown_comparison",
            Text(f"Comparaison inconnue : « {name} ».", f'Unknown comparison: "{name}".'),
            Text(
                "Choisissez previous (période précédente), last_year (an dernier) ou target (objectif).",
                "Choose previous, last_year or target.",
            ),
        )
        for name in sorted(compare - COMPARISONS)
    ]


def _wrong_window(request: Request) -> list[Issue]:
    problems = []
    if request.start >= request.end:
        problems.append(
            Issue(
                "empty_window",
                Text(
                    f"La période demandée est vide : elle commence le {request.start:%d/%m/%Y} et finit avant.",
                    f"The period asked for is empty: it starts on {request.start} and ends before.",
                ),
                Text("Donnez une fin postérieure au début.", "Give an end after the start."),
            )
        )
    if request.grain is not None and request.grain not in set(Grain):
        problems.append(
            Issue(
                "unknown_grain",
                Text(f"Pas de temps inconnu : « {request.grain} ».", f'Unknown grain: "{request.grain}".'),
                did_you_mean(request.grain, [grain.value for grain in Grain]),
            )
        )
    return problems
