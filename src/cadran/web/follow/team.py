"""The team: reps side by side, with honest intervals. A rep sees themselves, and ranks where the company shows them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from cadran.access import EVERYTHING, Ability, ranked_with
from cadran.answer import AnswerRow
from cadran.directory import COMPANY, REP, Rep
from cadran.present.standing import ranks, standing
from cadran.web.measure.dashboard import figures, kpi_blocks, scope_rows, shown_table
from cadran.web.measure.pickers import period_picker, scope_picker
from cadran.web.measure.pieces import Parts, drawn
from cadran.web.measure.shown import shown
from cadran.web.people.frame import Frame, served
from cadran.web.people.gate import page

_FIVE = ("revenue", "conversion_rate", "average_basket", "sales_cycle_days", "retention_rate")


@page(Ability.MEASURE)
def team(frame: Frame) -> HttpResponse:
    """The reps of the page's scope; a page about one rep is that rep's own."""
    if frame.scope.level == REP:
        return redirect(reverse("rep", args=[frame.scope.key]) + f"?period={frame.period_name}")
    return shown(frame, "follow/team.html", lambda: _draw_team(frame))


def _draw_team(frame: Frame) -> Parts:
    answer = figures(frame)
    context = {"headline": _standing(frame), **_pickers(frame), **shown_table(frame, answer)}
    return {"main": drawn(frame, "follow/team_main.html", context), "snapshot": answer.snapshot}


def _pickers(frame: Frame) -> dict[str, Any]:
    return {"periods": period_picker(frame), "scopes": scope_picker(frame)}


@page(Ability.MEASURE)
def rep(frame: Frame, key: str) -> HttpResponse:
    """One rep, for a conversation between two: figures beside the team's, objectives, what they are made of."""
    frame = frame.with_scope(f"{REP}:{key}")
    is_own, found = frame.viewer.rep_id == key, frame.directory.reps[frame.directory.rep_keys[key]]
    return shown(frame, "follow/rep.html", lambda: _draw_rep(frame, found, is_own=is_own), beside=is_own, rep=found)


def _draw_rep(frame: Frame, found: Rep, *, is_own: bool) -> Parts:
    answer = figures(frame)
    context = {
        "rep": found,
        "team": team_of(frame, found.key),
        "own": {row.kpi: row for row in scope_rows(frame, answer)},
        "blocks": kpi_blocks(frame, answer, _FIVE),
        "ranks": ranks(_ranked(frame), frame.reader, found.key) if is_own else (),
        **_pickers(frame),
    }
    return {"main": drawn(frame, "follow/rep_main.html", context), "snapshot": answer.snapshot}


def team_of(frame: Frame, key: str) -> str | None:
    """The name of a rep's team at the end of the page's period."""
    number = frame.directory.teams_on(min(frame.as_of, frame.period.last_day)).get(frame.directory.rep_keys[key])
    node = frame.directory.teams.get(number) if number is not None else None
    return node.name if node else None


def _standing(frame: Frame) -> str:
    """How the revenue of the reps who were in the page's scope stands, somebody who left without a sale or objective
    aside. Read as columns: there may be a thousand."""
    found = frame.ask("revenue", by=(REP,), compare=("target",)).to_arrow()
    names = ("scope_id", "value", "status", "is_partial")
    members = _members(frame)
    statuses, running = [], False
    for key, value, status, is_partial in zip(*(found.column(name).to_pylist() for name in names), strict=True):
        if key is not None and (members is None or key in members) and (value or status != "no_target"):
            statuses.append(status)
            running = running or is_partial
    return standing(statuses, running, frame.reader)


def _members(frame: Frame) -> frozenset[str] | None:
    """The ids of the reps in the page's scope; None for all of them."""
    if frame.scope.level == COMPANY:
        return None
    assert frame.scope.key is not None, "a page about a rep is theirs"
    organisation = frame.known.organisation
    return organisation.reps_in(organisation.below(frame.scope.key))


def _ranked(frame: Frame) -> list[AnswerRow]:
    """The revenue of everybody whose place this person may see: read as the company, shown only of their own team."""
    mates = ranked_with(frame.viewer, frame.known.organisation, frame.settings.web.team_ranks)
    if len(mates) < 2:
        return []
    request = frame.question("revenue", by=(REP,), compare=("target",))
    rows = served.answers.ask(request, EVERYTHING).rows_of(lambda scope: scope.level == REP and scope.key in mates)
    return [row for row in rows if row.value is not None]
