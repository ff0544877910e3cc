from __future__ import annotations

from django.urls import path

from cadran.web.people import demo, views

urlpatterns = [
    path("welcome/<str:number>/<str:token>/", views.welcome, name="welcome"),
    path("demo/", demo.demo_sign_in, name="demo_sign_in"),
    path("preferences/", views.preferences, name="preferences"),
]
