"""Files of one import with the same headers and the same mapping, taken together: how rows are spread over files
must not matter, so whatever is decided by looking at cells is decided over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from cadran.intake.conventions import Conventions
from cadran.intake.raw import Raw
from cadran.intake.texts import Texts
from cadran.tables.mapping import FileMapping


@dataclass(frozen=True)
class Part:
    """One table of text cells (a file, or a sheet of it). `number` tells the parts of an import apart."""

    number: int
    file_no: int
    raw: Raw


@dataclass(frozen=True)
class Group:
    """`relation`: part INTEGER, line BIGINT, c0 ... cN VARCHAR: the rows of all the parts. `texts` and
    `conventions` are those of its cells."""

    name: str
    parts: tuple[Part, ...]
    headers: tuple[str, ...]
    mapping: FileMapping
    relation: str
    texts: Texts = field(compare=False, repr=False)
    conventions: Conventions = field(compare=False, repr=False)

    @property
    def semicolons(self) -> bool:
        """Whether the files part their cells with semicolons, as programs do where the comma is the decimal sign."""
        return any(part.raw.delimiter == ";" for part in self.parts)


def bundle(connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[Part], mapping: FileMapping) -> Group:
    """Make the view over the parts' rows."""
    headers = parts[0].raw.headers
    columns = ", ".join(("line", *(f"c{i}" for i in range(len(headers)))))
    union = " UNION ALL ".join(f'SELECT {p.number} AS part, {columns} FROM "{p.raw.relation}"' for p in parts)
    connection.execute(f"CREATE TEMP VIEW {name} AS {union}")
    texts = Texts(connection, name)
    return Group(name, tuple(parts), headers, mapping, name, texts, Conventions(texts))
