"""Which levels and scopes an answer holds, given who asks."""

from __future__ import annotations

from cadran.access import Visible
from cadran.directory import COMPANY, REP, TEAM, Directory, Scope
from cadran.errors import AccessError, Issue, Lang, Text
from cadran.planner.request import Request

COMPANY_NAME = Text("Entreprise", "Company")
UNASSIGNED_NAME = Text("Non attribué", "Unassigned")


def levels_for(request: Request, visible: Visible) -> tuple[str, ...]:
    """The levels asked for, or the highest the viewer may see. Raises AccessError for one they may not."""
    allowed = _allowed(visible)
    if not allowed:
        raise AccessError(_sees_nothing())
    if not request.levels:
        return allowed[:1]
    refused = [level for level in request.levels if level not in allowed]
    if refused:
        raise AccessError(_not_for_you(allowed))
    return tuple(dict.fromkeys(request.levels))


def _allowed(visible: Visible) -> tuple[str, ...]:
    if visible.company:
        return (COMPANY, TEAM, REP)
    levels = [TEAM] if visible.teams else []
    return tuple(levels + ([REP] if visible.reps else []))


def shown_scopes(directory: Directory, request: Request, visible: Visible, lang: Lang) -> list[Scope]:
    """Company, then teams, each followed by those who are in it on the evening of the question; what belongs to no
    team, and everybody else; what belongs to nobody. What has no name of its own is named in `lang`."""
    teams = [team for team in directory.shown_teams() if visible.company or team.key in visible.teams]
    reps = [rep for rep in directory.rep_scopes if visible.company or rep.key in visible.reps]
    scopes = [Scope(COMPANY, None, None, COMPANY_NAME.to(lang))] if COMPANY in request.levels else []
    if TEAM in request.levels:
        in_team = directory.teams_on(request.as_of)
        members: dict[int | None, list[Scope]] = {}
        for rep in reps:
            members.setdefault(None if rep.number is None else in_team.get(rep.number), []).append(rep)
        for team in teams:
            scopes.append(Scope(TEAM, team.number, team.key, team.name, team.number == directory.root))
            own = members.pop(team.number, [])
            scopes += own if REP in request.levels else []
        scopes += _nobody(TEAM, visible, lang)
        left = (rep for others in members.values() for rep in others)
        reps = sorted(left, key=lambda rep: rep.key or "")
    return scopes + ([*reps, *_nobody(REP, visible, lang)] if REP in request.levels else [])


def _nobody(level: str, visible: Visible, lang: Lang) -> list[Scope]:
    """What belongs to nobody, for those who see everything."""
    return [Scope(level, None, None, UNASSIGNED_NAME.to(lang), True)] if visible.company else []


def _sees_nothing() -> Issue:
    return Issue(
        "sees_nothing",
        Text("Aucun chiffre ne vous est ouvert.", "No figures are open to you."),
        Text(
            "Demandez qu’on relie votre adresse à un commercial ou à une équipe.",
            "Ask for your address to be linked to a rep or a team.",
        ),
    )


def _not_for_you(allowed: tuple[str, ...]) -> Issue:
    return Issue(
        "level_not_visible",
        Text("Ce niveau ne vous est pas ouvert.", "This level is not open to you."),
        Text(f"Demandez --by {' ou '.join(allowed)}.", f"Ask --by {' or '.join(allowed)}."),
    )
