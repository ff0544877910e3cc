"""API keys: each opens to a program what one person may see. Only a digest of a key is kept."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from hashlib import sha256

from django.utils import timezone

from cadran.access import Viewer
from cadran.errors import AccessError
from cadran.web.people.frame import served
from cadran.web.people.models import ApiKey, Person

_PREFIX = "cadran_"
_SHOWN = len(_PREFIX) + 6
_PRECISION = timedelta(minutes=1)  # of the last use: a busy program does not write at every question


def create(person: Person, name: str, expires_on: date | None, by: str) -> str:
    """A new key, which nobody can read again."""
    key = _PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(
        person=person, name=name, begins=key[:_SHOWN], digest=_digest(key), expires_on=expires_on, created_by=by
    )
    return key


def revoke(person: Person) -> None:
    """Every key of somebody."""
    ApiKey.objects.filter(person=person, revoked_at=None).update(revoked_at=timezone.now())


def viewer_of(key: str) -> Viewer | None:
    """Whose eyes a key looks through; None for one that is unknown, revoked or too old, or whose person was let go."""
    found = ApiKey.objects.filter(digest=_digest(key), revoked_at=None).select_related("person").first()
    if found is None or found.has_expired:
        return None
    try:
        viewer = served.viewer(found.person.email)
    except AccessError:
        return None
    now = timezone.now()
    if found.used_at is None or now - found.used_at > _PRECISION:
        ApiKey.objects.filter(pk=found.pk).update(used_at=now)
    return viewer


def _digest(key: str) -> str:
    """A key is drawn from 2^256: unlike a password, it needs no slow digest."""
    return sha256(key.encode()).hexdigest()
