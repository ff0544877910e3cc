"""The store of one company: DuckLake tables (Parquet files, a SQLite catalog) with transactions and snapshots.

A folder holds `catalog.sqlite`, the files of `data/` and the locks `write.lock` and `readers.lock`. Many processes
read while one writes: a reader sees the snapshot its statement or transaction began with, whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from cadran.errors import Issue, StoreError, Text
from cadran.store.connection import Database, connect, literal
from cadran.store.lock import PATIENCE_SECONDS, READERS, WRITERS, Presence, writer_lock
from cadran.store.profile import empty_tables
from cadran.store.schema import create_statements, sorting_statements
from cadran.store.state import NOT_YET, Context, State, now, read_context, read_state, remember, write_state

if TYPE_CHECKING:
    import pyarrow as pa

# WAL lets readers work while one writes; the wait covers the few milliseconds of a catalog commit. Rows kept in the
# catalog instead of in files lose deletes in DuckLake 1.0 (duckdb/ducklake issues 1074 and 1084): always files.
_OPTIONS = (
    "META_JOURNAL_MODE 'WAL'",
    "META_BUSY_TIMEOUT 5000",
    "OVERRIDE_DATA_PATH true",  # the folder may have been moved
    "DATA_INLINING_ROW_LIMIT 0",
)
_FIRST_SNAPSHOT = 1  # 0 is DuckLake's own, without our tables


class Lake:
    """An open store. `connection` is a DuckDB connection with the store attached as catalog `lake`; `database` is the
    lake's own, None where it belongs to another lake. `kept`: what readers keep of it, as long as it is open, for those
    who read it in other threads."""

    def __init__(
        self,
        folder: Path,
        connection: duckdb.DuckDBPyConnection,
        *,
        read_only: bool,
        pinned: int | None,
        database: Database | None = None,
    ) -> None:
        self.folder = folder
        self.connection = connection
        self._database = database
        self.read_only = read_only
        self._pinned = pinned
        self._presence: Presence | None = None
        self.kept: dict[str, Any] = {}

    @classmethod
    def create(cls, folder: Path, *, threads: int | None = None, memory_limit: str | None = None) -> Lake:
        """Lay out an empty store in `folder` and open it for writing. Raises StoreError when there is one already."""
        (folder / "data").mkdir(parents=True, exist_ok=True)
        with writer_lock(folder / WRITERS):
            database = connect(folder / "spill", threads, memory_limit)
            lake = cls(folder, database.connection, read_only=False, pinned=None, database=database)
            try:
                lake._attach()
                lake._lay_out()
            except BaseException:
                lake.close()
                raise
        return lake

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool,
        threads: int | None = None,
        memory_limit: str | None = None,
        snapshot: int | None = None,
    ) -> Lake:
        """Open the store of `folder`; with `snapshot`, as it stood then (read only). `memory_limit` is DuckDB's
        ("2GB"). Raises StoreError when there is no store, or no such snapshot."""
        if not (folder / "catalog.sqlite").is_file():
            raise StoreError(no_store(folder))
        database = connect(folder / "spill", threads, memory_limit)
        read_only = read_only or snapshot is not None
        lake = cls(folder, database.connection, read_only=read_only, pinned=snapshot, database=database)
        try:
            lake._attach()
        except BaseException:
            lake.close()
            raise
        return lake

    def for_thread(self) -> Lake:
        """The same open store for another thread, in a few microseconds: a cursor with transactions of its own. Close
        it when the thread is done; the lake it came from outlives it, and may have left meanwhile."""
        presence = Presence(self.folder / READERS)
        try:
            connection = self.connection.cursor()
        except BaseException:
            presence.leave()
            raise
        lake = Lake(self.folder, connection, read_only=self.read_only, pinned=self._pinned)
        lake._presence, lake.kept = presence, self.kept
        return lake

    def leave(self) -> None:
        """Stay open, and count as absent: nothing may be read through this lake itself from now on."""
        if self._presence is not None:
            self._presence.leave()

    def _attach(self) -> None:
        self._presence = Presence(self.folder / READERS)
        options = [f"DATA_PATH {literal(self.folder / 'data')}", *_OPTIONS]
        options += ["READ_ONLY"] if self.read_only else []
        if self._pinned is not None:
            if self._pinned < _FIRST_SNAPSHOT:
                raise StoreError(no_snapshot(self._pinned))
            options.append(f"SNAPSHOT_VERSION {self._pinned}")
        catalog = literal(f"ducklake:sqlite:{self.folder / 'catalog.sqlite'}")
        try:
            self.connection.execute(f"ATTACH {catalog} AS lake ({', '.join(options)})")
        except duckdb.Error as error:
            if self._pinned is not None and "snapshot" in str(error).lower():
                raise StoreError(no_snapshot(self._pinned)) from error
            raise StoreError(_failed(error)) from error

    def _lay_out(self) -> None:
        if self.connection.execute("SELECT 1 FROM duckdb_tables() WHERE database_name = 'lake'").fetchone():
            raise StoreError(_already_there(self.folder))
        with self.transaction():
            for statement in (*create_statements(), *sorting_statements()):
                self.connection.execute(statement)
            hashes = remember(self.connection, Context(NOT_YET, NOT_YET))
            write_state(self.connection, State(0, now(), _FIRST_SNAPSHOT, empty_tables(), *hashes))
            self.name_snapshot("cadran", "store created")

    @contextmanager
    def writing(self, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """One transaction under the writer's lock: all of it, or nothing. Raises StoreError when the store is open
        read only, is busy for more than `patience` seconds, or fails."""
        with self.lock(patience), self.transaction():
            yield

    def lock(self, patience: float = PATIENCE_SECONDS) -> AbstractContextManager[None]:
        """The writer's lock of this store. Raises StoreError when the store is open read only, or busy."""
        if self.read_only:
            raise StoreError(_opened_read_only())
        return writer_lock(self.folder / WRITERS, patience)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements that see one snapshot, and whose writes land together. DuckDB's errors become StoreError."""
        try:
            self.connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        except duckdb.Error as error:
            raise StoreError(_failed(error)) from error

    def name_snapshot(self, author: str, message: str) -> None:
        """Say who makes the running transaction's snapshot, and what it is."""
        self.connection.execute("CALL lake.set_commit_message(?, ?)", [author, message])

    def snapshot(self) -> int:
        """The newest snapshot's id, or the one this lake is pinned to."""
        if self._pinned is not None:
            return self._pinned
        return int(self.query("SELECT id FROM ducklake_current_snapshot('lake')")[0][0])

    def state(self) -> State:
        """The profile of every table and the hashes of settings and definitions, at this snapshot."""
        try:
            state = read_state(self.connection)
        except duckdb.Error as error:
            raise StoreError(_failed(error)) from error
        if state is None:
            raise StoreError(no_store(self.folder))
        return state

    def context(self) -> Context:
        """The settings and definitions in force at this snapshot."""
        return read_context(self.connection)

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a small result. DuckDB's errors become StoreError."""
        try:
            return self.connection.execute(statement, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise StoreError(_failed(error)) from error

    def table(self, statement: str) -> pa.Table:
        """The result of a statement as columns. DuckDB's errors become StoreError."""
        try:
            return self.connection.sql(statement).to_arrow_table()
        except duckdb.Error as error:
            raise StoreError(_failed(error)) from error

    @contextmanager
    def lent(self, name: str, table: pa.Table) -> Iterator[None]:
        """Columns in memory that statements read under a name, as long as the block lasts."""
        self.connection.register(name, table)
        try:
            yield
        finally:
            self.connection.unregister(name)

    @contextmanager
    def alone(self, patience: float = 0.0) -> Iterator[bool]:
        """Whether nobody else has the store open, in any process or thread, or all have left it within so many seconds;
        if so, nobody opens it meanwhile."""
        assert self._presence is not None, "an open store"
        with self._presence.alone(patience) as nobody_else:
            yield nobody_else

    def close(self) -> None:
        """Once is enough, and twice does no harm."""
        self.connection.close()
        if self._database is not None:
            self._database.release("lake")
            self._database = None
        self.leave()

    def __enter__(self) -> Lake:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def no_store(folder: Path) -> Issue:
    return Issue(
        "store_missing",
        Text(f"Aucune donnée Cadran dans « {folder} ».", f'There is no Cadran store in "{folder}".'),
        Text("Créez-la avec cadran init.", "Create one with cadran init."),
    )


def _already_there(folder: Path) -> Issue:
    return Issue(
        "store_exists",
        Text(f"« {folder} » contient déjà des données Cadran.", f'"{folder}" already holds a Cadran store.'),
        Text("Choisissez un autre dossier.", "Choose another folder."),
    )


def no_snapshot(snapshot: int) -> Issue:
    return Issue(
        "snapshot_unknown",
        Text(f"L’état n° {snapshot} des données n’existe pas.", f"Snapshot {snapshot} does not exist."),
        Text("Consultez la liste avec cadran imports list.", "See cadran imports list."),
    )


def _opened_read_only() -> Issue:
    return Issue(
        "store_read_only",
        Text("Les données sont ouvertes en lecture seule.", "The store is open for reading only."),
    )


def _failed(error: duckdb.Error) -> Issue:
    reason = " ".join(str(error).split())
    return Issue(
        "store_failed",
        Text(f"Les données n’ont pas pu être lues ou écrites : {reason}", f"The store could not be used: {reason}"),
        Text(
            "Rien n’a été modifié. Vérifiez l’espace disque et les droits sur le dossier, puis réessayez.",
            "Nothing was changed. Check the disk space and the folder’s permissions, then try again.",
        ),
    )
