from __future__ import annotations

from django.urls import path

from cadran.web.catalogue import definition, listing, removing, writing

urlpatterns = [
    path("", listing.catalogue, name="catalogue"),
    path("new/", writing.new, name="definition_new"),
    path("new/preview/", writing.preview, name="definition_preview"),
    path("new/names/", writing.names, name="definition_names"),
    path("<str:kpi_id>/", definition.definition, name="definition"),
    path("<str:kpi_id>/edit/", writing.edit, name="definition_edit"),
    path("<str:kpi_id>/delete/", removing.delete, name="definition_delete"),
]
