"""A company's own warehouse through ADBC: read in place, in one read-only transaction, whole answers as Arrow.

PostgreSQL is written out and tested (`postgresql.py`). Any other ADBC driver connects by its package's name and is
spoken to in its sqlglot dialect as it is.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from sqlglot import exp

from cadran.engines import postgresql
from cadran.engines.engine import Scan
from cadran.engines.failures import cannot_connect, failed, no_driver, not_written
from cadran.engines.numerics import with_decimals
from cadran.errors import EngineError
from cadran.planner.sql import ours

if TYPE_CHECKING:
    import pyarrow

# URL scheme -> the driver's package, the dialect, and what a reader knows the engine by.
_KNOWN = {
    "postgresql": ("adbc_driver_postgresql", "postgres", "PostgreSQL"),
    "postgres": ("adbc_driver_postgresql", "postgres", "PostgreSQL"),
}
# DuckDB's own functions that the planner writes: only a dialect with a file of its own has words for them.
_DUCKDB_ONLY = frozenset({"list", "list_value", "range", "unnest", "to_days"})
_URL = re.compile(r"[a-z][a-z0-9+.-]*://")
_COLUMN = re.compile(r"(?:\w+\.)?[^\W\d]\w*")
_SCANS = re.compile(r"(?:Seq|Index|Index Only|Bitmap Heap|Foreign|Tid|Sample) Scan")


class AdbcEngine:
    """One connection to a warehouse, and one transaction in it that can only read. Statements of several threads wait
    for each other."""

    def __init__(self, connection: Any, name: str, dialect: str, place: str) -> None:
        self._connection, self._name, self._dialect, self._place = connection, name, dialect, place
        self._guard = threading.Lock()
        self._running: Any = None

    @classmethod
    def connect(cls, url: str, driver: str | None = None, dialect: str | None = None) -> Self:
        """Raises EngineError, which never repeats the address: it may hold a password."""
        scheme, place = _place(url)
        package, spoken, name = _KNOWN.get(scheme, (driver or "", dialect or "", scheme or driver or ""))
        package, spoken = driver or package, dialect or spoken
        if not package or not spoken or find_spec(package) is None or find_spec("adbc_driver_manager") is None:
            raise EngineError(no_driver(scheme, package))
        from adbc_driver_manager import Error, dbapi

        library = import_module(package)._driver_path()
        try:
            connection = dbapi.connect(driver=library, db_kwargs={"uri": url})
        except Error as error:
            raise EngineError(cannot_connect(place, str(error))) from None
        engine = cls(connection, name, spoken, place)
        if spoken == "postgres":
            engine._settle()
        return engine

    def _settle(self) -> None:
        """Whatever is sent from now on is refused if it writes, and all of it sees one state of the data."""
        for statement in postgresql.SESSION:
            self._run(statement, lambda cursor: None)
            self._connection.commit()

    def close(self) -> None:
        """Nothing is committed."""
        with self._guard:
            self._connection.close()

    @property
    def name(self) -> str:
        return self._name

    @property
    def dialect(self) -> str:
        return self._dialect

    @property
    def lacks(self) -> frozenset[str]:
        """PostgreSQL lacks nothing; of another engine nothing is known but that its dialect has no file here."""
        return frozenset() if self._dialect == "postgres" else _DUCKDB_ONLY

    def written(self, statement: exp.Expr, *, pretty: bool = False) -> str:
        """A statement in the engine's words. Raises EngineError for one it has no words for."""
        if self._dialect == "postgres":
            return postgresql.written(statement, pretty=pretty)
        foreign = {node.name.lower() for node in ours(statement) if isinstance(node, exp.Anonymous)} & self.lacks
        if foreign:
            raise EngineError(not_written(self._name, foreign))
        return statement.sql(dialect=self._dialect, pretty=pretty)

    def query(self, statement: exp.Expr | str) -> pyarrow.Table:
        """The whole result of one statement. Raises EngineError."""
        sql = statement if isinstance(statement, str) else self.written(statement)
        return with_decimals(self._run(sql, lambda cursor: cursor.fetch_arrow_table()))

    def scans(self, statement: exp.Expr | str) -> tuple[Scan, ...]:
        """The tables it would read to answer one statement, each as often as it is read. Raises EngineError."""
        sql = statement if isinstance(statement, str) else self.written(statement)
        if self._dialect != "postgres":
            raise EngineError(not_written(self._name, {"EXPLAIN"}))
        (told,) = self._run(f"EXPLAIN (VERBOSE, FORMAT JSON) {sql}", lambda c: c.fetchone(), copy=False)
        return tuple(scan for each in json.loads(told) for scan in _scans(each["Plan"]))

    def interrupt(self) -> None:
        """Stop the statement that is running, in whatever thread."""
        running = self._running
        if running is not None:
            running.adbc_cancel()

    def _run(self, sql: str, fetch: Callable[[Any], Any], *, copy: bool = True) -> Any:
        from adbc_driver_manager import Error

        with self._guard:
            cursor = self._connection.cursor()
            try:
                if not copy:
                    cursor.adbc_statement.set_options(**{postgresql.COPY: "false"})
                self._running = cursor
                cursor.execute(sql)
                return fetch(cursor)
            except Error as error:
                with suppress(Error):  # the transaction is spoilt; where the connection is gone there is none
                    self._connection.rollback()
                raise EngineError(failed(self._name, self._place, str(error))) from error
            finally:
                self._running = None
                cursor.close()


def _place(url: str) -> tuple[str, str]:
    """The scheme, and the host and base as they may be shown: without user, password and parameters. Neither for what
    is no URL, and no place where a sign that parts addresses stands in the password: it cannot be told apart."""
    if not _URL.match(url):
        return "", ""
    scheme = url.partition("://")[0].split("+")[0]
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or 'localhost'}{parts.path}".rstrip("/")
    except ValueError:
        return scheme, ""
    is_parted = "@" in parts.path or ("@" not in parts.netloc and "@" in url)
    return scheme, "" if is_parted else place


def _scans(node: Mapping[str, Any]) -> Iterator[Scan]:
    """The readings of tables in a node of a plan and those below it."""
    if "Relation Name" in node and _SCANS.fullmatch(node["Node Type"]):
        conditions = [node[key] for key in ("Index Cond", "Recheck Cond", "Filter") if key in node]
        columns = tuple(name.rpartition(".")[2] for name in node.get("Output", ()) if _COLUMN.fullmatch(name))
        yield Scan(node["Relation Name"], columns, tuple(conditions), int(node["Plan Rows"]))
    for below in node.get("Plans", ()):
        yield from _scans(below)
