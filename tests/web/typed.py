"""The settings that type checking reads our models by: no company, no database, nobody else's applications."""

from __future__ import annotations

from pathlib import Path

from cadran.web.project import installed

INSTALLED_APPS = [app for app in installed.INSTALLED_APPS if app.startswith(("django.", "cadran."))]
AUTH_USER_MODEL = installed.AUTH_USER_MODEL
DEFAULT_AUTO_FIELD = installed.DEFAULT_AUTO_FIELD
SECRET_KEY = "only for type checking"
USE_TZ = True
FOLDER = Path()
