"""The dashboard: five dials, the table of teams and reps, how fresh the data are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from cadran.access import Ability
from cadran.answer import Answer, AnswerRow
from cadran.catalogue.kpi import Kpi
from cadran.directory import COMPANY, REP, TEAM
from cadran.directory import Scope as AnswerScope
from cadran.periods.period import Period, add_months
from cadran.present.block import Block, block
from cadran.present.headline import headline
from cadran.present.scorecard import Scorecard, scorecard
from cadran.web.measure.freshness import sources_of
from cadran.web.measure.pickers import period_picker, scope_picker
from cadran.web.measure.pieces import Parts, drawn
from cadran.web.measure.shown import shown
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page
from cadran.web.people.numbers import whole

THE_FIVE = ("revenue", "conversion_rate", "average_basket", "sales_cycle_days", "retention_rate")
Wanted = Callable[[AnswerScope], bool]
COMPARED = ("previous", "last_year", "target")
_MONTHS = 13
_FEW_REPS = 60  # so many are shown at once; of more, each team's are fetched when it is opened


@dataclass(frozen=True)
class TeamTable:
    """`open_teams`: those whose reps are among the lines."""

    card: Scorecard
    open_teams: frozenset[str | None]


@page(Ability.MEASURE)
def dashboard(frame: Frame) -> HttpResponse:
    return shown(frame, "measure/dashboard.html", lambda: _draw(frame))


def _draw(frame: Frame) -> Parts:
    answer = figures(frame)
    return {
        "main": drawn(frame, "measure/dashboard_main.html", _main(frame, answer)),
        "snapshot": answer.snapshot,
    }


def _main(frame: Frame, answer: Answer) -> dict[str, Any]:
    sources = sources_of(frame)
    revenue = next((row for row in scope_rows(frame, answer) if row.kpi == "revenue"), None)
    return {
        "headline": headline(revenue, frame.reader),
        "periods": period_picker(frame),
        "scopes": scope_picker(frame),
        "blocks": kpi_blocks(frame, answer, THE_FIVE),
        "sources": sources,
        "is_new": sources is not None and not sources.sources,
        "running": revenue is not None and revenue.is_partial,
    } | shown_table(frame, answer)


@page(Ability.MEASURE)
def reps(frame: Frame, team: str) -> HttpResponse:
    """The rows of one team's reps, fetched when it is opened."""
    frame = frame.with_scope(f"{TEAM}:{team}")
    rows = figures(frame).rows_of(_members(frame, frozenset({team})))
    return render(
        frame.request, "measure/team_rows.html", {"frame": frame, "lines": _card(frame, rows).lines, "team": team}
    )


def figures(frame: Frame, kpis: Sequence[str] = THE_FIVE, levels: Sequence[str] = ()) -> Answer:
    """The standard scorecard of the page's period, for every scope of some levels (by default those the page shows)
    that the person may see: one answer, kept at hand."""
    return frame.ask(*kpis, by=levels or _levels_shown(frame), compare=COMPARED)


def levels_under(frame: Frame) -> tuple[str, ...]:
    """The levels that the page's scope and those it is split into stand on: a company's page needs no reps."""
    wanted = (COMPANY, TEAM) if frame.scope.level == COMPANY else (TEAM, REP)
    return tuple(level for level in frame.levels() if level in wanted)


def _levels_shown(frame: Frame) -> tuple[str, ...]:
    """All of them where people are few: one answer for every scope. Many reps are asked about once a team is opened."""
    opened = "open" in frame.request.GET and frame.scope.level == COMPANY
    return frame.levels() if opened or _are_few(frame) else levels_under(frame)


def kpi_blocks(frame: Frame, answer: Answer, kpis: Sequence[str]) -> list[Block]:
    """The KPIs of the page's scope with the thirteen months that end with its period."""
    months = month_rows(frame, kpis)
    rows = {row.kpi: row for row in scope_rows(frame, answer)}
    return [
        block(kpi, rows[kpi.id], months.get(kpi.id, ()), frame.reader, frame.as_of)
        for kpi in definitions(kpis)
        if kpi.id in rows
    ]


def scope_rows(frame: Frame, answer: Answer) -> tuple[AnswerRow, ...]:
    return answer.rows_of(is_page_scope(frame))


def is_page_scope(frame: Frame) -> Wanted:
    def wanted(scope: AnswerScope) -> bool:
        return scope.kind == frame.scope.level and scope.key == frame.scope.key

    return wanted


def month_rows(frame: Frame, kpis: Sequence[str]) -> dict[str, list[AnswerRow]]:
    """KPI -> its months at the page's scope, oldest first."""
    last = min(frame.period.last_day, frame.as_of).replace(day=1)
    window = Period(add_months(last, 1 - _MONTHS), add_months(last, 1))
    by = (frame.scope.level,)
    answer = frame.ask(*kpis, by=by, grain="month", start=window.start, end=window.end, intervals=False)
    found: dict[str, list[AnswerRow]] = {}
    for row in answer.rows_of(is_page_scope(frame)):
        found.setdefault(row.kpi, []).append(row)
    return found


def definitions(kpis: Sequence[str]) -> list[Kpi]:
    known = {kpi.id: kpi for kpi in served.workspace.catalogue}
    return [known[name] for name in kpis if name in known]


def team_table(frame: Frame, answer: Answer) -> TeamTable:
    """The scope, its teams and, where they are few or asked for, their reps."""
    teams = _teams_shown(frame)
    opened = _opened(frame, teams)
    in_open = _members(frame, opened)

    def wanted(scope: AnswerScope) -> bool:
        if scope.level == COMPANY:
            return frame.scope.level == COMPANY
        if scope.level == TEAM and scope.key is not None:
            return scope.key in teams
        if scope.level == TEAM:
            return frame.scope.level == COMPANY
        return in_open(scope) or (scope.kind == frame.scope.level and scope.key == frame.scope.key)

    return TeamTable(_card(frame, answer.rows_of(wanted)), opened)


def shown_table(frame: Frame, answer: Answer) -> dict[str, Any]:
    """What `measure/team_table.html` draws."""
    return {"table": team_table(frame, answer), "shown": _shown_kpi(frame)}


def _card(frame: Frame, rows: Sequence[AnswerRow]) -> Scorecard:
    whole = {row.kpi: row.value for row in scope_rows(frame, figures(frame))}
    references = {kpi: None if value is None else float(value) for kpi, value in whole.items()}
    return scorecard(definitions(THE_FIVE), rows, frame.reader, references)


def _teams_shown(frame: Frame) -> frozenset[str]:
    directory = frame.directory
    if frame.scope.level == COMPANY:
        return frozenset(directory.team_keys)
    if frame.scope.level == TEAM and frame.scope.key is not None:
        below = directory.below(directory.team_keys[frame.scope.key])
        return frozenset(directory.teams[number].key for number in below)
    return frozenset()


def _opened(frame: Frame, teams: frozenset[str]) -> frozenset[str | None]:
    if _are_few(frame):
        return frozenset(teams)
    return frozenset({frame.request.GET.get("open")} & teams)


def _are_few(frame: Frame) -> bool:
    """Whether all the reps the person may see are shown at once."""
    return len(frame.directory.reps if frame.visible.company else frame.visible.reps) <= _FEW_REPS


def _members(frame: Frame, teams: frozenset[str | None]) -> Wanted:
    """Whether a scope is a rep who is, or last was, in one of the teams."""
    directory = frame.directory
    team_of = directory.teams_on(min(frame.as_of, frame.period.last_day))

    def wanted(scope: AnswerScope) -> bool:
        if scope.level != REP or scope.number is None:
            return False
        team = directory.teams.get(team_of.get(scope.number, -1))
        return team is not None and team.key in teams

    return wanted


def _shown_kpi(frame: Frame) -> int:
    """Which KPI's columns a narrow screen shows."""
    asked = whole(frame.request.GET.get("show", "0"))
    return asked if asked is not None and asked < len(THE_FIVE) else 0
