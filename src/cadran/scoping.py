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
    """Company, then teams, then reps; what belongs to nobody last in each level, for those who see everything.
    What has no name of its own is named in the company's language."""
    nobody = UNASSIGNED_NAME.to(lang)
    scopes: list[Scope] = []
    if COMPANY in request.levels:
        scopes.append(Scope(COMPANY, None, None, COMPANY_NAME.to(lang)))
    if TEAM in request.levels:
        scopes += [
            Scope(TEAM, team.number, team.key, team.name, team.number == directory.root)
            for team in directory.shown_teams()
            if visible.company or team.key in visible.teams
        ]
        scopes += [Scope(TEAM, None, None, nobody, True)] if visible.company else []
    if REP in request.levels:
        scopes += [
            Scope(REP, rep.number, rep.key, rep.name)
            for rep in sorted(directory.reps.values(), key=lambda rep: rep.key)
            if visible.company or rep.key in visible.reps
        ]
        scopes += [Scope(REP, None, None, nobody, True)] if visible.company else []
    return scopes


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
