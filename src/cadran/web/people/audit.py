"""The audit log: sign-ins, imports, undo, objectives, access, exports."""

from __future__ import annotations

from enum import StrEnum

from django.http import HttpRequest
from django.utils.translation import gettext_noop as _

from cadran.web.people.models import Entry


class Action(StrEnum):
    """What is worth a line. The value is also the sentence a reader sees, translated."""

    SIGNED_IN = _("signed in")
    SIGNED_OUT = _("signed out")
    SIGN_IN_FAILED = _("failed to sign in")
    IMPORTED = _("imported")
    UNDID_IMPORT = _("undid an import")
    CORRECTED_ROWS = _("corrected rows")
    CHANGED_OBJECTIVES = _("changed objectives")
    CHANGED_ACCESS = _("changed access")
    CHANGED_SETTINGS = _("changed settings")
    CHANGED_KPIS = _("changed KPIs")
    CHANGED_KEYS = _("changed API keys")
    EXPORTED = _("exported")


def log(request: HttpRequest, action: Action, about: str = "", email: str = "") -> None:
    """Add a line. `email`: who, where nobody is signed in yet."""
    note(email or getattr(request.user, "email", ""), action, about, request.META.get("REMOTE_ADDR") or None)


def note(email: str, action: Action, about: str, address: str | None) -> None:
    """Add a line for work that ends long after its request."""
    Entry.objects.create(email=email[:254], action=action.value, about=about[:400], address=address)
