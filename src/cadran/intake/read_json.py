"""JSON: one object per line, or one list of objects. Numbers keep the digits they are written with.

{"name": "Acme", "owner": {"email": "a@b.fr"}, "tags": ["x"]}  ->  name, owner.email, tags (as JSON text)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from cadran.errors import Issue, Text
from cadran.intake.layout import unique_headers
from cadran.intake.raw import Limits, Raw, RejectedLine, SkippedLines, SourceFile
from cadran.intake.refusals import (
    cell_too_long,
    damaged_file,
    empty_file,
    file_too_large,
    nested_too_deep,
    too_many_columns,
    too_many_rows,
)
from cadran.intake.relation import create, insert, new_name

_BATCH = 20_000
_WHOLE = 300_000_000  # bytes of one JSON value that are read at once
_SHOWN = 2_000
_NOT_AN_OBJECT = Issue(
    "not_an_object",
    Text("Cette ligne n’est pas un objet JSON complet.", "This line is not a whole JSON object."),
    Text("Exportez un objet par ligne.", "Export one object per line."),
)


@dataclass
class _Rows:
    """Objects on their way to a relation whose columns grow as keys turn up."""

    connection: duckdb.DuckDBPyConnection
    file: SourceFile
    limits: Limits
    relation: str = field(default_factory=new_name)
    keys: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, flat: dict[str, str]) -> None:
        for key, cell in flat.items():
            self.keys.setdefault(key, len(self.keys))
            if len(cell) > self.limits.cell_characters:
                raise cell_too_long(self.file.name, line, self.limits.cell_characters)
        if len(self.keys) > self.limits.columns:
            raise too_many_columns(self.file.name, len(self.keys), self.limits.columns)
        self.count += 1
        if self.count > self.limits.rows:
            raise too_many_rows(self.file.name, self.limits.rows)
        self.waiting.append((line, flat))

    def flush(self, width_before: int) -> int:
        """Writes what is waiting; returns how many columns the relation now has."""
        for i in range(width_before, len(self.keys)):
            self.connection.execute(f"ALTER TABLE {self.relation} ADD COLUMN c{i} VARCHAR")
        rows = [[flat.get(key) for key in self.keys] for _, flat in self.waiting]
        insert(self.connection, self.relation, [line for line, _ in self.waiting], rows)
        self.waiting = []
        return len(self.keys)


def read_json(connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path, limits: Limits) -> Raw:
    """`path` is UTF-8. The line of a row is its line in the file, or its place in the list."""
    rows = _Rows(connection, file, limits)
    create(connection, rows.relation, 0)
    rejected: list[RejectedLine] = []
    blank: list[int] = []
    width = 0
    for line, item in _items(file, path, limits):
        if isinstance(item, RejectedLine):
            rejected.append(item)
        elif item is None:
            blank.append(line)
        else:
            rows.add(line, dict(_flat(item, "", limits.nesting, file)))
        if len(rows.waiting) >= _BATCH:
            width = rows.flush(width)
    rows.flush(width)
    if not rows.keys:
        raise damaged_file(file.name, "JSON") if rejected else empty_file(file.name)
    skipped = (SkippedLines("blank", len(blank), blank[0], ""),) if blank else ()
    headers = unique_headers(list(rows.keys))
    return Raw(file, None, rows.relation, headers, rows.count, skipped, tuple(rejected), "utf-8")


def _items(file: SourceFile, path: Path, limits: Limits) -> Iterator[tuple[int, dict[str, Any] | RejectedLine | None]]:
    whole = _whole_list(file, path, limits)
    if whole is not None:
        yield from enumerate(whole, 1)
        return
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            yield number, _object_of(file, number, line, limits) if line.strip() else None


def _whole_list(file: SourceFile, path: Path, limits: Limits) -> list[dict[str, Any] | RejectedLine | None] | None:
    """The objects of a file that is one JSON value: a list, or an object around one (`{"results": [...]}`).

    None when the file is one object per line."""
    with path.open(encoding="utf-8-sig", errors="replace") as opened:
        first = opened.readline(limits.cell_characters).strip()
        is_list = first.startswith("[")
        if not is_list and (first.endswith("}") and _parsed(first) is not None):
            return None
        if path.stat().st_size > _WHOLE:
            raise file_too_large(file.name, path.stat().st_size, _WHOLE)
        opened.seek(0)
        try:
            value = json.loads(opened.read(), parse_float=str, parse_int=str, parse_constant=lambda _: "")
        except RecursionError as error:
            raise nested_too_deep(file.name, limits.nesting) from error
        except ValueError as error:
            if is_list:
                raise damaged_file(file.name, "JSON") from error
            return None
    return _objects_in(value)


def _objects_in(value: Any) -> list[dict[str, Any] | RejectedLine | None]:
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
        value = lists[0] if len(lists) == 1 else [value]
    items = value if isinstance(value, list) else [value]
    return [
        item if isinstance(item, dict) else RejectedLine(i, str(item)[:_SHOWN], _NOT_AN_OBJECT)
        for i, item in enumerate(items, 1)
    ]


def _object_of(file: SourceFile, number: int, line: str, limits: Limits) -> dict[str, Any] | RejectedLine:
    try:
        value = _parsed(line)
    except RecursionError as error:
        raise nested_too_deep(file.name, limits.nesting) from error
    return value if value is not None else RejectedLine(number, line.strip()[:_SHOWN], _NOT_AN_OBJECT)


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line, parse_float=str, parse_int=str, parse_constant=lambda _: "")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _flat(value: dict[str, Any], prefix: str, depth: int, file: SourceFile) -> Iterator[tuple[str, str]]:
    if depth == 0:
        raise nested_too_deep(file.name, prefix.count(".") + 1)
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{key}.", depth - 1, file)
        else:
            yield prefix + key, _text(inner)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.replace("\0", "") if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
