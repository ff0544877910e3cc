"""Real companies are large: databases have as many threads here as they have in a company's hands."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cadran.store import connection


@pytest.fixture(autouse=True, scope="module")
def every_processor() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection, "THREADS", os.cpu_count())
        yield
