from __future__ import annotations

from django.apps import AppConfig


class DataConfig(AppConfig):
    name = "cadran.web.data"
    label = "cadran_data"
