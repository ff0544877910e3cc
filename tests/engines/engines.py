"""The engines that must agree: each takes a company in and answers cases about it through `ask`.

A new engine is one function here, and one line in ENGINES: it loads a company's tables where the engine reads them,
opens a workspace whose settings name it, and gives the function that answers. What an engine cannot do stands in
`gaps.py`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cadran.answer import AnswerRow
from cadran.ask import ask
from cadran.planner.request import Request
from tests import company as store
from tests.engines.cases import Case
from tests.engines.cluster import Cluster
from tests.engines.companies import Company
from tests.engines.spark_cluster import SparkCluster
from tests.engines.twin import in_warehouse

Ask = Callable[[Case], tuple[AnswerRow, ...]]
Servers = Callable[[str], Any]  # the fixture of a running server, by its name: started only where it is asked for


def request_of(case: Case) -> Request:
    return Request(
        case.kpis,
        case.start,
        case.end,
        case.as_of,
        levels=case.levels,
        dimensions=case.dimensions,
        grain=case.grain,
        where=case.where,
        compare=case.compare,
        intervals=False,
    )


def duckdb_over_the_store(company: Company, folder: Path, _: Servers) -> Ask:
    """The built-in engine, over a store that took the company in as one import."""
    workspace = store.company(folder, company.tables, thresholds=company.thresholds, **company.choices)
    return lambda case: store.rows_of(workspace, request_of(case))


def postgresql_in_place(company: Company, folder: Path, servers: Servers) -> Ask:
    """PostgreSQL, over tables of its own that are read in place."""
    cluster: Cluster = servers("cluster")
    workspace = in_warehouse(
        folder, cluster, "conformance", company.tables, thresholds=company.thresholds, **company.choices
    )
    return lambda case: ask(workspace, request_of(case)).rows


def spark_in_place(company: Company, folder: Path, servers: Servers) -> Ask:
    """Spark, the same way. Its tables are looked at once for all the cases: that takes most of a question's time."""
    spark: SparkCluster = servers("spark")
    workspace = in_warehouse(
        folder, spark, "conformance", company.tables, thresholds=company.thresholds, **company.choices
    )
    return lambda case: store.rows_of(workspace, request_of(case))


ENGINES: dict[str, Callable[[Company, Path, Servers], Ask]] = {
    "duckdb": duckdb_over_the_store,
    "postgresql": postgresql_in_place,
    "spark": spark_in_place,
}
