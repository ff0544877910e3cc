"""Who has access: who sees what, inviting, another role, a new link, letting go. Nothing here needs a mail server."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cadran.access import Ability, Role, same_address
from cadran.errors import SettingsError
from cadran.people import add_person, read_people
from cadran.web.configure.places import Access, everybody, role_name, to_invite
from cadran.web.configure.told import told
from cadran.web.people.audit import Action, log
from cadran.web.people.frame import served
from cadran.web.people.gate import needs
from cadran.web.people.invitations import let_go, link_for


@needs(Ability.ADMINISTER)
def people(request: HttpRequest) -> HttpResponse:
    """The list; a POST invites somebody."""
    problems: list[str] = []
    if request.method == "POST":
        email = same_address(request.POST.get("email", ""))
        problems = _invite(request, email)
        if not problems:
            return _with_link(request, email)
    let_in, known = read_people(served.folder), served.known()
    access = everybody(let_in, known)
    shown = {
        "tab": "people",
        "people": access,
        "headline": _headline(access),
        "problems": problems,
        "roles": _roles(),
        "reps": to_invite(let_in, known),
        "given": request.POST,
    }
    return render(request, "configure/people.html", shown, status=400 if problems else 200)


def _invite(request: HttpRequest, email: str) -> list[str]:
    """What stands in the way, in words; nothing when the person was let in."""
    if email in read_people(served.folder):
        return [_("%(email)s has access already. Open their line to change their role.") % {"email": email}]
    role = _role_given(request)
    try:
        add_person(served.folder, email, role)
    except SettingsError as error:
        return told(error)
    log(request, Action.CHANGED_ACCESS, f"{email}: – → {role.value}")
    return []


def _with_link(request: HttpRequest, email: str) -> HttpResponse:
    """The only page that ever shows the link."""
    address = request.build_absolute_uri(link_for(email))
    response = render(request, "configure/person_link.html", {"tab": "people", "email": email, "address": address})
    response["Cache-Control"] = "no-store"
    return response


Change = Callable[[HttpRequest, Access], HttpResponse]


def _changes(view: Change) -> Callable[..., HttpResponseBase]:
    """A form about the person named in it; what cannot be done is told on their page."""

    @needs(Ability.ADMINISTER)
    @require_POST
    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        somebody = _somebody(request.POST.get("email", ""))
        try:
            return view(request, somebody)
        except SettingsError as error:
            return _page(request, somebody, told(error))

    return inner


@needs(Ability.ADMINISTER)
def person(request: HttpRequest) -> HttpResponse:
    return _page(request, _somebody(request.GET.get("email", "")))


def _page(request: HttpRequest, somebody: Access, problems: list[str] | None = None) -> HttpResponse:
    shown = {"tab": "people", "somebody": somebody, "roles": _roles(), "problems": problems}
    return render(request, "configure/person.html", shown, status=400 if problems else 200)


@_changes
def role(request: HttpRequest, somebody: Access) -> HttpResponse:
    wanted = _role_given(request)
    if wanted is not somebody.role:
        add_person(served.folder, somebody.email, wanted)
        log(request, Action.CHANGED_ACCESS, f"{somebody.email}: {somebody.role.value} → {wanted.value}")
        messages.success(request, _("%(name)s is now: %(role)s.") % {"name": somebody.name, "role": role_name(wanted)})
    return redirect(f"{reverse('person')}?{urlencode({'email': somebody.email})}")


@never_cache
@_changes
def link(request: HttpRequest, somebody: Access) -> HttpResponse:
    """For a lost password."""
    log(request, Action.CHANGED_ACCESS, f"{somebody.email}: new link")
    return _with_link(request, somebody.email)


@_changes
def second_factor(request: HttpRequest, somebody: Access) -> HttpResponse:
    """For a lost telephone: the password alone signs in again, until they choose a new second factor."""
    Authenticator.objects.filter(user__email=somebody.email).delete()
    log(request, Action.CHANGED_ACCESS, f"{somebody.email}: second factor removed")
    messages.success(request, _("%(name)s signs in with a password alone.") % {"name": somebody.name})
    return redirect(f"{reverse('person')}?{urlencode({'email': somebody.email})}")


@_changes
def remove(request: HttpRequest, somebody: Access) -> HttpResponse:
    let_go(somebody.email)
    log(request, Action.CHANGED_ACCESS, f"{somebody.email}: {somebody.role.value} → –")
    messages.success(request, _("%(name)s no longer has access.") % {"name": somebody.name})
    return redirect("people")


def _somebody(email: str) -> Access:
    people = read_people(served.folder)
    email = same_address(email)
    if email not in people:
        raise Http404
    return everybody({email: people[email]}, served.known())[0]


def _role_given(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role", ""))
    except ValueError:
        raise Http404 from None


def _roles() -> list[tuple[str, str]]:
    return [(role.value, role_name(role)) for role in Role]


def _headline(access: list[Access]) -> str:
    astray = sum(each.place.is_astray for each in access)
    people = ngettext("%(n)s person has access", "%(n)s people have access", len(access)) % {"n": len(access)}
    if not astray:
        return people
    return ngettext("%(people)s, %(n)s of whom sees nothing", "%(people)s, %(n)s of whom see nothing", astray) % {
        "people": people,
        "n": astray,
    }
