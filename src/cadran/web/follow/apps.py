from __future__ import annotations

from django.apps import AppConfig


class FollowConfig(AppConfig):
    name = "cadran.web.follow"
    label = "cadran_follow"
