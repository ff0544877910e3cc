"""The company of the benchmarks on every engine: generated files, in the store, in PostgreSQL and in Spark, their
columns mapped as a company's own would be, and one scorecard asked of each through the same `ask`."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.company import BENCH, load
from benchmarks.scorecard import every
from cadran.answer import AnswerRow
from cadran.ask import ask
from cadran.engines import spark_sql
from cadran.workspace import Workspace
from tests.company import company
from tests.engines.bench_tables import SCHEMA, SECTIONS, fill_postgresql
from tests.engines.cluster import Cluster
from tests.engines.spark_cluster import DEFAULTS, SparkCluster
from tests.engines.test_same_numbers import same
from tests.engines.twin import in_place

SCALE = "0.03"  # 30 000 lines of 10 000 orders, 3 000 opportunities, 600 accounts, three reps of one team, five years


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Skips, with a warning, where the generator is not beside the project."""
    generator = BENCH / "generate.py"
    if not generator.exists():
        reason = "the generator of the benchmarks is not here: its company was asked of no engine"
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("bench") / "files"
    command = [sys.executable, str(generator), str(folder), "--scale", SCALE]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="module")
def stored(files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[AnswerRow, ...]:
    workspace = bench(tmp_path_factory.mktemp("stored"))
    load(workspace, files)
    return scorecard(workspace)


def bench(folder: Path) -> Workspace:
    return company(
        folder, {}, name="Bench", today=date(2025, 1, 1), revenue_basis="invoiced", retention_basis="purchases"
    )


def scorecard(workspace: Workspace) -> tuple[AnswerRow, ...]:
    """The KPIs of the benchmark, retention with them, by quarter and at every level. Its targets are left out: they
    would stand in the store in any case."""
    asked = every()
    kpis = (*asked.kpis, "retention_rate")
    return ask(workspace, replace(asked, kpis=kpis, grain="quarter", compare=frozenset({"previous"}))).rows


def read_in_place(folder: Path, url: str) -> tuple[AnswerRow, ...]:
    (folder / "warehouse").mkdir()
    bench(folder / "warehouse")
    sections = {
        name: f'table = "{SCHEMA}.{theirs}"\ncolumns = {{ {columns} }}' for name, (theirs, columns) in SECTIONS.items()
    }
    return scorecard(in_place(folder / "warehouse", url, sections))


def test_there_are_numbers_to_compare(stored: tuple[AnswerRow, ...]) -> None:
    known = {(row.kpi, row.level) for row in stored if row.value}
    assert len(known) == 3 * len({row.kpi for row in stored}) == 30


def test_postgresql_gives_the_same(
    stored: tuple[AnswerRow, ...], files: Path, cluster: Cluster, tmp_path: Path
) -> None:
    fill_postgresql(cluster, files, {theirs for theirs, _ in SECTIONS.values()})
    assert same(stored, read_in_place(tmp_path, cluster.url)) == []


def test_spark_gives_the_same(
    stored: tuple[AnswerRow, ...],
    files: Path,
    spark: SparkCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spark as it is by itself: it compiles its plans and plans again as it goes."""
    for name, value in DEFAULTS.items():
        monkeypatch.setitem(spark_sql.SETTINGS, name, value)
    spark.attach(SCHEMA, {theirs: files / theirs for theirs, _ in SECTIONS.values()})
    assert same(stored, read_in_place(tmp_path, spark.url)) == []
