"""The servers of the tests: each is started once, by the first test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.company import close_all
from tests.engines import cluster as postgresql
from tests.engines import spark_cluster
from tests.engines.cluster import Cluster
from tests.engines.spark_cluster import SparkCluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with postgresql.running() as started:
        yield started
        close_all()


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkCluster]:
    with spark_cluster.running() as started:
        yield started
        close_all()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also where this folder is named on the command line
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs Spark is heavy, and stays together where tests run side by side: one cluster is enough."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) or item.get_closest_marker("in_spark"):
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.xdist_group("spark"))
