"""Accounts, API keys and the audit log. Which role an address has is said by the company's `people.toml` alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from cadran.access import same_address


class People(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """An account that can sign in once it has a password; without one, only through OpenID or an invitation."""
        person = self.model(email=same_address(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def known_as(self, email: str) -> Person:
        """The account of an address, made where there is none."""
        return self.filter(email=same_address(email)).first() or self.create_user(email)

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=same_address(username or ""))


class Person(AbstractBaseUser):
    """Somebody who signs in. `lang` and `theme` are empty until chosen: the company's, and the system's."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    lang = models.CharField(max_length=2, blank=True, choices=[("fr", "fr"), ("en", "en")])
    theme = models.CharField(max_length=5, blank=True, choices=[("light", "light"), ("dark", "dark")])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = (self.name or self.email.partition("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in words[:2]).upper()


class ApiKey(models.Model):
    """A key by which a program asks as a person; the key itself is not kept, only its digest. `begins`: its first
    characters, to tell one from another. `expires_on`: the first day it no longer opens anything."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=80)
    begins = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    expires_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[ApiKey]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.begins}… ({self.name})"

    @property
    def has_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on <= timezone.localdate()


class Entry(models.Model):
    """One line of the audit log: who did what to what, and from where. It is only ever added to."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    email = models.CharField(max_length=254)
    action = models.CharField(max_length=40, db_index=True)
    about = models.CharField(max_length=400, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.email} {self.action} {self.about}"
