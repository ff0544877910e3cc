from __future__ import annotations

from django.urls import path

from cadran.web.follow import objectives, team

# An id is whatever the company's files say: it may hold a slash.
urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/<path:key>/", team.rep, name="rep"),
    path("objectives/", objectives.objectives, name="objectives"),
    path("objectives/save/", objectives.save, name="objectives_save"),
    path("objectives/share/", objectives.share_out, name="objectives_share"),
    path("objectives/paste/", objectives.paste, name="objectives_paste"),
    path("objectives/file/", objectives.read_file, name="objectives_read"),
    path("objectives/excel/", objectives.write_file, name="objectives_write"),
    path("objectives/undo/<int:number>/", objectives.take_back, name="objectives_undo"),
]
