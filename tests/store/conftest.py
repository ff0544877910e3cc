from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cadran.store.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake.create(tmp_path / "store", threads=1, memory_limit="1GB") as lake:
        yield lake
