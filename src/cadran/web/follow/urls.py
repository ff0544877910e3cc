from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from cadran.web.follow import team


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/<str:key>/", team.rep, name="rep"),
    path("objectives/", placeholder, name="objectives"),
]
