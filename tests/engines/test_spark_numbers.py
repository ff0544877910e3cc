"""The same number in Spark: one seeded company in the store and on a Spark cluster, every KPI of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from cadran.workspace import Workspace
from tests.company import answer
from tests.engines.spark_cluster import SparkCluster
from tests.engines.test_same_numbers import KPIS, SHAPES, SPLITS, Answered, asked, row_as_text, same
from tests.engines.twin import twins
from tests.engines.whole_company import whole_company

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", params=SHAPES)
def both(
    request: pytest.FixtureRequest, spark: SparkCluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Workspace]:
    shape = request.param
    basis = "contracts" if shape == "flat" else "purchases"
    folder, tables = tmp_path_factory.mktemp("twins"), whole_company(len(shape), shape)
    return twins(folder, spark, f"twin_{shape}", tables, retention_basis=basis)


@pytest.fixture(scope="module")
def answers(both: tuple[Workspace, Workspace]) -> tuple[Answered, Answered]:
    """What each of them answers to all the KPIs at once."""
    stored, read = (asked(each, ",".join(KPIS)) for each in both)
    return stored, read


@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_is_the_same(answers: tuple[Answered, Answered], kpi: str) -> None:
    stored, read = (each[kpi] for each in answers)
    assert stored
    assert same(stored, read) == []


@pytest.mark.parametrize(("kpis", "changes"), SPLITS, ids=[kpis for kpis, _ in SPLITS])
def test_splits_and_filters_are_the_same(both: tuple[Workspace, Workspace], kpis: str, changes: dict[str, Any]) -> None:
    stored, read = (answer(each, kpis, "2026-Q1", **changes).rows for each in both)
    assert stored
    assert same(stored, read) == []


@pytest.mark.parametrize("kpis", ["revenue", "retention_rate", "conversion_rate"])
def test_the_rows_behind_are_the_same(both: tuple[Workspace, Workspace], kpis: str) -> None:
    stored, read = (
        sorted(map(row_as_text, answer(each, kpis, "2026-Q1", levels="rep").rows_behind().to_pylist())) for each in both
    )
    assert stored
    assert stored == read
