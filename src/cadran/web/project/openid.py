"""Sign-in through the company's OpenID Connect provider, as its settings name it."""

from __future__ import annotations

from typing import Any

from cadran.settings import Web
from cadran.settings.secret import revealed


def providers(web: Web) -> dict[str, Any]:
    """What django-allauth wants to know; nothing when the company names no provider."""
    if not (web.openid_url and web.openid_client):
        return {}
    app = {
        "provider_id": "openid",
        "name": web.openid_name,
        "client_id": web.openid_client,
        "secret": revealed(web.openid_secret or ""),
        "settings": {"server_url": web.openid_url},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
