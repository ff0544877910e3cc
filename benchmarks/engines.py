"""The scorecard in a company's own PostgreSQL and Spark: this project, reading in place, beside hand-written SQL.

Both ask the same tables over the same kind of session, in turn; the server's processor time is counted with the
client's. Servers are started here, on loopback, and are gone afterwards.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import hand_written, scorecard
from benchmarks.company import DATA, generated, load
from benchmarks.compare import agreement, as_written, compare, show_equality
from benchmarks.scorecard import Peer, by_quarter, every, plain
from cadran.engines.adbc import AdbcEngine
from cadran.engines.engine import Engine
from cadran.engines.spark import SparkEngine
from cadran.workspace import Workspace
from tests.engines import cluster as postgresql
from tests.engines import spark_cluster
from tests.engines.bench_tables import SCHEMA, SECTIONS, fill_postgresql
from tests.engines.twin import in_place

TABLES = ("reps", "teams", "accounts", "sales", "opportunities", "targets")
# What whoever runs a server for such questions would set; the tests' own settings are for tables of a few rows.
_POSTGRESQL = ("shared_buffers=2GB", "work_mem=256MB", "effective_cache_size=8GB", "max_wal_size=4GB", "fsync=off")
_SPARK = {"spark.driver.memory": "6g", "spark.executor.memory": "5g", "spark.sql.shuffle.partitions": "4"}
_INDEXES = {
    "sales": ("sale_id", "order_id", "account_id", "rep_id", "sold_on"),
    "opportunities": ("opportunity_id", "account_id", "rep_id", "created_on", "closed_on"),
    "accounts": ("account_id",),
    "reps": ("rep_id",),
    "teams": ("team_id",),
}


@dataclass(frozen=True)
class Asking:
    """Who asks, and the process that answers nobody else; None where the whole server answers everybody."""

    ask: Peer
    backend: int | None = None


@dataclass(frozen=True)
class Server:
    """A server with the tables of one scale: its address, the programs that run it, and who asks it by hand."""

    url: str
    programs: frozenset[int]
    by_hand: Mapping[str, Callable[[ExitStack], Asking]]


@dataclass(frozen=True)
class Turn:
    """What one answer took: seconds, seconds of processor (of the server and of this process), rows."""

    wall: float
    cpu: float
    tables: list[pa.Table]


def is_there(engine: str) -> bool:
    return postgresql.installed() is not None if engine == "postgresql" else spark_cluster.is_installed()


def measure(engine: str, scale: int, rounds: int) -> tuple[dict[str, list[Turn]], dict[str, float]]:
    """The turns of every peer, the first of each one in a new session, and the peak memory in MB of who answered."""
    with ExitStack() as stack:
        server = stack.enter_context(_SERVERS[engine](scale))
        _warm_up(server)
        own = stack.enter_context(_reading(server.url, scale))
        peers = {"cadran": own} | {name: peer(stack) for name, peer in server.by_hand.items()}
        turns: dict[str, list[Turn]] = {name: [] for name in peers}
        for _ in range(rounds + 1):
            for name, peer in peers.items():
                turns[name].append(_turn(peer.ask, server.programs))
                print(f"{engine}, {name}: {turns[name][-1].wall:.1f} s", flush=True)  # a later one may not come
        programs = {
            name: {peer.backend} if peer.backend else set(_family(server.programs)) for name, peer in peers.items()
        }
        return turns, {name: sum(map(_peak, mine)) for name, mine in programs.items()}


def _warm_up(server: Server) -> None:
    """A company's server has been running for long when it is asked: whoever comes first here does not pay for its
    start."""
    with ExitStack() as stack:
        next(iter(server.by_hand.values()))(stack).ask()


# -- peers ---------------------------------------------------------------------------------------------------------


@contextmanager
def _reading(url: str, scale: int) -> Iterator[Asking]:
    """Two questions to one open warehouse. Targets, which people enter, stand in the store beside it."""
    from cadran.access import EVERYTHING
    from cadran.ask import answer
    from cadran.session import session

    folder = DATA / "in-place"
    rmtree(folder, ignore_errors=True)
    workspace = Workspace.create(
        folder, name="Bench", today=date(2025, 1, 1), revenue_basis="invoiced", retention_basis="purchases"
    )
    load(workspace, generated(scale), ("targets",))
    sections = {
        name: f'table = "{SCHEMA}.{theirs}"\ncolumns = {{ {columns} }}' for name, (theirs, columns) in SECTIONS.items()
    }
    with session(in_place(folder, url, sections), every()) as opened:
        questions = (every(), by_quarter())
        yield Asking(
            lambda: [answer(opened, request, EVERYTHING).to_arrow() for request in questions], _backend(opened.engine)
        )


def _backend(engine: Engine) -> int | None:
    """PostgreSQL answers each connection by a process of its own."""
    if not isinstance(engine, AdbcEngine):
        return None
    return int(engine.query("SELECT pg_backend_pid() AS pid").to_pylist()[0]["pid"])


def _sql(url: str, statement: str) -> Callable[[ExitStack], Asking]:
    """One statement over a connection like this project's own, its session settings included."""

    def peer(stack: ExitStack) -> Asking:
        engine = AdbcEngine.connect(f"{url}&options=-csearch_path%3D{SCHEMA}")
        stack.callback(engine.close)
        return Asking(lambda: [engine.query(statement)], _backend(engine))

    return peer


def _spark_session(url: str, stack: ExitStack) -> Any:
    """A session like this project's own, in the tables of the scale."""
    engine = SparkEngine.connect(url)
    stack.callback(engine.close)
    engine._session.catalog.setCurrentDatabase(SCHEMA)
    return engine._session


def _in_steps(url: str) -> Callable[[ExitStack], Asking]:
    """Each step a view; those that are read several times are kept while the rest runs."""
    steps, last = hand_written.spark_steps()

    def peer(stack: ExitStack) -> Asking:
        session = _spark_session(url, stack)

        def ask() -> list[pa.Table]:
            kept = []
            for name, sql in steps:
                frame = session.sql(sql)
                if name not in ("s", "g"):
                    kept.append(frame.persist())
                frame.createOrReplaceTempView(name)
            found = session.sql(last).toArrow()
            for frame in kept:
                frame.unpersist()
            return [found]

        return Asking(ask)

    return peer


def _one_by_one(url: str) -> Callable[[ExitStack], Asking]:
    """A query per KPI and level."""

    def peer(stack: ExitStack) -> Asking:
        session = _spark_session(url, stack)
        return Asking(lambda: [session.sql(query).toArrow() for query in hand_written.spark_queries()])

    return peer


# -- servers -------------------------------------------------------------------------------------------------------


@contextmanager
def _postgresql(scale: int) -> Iterator[Server]:
    with postgresql.running(_POSTGRESQL) as cluster:
        fill_postgresql(cluster, generated(scale), TABLES, amount="numeric(18,2)")
        indexes = [f"CREATE INDEX ON {SCHEMA}.{table} ({c})" for table, columns in _INDEXES.items() for c in columns]
        cluster.run(";\n".join(indexes))
        cluster.run("VACUUM ANALYZE")
        program = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        peers = {"tuned": _sql(cluster.url, hand_written.tuned()), "bits": _sql(cluster.url, hand_written.bits())}
        yield Server(cluster.url, frozenset({program}), peers)


@contextmanager
def _spark(scale: int) -> Iterator[Server]:
    settings = {**spark_cluster.SETTINGS, **spark_cluster.DEFAULTS, **_SPARK}
    with spark_cluster.running(settings, "-XX:+UseParallelGC", settings["spark.executor.memory"]) as cluster:
        cluster.attach(SCHEMA, {table: generated(scale) / table for table in TABLES})
        programs = frozenset(process.pid for process in cluster.processes.values())
        yield Server(cluster.url, programs, {"naive": _one_by_one(cluster.url), "tuned": _in_steps(cluster.url)})


_SERVERS = {"postgresql": _postgresql, "spark": _spark}


# -- what it takes -------------------------------------------------------------------------------------------------


def _turn(peer: Peer, programs: frozenset[int]) -> Turn:
    wall, cpu = time.perf_counter(), time.process_time() + _processor(programs)
    tables = peer()
    return Turn(time.perf_counter() - wall, time.process_time() + _processor(programs) - cpu, tables)


def _processor(programs: frozenset[int]) -> float:
    """Seconds of processor that programs and all they started have taken, whoever of these has ended included."""
    ticks = sum(sum(map(int, fields[11:15])) for fields in _family(programs).values())
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """Peak memory in MB of a process, less what it shares with others; none of one that has just ended."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    held, shared = (int(told[name].split()[0]) if name in told else 0 for name in ("VmHWM", "RssShmem"))
    return (held - shared) / 1024


def _family(programs: frozenset[int]) -> dict[int, list[str]]:
    """The fields of /proc/PID/stat after the name, of programs and all that descends from them."""
    stats: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stats[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since it was listed
    family, more = set(programs), set(programs)
    while more:
        more = {pid for pid, fields in stats.items() if int(fields[1]) in more} - family
        family |= more
    return {pid: stats[pid] for pid in family if pid in stats}


# -- what comes out ------------------------------------------------------------------------------------------------


def report(engine: str, scale: int, rounds: int) -> None:
    """Measure, print ratios, and compare: with the hand-written plan, and with what the other engines answered."""
    if not is_there(engine):
        print(f"\n{engine} is not installed: nothing to measure.")
        return
    turns, peaks = measure(engine, scale, rounds)
    _show(engine, scale, turns, peaks)
    ours, theirs = (DATA / f"scorecard-{scale}-{engine}-{name}.parquet" for name in ("cadran", "tuned"))
    for path, name in ((ours, "cadran"), (theirs, "tuned")):
        pq.write_table(pa.concat_tables(plain(table) for table in turns[name][-1].tables), path)
    show_equality(compare(as_written(generated(scale)), ours, theirs))
    scorecard.measure("cadran", scale, 1, DATA / f"scorecard-{scale}-cadran.parquet")
    for other in ("", "postgresql-", "spark-"):
        path = DATA / f"scorecard-{scale}-{other}cadran.parquet"
        if path != ours and path.exists():
            rows, differing = agreement(ours, path)
            print(f"{engine} and {other.rstrip('-') or 'duckdb'}: {rows} cells, {differing} of them different")


def _show(engine: str, scale: int, turns: Mapping[str, list[Turn]], peaks: Mapping[str, float]) -> None:
    rounds = len(turns["cadran"]) - 1
    print(
        f"\nScorecard in {engine}, scale {scale}: medians of {rounds} rounds; x = times the better hand-written plan\n"
    )
    print(f"{'':10}{'first s':>9}{'later s':>9}{'cpu s':>9}{'x later':>9}{'x cpu':>9}{'peak MB':>9}{'rows':>9}")
    by_hand = [name for name in turns if name != "cadran"]
    for name, mine in turns.items():
        wall, cpu = (statistics.median(getattr(turn, key) for turn in mine[1:]) for key in ("wall", "cpu"))
        ratios = "".join(f"{_ratio(turns, name, by_hand, key):9.2f}" for key in ("wall", "cpu"))
        rows = sum(table.num_rows for table in mine[-1].tables)
        print(f"{name:10}{mine[0].wall:9.2f}{wall:9.2f}{cpu:9.2f}{ratios}{peaks[name]:9.0f}{rows:9d}")


def _ratio(turns: Mapping[str, list[Turn]], name: str, by_hand: list[str], key: str) -> float:
    """The median over rounds of the time over that of the best hand-written plan in the same round."""
    rounds = range(1, len(turns[name]))
    best = [min(getattr(turns[other][i], key) for other in by_hand) for i in rounds]
    return float(statistics.median(getattr(turns[name][i], key) / base for i, base in zip(rounds, best, strict=True)))
