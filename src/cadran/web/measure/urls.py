from __future__ import annotations

from django.urls import path

from cadran.web.measure import dashboard, definition, kpi, kpis, notes, rows, search

# The id of a team is whatever the company's files say: it may hold a slash.
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("dashboard/reps/<path:team>/", dashboard.reps, name="dashboard_reps"),
    path("search/", search.search, name="search"),
    path("kpis/", kpis.kpis, name="kpis"),
    path("kpis/<str:kpi>/", kpi.kpi, name="kpi"),
    path("kpis/<str:kpi>/rows/", rows.kpi_rows, name="kpi_rows"),
    path("kpis/<str:kpi>/rows.<str:kind>", rows.kpi_export, name="kpi_export"),
    path("kpis/<str:kpi>/definition/", definition.kpi_definition, name="kpi_definition"),
    path("kpis/<str:kpi>/formula/", definition.kpi_formula, name="kpi_formula"),
    path("kpis/<str:kpi>/notes/", notes.kpi_notes, name="kpi_notes"),
    path("kpis/<str:kpi>/notes/<int:number>/remove/", notes.kpi_note_remove, name="kpi_note_remove"),
]
