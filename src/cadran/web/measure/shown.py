"""A page of figures, answered in time: its pieces, those of before, or word that they are coming.

A page that waits asks again by itself, for nothing but the news that they have come; without scripts it has a link.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from cadran.web.measure.pieces import Draw, News, news, pieces
from cadran.web.people.frame import Frame

ACCEPTED, NO_NEWS = 202, 204
_WAITING, _EARLIER = "p#figures-waiting", "p#figures-earlier"  # the elements that ask for news


def shown(
    frame: Frame, template: str, draw: Draw, *, beside: Hashable = (), is_light: bool = False, **more: Any
) -> HttpResponse:
    """The page that `template` lays out around the pieces of `draw`. `more`: what else it shows, such as forms."""
    asking = frame.request.headers.get("HX-Source")
    if asking in (_WAITING, _EARLIER):
        return _told(frame, asking, news(frame, draw, beside=beside, is_light=is_light))
    found = pieces(frame, draw, frame.settings.web.patience, beside=beside, is_light=is_light)
    if found is None:
        return render(frame.request, "measure/waiting.html", {"frame": frame}, status=ACCEPTED)
    is_earlier = found.snapshot != frame.known.snapshot
    return render(frame.request, template, {"frame": frame, "is_earlier": is_earlier, **found.parts, **more})


def _told(frame: Frame, asking: str, what: News) -> HttpResponse:
    """A page that shows nothing yet is opened anew; one that somebody may be reading says where the new figures are."""
    if what is News.NONE:
        return HttpResponse(status=NO_NEWS)
    if asking == _WAITING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    response = render(frame.request, "measure/come.html", {"has_failed": what is News.FAILED})
    response["HX-Reswap"] = "outerHTML"  # whatever else comes back is put nowhere
    return response
