"""Long work of the data room, as its pages tell it: what was asked, how far it is, what came of it."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import models


class Kind(models.TextChoices):
    """What a job does. A preview that somebody agrees to becomes an import: the same files, the same job."""

    PREVIEW = "preview"
    IMPORT = "import"
    REPLAY = "replay"
    UNDO = "undo"


class State(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def new_token() -> str:
    return secrets.token_hex(12)


class Job(models.Model):
    """`token` names it in addresses and its folder of files. `files`: name, size and sha256 of each, in order.
    `choices`: how the files are to be taken (`jobs.Choices`). `shown`: by language, what a page shows of the result.
    `problems`: message and advice of each, by language. `import_id`: the import it made, or undoes."""

    token = models.CharField(max_length=24, unique=True, default=new_token)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    author = models.CharField(max_length=254)
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    asked_at = models.DateTimeField()
    step = models.CharField(max_length=8, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    pid = models.PositiveIntegerField(null=True)
    files: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    shown: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    problems: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    import_id = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.token} {self.state}"

    @property
    def name(self) -> str:
        """The files, as the import will be named."""
        more = f" + {len(self.files) - 1}" if len(self.files) > 1 else ""
        return f"{self.files[0]['name']}{more}" if self.files else f"import {self.import_id}"

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED)
