from __future__ import annotations

from django.apps import AppConfig


class ConfigureConfig(AppConfig):
    name = "cadran.web.configure"
    label = "cadran_configure"
