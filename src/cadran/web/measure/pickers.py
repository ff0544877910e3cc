"""The two pickers of a page: its period and its scope. They hold only what the person may open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cadran.directory import COMPANY, REP, TEAM
from cadran.periods.period import Grain, Period, containing, label_of, name_of
from cadran.present.words import COMPANY as COMPANY_NAME
from cadran.web.people.frame import Frame, neighbours

_MOST_PEOPLE = 200
Kept = Mapping[str, str]
NOTHING_KEPT: Kept = MappingProxyType({})


@dataclass(frozen=True)
class Choice:
    """An entry of a menu; `depth` indents it."""

    name: str
    address: str
    is_chosen: bool = False
    depth: int = 0


@dataclass(frozen=True)
class PeriodPicker:
    label: str
    days: str
    before: str
    after: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class ScopePicker:
    """`path`: the scopes above the chosen one, the nearest last."""

    name: str
    path: tuple[Choice, ...]
    choices: tuple[Choice, ...]


def period_picker(frame: Frame, kept: Kept = NOTHING_KEPT) -> PeriodPicker:
    """`kept`: parameters of the page's own that its other periods keep."""
    fiscal, lang = frame.settings.company.fiscal_month, frame.lang
    before, after = neighbours(frame.period, fiscal)
    return PeriodPicker(
        label=label_of(frame.period, lang, fiscal),
        days=label_of(frame.period, lang, fiscal, None) if frame.period.days == 1 else _days(frame.period, frame),
        before=frame.at(period=name_of(before, fiscal), **kept),
        after=frame.at(period=name_of(after, fiscal), **kept),
        choices=tuple(_periods(frame, kept)),
    )


def _days(period: Period, frame: Frame) -> str:
    from cadran.numerals import day

    return f"{day(period.start, frame.lang)} – {day(period.last_day, frame.lang)}"


def _periods(frame: Frame, kept: Kept) -> Iterator[Choice]:
    """This month, quarter and year and those before; the fiscal ones where they differ."""
    fiscal = frame.settings.company.fiscal_month
    grains = (
        (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
        if fiscal == 1
        else (Grain.MONTH, Grain.FISCAL_QUARTER, Grain.FISCAL_YEAR)
    )
    for grain, count in zip(grains, (4, 6, 3), strict=True):
        period = containing(frame.as_of, grain, fiscal)
        for _ in range(count):
            name = label_of(period, frame.lang, fiscal, grain)
            yield Choice(name, frame.at(period=name_of(period, fiscal), **kept), period == frame.period)
            period = neighbours(period, fiscal)[0]


def scope_picker(frame: Frame, kept: Kept = NOTHING_KEPT) -> ScopePicker:
    return ScopePicker(frame.scope.name, tuple(_path(frame)), tuple(_scopes(frame, kept)))


def _path(frame: Frame) -> Iterator[Choice]:
    """What stands above the scope and may be opened."""
    directory, scope = frame.directory, frame.scope
    if frame.visible.company and scope.level != COMPANY:
        yield _choice(frame, COMPANY, COMPANY_NAME.to(frame.lang))
    if scope.level == REP and scope.key is not None:
        team = directory.teams.get(directory.teams_on(frame.as_of).get(directory.rep_keys[scope.key], -1))
        if team is not None and (frame.visible.company or team.key in frame.visible.teams):
            yield _choice(frame, f"{TEAM}:{team.key}", team.name)


def _scopes(frame: Frame, kept: Kept) -> Iterator[Choice]:
    """The company, its teams, and the reps of each unless they are too many to list."""
    directory, visible = frame.directory, frame.visible
    if visible.company:
        yield _choice(frame, COMPANY, COMPANY_NAME.to(frame.lang), 0, kept)
    team_of = directory.teams_on(frame.as_of)
    reps = [rep for rep in directory.reps.values() if visible.company or rep.key in visible.reps]
    listed = reps if len(reps) <= _MOST_PEOPLE else []
    teams = [team for team in directory.shown_teams() if visible.company or team.key in visible.teams]
    for team in teams:
        yield _choice(frame, f"{TEAM}:{team.key}", team.name, 1, kept)
        for rep in sorted((rep for rep in listed if team_of.get(rep.number) == team.number), key=lambda rep: rep.name):
            if rep.left_on is None or rep.left_on > frame.period.start:
                yield _choice(frame, f"{REP}:{rep.key}", rep.name, 2, kept)
    if not teams:
        for rep in reps:
            yield _choice(frame, f"{REP}:{rep.key}", rep.name, 0, kept)


def _choice(frame: Frame, name: str, label: str, depth: int = 0, kept: Kept = NOTHING_KEPT) -> Choice:
    return Choice(label, frame.at(scope=name, **kept), name == frame.scope.name_in_address, depth)
