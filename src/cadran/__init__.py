"""Cadran measures a B2B sales force, explains the numbers and helps act on them.

import cadran

company = cadran.open("ma-societe")
answer = company.ask(["revenue"], by=["rep"], period="2026-Q1", compare=["target"])
for row in answer.rows:
    print(row.scope_name, row.value, row.attainment)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cadran.company import Company

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(path: Path | str = ".") -> Company:
    """The company of a folder. Raises SettingsError when the folder holds none, or its settings are wrong."""
    from cadran.company import Company

    return Company.open(path)
