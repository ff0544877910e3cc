"""A worker of the Spark cluster is killed in the middle of a scorecard: the answer still comes, and is right."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from cadran.engines.spark import SparkEngine
from tests.company import answer
from tests.engines.spark_cluster import WORKERS, SparkCluster
from tests.engines.test_same_numbers import same
from tests.engines.twin import twins
from tests.engines.whole_company import whole_company

TASKS = 5  # finished by both workers before one dies: what it had computed is lost


class Killer:
    """Kills a worker while the statement that computes the numbers runs: the first one in steps."""

    def __init__(self, spark: SparkCluster, plain: Callable[[SparkEngine, Any], Any]) -> None:
        self.spark, self.plain = spark, plain
        self.sent_at: int | None = None
        self.is_over = self.in_time = False

    def query(self, engine: SparkEngine, statement: Any) -> Any:
        in_steps = isinstance(statement, exp.Expr) and statement.args.get("with_") is not None
        if self.sent_at is not None or not in_steps:
            return self.plain(engine, statement)
        self.sent_at = len(self.log())
        thread = threading.Thread(target=self.kill)
        thread.start()
        try:
            return self.plain(engine, statement)
        finally:
            self.is_over = True
            thread.join()

    def kill(self) -> None:
        while not self.is_over:
            if self.log()[self.sent_at :].count("Finished task") >= TASKS:
                self.spark.kill(WORKERS[0])
                self.in_time = not self.is_over
                return
            time.sleep(0.02)

    def log(self) -> str:
        """What the Spark Connect server has written: it hands out the tasks."""
        return (self.spark.folder / "connect.log").read_text("utf-8", "replace")


def test_a_worker_that_dies_changes_no_number(
    spark: SparkCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company of people who move and share."""
    stored, read = twins(tmp_path, spark, "dying", whole_company(4, "flat"), retention_basis="contracts")
    kpis, changes = "revenue,active_clients,win_rate", {"levels": "company,team,rep", "compare": ("previous",)}
    killer = Killer(spark, SparkEngine.query)
    monkeypatch.setattr(SparkEngine, "query", lambda engine, statement: killer.query(engine, statement))
    try:
        found = answer(read, kpis, "2026-Q1", **changes).rows
        assert killer.in_time
        assert "Lost executor" in killer.log()[killer.sent_at :]
        assert same(answer(stored, kpis, "2026-Q1", **changes).rows, found) == []
    finally:
        if WORKERS[0] not in spark.processes:
            spark.add_worker(WORKERS[0])
