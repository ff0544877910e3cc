from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadran.store.lake import Lake


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store nothing was imported into, to be copied: a third of the time that laying one out takes."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    Lake.create(folder, threads=1, memory_limit="1GB").close()
    return folder


@pytest.fixture
def lake(empty_store: Path, tmp_path: Path) -> Iterator[Lake]:
    folder = tmp_path / "store"
    shutil.copytree(empty_store, folder)
    with Lake.open(folder, read_only=False, threads=1, memory_limit="1GB") as lake:
        yield lake
