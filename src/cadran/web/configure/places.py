"""Where somebody who has access stands in the sales organisation, and what they therefore see, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cadran.access import SEES_ALL, Role, Viewer, same_address, viewer_of, visible_scopes
from cadran.directory import Directory
from cadran.errors import AccessError
from cadran.served import Known
from cadran.web.configure.told import told
from cadran.web.people.models import Person


@dataclass(frozen=True)
class Place:
    """`rep` and `team`: who they are among the reps, "" for nobody. `is_astray`: they should see figures but do not."""

    rep: str
    team: str
    sees: str
    is_astray: bool = False


@dataclass(frozen=True)
class Access:
    """Somebody of people.toml. `name` is what they call themselves, else the rep's, else the address."""

    email: str
    name: str
    role: Role
    place: Place
    last_sign_in: datetime | None
    has_password: bool
    has_second_factor: bool

    @property
    def role_name(self) -> str:
        return role_name(self.role)


def role_name(role: Role) -> str:
    return {
        Role.DIRECTOR: _("Sales director"),
        Role.MANAGER: _("Manager"),
        Role.REP: _("Sales rep"),
        Role.ANALYST: _("Analyst"),
        Role.FINANCE: _("Finance"),
        Role.ADMINISTRATOR: _("Administrator"),
    }[role]


def everybody(people: dict[str, Role], known: Known) -> list[Access]:
    """Those who have access: administrators, then whoever sees everything, then managers, then reps; by name."""
    accounts = {person.email: person for person in Person.objects.filter(email__in=people)}
    factors = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
    found = [_access(email, role, known, accounts.get(email), factors) for email, role in people.items()]
    order = [Role.ADMINISTRATOR, Role.DIRECTOR, Role.ANALYST, Role.FINANCE, Role.MANAGER, Role.REP]
    return sorted(found, key=lambda each: (order.index(each.role), each.name.casefold()))


def to_invite(people: dict[str, Role], known: Known) -> list[tuple[str, str]]:
    """(address, name) of the reps who are there and have no access yet, by name."""
    reps = [
        rep for rep in known.directory.reps.values() if rep.email and not (rep.left_on and rep.left_on <= known.evening)
    ]
    found = [(rep.email or "", rep.name) for rep in reps if same_address(rep.email or "") not in people]
    return sorted(found, key=lambda each: each[1].casefold())


def _access(email: str, role: Role, known: Known, account: Person | None, factors: set[int]) -> Access:
    place = place_of(email, role, known)
    return Access(
        email,
        (account.name if account else "") or place.rep or email,
        role,
        place,
        account.last_login if account else None,
        account is not None and account.has_usable_password(),
        account is not None and account.pk in factors,
    )


def place_of(email: str, role: Role, known: Known) -> Place:
    try:
        viewer = viewer_of(email, role, known.organisation)
    except AccessError as error:
        return Place("", "", " ".join(told(error)), True)
    rep, team = _rep_and_team(viewer, known)
    if role in SEES_ALL:
        return Place(rep, team, _("The whole company"))
    if viewer.rep_id is None:
        return Place(
            "", "", _("No figures: this address is no rep’s. Invite the right one, or correct the table of reps."), True
        )
    return Place(rep, team, _sees(viewer, known))


def _rep_and_team(viewer: Viewer, known: Known) -> tuple[str, str]:
    directory = known.directory
    if viewer.rep_id is None or viewer.rep_id not in directory.rep_keys:
        return "", ""
    team = known.organisation.team_of(viewer.rep_id)
    return directory.reps[directory.rep_keys[viewer.rep_id]].name, team_name(team, directory) if team else ""


def team_name(key: str, directory: Directory) -> str:
    return directory.teams[directory.team_keys[key]].name if key in directory.team_keys else key


def _sees(viewer: Viewer, known: Known) -> str:
    visible = visible_scopes(viewer, known.organisation)
    if viewer.role is Role.REP:
        return _("Their own figures")
    if not visible.teams:
        return _("Their own figures: they manage no team")
    reps = len(visible.reps)
    return ngettext("%(teams)s (%(n)s rep)", "%(teams)s (%(n)s reps)", reps) % {
        "teams": ", ".join(sorted(team_name(key, known.directory) for key in visible.teams)),
        "n": reps,
    }
