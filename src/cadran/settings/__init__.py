"""A company's choices, read from its `cadran.toml`: chosen once, visibly, never flipped by an import.

`sections.py` is the whole description, but of `[tables]` (`tables/mapped.py`): reading, error messages and
docs/settings.md are all made from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cadran.errors import Issue, Lang, SettingsError, did_you_mean
from cadran.settings.problems import (
    NO_TABLES,
    NO_WAREHOUSE,
    each_once,
    no_file,
    unreadable,
    wrong_address,
    wrong_value,
)
from cadran.settings.sections import FILE_NAME, SECTIONS, STRICT, Company, Engine, Thresholds, Web, describe, names

if TYPE_CHECKING:
    from cadran.tables.mapping import MappedTable

__all__ = [
    "FILE_NAME",
    "SECTIONS",
    "Company",
    "Engine",
    "Settings",
    "Thresholds",
    "Web",
    "describe",
    "from_canonical",
    "from_tables",
    "load",
    "names",
]


@dataclass(frozen=True)
class Sections:
    """The sections of a `cadran.toml` that are named choices. `company` is required, the others have their defaults."""

    __pydantic_config__ = STRICT

    company: Company
    engine: Engine = field(default_factory=Engine)
    thresholds: Thresholds = field(default_factory=Thresholds)
    web: Web = field(default_factory=Web)


@dataclass(frozen=True)
class Settings(Sections):
    """Everything in `cadran.toml`. `tables`: what a warehouse read in place fills, by the model's names."""

    tables: Mapping[str, MappedTable] = field(default_factory=dict)

    @property
    def lang(self) -> Lang:
        return self.company.lang

    def today(self) -> date:
        """The company's clock: fixed by `today` when it is set, else the date in its time zone."""
        from zoneinfo import ZoneInfo

        return self.company.today or datetime.now(ZoneInfo(self.company.timezone)).date()

    def as_of(self, today: date | None = None) -> date:
        """Yesterday, the last day that is over: the evening that answers are as of by default."""
        return (today or self.today()) - timedelta(days=1)

    def canonical(self) -> str:
        """What makes the numbers, as JSON: the same text for the same choices. `from_canonical` reads it back.

        The engine is left out: it may not change a number, and its address may hold a password.
        """
        sections = {name: _plain(getattr(self, name)) for name in ("company", "thresholds")}
        return json.dumps(sections, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


_ADDRESS = re.compile(r"env:[A-Za-z_]\w*$|[a-z][a-z0-9+.-]*://")


def _plain(section: Any) -> dict[str, Any]:
    return {each.name: getattr(section, each.name) for each in fields(section)}


def load(path: Path) -> Settings:
    """Read a `cadran.toml`. Raises SettingsError with every problem of the file at once."""
    import tomllib

    try:
        return from_tables(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise SettingsError(no_file(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(unreadable(path, error)) from error


def from_canonical(text: str) -> Settings:
    """The settings that `Settings.canonical` wrote (the engine is the built-in one)."""
    return from_tables(json.loads(text))


def from_tables(tables: Mapping[str, Any]) -> Settings:
    """Settings from the sections of a file. Raises SettingsError with every problem at once."""
    from pydantic import TypeAdapter, ValidationError

    wanted = {name: section for name, section in tables.items() if name != "tables"}
    mapped, issues = _mapped(tables)
    try:
        chosen = TypeAdapter(Sections).validate_python(wanted)
    except ValidationError as error:
        issues += each_once(error.errors(include_url=False))
    else:
        issues += [*_impossible(chosen.company), *_out_of_place(chosen.engine, "tables" in tables)]
        if not issues:
            return Settings(chosen.company, chosen.engine, chosen.thresholds, chosen.web, mapped)
    raise SettingsError(*issues)


def _mapped(tables: Mapping[str, Any]) -> tuple[dict[str, MappedTable], list[Issue]]:
    if "tables" not in tables:
        return {}, []
    from cadran.tables.mapped import read_mapped

    return read_mapped(tables["tables"])


def _out_of_place(engine: Engine, has_tables: bool) -> Iterator[Issue]:
    """An address that is none, and a warehouse without its tables or the other way round."""
    if not (engine.url == "duckdb" or _ADDRESS.match(engine.url)):
        yield wrong_address()
    elif engine.is_warehouse != has_tables:
        yield NO_TABLES if engine.is_warehouse else NO_WAREHOUSE


def _impossible(company: Company) -> Iterator[Issue]:
    """What a type cannot tell: codes and names that do not exist."""
    if not (len(company.currency) == 3 and company.currency.isascii() and company.currency.isupper()):
        yield wrong_value("company", "currency", company.currency)
    if not _is_zone(company.timezone):
        from zoneinfo import available_timezones

        near = did_you_mean(company.timezone, available_timezones())
        yield wrong_value("company", "timezone", company.timezone, near)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
