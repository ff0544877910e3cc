from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("team/", placeholder, name="team"),
    path("objectives/", placeholder, name="objectives"),
]
