"""The scorecard brought up to date after an import that touches one month, against computing it anew.

    python -m benchmarks.refresh SCALE [--rounds N] [--lines N] [--new]

Lines of the last month are corrected by an import, or as many `new` ones come, and its undoing takes them back: each
time the answers at hand are asked again, and then somebody who has none. `at hand` is asking once more. Seconds,
medians; also of processor time. All of it happens to a copy of the company.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.company import DATA, commit, company
from benchmarks.scorecard import by_quarter, every
from cadran.answers import Answers
from cadran.served import Shared
from cadran.store import ledger
from cadran.store.schema import id_as_text, is_interned, logical_type, quoted
from cadran.tables.contract import Column
from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

_MONTH = "sold_on >= DATE '2024-12-01'"


def deliver(workspace: Workspace, lines: int, *, new: bool, first: int = 0) -> int:
    """Import some of the last month's lines with another amount, or as orders of their own; the number of the
    import."""
    with workspace.lake(read_only=False) as lake:
        key = "row_key || '-new'" if new else "row_key"
        columns = ", ".join(
            f"CAST({_cell(column, key, new=new)} AS {logical_type(column)}) AS {quoted(column.name)}"
            for column in SALES_MODEL["sales"].columns
        )
        made = lake.connection.execute(
            f"CREATE TEMP TABLE given_sales AS SELECT {key} AS row_key, {columns}, CAST(0 AS BIGINT) AS doubts, "
            f"0 AS file_no FROM lake.sales WHERE {_MONTH} ORDER BY row_key LIMIT {lines} OFFSET {first}"
        ).fetchone()
        return commit(workspace, lake, {"sales": int(made[0]) if made else 0})


def _cell(column: Column, key: str, *, new: bool) -> str:
    if is_interned(column):
        text = id_as_text(column.domain, f"sales.{quoted(column.name)}")
        return f"{text} || '-new'" if new and column.name == "order_id" else text
    return {"sale_id": key, "amount": "amount + 1"}.get(column.name, quoted(column.name))


Took = dict[str, list[tuple[float, float]]]  # seconds by the clock, and of the processor


def measure(scale: int, rounds: int, lines: int, *, new: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        copy = shutil.copytree(company(scale).folder, Path(folder) / "company")
        return _measured(Shared.open(copy), scale, rounds, lines, new=new)


def _measured(workspace: Workspace, scale: int, rounds: int, lines: int, *, new: bool) -> dict[str, object]:
    kept = Answers(workspace, most=2**31)
    took: Took = {"anew": [], "refresh": [], "at hand": []}
    _ask(kept)
    while kept.make_one_ready():  # as a server does, once nobody asks
        pass
    for done in range(rounds):
        number = deliver(workspace, lines, new=new, first=done * lines)
        _tell(took, workspace, kept)
        with workspace.lake(read_only=False) as lake:
            ledger.undo(lake, number, "benchmark")
        _tell(took, workspace, kept)
    first, first_cpu = took["refresh"][0]
    kind = "new" if new else "corrected"
    found: dict[str, object] = {"scale": scale, kind: lines, "first refresh": first, "first refresh cpu": first_cpu}
    for number, unit in enumerate(("", " cpu")):
        medians = {name: statistics.median(each[number] for each in took[name]) for name in took}
        found |= {f"{name}{unit}": seconds for name, seconds in medians.items()}
        found[f"x{unit}"] = medians["refresh"] / medians["anew"]
    return found


def _tell(took: Took, workspace: Workspace, kept: Answers) -> None:
    took["refresh"].append(_ask(kept))
    took["at hand"].append(_ask(kept))
    took["anew"].append(_ask(Answers(workspace, most=2**31)))


def _ask(answers: Answers) -> tuple[float, float]:
    start, processor = time.perf_counter(), time.process_time()
    for request in (every(), by_quarter()):
        answers.ask(request).to_arrow()
    return time.perf_counter() - start, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scale", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=1_000)
    parser.add_argument("--new", action="store_true")
    given = parser.parse_args()
    print(json.dumps(measure(given.scale, given.rounds, given.lines, new=given.new)), flush=True)


if __name__ == "__main__":
    main()
