"""DuckDB databases that can read the store's format, with nothing fetched and nothing written outside the store.

To load the extensions takes a tenth of a second and more, on every database anew. So a database that is no longer
needed is kept, emptied, for whoever needs one next; everybody has a connection of their own, with its own temporary
tables, which ends with it.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb

from cadran.errors import Issue, StoreError, Text

# Signed extension -> the package on the Python registry that carries it. DuckLake keeps its catalog in SQLite.
_EXTENSIONS = {
    "ducklake": "duckdb_extension_ducklake",
    "sqlite_scanner": "duckdb_extension_sqlite_scanner",
}
THREADS = os.cpu_count() or 1  # of a database whose owner asks for no number
_SHARE_OF_MEMORY = 0.5
_MOST_IDLE = 2
_LITTLE_MEMORY = "64MiB"
_ANYTHING = "SELECT 1 FROM duckdb_tables() UNION ALL SELECT 1 FROM duckdb_views() WHERE NOT internal LIMIT 1"
_ahead: list[Future[duckdb.DuckDBPyConnection]] = []
_idle: list[tuple[int, duckdb.DuckDBPyConnection]] = []  # with the process they were opened in: none outlives a fork


@dataclass(frozen=True)
class Database:
    """An in-memory database and a connection to it."""

    connection: duckdb.DuckDBPyConnection
    _root: duckdb.DuckDBPyConnection

    def release(self, catalog: str) -> None:
        """End the connection, and those that came from it, and detach `catalog`; keep the database for the next who
        needs one, if nothing is left in it."""
        self.connection.close()
        if len(_idle) < _MOST_IDLE and self._is_emptied(catalog):
            _idle.append((os.getpid(), self._root))
        else:
            self._root.close()

    def _is_emptied(self, catalog: str) -> bool:
        try:
            self._root.execute(f"DETACH DATABASE IF EXISTS {catalog}")
            self._root.execute(f"SET memory_limit = '{_LITTLE_MEMORY}'")
            return self._root.execute(_ANYTHING).fetchone() is None
        except duckdb.Error:
            return False


def connect(spill: Path, threads: int | None = None, memory_limit: str | None = None) -> Database:
    """An empty database with the store's extensions. `memory_limit` is DuckDB's ("2GB"; half of the machine's when
    None); what does not fit goes to the folder `spill`. Raises StoreError when an extension is missing."""
    root = _kept() or _opened_ahead() or with_extensions(*_EXTENSIONS)
    try:
        root.execute(f"SET temp_directory = {literal(spill)}")
    except duckdb.Error:  # a database that has spilled stays with its folder
        root.close()
        root = with_extensions(*_EXTENSIONS)
        root.execute(f"SET temp_directory = {literal(spill)}")
    root.execute(f"SET threads = {threads or THREADS}")
    root.execute(f"SET memory_limit = {literal(memory_limit or _half_of_memory())}")
    connection = root.cursor()
    connection.execute("SET enable_progress_bar = false")  # what is going on is told by who knows it
    return Database(connection, root)


def forget() -> None:
    """Let go of the databases that are kept."""
    _idle.clear()


def _kept() -> duckdb.DuckDBPyConnection | None:
    try:
        process, root = _idle.pop()
    except IndexError:
        return None
    return root if process == os.getpid() else None


def connect_ahead() -> None:
    """Begin to open a database on another processor, while this one imports the program: loading the extensions takes
    a fifth of a second, none of it Python's. The next `connect` takes it; one ahead is enough."""
    if _ahead or _idle:
        return
    opener = ThreadPoolExecutor(max_workers=1)
    _ahead.append(opener.submit(with_extensions, *_EXTENSIONS))
    opener.shutdown(wait=False)


def _opened_ahead() -> duckdb.DuckDBPyConnection | None:
    try:
        ahead = _ahead.pop()
    except IndexError:
        return None
    return ahead.result()


def with_extensions(*names: str) -> duckdb.DuckDBPyConnection:
    """A database of its own. Raises StoreError when an extension is missing."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,  # a missing table is never a Python variable
        }
    )
    for name in names:
        connection.execute(f"LOAD {literal(_extension_path(_EXTENSIONS[name], name))}")
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
