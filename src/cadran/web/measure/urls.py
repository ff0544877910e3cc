from __future__ import annotations

from django.urls import path

from cadran.web.measure import dashboard

urlpatterns = [
    path("kpis/", dashboard.dashboard, name="kpis"),
    path("", dashboard.dashboard, name="dashboard"),
    path("dashboard/reps/<str:team>/", dashboard.reps, name="dashboard_reps"),
]
