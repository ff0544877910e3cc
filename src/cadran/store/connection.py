"""A DuckDB connection that can read the store's format, with nothing fetched and nothing written outside the store."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import duckdb

from cadran.errors import Issue, StoreError, Text

# Package on the Python registry -> the signed extension it carries. DuckLake keeps its catalog in SQLite.
_EXTENSIONS = {
    "duckdb_extension_ducklake": "ducklake",
    "duckdb_extension_sqlite_scanner": "sqlite_scanner",
}
_SHARE_OF_MEMORY = 0.5
_ahead: list[Future[duckdb.DuckDBPyConnection]] = []


def connect(spill: Path, threads: int | None = None, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """A new in-memory database with the store's extensions. `memory_limit` is DuckDB's ("2GB"; half of the machine's
    when None); what does not fit goes to the folder `spill`. Raises StoreError when an extension is missing."""
    connection = _opened_ahead() or _with_extensions()
    connection.execute(f"SET threads = {threads or os.cpu_count() or 1}")
    connection.execute(f"SET memory_limit = {literal(memory_limit or _half_of_memory())}")
    connection.execute(f"SET temp_directory = {literal(spill)}")
    connection.execute("SET enable_progress_bar = false")  # what is going on is told by who knows it
    return connection


def connect_ahead() -> None:
    """Begin to open a database on another processor, while this one imports the program: loading the extensions takes
    a fifth of a second, none of it Python's. The next `connect` takes it; one ahead is enough."""
    if _ahead:
        return
    opener = ThreadPoolExecutor(max_workers=1)
    _ahead.append(opener.submit(_with_extensions))
    opener.shutdown(wait=False)


def _opened_ahead() -> duckdb.DuckDBPyConnection | None:
    try:
        ahead = _ahead.pop()
    except IndexError:
        return None
    return ahead.result()


def _with_extensions() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,  # a missing table is never a Python variable
        }
    )
    for package, extension in _EXTENSIONS.items():
        connection.execute(f"LOAD {literal(_extension_path(package, extension))}")
    return connection


def literal(text: str | Path) -> str:
    """An SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def _half_of_memory() -> str:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{int(size * _SHARE_OF_MEMORY / 2**20)}MiB"


def _extension_path(package: str, extension: str) -> Path:
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    for folder in folders:
        path = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
        if path.is_file():
            return path
    raise StoreError(_missing_extension(package))


def _missing_extension(package: str) -> Issue:
    name = package.replace("_", "-")
    return Issue(
        "store_extension_missing",
        Text(
            f"Il manque à DuckDB {duckdb.__version__} le paquet « {name} » de la même version.",
            f'DuckDB {duckdb.__version__} lacks the package "{name}" of the same version.',
        ),
        Text(
            f"Installez-le : pip install {name}=={duckdb.__version__}.",
            f"Install it: pip install {name}=={duckdb.__version__}.",
        ),
    )
