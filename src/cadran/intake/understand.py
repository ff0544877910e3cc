"""Which mapping takes which table of which file: a given one, or what recognition makes of the headers and cells."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

import duckdb

from cadran.errors import IntakeError, Issue, Text
from cadran.intake.group import Group, Part, bundle
from cadran.intake.raw import Raw
from cadran.intake.recognise import fits, recognise
from cadran.intake.recognition import Recognition
from cadran.tables.mapping import FileMapping, find_header, fold


@dataclass(frozen=True)
class Understood:
    """The groups of an import, what was recognised of each (by its name; nothing where a mapping was given), and the
    parts that fill nothing with the reason."""

    groups: tuple[Group, ...]
    not_taken: tuple[tuple[Part, Issue], ...] = ()
    recognitions: dict[str, Recognition] = field(default_factory=dict)

    def confidence_in(self, group: Group) -> float:
        recognition = self.recognitions.get(group.name)
        return recognition.confidence if recognition else 1.0

    def confidence_of(self, group: Group, table: str, column: str) -> float:
        recognition = self.recognitions.get(group.name)
        tables = recognition.tables if recognition else ()
        found = (each.get(column) for each in tables if each.table == table)
        return next((column.confidence for column in found if column), 1.0)

    def notes_on(self, group: Group) -> tuple[Issue, ...]:
        recognition = self.recognitions.get(group.name)
        return recognition.notes if recognition else ()


def with_mapping(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], mapping: FileMapping, table: str | None = None
) -> Understood:
    """Every part through one mapping; sheets that it does not name are left out."""
    wanted = only(mapping, table)
    taken = [part for part in parts if _takes(mapping, part.raw)] or list(parts)
    left = tuple((part, _other_sheet(part.raw)) for part in parts if part not in taken)
    alike = _alike((part, part.raw.headers) for part in taken)
    return Understood(tuple(bundle(connection, f"intake_g{i}", each, wanted) for i, each in enumerate(alike)), left)


def by_recognition(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], remembered: Sequence[FileMapping], table: str | None
) -> Understood:
    """Every part as what it looks like; parts with the same headers are looked at together. Raises IntakeError with
    the problems of all the files of which nothing is recognised."""
    known = {part.number: next((m for m in remembered if fits(m, part.raw)), None) for part in parts}
    names = {number: mapping.name if mapping else None for number, mapping in known.items()}
    alike = _alike((part, (part.raw.headers, names[part.number])) for part in parts)
    groups: list[Group] = []
    recognitions: dict[str, Recognition] = {}
    refused: list[tuple[Part, IntakeError]] = []
    for i, each in enumerate(alike):
        name = f"intake_g{i}"
        bundled = bundle(connection, name, each, _NOTHING)
        mapping = known[each[0].number]
        recognition = recognise(
            connection,
            _together(bundled),
            remembered=[mapping] if mapping else [],
            table=table,
            conventions=bundled.conventions,
        )
        try:
            groups.append(replace(bundled, mapping=only(recognition.to_mapping(), table)))
            recognitions[name] = recognition
        except IntakeError as error:
            refused += [(part, error) for part in each]
    _require_each_file(groups, refused)
    return Understood(tuple(groups), tuple((part, error.issues[0]) for part, error in refused), recognitions)


_NOTHING = FileMapping("", ())


def _alike(keyed: Iterable[tuple[Part, Hashable]]) -> list[list[Part]]:
    by_key: dict[Hashable, list[Part]] = {}
    for part, key in keyed:
        by_key.setdefault(key, []).append(part)
    return list(by_key.values())


def _together(group: Group) -> Raw:
    """The rows of all the parts as if they were one file: how they are spread must not change what they are."""
    first = group.parts[0].raw
    if len(group.parts) == 1:
        return first
    return replace(first, relation=group.relation, rows=sum(part.raw.rows for part in group.parts))


def _require_each_file(groups: Sequence[Group], refused: Sequence[tuple[Part, IntakeError]]) -> None:
    """A workbook may hold sheets of notes; a file of which nothing is recognised stops the import."""
    taken = {part.file_no for group in groups for part in group.parts}
    issues = [issue for part, error in refused if part.file_no not in taken for issue in error.issues]
    if issues:
        raise IntakeError(*dict.fromkeys(issues))


def only(mapping: FileMapping, table: str | None) -> FileMapping:
    """The mapping less the tables that are not wanted; whole when it does not fill the one that is."""
    kept = tuple(fill for fill in mapping.tables if table in (None, fill.table))
    return replace(mapping, tables=kept) if kept else mapping


def names_only(mapping: FileMapping, headers: Sequence[str]) -> bool:
    """Whether every header that a mapping names is among these."""
    named = (column.header for fill in mapping.tables for column in fill.columns.values())
    return all(find_header(headers, header) is not None for header in named if header is not None)


def _takes(mapping: FileMapping, raw: Raw) -> bool:
    return mapping.sheet is None or fnmatch(fold(raw.sheet or ""), fold(mapping.sheet))


def _other_sheet(raw: Raw) -> Issue:
    message = Text(
        f"La feuille « {raw.sheet} » n’est pas celle de la correspondance.",
        f'The sheet "{raw.sheet}" is not the one the mapping names.',
    )
    return Issue("other_sheet", message)
