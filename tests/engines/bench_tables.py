"""The generated tables of the benchmarks as those of a company's own warehouse, and how they are mapped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tests.engines.cluster import Cluster

SCHEMA = "bench"


def _named(columns: str) -> str:
    """Columns that are called there as they are here."""
    return ", ".join(f'{each} = "{each}"' for each in columns.split())


# Our table -> theirs, and how its columns are mapped.
SECTIONS = {
    "reps": ("reps", _named("rep_id name")),
    "teams": ("teams", _named("team_id name")),
    "memberships": ("reps", _named("rep_id team_id") + ', starts_on = { constant = "2019-01-01" }'),
    "accounts": ("accounts", _named("account_id name segment region created_on")),
    "sales": ("sales", _named("sale_id order_id account_id rep_id product_id sold_on quantity amount")),
    "opportunities": (
        "opportunities",
        _named("opportunity_id account_id rep_id created_on closed_on outcome amount source"),
    ),
}


def fill_postgresql(cluster: Cluster, files: Path, tables: Iterable[str], *, amount: str = "double precision") -> None:
    """The tables in a schema of their own; `amount`: the type of amounts there."""
    types = {"VARCHAR": "text", "DOUBLE": amount}
    statements = [f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA};"]
    with TemporaryDirectory() as folder:
        for table in tables:
            read, csv = duckdb.read_parquet(f"{files / table}/*.parquet"), Path(folder) / f"{table}.csv"
            read.write_csv(str(csv))
            columns = zip(read.columns, map(str, read.types), strict=True)
            definitions = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in columns)
            statements += [
                f"CREATE TABLE {SCHEMA}.{table} ({definitions});",
                f"\\copy {SCHEMA}.{table} FROM '{csv}' CSV HEADER",
            ]
        cluster.run("\n".join(statements))
