"""Who signs in, and what each address of the application asks of them."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "cadran.web.people"
    label = "people"

    def ready(self) -> None:
        from cadran.web.people import signals  # noqa: F401
