"""Cut a text into records line by line: the careful way, for files that a bulk reader refuses.

A line that cannot be cut (a quote that is never closed, too many cells, damaged bytes) is rejected alone, and reading
goes on with the next line: one stray quote never swallows the rest of the file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from cadran.errors import Issue, Text
from cadran.intake.dialect import Dialect, csv_reader
from cadran.intake.encoding import REPLACEMENT, Utf8File
from cadran.intake.raw import Limits, RejectedLine
from cadran.intake.refusals import cell_too_long

_LINES_OF_A_CELL = 2_000
_PATIENCE = 50
_SHOWN = 2_000
_NEVER_CLOSED = Text("Un guillemet ouvert n’est jamais refermé.", "A quote is opened and never closed.")
_DAMAGED = Text(
    "Cette ligne contient des octets illisibles : le fichier a été abîmé ou mélange deux encodages.",
    "This line holds unreadable bytes: the file was damaged or mixes two encodings.",
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One record: its first line, how many lines it takes, its cells. A blank line has no cells."""

    line: int
    lines: int
    cells: list[str]


class _EndlessCell(Exception):
    """A quoted cell goes on for longer than any real one."""


class _Lines:
    """The file's physical lines, with those of the current record remembered so that they can be given back."""

    def __init__(self, file: TextIO, name: str, longest: int) -> None:
        self.file, self.name, self.longest = file, name, longest
        self.waiting: deque[str] = deque()
        self.record: list[str] = []
        self.number = 0
        self.patience = _LINES_OF_A_CELL
        self.endless = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.record) > self.patience:
            raise _EndlessCell
        line = self.waiting.popleft() if self.waiting else self.file.readline(self.longest)
        if not line:
            raise StopIteration
        if len(line) >= self.longest:
            raise cell_too_long(self.name, self.number + 1, self.longest)
        self.record.append(line)
        self.number += 1
        return line

    def keep_only_first(self) -> str:
        """Gives back all lines of the record but its first, which is returned. Many such records: less patience."""
        first, *others = self.record
        self.endless += bool(others)
        if self.endless > _PATIENCE:
            self.patience = 2
        self.waiting.extendleft(reversed(others))
        self.number -= len(others)
        return first


def cut(text: Utf8File, dialect: Dialect, limits: Limits, name: str) -> Iterator[Cut | RejectedLine]:
    """The records of a file in order, rejected lines among them; blank lines come as records without cells."""
    csv.field_size_limit(limits.cell_characters)
    with text.path.open(encoding="utf-8-sig", errors="replace", newline=text.newline) as file:
        lines = _Lines(file, name, longest=limits.cell_characters * 16)
        reader = csv_reader(lines, dialect, strict=True)
        while True:
            lines.record = []
            first = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _EndlessCell) as error:
                if "field limit" in str(error) and len(lines.record) == 1:
                    raise cell_too_long(name, first, limits.cell_characters) from error
                yield _reject(first, lines.keep_only_first(), _NEVER_CLOSED)
                continue
            if _is_damaged(text, lines.record):
                yield _reject(first, lines.keep_only_first(), _DAMAGED)
            else:
                yield Cut(first, len(lines.record), cells)


def _is_damaged(text: Utf8File, record: list[str]) -> bool:
    if not text.damaged and not text.nuls:
        return False
    return any("\0" in line or (text.damaged and REPLACEMENT in line) for line in record)


def reject_too_wide(record: Cut, width: int, delimiter: str) -> RejectedLine:
    found = len(record.cells)
    message = Text(
        f"Cette ligne a {found} cellules alors que l’en-tête en nomme {width}.",
        f"This line has {found} cells where the header names {width}.",
    )
    return _reject(record.line, delimiter.join(record.cells), message, code="too_many_cells")


def _reject(line: int, text: str, message: Text, code: str = "uncuttable_line") -> RejectedLine:
    advice = Text(
        "Corrigez la ligne dans le fichier, ou exportez-le de nouveau avec des guillemets autour des textes.",
        "Correct the line in the file, or export it again with quotes around texts.",
    )
    return RejectedLine(line, text.rstrip("\r\n")[:_SHOWN], Issue(code, message, advice))
