"""The same company twice: in the store, and in a warehouse whose tables are the model's own, ids and all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from cadran.tables.contract import Type
from cadran.tables.mapped import LOCAL_TABLES
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace
from tests.company import company

Row = Mapping[str, Any]
_TYPES = {
    Type.ID: "text",
    Type.TEXT: "text",
    Type.CHOICE: "text",
    Type.DATE: "date",
    Type.TIMESTAMP: "timestamp",
    Type.MONEY: "numeric(18,4)",
    Type.NUMBER: "numeric(18,8)",
    Type.INTEGER: "integer",
    Type.SHARE: "numeric(18,12)",
    Type.BOOLEAN: "boolean",
}


class Filled(Protocol):
    """A warehouse of the tests' own."""

    @property
    def url(self) -> str: ...

    def fill(self, schema: str, tables: Mapping[str, tuple[str, Sequence[Sequence[Any]]]]) -> None: ...


def twins(
    folder: Path, cluster: Filled, schema: str, tables: Mapping[str, Sequence[Row]], **choices: Any
) -> tuple[Workspace, Workspace]:
    """The company in the store, and the one in the warehouse (its objectives in the local store beside it)."""
    (folder / "store").mkdir(parents=True)
    stored = company(folder / "store", tables, **choices)
    return stored, in_warehouse(folder / "warehouse", cluster, schema, tables, **choices)


def in_warehouse(
    folder: Path, cluster: Filled, schema: str, tables: Mapping[str, Sequence[Row]], **choices: Any
) -> Workspace:
    """The company in the warehouse alone, but for what is local."""
    folder.mkdir(parents=True)
    company(folder, {name: rows for name, rows in tables.items() if name in LOCAL_TABLES}, **choices)
    theirs = {name: list(rows) for name, rows in tables.items() if name not in LOCAL_TABLES and rows}
    cluster.fill(schema, {name: _table(name, rows) for name, rows in theirs.items()})
    return in_place(folder, cluster.url, {name: _section(schema, name) for name in theirs})


def in_place(folder: Path, url: str, sections: Mapping[str, str]) -> Workspace:
    """The workspace of `folder`, told to read these tables in a warehouse."""
    path = folder / "cadran.toml"
    parts = [path.read_text("utf-8"), f"[engine]\nurl = {json.dumps(url)}"]
    parts += [f"[tables.{name}]\n{body}" for name, body in sections.items()]
    path.write_text("\n".join(parts), "utf-8")
    return Workspace.open(folder)


def _section(schema: str, name: str) -> str:
    columns = ", ".join(f'{column} = "{column}"' for column in SALES_MODEL[name].column_names)
    return f'table = "{schema}.{name}"\ncolumns = {{ {columns} }}'


def _table(name: str, rows: Sequence[Row]) -> tuple[str, list[list[Any]]]:
    table = SALES_MODEL[name]
    definitions = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in table.columns)
    own = {table.key[0]} if table.keyless or len(table.key) == 1 else set()
    filled = [{**dict.fromkeys(own, f"{name}-{number}"), **row} for number, row in enumerate(rows)]
    return definitions, [[_cell(row.get(column)) for column in table.column_names] for row in filled]


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
