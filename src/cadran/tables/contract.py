"""What a table of the sales model is made of: tables, columns, keys, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cadran.errors import Text


class Type(StrEnum):
    """The type of a column, as the model names it. `ID` and `TEXT` are text; `MONEY` is DECIMAL(18,4)."""

    ID = "id"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    TIMESTAMP = "timestamp"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    SHARE = "share"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """One column. `domain` names what an id identifies ("account", "rep" ...): ids of one domain are comparable,
    and the store interns them to integers. `choices` are the only values a CHOICE may take."""

    name: str
    type: Type
    label: Text
    required: bool = False
    domain: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table. `key` columns together are unique; `keyless` tables get their key from the row's contents when the
    file has none. `dated_by` is the column that puts a row in a period when a source re-issues a month. `ordered`
    lists pairs of dates of which the first may not be after the second; the first is then the doubtful one."""

    name: str
    label: Text
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    keyless: bool = False
    dated_by: str | None = None
    ordered: tuple[tuple[str, str], ...] = ()
    is_fact: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def __getitem__(self, column: str) -> Column:
        return self.by_name[column]

    def __contains__(self, column: str) -> bool:
        return column in self.by_name

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def position(self, column: str) -> int:
        """The bit of `column` in the `_doubts` mask of a stored row."""
        return self.column_names.index(column)
