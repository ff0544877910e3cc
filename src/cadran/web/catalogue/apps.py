from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "cadran.web.catalogue"
    label = "cadran_catalogue"
