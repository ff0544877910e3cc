"""Every address. A room's own are in its `urls.py`; who may open each is said where the view is (`people/gate.py`)."""

from __future__ import annotations

from django.urls import include, path

from cadran.api.routes import build
from cadran.web.people.frame import served
from cadran.web.people.keys import viewer_of
from cadran.web.project import errors

urlpatterns = [
    path("", include("cadran.web.measure.urls")),
    path("", include("cadran.web.follow.urls")),
    path("data/", include("cadran.web.data.urls")),
    path("catalogue/", include("cadran.web.catalogue.urls")),
    path("settings/", include("cadran.web.configure.urls")),
    path("account/", include("cadran.web.people.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/", build(served, viewer_of).urls),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
