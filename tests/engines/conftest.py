from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines import cluster as postgresql
from tests.engines import spark_cluster
from tests.engines.cluster import Cluster
from tests.engines.spark_cluster import SparkCluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with postgresql.running() as started:
        yield started


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkCluster]:
    with spark_cluster.running() as started:
        yield started
