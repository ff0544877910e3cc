"""One peer computes the scorecard in a process of its own and prints what it took, as one line of JSON.

    python -m benchmarks.scorecard PEER SCALE [--rounds N] [--dump FILE.parquet]

`cadran` asks this project and has it plan each time, `planned` lets it keep its plans, `at hand` asks it again.
`tuned`, `bits` and `naive` are hand-written SQL over views of the same stored tables. A peer is done when all its rows
are Arrow tables in memory. Opening the store is `setup`; the first answer is `cold`.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.company import BENCH, company
from cadran.planner.request import Request
from cadran.workspace import Workspace

KPIS = (
    "revenue",
    "orders",
    "active_clients",
    "average_basket",
    "new_clients",
    "win_rate",
    "opportunity_conversion",
    "sales_cycle_days",
    "sales_cycle_median",
)
Peer = Callable[[], list[pa.Table]]


def every() -> Request:
    """Every KPI but retention, by month."""
    return Request(
        kpis=KPIS,
        start=date(2020, 1, 1),
        end=date(2025, 1, 1),
        as_of=date(2024, 12, 31),
        levels=("company", "team", "rep"),
        grain="month",
        compare=frozenset({"previous", "target"}),
        intervals=False,
    )


def by_quarter() -> Request:
    return every().at(kpis=("retention_rate",), grain="quarter")


def cadran(workspace: Workspace, stack: ExitStack, *, planned: bool = False) -> Peer:
    """Two questions to one open store: every KPI by month, retention by quarter. Unless they may stay `planned`, every
    answer is planned anew."""
    from cadran.access import EVERYTHING
    from cadran.ask import answer
    from cadran.planner.kept_plans import KeptPlans
    from cadran.session import session

    opened = stack.enter_context(session(workspace, every()))

    def ask() -> list[pa.Table]:
        plans = opened.plans if planned else KeptPlans()
        asked = replace(opened, plans=plans)
        return [answer(asked, request, EVERYTHING).to_arrow() for request in (every(), by_quarter())]

    return ask


def at_hand(workspace: Workspace, _: ExitStack) -> Peer:
    """The two questions of `cadran`, asked before and kept: what an open company answers from memory."""
    from cadran.answers import Answers

    answers = Answers(workspace, most=2**31)
    return lambda: [answers.ask(request).to_arrow() for request in (every(), by_quarter())]


def _queries(plan: str) -> list[str]:
    module = __import__(plan)
    if plan != "naive":
        return [module.sql()]
    # This version of the engine no longer takes `target` for the name of a column without AS before it.
    return [re.sub(r"(t\.value|DOUBLE\)) target", r"\1 AS target", query) for _, _, query in module.queries()]


# The stored tables under the names and types the hand-written SQL expects.
_VIEWS = (
    "sales AS SELECT order_id, account_id, rep_id, sold_on, CAST(amount AS DOUBLE) AS amount FROM lake.sales",
    "opportunities AS SELECT account_id, rep_id, created_on, closed_on, outcome FROM lake.opportunities",
    "reps AS SELECT rep_id, team_id FROM lake.memberships",
    "accounts AS SELECT account_id FROM lake.accounts",
    "targets AS SELECT kpi, scope AS unit, coalesce(r.id, t.id, 0) AS unit_id, starts_on AS month, "
    "CAST(value AS DOUBLE) AS value FROM lake.targets "
    "LEFT JOIN lake.keys_rep r ON scope = 'rep' AND r.key = scope_id "
    "LEFT JOIN lake.keys_team t ON scope = 'team' AND t.key = scope_id",
)


def hand_written(plan: str) -> Callable[[Workspace, ExitStack], Peer]:
    """The plan `tuned` or `bits`, or `naive` (a query per KPI and level, as a page of cards fires them), over views of
    the store."""

    def peer(workspace: Workspace, stack: ExitStack) -> Peer:
        sys.path.insert(0, str(BENCH / "peers"))
        queries = _queries(plan)
        lake = stack.enter_context(workspace.lake())
        stack.enter_context(lake.transaction())
        for view in _VIEWS:
            lake.connection.execute(f"CREATE TEMP VIEW {view}")
        return lambda: [lake.connection.sql(query).to_arrow_table() for query in queries]

    return peer


PEERS: dict[str, Callable[[Workspace, ExitStack], Peer]] = {
    "cadran": cadran,
    "planned": partial(cadran, planned=True),
    "at hand": at_hand,
    "tuned": hand_written("tuned"),
    "bits": hand_written("bits"),
    "naive": hand_written("naive"),
}


def measure(name: str, scale: int, rounds: int, dump: Path | None) -> dict[str, object]:
    """Seconds to open, for the first answer and for a later one (median; also of processor time), and the process's
    peak memory in MB."""
    workspace = company(scale)
    with ExitStack() as stack:
        start = time.perf_counter()
        ask = PEERS[name](workspace, stack)
        setup = time.perf_counter() - start
        cold, _, tables = _timed(ask)
        later = [_timed(ask)[:2] for _ in range(rounds)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if dump:
            pq.write_table(pa.concat_tables(plain(table) for table in tables), dump)
    return {
        "peer": name,
        "scale": scale,
        "setup": setup,
        "cold": cold,
        "warm": statistics.median(wall for wall, _ in later),
        "cpu": statistics.median(cpu for _, cpu in later),
        "peak_mb": peak,
        "rows": sum(table.num_rows for table in tables),
    }


def _timed(work: Peer) -> tuple[float, float, list[pa.Table]]:
    start, processor = time.perf_counter(), time.process_time()
    tables = work()
    return time.perf_counter() - start, time.process_time() - processor, tables


def plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, so that the tables of several questions go into one file."""
    types = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, types, strict=True))))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("scale", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dump", type=Path)
    given = parser.parse_args()
    print(json.dumps(measure(given.peer, given.scale, given.rounds, given.dump)), flush=True)


if __name__ == "__main__":
    main()
