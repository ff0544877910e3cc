"""Importing a million lines, against DuckDB's own load of the same file into the same kind of store.

    python -m benchmarks.imports cadran|duckdb iso|iso-codes|french

`iso`: ISO dates, points, a key column, ids that are integers, which DuckDB stores as such. `iso-codes`: the same with
ids as most systems write them, codes and names. `french`: French headers, dates and numbers, semicolons, codes and
names, no key. Each peer works in a fresh store. `cadran` reads, recognises, cleans, checks, keys and quarantines;
`duckdb` creates a table.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.company import DATA, generated
from cadran.intake.load import import_files
from cadran.store.connection import forget
from cadran.workspace import Workspace

FILES = {kind: DATA / f"million-{kind}.csv" for kind in ("iso", "iso-codes", "french")}
_LINES = {
    "iso": "SELECT sale_id, order_id, account_id, rep_id, product_id, sold_on, quantity, amount FROM {0}",
    "iso-codes": """
        SELECT format('L{{:08d}}', sale_id) AS sale_id, format('SO{{:07d}}', order_id) AS order_id,
               'Client ' || account_id AS account_id, 'Rep ' || rep_id AS rep_id, 'A' || product_id AS product_id,
               sold_on, quantity, amount
        FROM {0}
    """,
    "french": """
        SELECT order_id AS "N° commande", 'Client ' || account_id AS "Client", 'Vendeur ' || rep_id AS "Commercial",
               'A' || product_id AS "Article", strftime(sold_on, '%d/%m/%Y') AS "Date de facture",
               quantity AS "Quantité", translate(format('{{:,.2f}}', amount), ',.', ' ,') AS "Montant HT"
        FROM {0}
    """,
}


def lines(kind: str) -> Path:
    """The file of a million lines, written on first use."""
    path = FILES[kind]
    if not path.exists():
        source = f"read_parquet('{generated(1)}/sales/*.parquet')"
        delimiter = ";" if kind == "french" else ","
        duckdb.sql(_LINES[kind].format(source)).write_csv(str(path), sep=delimiter)
    return path


def by_cadran(workspace: Workspace, path: Path) -> dict[str, object]:
    report = import_files(workspace, [path], table="sales")
    return {"outcome": report.outcome}


def by_duckdb(workspace: Workspace, path: Path) -> dict[str, object]:
    with workspace.lake(read_only=False) as lake:
        lake.connection.execute(f"CREATE TABLE lake.main.plain AS SELECT * FROM read_csv('{path}')")
    return {"outcome": "loaded"}


PEERS = {"cadran": by_cadran, "duckdb": by_duckdb}


def measure(peer: str, kind: str) -> dict[str, object]:
    """Seconds (and processor seconds) from the file to a committed store, and the process's peak memory in MB."""
    path, folder = lines(kind), DATA / f"import-{peer}-{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    workspace = Workspace.create(folder, name="Import", today=date(2025, 1, 1), country="FR")
    forget()  # each opens a database of its own, as a process that only imports does
    start, processor = time.perf_counter(), time.process_time()
    told = PEERS[peer](workspace, path)
    wall, cpu = time.perf_counter() - start, time.process_time() - processor
    with workspace.lake() as lake:
        table = "lake.plain" if peer == "duckdb" else "lake.sales"
        rows = lake.query(f"SELECT count(*) FROM {table}")[0][0]
    shutil.rmtree(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peer": peer, "kind": kind, "wall": wall, "cpu": cpu, "peak_mb": peak, "rows": rows, **told}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("kind", choices=FILES)
    given = parser.parse_args()
    print(json.dumps(measure(given.peer, given.kind)), flush=True)


if __name__ == "__main__":
    main()
