"""One column of a file read as one kind of value, whatever the tables and columns it will fill: each cell once.

| kind    | value (SQL type)  | plain cells        | the others                          |
| text    | VARCHAR           | folded in SQL      | none                                |
| comment | VARCHAR           | trimmed in SQL     | none                                |
| money   | DECIMAL(18,4)     | `cells.number`     | `values.read_number`                |
| number  | DECIMAL(18,8)     | `cells.number`     | `values.read_number`                |
| share   | DECIMAL(18,8)     | `cells.number`     | `values.read_share`, `percent` told |
| day     | DATE              | `cells.day`        | `moments.read_moment`               |
| moment  | TIMESTAMP         | `cells.moment`     | `moments.read_moment`               |
| word    | VARCHAR           | none               | its own table of words              |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from cadran.intake import cells, values
from cadran.intake.cells import Uniform
from cadran.intake.moments import read_moment
from cadran.intake.values import Read
from cadran.intake.words import known_words
from cadran.tables.contract import Column, Type
from cadran.tables.mapping import ColumnMapping, fold


class Kind(StrEnum):
    TEXT = "text"
    COMMENT = "comment"
    MONEY = "money"
    NUMBER = "number"
    SHARE = "share"
    DAY = "day"
    MOMENT = "moment"
    WORD = "word"


PLACES = {Kind.MONEY: 4, Kind.NUMBER: 8, Kind.SHARE: 8}
SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.COMMENT: "VARCHAR",
    Kind.MONEY: cells.MONEY_TYPE,
    Kind.NUMBER: cells.NUMBER_TYPE,
    Kind.SHARE: cells.NUMBER_TYPE,
    Kind.DAY: "DATE",
    Kind.MOMENT: "TIMESTAMP",
    Kind.WORD: "VARCHAR",
}
_KINDS = {
    Type.ID: Kind.TEXT,
    Type.TEXT: Kind.TEXT,
    Type.CHOICE: Kind.WORD,
    Type.BOOLEAN: Kind.WORD,
    Type.DATE: Kind.DAY,
    Type.TIMESTAMP: Kind.MOMENT,
    Type.MONEY: Kind.MONEY,
    Type.NUMBER: Kind.NUMBER,
    Type.INTEGER: Kind.NUMBER,
    Type.SHARE: Kind.SHARE,
}


@dataclass(frozen=True)
class Place:
    """Where the file was written, as far as cells need it."""

    zone: ZoneInfo
    currency: str


@dataclass(frozen=True)
class Words:
    """How the words of a column become ours: `pairs` of folded word and value, `otherwise` for every other.
    `nature` says what an unknown word is: a choice, a boolean, a currency or a free text (kept as it is)."""

    nature: str
    pairs: tuple[tuple[str, str], ...] = ()
    otherwise: str | None = None

    @cached_property
    def table(self) -> dict[str, str]:
        return dict(self.pairs)

    def read(self, text: str, place: Place) -> Read:
        translated = values.read_word(text, self.table, self.otherwise, f"unknown_{self.nature}")
        if self.nature in ("choice", "text") or translated.code is None:
            return translated if translated.code != "unknown_text" else Read(" ".join(text.split()))
        if self.nature == "currency":
            return values.read_currency(text, place.currency)
        read = values.read_boolean(text)
        return Read(str(read.value).lower()) if isinstance(read.value, bool) else read


@dataclass(frozen=True)
class Reading:
    """What is read: the cell `c<position>` as a `kind`."""

    position: int
    kind: Kind
    decimal: str = "."
    day_first: bool = True
    written: str | None = None
    words: Words | None = field(default=None)

    def plain(self, cell: str, place: Place) -> str | None:
        """The SQL for plain cells, None when there are none."""
        match self.kind:
            case Kind.TEXT:
                return cells.folded(cell)
            case Kind.COMMENT:
                return cells.trimmed(cell)
            case Kind.DAY:
                return cells.day(cell, self.day_first, place.zone.key, self.written)
            case Kind.MOMENT:
                return cells.moment(cell, self.day_first, place.zone.key, self.written)
            case Kind.WORD:
                return None
        return cells.number(cell, self.decimal, PLACES[self.kind])

    def uniform(self, cell: str) -> tuple[Uniform, ...]:
        """The ways of writing that all its cells may share, none for a kind whose cells never do."""
        if self.kind is Kind.TEXT:
            return (cells.uniform_text(cell),)
        if self.kind is Kind.DAY and self.written is None:
            return cells.uniform_days(cell, self.day_first)
        return (cells.uniform_number(cell, self.decimal, PLACES[self.kind]),) if self.kind in PLACES else ()

    def read(self, text: str, place: Place) -> Read:
        """Any other cell; the value is a Decimal, a datetime or a text."""
        if self.words:
            return self.words.read(text, place)
        if self.kind in (Kind.DAY, Kind.MOMENT):
            return read_moment(text, self.day_first, place.zone, self.written)
        if self.kind in PLACES:
            reader = values.read_share if self.kind is Kind.SHARE else values.read_number
            return reader(text, self.decimal, PLACES[self.kind])
        return Read(" ".join(text.split()) or None)

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]

    @property
    def has_odd_cells(self) -> bool:
        """Whether a cell can be left over by the SQL: never for a text."""
        return self.kind not in (Kind.TEXT, Kind.COMMENT)


def kind_of(column: Column) -> Kind:
    """The kind of value a column of the model needs."""
    if column.name == "currency":
        return Kind.WORD
    return Kind.COMMENT if column.name == "comment" else _KINDS[column.type]


def words_of(column: Column, mapping: ColumnMapping) -> Words | None:
    """How the words of a column are translated; None where nothing is: texts, numbers and dates as they are."""
    given = {fold(word): ours for word, ours in mapping.values}
    if column.type is Type.CHOICE:
        return Words("choice", tuple((given or known_words(column)).items()), mapping.otherwise)
    if column.type is Type.BOOLEAN or column.name == "currency":
        nature = "currency" if column.name == "currency" else "boolean"
        return Words(nature, tuple(given.items()), mapping.otherwise)
    if given or mapping.otherwise is not None:
        return Words("text", tuple(given.items()), mapping.otherwise)
    return None
