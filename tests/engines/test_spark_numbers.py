"""The same number in Spark: a seeded company in the store and on a Spark cluster, every KPI of the catalogue.

Its tables are looked at once for all the questions, as that takes most of a question's time there. Whole questions,
from the opening of a session to its end, are asked about the rows behind, while a worker dies and of the bench's
company.
"""

from __future__ import annotations

from typing import Any

import pytest

from cadran.planner.request import Request
from cadran.workspace import Workspace
from tests.company import answer, question, rows_of
from tests.engines.spark_cluster import SparkCluster
from tests.engines.test_same_numbers import EVERYTHING, KPIS, SPLITS, Answered, by_kpi, newest_of, row_as_text, same
from tests.engines.twin import twins
from tests.engines.whole_company import whole_company

Twins = tuple[Workspace, Workspace]


@pytest.fixture(scope="module")
def both(spark: SparkCluster, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Teams in teams: the most there is."""
    tables = whole_company(6, "nested")
    return twins(tmp_path_factory.mktemp("twins"), spark, "twin_nested", tables, retention_basis="purchases")


@pytest.fixture(scope="module")
def answers(both: Twins) -> tuple[Answered, Answered]:
    """What each of them answers to all the KPIs at once."""
    kpis = ",".join(KPIS)
    stored, read = (by_kpi(rows_of(each, question(each, kpis, "2026-Q1", **EVERYTHING)), kpis) for each in both)
    return stored, read


@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_is_the_same(answers: tuple[Answered, Answered], kpi: str) -> None:
    stored, read = (each[kpi] for each in answers)
    assert stored
    assert same(stored, read) == []


@pytest.mark.parametrize(("kpis", "changes"), SPLITS, ids=[kpis for kpis, _ in SPLITS])
def test_splits_and_filters_are_the_same(both: Twins, kpis: str, changes: dict[str, Any]) -> None:
    asked: Request = question(both[0], kpis, "2026-Q1", **changes)
    stored, read = (rows_of(each, asked) for each in both)
    assert stored
    assert same(stored, read) == []


def test_the_newest_rows_and_their_totals_are_the_same(both: Twins) -> None:
    stored, read = (newest_of(each, "conversion_rate") for each in both)
    assert (stored.count, stored.flagged, stored.amount) == (read.count, read.flagged, read.amount)


def test_the_rows_behind_are_the_same(both: Twins) -> None:
    found = (answer(each, "conversion_rate", "2026-Q1", levels="rep").rows_behind().to_pylist() for each in both)
    stored, read = (sorted(map(row_as_text, rows)) for rows in found)
    assert stored
    assert stored == read
