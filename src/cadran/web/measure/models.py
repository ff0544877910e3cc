"""What people write on a curve."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

MOST_LETTERS = 280


class Note(models.Model):
    """A note pinned to a day of a KPI's curve, for one scope as the address names it (company, team:T1, rep:R7)."""

    kpi = models.CharField(max_length=100)
    scope = models.CharField(max_length=200)
    day = models.DateField()
    text = models.CharField(max_length=MOST_LETTERS)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["day", "id"]
        indexes: ClassVar = [models.Index(fields=["kpi", "scope", "day"])]

    def __str__(self) -> str:
        return f"{self.day} {self.kpi} {self.scope}: {self.text}"
