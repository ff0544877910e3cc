"""Reads YAML as plain texts, lists and mappings, and nothing more.

No value is guessed (`on`, `no`, `1.0` stay the texts they are), and anchors, aliases, tags, deep nesting and duplicate
keys are refused: a definition says what it says, and a hostile file cannot blow up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cadran.catalogue.problems import Problem
from cadran.errors import DefinitionError, Text

MAX_BYTES = 1_000_000
MAX_NESTING = 8

# libyaml's parser where PyYAML was built with it: ten times faster, same events.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What yaml.parse yields; its published types leave out what every event of a parsed text has.
_Event = Any

# A text, None, a list or a mapping of the same.
Plain = Any


@dataclass
class Document:
    """What a file holds: `values` by top key, and `sources`, the lines each was written in."""

    values: dict[str, Plain] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_file(path: Path) -> Document:
    """Read a YAML file whose top is a mapping. Raises DefinitionError where it cannot be read at all; duplicate keys
    are listed in `problems`."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise _refusal("unreadable_file", f"lecture impossible : {error}", f"cannot be read: {error}") from error
    if raw is None:
        raise _refusal("file_too_large", "le fichier dépasse 1 Mo.", "the file exceeds 1 MB.")
    try:
        return read_text(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refusal("not_utf8", "le fichier n’est pas en UTF-8.", "the file is not UTF-8.") from error


def read_text(text: str) -> Document:
    document = Document()
    try:
        events = yaml.parse(text, Loader=_PARSER)
        kinds = (event for event in events if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)))
        first = next(kinds)
        if isinstance(first, yaml.MappingStartEvent):
            _Reader(kinds, document).top(first, text)
        elif not isinstance(first, yaml.StreamEndEvent):
            raise _refusal(
                "not_a_mapping", "le fichier doit associer des noms à des définitions.", "names are expected."
            )
        if any(not isinstance(event, (yaml.DocumentEndEvent, yaml.StreamEndEvent)) for event in kinds):
            raise _refusal("several_documents", "un seul document par fichier.", "one document per file.")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = getattr(error, "problem", None) or "YAML"
        raise _refusal(
            "bad_yaml", f"YAML illisible, ligne {line} : {why}.", f"bad YAML, line {line}: {why}."
        ) from error
    return document


@dataclass
class _Reader:
    """Builds the values from the parser's events, one level of nesting per call."""

    events: Iterator[_Event]
    document: Document

    def top(self, start: _Event, text: str) -> None:
        marks: list[tuple[str, int]] = []
        self.document.values = self.mapping(start, 0, marks)
        for place, (key, start_at) in enumerate(marks):
            end = marks[place + 1][1] if place + 1 < len(marks) else len(text)
            self.document.sources[key] = text[start_at:end].rstrip() + "\n"

    def value(self, event: _Event, depth: int) -> Plain:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal("yaml_alias", f"ancre ou alias, ligne {line}.", f"anchor or alias, line {line}.")
        if getattr(event, "tag", None):
            raise _refusal("yaml_tag", f"étiquette {event.tag}, ligne {line}.", f"tag {event.tag}, line {line}.")
        if depth > MAX_NESTING:
            raise _refusal("yaml_nesting", f"trop d’imbrication, ligne {line}.", f"nested too deeply, line {line}.")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(depth)
        is_empty = not event.style and event.value in ("", "~")
        return None if is_empty else event.value

    def sequence(self, depth: int) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return items

    def mapping(self, start: _Event, depth: int, marks: list[tuple[str, int]] | None = None) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self.value(event, depth + 1)
            value = self.value(next(self.events), depth + 1)
            if not isinstance(key, str):
                raise _refusal("bad_key", f"clé illisible, ligne {line}.", f"bad key, line {line}.")
            if key in values:
                message = Text(
                    f"« {key} » est donné deux fois (ligne {line}).", f'"{key}" is given twice (line {line}).'
                )
                self.document.problems.append(Problem("duplicate_key", message, key=key))
                continue
            values[key] = value
            if marks is not None:
                marks.append((key, event.start_mark.index))
        return values


def _refusal(code: str, fr: str, en: str) -> DefinitionError:
    return DefinitionError(Problem(code, Text(fr[0].upper() + fr[1:], en[0].upper() + en[1:])))
