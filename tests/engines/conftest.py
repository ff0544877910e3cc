from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines.cluster import Cluster, running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running() as started:
        yield started
