"""The benchmark's company: generated Parquet files, loaded into a workspace's store as one import.

The rows go straight into the store, as intake would hand them over; importing has a benchmark of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb

from cadran.store import ledger
from cadran.store.delivery import DeliveredFile, Delivery, Staged, Tally
from cadran.store.lake import Lake
from cadran.store.schema import logical_type, quoted
from cadran.store.state import Context
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
BENCH = HERE.parent.parent / "shared" / "bench"

# What each table's columns are in the generated files. Columns that are not named here are empty.
_TABLES = {
    "reps": ("reps", "rep_id", {"rep_id": "rep_id", "name": "name"}),
    "teams": ("teams", "team_id", {"team_id": "team_id", "name": "name"}),
    "memberships": (
        "reps",
        "concat_ws(chr(31), rep_id, team_id, '2019-01-01')",
        {"rep_id": "rep_id", "team_id": "team_id", "starts_on": "DATE '2019-01-01'"},
    ),
    "accounts": (
        "accounts",
        "account_id",
        {name: name for name in ("account_id", "name", "segment", "region", "created_on")},
    ),
    "sales": (
        "sales",
        "sale_id",
        {
            name: name
            for name in ("sale_id", "order_id", "account_id", "rep_id", "product_id", "sold_on", "quantity", "amount")
        },
    ),
    "opportunities": (
        "opportunities",
        "opportunity_id",
        {
            name: name
            for name in (
                "opportunity_id",
                "account_id",
                "rep_id",
                "created_on",
                "closed_on",
                "outcome",
                "amount",
                "source",
            )
        },
    ),
    "targets": (
        "targets",
        "concat_ws(chr(31), kpi, unit, unit_id, month)",
        {
            "kpi": "kpi",
            "scope": "unit",
            "scope_id": "CASE unit WHEN 'company' THEN NULL ELSE unit_id END",
            "starts_on": "month",
            "ends_on": "month + INTERVAL 1 MONTH",
            "value": "value",
        },
    ),
}


def company(scale: int) -> Workspace:
    """The workspace with the data of one scale, made on first use."""
    folder = DATA / f"company-{scale}"
    if (folder / "cadran.toml").exists():
        return Workspace.open(folder)
    files = generated(scale)
    print(f"loading scale {scale} into a store ...", flush=True)
    workspace = Workspace.create(
        folder, name="Bench", today=date(2025, 1, 1), revenue_basis="invoiced", retention_basis="purchases"
    )
    load(workspace, files)
    return workspace


def generated(scale: int) -> Path:
    """The generated files of one scale, made on first use."""
    files = DATA / f"generated-{scale}"
    if not (files / "counts.json").exists():
        print(f"generating scale {scale} ...", flush=True)
        command = [sys.executable, str(BENCH / "generate.py"), str(files), "--scale", str(scale)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return files


def load(workspace: Workspace, files: Path, tables: Iterable[str] = tuple(_TABLES)) -> None:
    """Stage tables from their files, all of them by default, and commit them as one import."""
    with workspace.lake(read_only=False) as lake:
        commit(workspace, lake, {name: _stage(lake.connection, name, files) for name in tables})


def commit(workspace: Workspace, lake: Lake, staged: Mapping[str, int]) -> int:
    """One import of the rows staged as `given_<table>`, so many of each table; its number."""
    delivery = Delivery(
        name="benchmark",
        source=None,
        files=(DeliveredFile(0, "generated", f"{time.time_ns():064x}", 0),),
        staged=tuple(Staged(name, f"given_{name}") for name in staged),
        tallies=tuple(Tally(0, name, rows, 0, 0, 0, 0) for name, rows in staged.items()),
        quarantine=None,
        replace=None,
        author="benchmark",
        mapping="",
        warnings=(),
        context=Context(workspace.settings.canonical(), workspace.catalogue.canonical()),
    )
    return ledger.commit(lake, delivery).id


def _stage(connection: duckdb.DuckDBPyConnection, name: str, files: Path) -> int:
    folder, key, given = _TABLES[name]
    columns = ", ".join(
        f"CAST({given.get(column.name, 'NULL')} AS {logical_type(column)}) AS {quoted(column.name)}"
        for column in SALES_MODEL[name].columns
    )
    row = connection.execute(
        f"CREATE TEMP TABLE given_{name} AS SELECT CAST({key} AS VARCHAR) AS row_key, {columns}, "
        f"CAST(0 AS BIGINT) AS doubts, 0 AS file_no FROM read_parquet('{files / folder}/*.parquet')"
    ).fetchone()
    return int(row[0]) if row else 0
