"""Small files through the whole of intake: into a company on disk, or only up to what the store would be handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from cadran.intake.group import Part
from cadran.intake.load import import_files
from cadran.intake.plan import plan
from cadran.intake.read import read
from cadran.intake.reading import Place
from cadran.intake.report import ImportReport
from cadran.intake.stage import Stage, stage
from cadran.intake.understand import with_mapping
from cadran.store.profile import empty_tables
from cadran.store.schema import create_statements, quoted
from cadran.store.state import State, now, write_state
from cadran.tables.mapping_file import parse_mapping
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

PARIS = Place(ZoneInfo("Europe/Paris"), "EUR")
TODAY = date(2026, 1, 15)

SALES = """
to:
  sales:
    document_id: Facture
    sold_on: Date
    account_id: Client
    rep_id: Commercial
    amount: Montant
"""
KEYED_SALES = SALES.replace("document_id: Facture", "sale_id: Facture")
HEADER = "Facture;Date;Client;Commercial;Montant\n"


@dataclass(frozen=True)
class Staged:
    """What the store would be handed: rows per table without the columns that are empty throughout."""

    stage: Stage
    rows: dict[str, list[dict[str, Any]]]
    files: dict[str, list[int]]
    quarantine: list[dict[str, Any]]

    @property
    def only(self) -> list[dict[str, Any]]:
        (rows,) = self.rows.values()
        return rows

    def files_of(self, table: str) -> list[int]:
        """The file of every row that would be loaded."""
        return self.files.get(table, [])

    @property
    def codes(self) -> list[list[tuple[str, str | None]]]:
        """Code and column of every reason of every quarantined row."""
        return [[(r["code"], r["column"]) for r in row["reasons"]] for row in self.quarantine]

    @property
    def remarks(self) -> dict[tuple[str, str | None], int]:
        return {(warning.code, warning.column): warning.rows for warning in self.stage.warnings}


def stage_files(delivered: Mapping[str, str], mapping: str) -> Staged:
    """Files (name -> text) through a mapping (YAML), on a store that only exists in memory."""
    connection = _store().cursor()
    with TemporaryDirectory() as folder:
        parts: list[Part] = []
        for number, (name, text) in enumerate(delivered.items()):
            path = Path(folder) / name
            path.write_bytes(text.encode())
            parts += [Part(len(parts) + i, number, raw) for i, raw in enumerate(read(connection, path))]
    understood = with_mapping(connection, parts, parse_mapping(mapping, "test"), None)
    plans = [(group, plan(connection, group, PARIS, "FR")) for group in understood.groups]
    staged = stage(connection, plans, PARIS, TODAY, lambda step, done, total: None)
    rows = {each.table: _rows(connection, each.table, each.relation) for each in staged.staged}
    files = {
        each.table: [n for (n,) in connection.execute(f"SELECT file_no FROM {each.relation}").fetchall()]
        for each in staged.staged
    }
    quarantined = _dicts(
        connection,
        f'SELECT file_no, line, "table", original, CAST(cells AS JSON) AS cells, CAST(reasons AS JSON) AS reasons '
        f"FROM {staged.quarantine} ORDER BY file_no, line",
    )
    connection.close()
    return Staged(staged, rows, files, quarantined)


@cache
def _store() -> duckdb.DuckDBPyConnection:
    """An empty store in memory; temporary tables belong to each cursor."""
    connection = duckdb.connect()
    connection.execute("ATTACH ':memory:' AS lake")
    for statement in create_statements():
        if statement.startswith("CREATE TABLE"):
            connection.execute(statement)
    write_state(connection, State(0, now(), 0, empty_tables(), "", ""))
    return connection


def _rows(connection: duckdb.DuckDBPyConnection, table: str, relation: str) -> list[dict[str, Any]]:
    columns = ", ".join(("row_key", *map(quoted, SALES_MODEL[table].column_names), "doubts"))
    rows = _dicts(connection, f"SELECT {columns} FROM {relation} ORDER BY row_key")
    filled = {name for row in rows for name, value in row.items() if value is not None}
    return [{name: value for name, value in row.items() if name in filled} for row in rows]


def _dicts(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    import json

    found = connection.execute(query)
    names = [each[0] for each in found.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [
        {name: json.loads(value) if name in ("cells", "reasons") else value for name, value in row.items()}
        for row in rows
    ]


def company(folder: Path, **choices: Any) -> Workspace:
    return Workspace.create(folder / "company", name="Essai", **({"today": TODAY} | choices))


def import_text(workspace: Workspace, text: str, mapping: str, name: str = "ventes.csv", **wish: Any) -> ImportReport:
    """One file with this text, imported through a mapping (YAML)."""
    path = workspace.folder / name
    path.write_bytes(text.encode())
    return import_files(workspace, [path], mapping=parse_mapping(mapping, "test"), author="test", **wish)


def contents(workspace: Workspace, table: str = "sales") -> list[tuple[Any, ...]]:
    """The current rows of a table, ids as text, without what the store adds; in the order of their keys."""
    with workspace.lake() as lake:
        columns = [_decoded(table, name) for name in SALES_MODEL[table].column_names]
        query = f"SELECT {', '.join(columns)}, _doubts FROM lake.main.{table} t ORDER BY row_key"
        return lake.connection.execute(query).fetchall()


def _decoded(table: str, name: str) -> str:
    from cadran.store.schema import id_as_text, is_interned, stored_as

    column, stored = SALES_MODEL[table][name], f"t.{quoted(stored_as(SALES_MODEL[table], name))}"
    return f"{id_as_text(column.domain, stored) if is_interned(column) else stored} AS {quoted(name)}"
