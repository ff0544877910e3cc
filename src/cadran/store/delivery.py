"""What intake hands to the store: one import's staged rows, and what became of the rows that are not among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cadran.errors import Text
from cadran.store.seen import NOTHING, Seen
from cadran.store.state import Context


@dataclass(frozen=True)
class DeliveredFile:
    """`number` tells the files of one import apart; `size` is in bytes."""

    number: int
    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Staged:
    """A temporary relation with the rows for one table: `row_key VARCHAR` (unique in the import unless `derived`),
    every column of the model with its logical type (ids as text), `doubts BIGINT`, `file_no INTEGER`. `counted`: the
    keys were found to be there and to come once, which the store need not find again."""

    table: str
    relation: str
    derived: bool = False
    counted: bool = False
    seen: Seen = NOTHING


@dataclass(frozen=True)
class Tally:
    """What intake did with the rows of one file for one table. The rows it neither quarantined, filtered, skipped nor
    collapsed are staged: the store refuses an import whose `read` does not add up."""

    file_no: int
    table: str
    read: int
    quarantined: int
    filtered: int
    skipped: int
    collapsed: int


@dataclass(frozen=True)
class Replacement:
    """The import is the whole truth of its source for the rows dated in [starts_on, ends_on); a missing bound is
    open, and with neither the import is the whole truth of all time, rows without a date included."""

    starts_on: date | None
    ends_on: date | None

    @property
    def is_everything(self) -> bool:
        return self.starts_on is None and self.ends_on is None


@dataclass(frozen=True)
class WarningCount:
    """Rows of one file loaded with the same remark; `example` is one value it is about."""

    file_no: int
    table: str
    code: str
    column: str | None
    rows: int
    message: Text
    example: str


@dataclass(frozen=True)
class Delivery:
    """One import. `quarantine` is a temporary relation: file_no INTEGER, line BIGINT, table VARCHAR, original VARCHAR,
    cells VARCHAR (JSON object), reasons VARCHAR (JSON array). `replace` needs a `source`. `corrects`: the ids of the
    quarantined rows that it brings corrected."""

    name: str
    source: str | None
    files: tuple[DeliveredFile, ...]
    staged: tuple[Staged, ...]
    tallies: tuple[Tally, ...]
    quarantine: str | None
    replace: Replacement | None
    author: str
    mapping: str
    warnings: tuple[WarningCount, ...]
    context: Context
    corrects: tuple[int, ...] = ()

    def relations_of(self, table: str, *, derived: bool) -> tuple[str, ...]:
        return tuple(s.relation for s in self.staged if s.table == table and s.derived == derived)

    def seen(self, table: str) -> Seen:
        """What is known of all the rows for `table`."""
        staged = [each for each in self.staged if each.table == table]
        if len(staged) != 1:
            return NOTHING
        return replace(staged[0].seen, fixed={**staged[0].seen.fixed, "_derived": str(staged[0].derived).lower()})

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables this import fills, each once, in the order they were staged."""
        return tuple(dict.fromkeys(staged.table for staged in self.staged))
