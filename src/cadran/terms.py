"""What a company chose and defined, then and now: the settings and the definitions that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from cadran.catalogue.kpi import Kpi
from cadran.catalogue.loader import Catalogue
from cadran.errors import Text
from cadran.settings import Settings

_SECTIONS = ("company", "thresholds")
_APART = frozenset({"origin", "source_text"})  # where a definition stands, not what it means


@dataclass(frozen=True)
class SettingChange:
    """A setting of cadran.toml that changed."""

    section: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class DefinitionChange:
    """A part of a KPI's definition that changed; `part` is empty for a KPI that was added or taken away, and `before`
    or `after` is then None."""

    kpi: str
    part: str
    before: Any
    after: Any


def settings_changed(before: Settings, after: Settings) -> Iterator[SettingChange]:
    for section in _SECTIONS:
        old, new = getattr(before, section), getattr(after, section)
        for each in fields(old):
            pair = getattr(old, each.name), getattr(new, each.name)
            if pair[0] != pair[1]:
                yield SettingChange(section, each.name, *pair)


def definitions_changed(kpis: Iterable[str], before: Catalogue, after: Catalogue) -> Iterator[DefinitionChange]:
    for kpi in kpis:
        old, new = before.by_id.get(kpi), after.by_id.get(kpi)
        if old is None or new is None:
            if old is not new:
                yield DefinitionChange(kpi, "", _label(old), _label(new))
            continue
        was, is_ = _parts(old), _parts(new)
        for part in dict.fromkeys((*was, *is_)):
            if was.get(part) != is_.get(part):
                yield DefinitionChange(kpi, part, was.get(part), is_.get(part))


def _label(kpi: Kpi | None) -> Text | None:
    return None if kpi is None else kpi.label


def _parts(kpi: Kpi) -> dict[str, Any]:
    """The fields of a definition, those of its populations beside them; of several, numbered."""
    plain = {name: value for name, value in asdict(kpi).items() if name not in _APART}
    populations = plain.pop("populations")
    for number, population in enumerate(populations, 1):
        prefix = f"population {number}: " if len(populations) > 1 else ""
        plain |= {f"{prefix}{name}": value for name, value in population.items()}
    return plain
