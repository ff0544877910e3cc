"""Which mapping takes which table of which file: a given one, or what recognition makes of the headers and cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch

import duckdb

from cadran.errors import Issue, Text
from cadran.intake.group import Group, Part, bundle
from cadran.intake.plan import Fill
from cadran.tables.mapping import FileMapping


@dataclass(frozen=True)
class Understood:
    """The groups of an import, and the parts that fill nothing with the reason."""

    groups: tuple[Group, ...]
    not_taken: tuple[tuple[Part, Issue], ...] = ()

    def confidence_in(self, group: Group) -> float:
        return 1.0

    def confidence_of(self, group: Group, fill: Fill, column: str) -> float:
        return 1.0


def with_mapping(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], mapping: FileMapping, table: str | None
) -> Understood:
    """Every part through one mapping; sheets that it does not name are left out."""
    wanted = _only(mapping, table)
    takes = [part for part in parts if _takes(mapping, part)] or list(parts)
    left = tuple((part, _other_sheet(part)) for part in parts if part not in takes)
    by_headers: dict[tuple[str, ...], list[Part]] = {}
    for part in takes:
        by_headers.setdefault(part.raw.headers, []).append(part)
    groups = (bundle(connection, f"intake_g{i}", alike, wanted) for i, alike in enumerate(by_headers.values()))
    return Understood(tuple(groups), left)


def _only(mapping: FileMapping, table: str | None) -> FileMapping:
    kept = tuple(fill for fill in mapping.tables if table in (None, fill.table))
    return replace(mapping, tables=kept) if kept else mapping


def _takes(mapping: FileMapping, part: Part) -> bool:
    return mapping.sheet is None or (part.raw.sheet is not None and fnmatch(part.raw.sheet, mapping.sheet))


def _other_sheet(part: Part) -> Issue:
    return Issue(
        "other_sheet",
        Text(
            f"La feuille « {part.raw.sheet} » n’est pas celle de la correspondance.",
            f'The sheet "{part.raw.sheet}" is not the one the mapping names.',
        ),
    )
