"""A file as it was found: cells as text, with the line each row stands on. What `read` gives and the rest takes.

Nothing is interpreted here. Every line of the file is accounted for: `lines_read` = rows + skipped + rejected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cadran.errors import Issue


@dataclass(frozen=True)
class Limits:
    """What a delivered file may hold at most; beyond, it is refused with one clear IntakeError.

    `zip_ratio`: how many times its size a workbook may unpack to; `nesting`: objects within objects of a JSON file;
    `seconds` and `sheet_memory` (bytes): what reading one workbook may take.
    """

    file_bytes: int = 2_000_000_000
    unpacked_bytes: int = 4_000_000_000
    rows: int = 50_000_000
    columns: int = 2_000
    cell_characters: int = 1_000_000
    zip_ratio: int = 200
    nesting: int = 8
    seconds: int = 600
    sheet_memory: int = 6_000_000_000


@dataclass(frozen=True)
class SourceFile:
    """The delivered file. `sha256` and `size` (bytes) are of the file as it came, still compressed if it was."""

    path: Path
    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class SkippedLines:
    """Lines that hold no row: `reason` is "title", "blank" or "footer". `first_line` and `example` show the first."""

    reason: str
    rows: int
    first_line: int
    example: str


@dataclass(frozen=True)
class RejectedLine:
    """A line that cannot even be cut into cells; it goes to quarantine with its text."""

    line: int
    text: str
    issue: Issue


@dataclass(frozen=True)
class Raw:
    """One table of one file (one per sheet of a workbook).

    `relation` is a TEMP table on the connection that read it: `line BIGINT` (number of the row's first line in the
    file, or of the row in the sheet), `c0` .. `cN VARCHAR`: cells as text, as found (dates of a workbook as ISO text,
    numbers in plain notation); NULL only where the row has fewer cells. `headers[i]` names `ci`; headers are unique.
    """

    file: SourceFile
    sheet: str | None
    relation: str
    headers: tuple[str, ...]
    rows: int
    skipped: tuple[SkippedLines, ...] = ()
    rejected: tuple[RejectedLine, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(f"c{i}" for i in range(len(self.headers))))

    @property
    def lines_skipped(self) -> int:
        return sum(lines.rows for lines in self.skipped)

    @property
    def lines_read(self) -> int:
        """Every line after (and above) the header, rows of several lines counted once."""
        return self.rows + self.lines_skipped + len(self.rejected)
