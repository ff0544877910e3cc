"""A company's names -> ours: which table a file fills, and which header fills which column.

```yaml
file: "sales_pipeline*.csv"
to:
  opportunities:
    opportunity_id: opportunity_id                         # a bare text is a header
    outcome: {values: {Won: won, Lost: lost}, otherwise: open}
    closed_on: {header: close_date, date: "%d/%m/%Y"}
    currency: {constant: EUR}
    amount: {formula: "quantity * unit_price"}
    where: "deal_stage <> 'Test'"                          # rows that are left out, and counted
  reps: {rep_id: sales_agent, name: sales_agent}           # distinct keys of the same file
```

A table may be given as a list: two fills of one table from one file. Of the whole file: `name`, `sheet`, `decimal`
("," or "."), `day_first`, and `tax: {rate: 0.20}`: money of this file includes a tax of 20 % (`tax` may stand on one
column). A table that holds no facts, filled beside one that does, is `derived` unless it says `derived: false`.
Headers match whatever their accents, case, spaces and apostrophes. Formulas and `where` are text here; intake parses
them. Reading and writing the file is `mapping_file.py`'s.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})


@dataclass(frozen=True)
class ColumnMapping:
    """Where one column's values come from: a `header`, a `constant` or a `formula` over the file's headers.

    `values` translates words (pairs from -> to, compared folded), `otherwise` stands for every other filled or empty
    cell; `date` is a strptime format; `tax_rate` (0.20) is what the money includes and must be taken out.
    With `values` and no header, the column is the one named like ours, else the one that holds those words.
    """

    header: str | None = None
    constant: str | None = None
    formula: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    otherwise: str | None = None
    date: str | None = None
    tax_rate: Decimal | None = None


@dataclass(frozen=True)
class TableMapping:
    """One fill of one table. `derived`: rows are only inferred from another table's file (reps out of their sales):
    one row per distinct key, yielding to any row that a real file of that table brings."""

    table: str
    columns: dict[str, ColumnMapping]
    where: str | None = None
    derived: bool = False


@dataclass(frozen=True)
class MappedTable:
    """One table of the model as a warehouse holds it: a dotted `table` name there, or a `query` in its dialect."""

    fill: TableMapping
    table: str | None = None
    query: str | None = None

    @property
    def name(self) -> str:
        """The model's name of the table."""
        return self.fill.table


@dataclass(frozen=True)
class FileMapping:
    """Everything a file fills. `pattern` is a glob on the file's name, `sheet` one on the sheet's; `decimal` is ","
    or "."; None: found out."""

    name: str
    tables: tuple[TableMapping, ...]
    pattern: str | None = None
    sheet: str | None = None
    decimal: str | None = None
    day_first: bool | None = None
    tax_rate: Decimal | None = None


def fold(name: str) -> str:
    """A header or a word as it is compared: no accents, lower case, straight apostrophes, single spaces."""
    plain = " ".join(name.translate(_APOSTROPHES).split()).casefold()
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def find_header(headers: Sequence[str], name: str) -> int | None:
    """The position of the header `name` means: the exact one, else the first that folds to the same text."""
    if name in headers:
        return headers.index(name)
    folded = fold(name)
    return next((i for i, header in enumerate(headers) if fold(header) == folded), None)
