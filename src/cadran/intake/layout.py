"""Where a table lies in a sheet of cells: title lines above it, its header, its width, the names of its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b.*")
_NUMBER = re.compile(r"[-+(−]?\s*[€$£]?\s*\d[\d\s.,']*\s*[€$£%)]*")


class Kind(Enum):
    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    DATE = 3


@dataclass(frozen=True)
class Record:
    """One row of cells, with the number of its first line; `lines` physical lines make it."""

    line: int
    cells: tuple[str, ...]
    lines: int = 1

    @property
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True)
class Layout:
    """`start` is the position of the first row of data among the records looked at; `names` are the columns' names
    as they are found, "" for a nameless one; all are nameless when the table has no header."""

    start: int
    names: tuple[str, ...]

    def widened(self, width: int) -> Layout:
        """The same with nameless columns up to `width`."""
        return replace(self, names=(*self.names, *[""] * (width - len(self.names))))

    @property
    def has_header(self) -> bool:
        return any(self.names)

    @property
    def titles(self) -> int:
        """How many of the records looked at stand above the header."""
        return self.start - self.has_header


def find_layout(records: Sequence[Record]) -> Layout | None:
    """The layout of a table of which `records` are the first rows; None when no record holds a cell.

    title lines have few cells          ("Rapport des ventes", "Filtre : 2025")
    the header is the first full row    Client; Date; Montant
    and says nothing like a value       Acme; 31/12/2025; 1 200,50
    """
    full = [record.filled for record in records]
    if not full or max(full) == 0:
        return None
    enough = max(1, min(2, max(full)), round(0.6 * _usual(full)))
    first = next(i for i, filled in enumerate(full) if filled >= enough)
    after = records[first + 1 :]
    if _looks_like(records[first], after):
        return Layout(first, ("",) * _width(records[first].cells, after))
    cells = records[first].cells
    return Layout(first + 1, (*cells, *[""] * (_width(cells, after) - len(cells))))


def unique_headers(names: Sequence[str]) -> tuple[str, ...]:
    """Names on one line, the same name twice told apart: `Région`, `Région (2)`; a nameless one: `Colonne 3`."""
    cleaned = [" ".join(name.split()) or f"Colonne {i}" for i, name in enumerate(names, 1)]
    taken: set[str] = set()
    result = []
    for name in cleaned:
        unique, nth = name, 1
        while unique in taken or (nth > 1 and unique in cleaned):
            nth += 1
            unique = f"{name} ({nth})"
        taken.add(unique)
        result.append(unique)
    return tuple(result)


def kind_of(cell: str) -> Kind:
    text = cell.strip()
    if not text:
        return Kind.EMPTY
    if _DATE.fullmatch(text):
        return Kind.DATE
    return Kind.NUMBER if _NUMBER.fullmatch(text) else Kind.TEXT


def _usual(full: list[int]) -> float:
    """How many cells a usual row fills, taken among the fuller half, so that titles and footers do not weigh."""
    ordered = sorted(full)
    half = ordered[len(ordered) // 2 :]
    return half[len(half) // 2]


def _width(header: Sequence[str], after: Sequence[Record]) -> int:
    """The header's own width; more when most rows below fill cells beyond it (unnamed columns)."""
    if not after:
        return len(header)
    widths = Counter(_filled_width(record.cells) for record in after)
    usual, rows = widths.most_common(1)[0]
    return max(len(header), usual if rows * 2 > len(after) else 0)


def _filled_width(cells: Sequence[str]) -> int:
    return max((i for i, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _looks_like(candidate: Record, after: Sequence[Record]) -> bool:
    """True when a would-be header is a row like those below: dates above dates and numbers above numbers."""
    kinds = [kind_of(cell) for cell in candidate.cells]
    if not after or not {Kind.NUMBER, Kind.DATE} & set(kinds):
        return False
    typed = [(kind, _usual_kind(after, i)) for i, kind in enumerate(kinds)]
    compared = [(kind, below) for kind, below in typed if below in (Kind.NUMBER, Kind.DATE) and kind is not Kind.EMPTY]
    return bool(compared) and all(kind is below for kind, below in compared)


def _usual_kind(records: Sequence[Record], column: int) -> Kind:
    kinds = Counter(kind_of(record.cells[column]) for record in records if column < len(record.cells))
    kinds.pop(Kind.EMPTY, None)
    return kinds.most_common(1)[0][0] if kinds else Kind.EMPTY
