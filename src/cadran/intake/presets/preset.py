"""Presets: what the export of a known program looks like, as data (one YAML file per format beside this one).

```yaml
name: Pipedrive, affaires
system: Pipedrive
locale: fr                          # of its dates and numbers where the cells do not say
evidence: real export               # or: usual headers, not checked on a file
prefix: "Affaire - "                # headers that start so are of this format, named here or not
needs: [[Affaire - Statut, Deal - Status]]   # one of each list must be there
known: [Affaire - Heure de mise à jour]      # its headers that fill nothing
to:
  opportunities:
    opportunity_id: [Affaire - ID, Affaire - Titre]            # the first that is there
    outcome: {header: Affaire - Statut, values: {Gagnée: won}}
    expected_close_on: Date de fermeture
    closed_on: {header: Date de fermeture, when_closed: true}  # of open deals the date is a forecast
    stage: {...}
```

`otherwise`, `constant`, `date` and `where` are those of a mapping file. `learn: {won: IsWon, closed: IsClosed}` adds
the words that stand beside a true IsWon or IsClosed, whatever a company calls its stages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from cadran.tables.mapping import find_header, fold

_LEAST_SHARE = 0.5
_LEAST_HEADERS = 3


@dataclass(frozen=True)
class PresetColumn:
    """Where a column comes from in this format: the first of `headers` that the file has, else `constant`."""

    headers: tuple[str, ...] = ()
    constant: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    otherwise: str | None = None
    date: str | None = None
    when_closed: bool = False
    learn: tuple[str, str] | None = None


@dataclass(frozen=True)
class PresetTable:
    table: str
    columns: dict[str, PresetColumn]
    where: str | None = None
    derived: bool = False


@dataclass(frozen=True)
class Preset:
    name: str
    system: str
    locale: str
    evidence: str
    tables: tuple[PresetTable, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    known: tuple[str, ...] = ()
    prefix: str = ""

    def fit(self, headers: Sequence[str]) -> float:
        """The share of a file's headers that this format knows; 0 when it cannot be this format."""
        if not all(any(find_header(headers, name) is not None for name in names) for names in self.needs):
            return 0.0
        known = {fold(name) for name in self.all_headers}
        found = [header for header in headers if fold(header) in known or self._is_its_own(header)]
        share = len(found) / max(len(headers), 1)
        return share if share >= _LEAST_SHARE and len(found) >= _LEAST_HEADERS else 0.0

    @property
    def all_headers(self) -> tuple[str, ...]:
        mapped = (name for table in self.tables for column in table.columns.values() for name in column.headers)
        return (*mapped, *self.known, *(name for names in self.needs for name in names))

    def _is_its_own(self, header: str) -> bool:
        return bool(self.prefix) and fold(header).startswith(fold(self.prefix))


@cache
def load_presets() -> tuple[Preset, ...]:
    """Every preset that ships with the product, by file name."""
    folder = files("cadran.intake.presets")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(parse_preset(folder.joinpath(name).read_text("utf-8")) for name in names)


def best_preset(presets: Sequence[Preset], headers: Sequence[str]) -> tuple[Preset, float] | None:
    """The preset that knows most of the headers, with the share it knows; None when none fits."""
    fits = [(preset.fit(headers), preset) for preset in presets]
    share, preset = max(fits, key=lambda pair: pair[0], default=(0.0, None))
    return (preset, share) if preset is not None and share else None


def parse_preset(text: str) -> Preset:
    body = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return Preset(
        name=body["name"],
        system=body["system"],
        locale=body["locale"],
        evidence=body["evidence"],
        tables=tuple(_table(name, columns) for name, columns in body["to"].items()),
        needs=tuple(_names(names) for names in body.get("needs", [])),
        known=_names(body.get("known", [])),
        prefix=body.get("prefix", ""),
    )


def _table(name: str, body: Mapping[str, Any]) -> PresetTable:
    columns = {column: _column(form) for column, form in body.items() if column not in ("where", "derived")}
    return PresetTable(name, columns, body.get("where"), body.get("derived") == "true")


def _column(form: Any) -> PresetColumn:
    if not isinstance(form, dict):
        return PresetColumn(_names(form))
    learn = form.get("learn")
    return PresetColumn(
        headers=_names(form.get("header", [])),
        constant=form.get("constant"),
        values=tuple(form.get("values", {}).items()),
        otherwise=form.get("otherwise"),
        date=form.get("date"),
        when_closed=form.get("when_closed") == "true",
        learn=(learn["won"], learn["closed"]) if learn else None,
    )


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
