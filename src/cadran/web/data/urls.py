from __future__ import annotations

from django.urls import path

from cadran.web.data import columns, history, upload, waiting

urlpatterns = [
    path("", history.room, name="data"),
    path("health/", history.health, name="health"),
    path("imports/<int:number>/", history.show, name="import"),
    path("imports/<int:number>/undoing/", history.undoing, name="undoing"),
    path("imports/<int:number>/undo/", history.undo, name="undo"),
    path("upload/", upload.upload, name="upload"),
    path("upload/<slug:token>/", upload.job, name="job"),
    path("upload/<slug:token>/look/", upload.look, name="look"),
    path("upload/<slug:token>/load/", upload.load, name="load"),
    path("upload/<slug:token>/columns/", columns.columns, name="columns"),
    path("upload/<slug:token>/cancel/", upload.cancel, name="cancel"),
    path("choose/", upload.choose, name="choose"),
    path("quarantine/", waiting.rows, name="quarantine"),
    path("quarantine/correct/", waiting.correct, name="correct"),
    path("quarantine/rows.csv", waiting.export, name="quarantine_export"),
    path("quarantine/replay/", waiting.replay, name="quarantine_replay"),
]
