"""What was recognised of a file: which tables it fills, which header is which column, how sure that is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from cadran.errors import NO_TEXT, IntakeError, Issue, Text
from cadran.intake.raw import Raw
from cadran.tables.mapping import ColumnMapping, FileMapping, TableMapping, find_header
from cadran.tables.model import SALES_MODEL

Origin = Literal["remembered", "preset", "content", "none"]


@dataclass(frozen=True)
class Habit:
    """How a file writes: its decimal sign ("," or ".") or whether the day comes first. `value` None: nothing to say."""

    value: str | bool | None
    confidence: float
    evidence: Text = NO_TEXT


NO_HABIT = Habit(None, 1.0)


@dataclass(frozen=True)
class RecognisedColumn:
    """One column of a table and where it comes from; `header` is None for constants and formulas."""

    column: str
    mapping: ColumnMapping
    confidence: float
    examples: tuple[str, ...] = ()

    @property
    def header(self) -> str | None:
        return self.mapping.header


@dataclass(frozen=True)
class RecognisedTable:
    """One fill of a table. `confidence` is that of the table as a whole."""

    table: str
    columns: tuple[RecognisedColumn, ...]
    confidence: float
    derived: bool = False
    where: str | None = None

    def __getitem__(self, column: str) -> RecognisedColumn:
        return next(found for found in self.columns if found.column == column)

    def get(self, column: str) -> RecognisedColumn | None:
        return next((found for found in self.columns if found.column == column), None)

    def __contains__(self, column: str) -> bool:
        return any(found.column == column for found in self.columns)

    @property
    def headers(self) -> frozenset[str]:
        return frozenset(found.header for found in self.columns if found.header is not None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns without which the table cannot be filled."""
        table = SALES_MODEL[self.table]
        needed = (name for name in table.required if not (table.keyless and name in table.key))
        return tuple(name for name in needed if name not in self)

    def with_columns(self, *columns: RecognisedColumn) -> RecognisedTable:
        kept = [found for found in self.columns if found.column not in {new.column for new in columns}]
        order = SALES_MODEL[self.table].position
        return replace(self, columns=tuple(sorted([*kept, *columns], key=lambda found: order(found.column))))


@dataclass(frozen=True)
class Recognition:
    """`origin` tells how it was recognised; `name` is the preset's, the remembered mapping's or the file's own name.
    `notes` is what a person should know or correct: amounts with tax, ambiguous dates, columns that are missing."""

    raw: Raw
    origin: Origin
    name: str
    tables: tuple[RecognisedTable, ...]
    decimal: Habit = NO_HABIT
    day_first: Habit = NO_HABIT
    notes: tuple[Issue, ...] = ()
    mapping: FileMapping | None = None

    @property
    def confidence(self) -> float:
        return max((table.confidence for table in self.tables), default=0.0)

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        return tuple((table.table, column) for table in self.tables for column in table.missing)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Headers that fill nothing."""
        used = {header for table in self.tables for header in table.headers}
        formulas = " ".join(c.mapping.formula or "" for table in self.tables for c in table.columns)
        named = set(re.findall(r"\w+", formulas))
        return tuple(h for h in self.raw.headers if h not in used and identifier(h) not in named)

    def to_mapping(self) -> FileMapping:
        """The mapping to load the file with. IntakeError when no table was recognised, or one lacks what it needs."""
        if self.mapping is not None:
            return self.mapping
        if not self.tables:
            raise IntakeError(unrecognised(self.raw))
        if self.missing:
            why = (note for note in self.notes if note.code == "amount_with_tax")
            raise IntakeError(*(_missing(self.raw, table, column) for table, column in self.missing), *why)
        return FileMapping(
            name=self.name,
            tables=tuple(_table_mapping(table) for table in self.tables),
            sheet=self.raw.sheet,
            decimal=str(self.decimal.value) if self.decimal.value is not None else None,
            day_first=self.day_first.value if isinstance(self.day_first.value, bool) else None,
        )


def identifier(header: str) -> str:
    """A header as a formula may name it: `Customer ID` is written Customer_ID."""
    return re.sub(r"\W+", "_", header).strip("_")


def column_of(raw: Raw, header: str) -> str:
    """The relation's column that holds a header of the file."""
    position = find_header(raw.headers, header)
    if position is None:
        raise KeyError(header)
    return raw.columns[position]


def unrecognised(raw: Raw) -> Issue:
    where = raw.file.name + (f" ({raw.sheet})" if raw.sheet else "")
    headers = ", ".join(raw.headers[:15])
    return Issue(
        "unrecognised_file",
        Text(
            f"{where} : aucune table reconnue parmi les colonnes {headers}.",
            f"{where}: no table was recognised among the columns {headers}.",
        ),
        Text(
            "Indiquez la table (--table) ou écrivez une correspondance (--mapping).",
            "Name the table (--table) or write a mapping (--mapping).",
        ),
    )


def _missing(raw: Raw, table: str, column: str) -> Issue:
    name = SALES_MODEL[table][column].label
    return Issue(
        "missing_column",
        Text(
            f"{raw.file.name} : aucune colonne reconnue pour « {name.fr} » ({table}.{column}).",
            f'{raw.file.name}: no column recognised for "{name.en}" ({table}.{column}).',
        ),
        Text(
            "Ajoutez-la à l’export, ou dites dans une correspondance d’où elle vient.",
            "Add it to the export, or say in a mapping where it comes from.",
        ),
    )


def _table_mapping(table: RecognisedTable) -> TableMapping:
    columns = {found.column: found.mapping for found in table.columns}
    return TableMapping(table.table, columns, table.where, table.derived)
