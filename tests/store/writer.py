"""A process that imports into a store: `python -m tests.store.writer FOLDER NAME COUNT ROWS`.

Each import brings one version of the same rows to `sales`, and how many there are to `payments`: the two tables always
agree unless a state is torn. It is said when an import is about to be committed, and when it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cadran.store.delivery import DeliveredFile, Delivery, Staged, Tally
from cadran.store.lake import Lake
from cadran.store.ledger import commit
from cadran.store.schema import logical_type, quoted
from cadran.store.state import Context
from cadran.tables.model import SALES_MODEL


def write(say: Callable[[str], None], folder: Path, name: str, count: int, rows: int) -> None:
    with Lake.open(folder, read_only=False, threads=1, memory_limit="500MB") as lake:
        for number in range(count):
            delivery = staged(lake, f"{name}-{number}", rows)
            say("begin")
            commit(lake, delivery)
            say("done")


def staged(lake: Lake, name: str, rows: int) -> Delivery:
    """`rows` sales of `document` name, and one payment of amount `rows`: new contents at every import."""
    relations = {
        table: stage(lake, table, f"{table}_{name}".replace("-", "_"), count, values | {"document_id": f"'{name}'"})
        for table, count, values in (
            ("sales", rows, {"sale_id": "'S' || n", "amount": "n", "sold_on": "DATE '2026-01-01' + n::INTEGER % 365"}),
            ("payments", 1, {"payment_id": "'P'", "amount": str(rows), "paid_on": "DATE '2026-01-01'"}),
        )
    }
    return Delivery(
        name=name,
        source=None,
        files=(DeliveredFile(1, name, "0" * 64, 1),),
        staged=tuple(Staged(table, relation) for table, relation in relations.items()),
        tallies=(Tally(1, "sales", rows, 0, 0, 0, 0), Tally(1, "payments", 1, 0, 0, 0, 0)),
        quarantine=None,
        replace=None,
        author=name,
        mapping="",
        warnings=(),
        context=Context(f'{{"last":"{name}"}}', "{}"),
    )


def stage(lake: Lake, table: str, relation: str, count: int, values: dict[str, str]) -> str:
    cells = ", ".join(
        f"CAST({values.get(column.name, 'NULL')} AS {logical_type(column)}) AS {quoted(column.name)}"
        for column in SALES_MODEL[table].columns
    )
    key = values[SALES_MODEL[table].key[0]]
    lake.connection.execute(
        f"CREATE TEMP TABLE {relation} AS SELECT {key} AS row_key, {cells}, 0::BIGINT AS doubts, 1 AS file_no "
        f"FROM range({count}) t(n)"
    )
    return relation


if __name__ == "__main__":
    write(print, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
