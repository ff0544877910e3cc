"""One company's folder: its settings, its store, its own KPIs, its mappings and its people.

cadran.toml      the company's choices (settings.py)
people.toml      who may look, in which role (people.py)
kpis/*.yaml      its own KPIs
mappings/*.yaml  its names -> ours, one file per known format
store/           the data and every import
"""

from __future__ import annotations

import json
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cadran.access import Organisation, Viewer, viewer_of
from cadran.errors import Issue, SettingsError, Text
from cadran.people import role_of
from cadran.settings import FILE_NAME, Settings, from_tables, load

if TYPE_CHECKING:
    from cadran.catalogue.loader import Catalogue
    from cadran.planner.kept_plans import KeptPlans
    from cadran.store.lake import Lake


class Workspace:
    """An open folder. Nothing of the store is touched before `lake()`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Raises SettingsError when the folder holds no company, or its settings are wrong."""
        folder = Path(folder)
        return cls(folder, load(folder / FILE_NAME))

    @classmethod
    def create(cls, folder: Path | str, *, name: str, **choices: Any) -> Self:
        """A new company with an empty store. `choices` are settings of `[company]`: currency, fiscal_month, country,
        lang, timezone ... Raises SettingsError when one is impossible, or the folder already holds a company."""
        from cadran.store.lake import Lake

        folder = Path(folder)
        company = {"name": name} | {key: value for key, value in choices.items() if value is not None}
        settings = from_tables({"company": company})
        if (folder / FILE_NAME).exists():
            raise SettingsError(_already(folder))
        folder.mkdir(parents=True, exist_ok=True)
        for own in ("kpis", "mappings"):
            (folder / own).mkdir(exist_ok=True)
        Lake.create(folder / "store").close()
        (folder / FILE_NAME).write_text(first_settings(company), "utf-8")
        return cls(folder, settings)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The KPIs that ship with Cadran and the company's own."""
        from cadran.catalogue.loader import load_catalogue

        return load_catalogue(self.own_kpis)

    @cached_property
    def plans(self) -> KeptPlans:
        """What was planned before."""
        from cadran.planner.kept_plans import KeptPlans

        return KeptPlans()

    def with_catalogue(self, catalogue: Catalogue) -> Self:
        """The same folder read with other definitions, such as one that is still being written."""
        other = type(self)(self.folder, self.settings)
        other.catalogue = catalogue
        return other

    @property
    def own_kpis(self) -> Path:
        """The folder of the company's own definitions."""
        return self.folder / "kpis"

    @property
    def mappings(self) -> Path:
        return self.folder / "mappings"

    @property
    def store(self) -> Path:
        """The folder of the store."""
        return self.folder / "store"

    def lake(self, *, read_only: bool = True, snapshot: int | None = None) -> Lake:
        """The store, to be closed by whoever opens it. Raises StoreError when it is missing or damaged."""
        from cadran.store.lake import Lake

        return Lake.open(self.store, read_only=read_only, snapshot=snapshot, memory_limit=self.memory_limit)

    @property
    def memory_limit(self) -> str | None:
        """That of the engine, in its words, for each opening of the store; None: half of the machine's."""
        return None

    def organisation(self, lake: Lake, on: date | None = None) -> Organisation:
        """Teams, memberships and addresses, to be looked at on the evening of `on` (by default that of the answers)."""
        from cadran.directory import Directory
        from cadran.engines.duckdb import DuckDBEngine

        return Directory.load(DuckDBEngine(lake.connection)).organisation(on or self.settings.as_of())

    def viewer(self, email: str, organisation: Organisation) -> Viewer:
        """The person behind an address. Raises AccessError for somebody who is not in people.toml."""
        return viewer_of(email, role_of(self.folder, email), organisation)


def first_settings(company: dict[str, Any]) -> str:
    """The first `cadran.toml`: what was chosen. A TOML basic string is a JSON string, DEL escaped too."""
    lines = [f"{key} = {_toml(value)}" for key, value in company.items()]
    return "\n".join(["[company]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _already(folder: Path) -> Issue:
    message = Text(f"« {folder} » contient déjà une entreprise.", f'"{folder}" already holds a company.')
    advice = Text(
        "Choisissez un autre dossier, ou modifiez ses réglages.", "Choose another folder, or edit its settings."
    )
    return Issue("workspace_exists", message, advice)
