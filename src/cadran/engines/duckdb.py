"""DuckDB, the engine that is built in: one database per process, a connection or cursor per thread.

A result is always materialised with `sql(...).to_arrow_table()`. Streaming one (`execute(...)`, then fetching) can hang
for ever on a large UNION ALL: its threads fall asleep and nothing wakes them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import duckdb
from sqlglot import exp

from cadran.engines.engine import Scan
from cadran.errors import EngineError, Issue, Text

if TYPE_CHECKING:
    import pyarrow


class DuckDBEngine:
    """DuckDB behind `connection`, whose `threads` and `memory_limit` its owner has set. Close nothing here: the
    connection belongs to the lake, or to whoever opened it."""

    name = "DuckDB"
    dialect = "duckdb"
    lacks: frozenset[str] = frozenset()

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._own = threading.local()
        self._own.cursor = connection
        self._cursors = WeakSet([connection])
        self._guard = threading.Lock()

    def query(self, statement: exp.Expr | str) -> pyarrow.Table:
        """The whole result of one statement, on this thread's cursor. Raises EngineError."""
        return self._result(self._text(statement))

    def scans(self, statement: exp.Expr | str) -> tuple[Scan, ...]:
        """The tables it would read to answer one statement, each as often as it is read. Raises EngineError."""
        plan = self._result(f"EXPLAIN (FORMAT JSON) {self._text(statement)}").column("explain_value")[0].as_py()
        return tuple(scan for node in json.loads(plan) for scan in _scans(node))

    def written(self, statement: exp.Expr, *, pretty: bool = False) -> str:
        """A statement in DuckDB's words."""
        return statement.sql(dialect=self.dialect, pretty=pretty, copy=False)

    def _text(self, statement: exp.Expr | str) -> str:
        return statement if isinstance(statement, str) else self.written(statement)

    def _result(self, sql: str) -> pyarrow.Table:
        try:
            relation = self.cursor.sql(sql)
            if relation is None:
                raise EngineError(_no_question())
            return relation.to_arrow_table()
        except duckdb.InterruptException as error:
            raise EngineError(_interrupted()) from error
        except duckdb.OutOfMemoryException as error:
            raise EngineError(_out_of_memory()) from error
        except duckdb.Error as error:
            raise EngineError(_failed(error)) from error

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The connection itself in the thread that made the engine (inside its transaction, if one is open), and a
        cursor of its own in any other."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._own, "cursor", None)
        if cursor is None:
            cursor = self._own.cursor = self._connection.cursor()
            with self._guard:
                self._cursors.add(cursor)
        return cursor

    def interrupt(self) -> None:
        """Stop the queries that are running, in whatever thread."""
        with self._guard:
            running = list(self._cursors)
        for cursor in running:
            cursor.interrupt()


def _scans(node: dict[str, Any]) -> Iterator[Scan]:
    """The readings of stored tables in a node of a plan and those below it."""
    told = node["extra_info"]
    if node["name"].strip().endswith("_SCAN") and "Table" in told:
        columns, conditions = (_listed(told.get(name, [])) for name in ("Projections", "Filters"))
        yield Scan(told["Table"], columns, conditions, int(told["Estimated Cardinality"]))
    for below in node["children"]:
        yield from _scans(below)


def _listed(told: str | list[str]) -> tuple[str, ...]:
    """A plan writes a list of one as its text."""
    return (told,) if isinstance(told, str) else tuple(told)


def _failed(error: duckdb.Error) -> Issue:
    reason = " ".join(str(error).split())
    return Issue(
        "engine_failed",
        Text(f"DuckDB n’a pas pu répondre : {reason}", f"DuckDB could not answer: {reason}"),
    )


def _out_of_memory() -> Issue:
    return Issue(
        "engine_out_of_memory",
        Text(
            "Le calcul demande plus de mémoire qu’il n’en reste au moteur.",
            "The computation needs more memory than the engine has left.",
        ),
        Text(
            "Réessayez dans un moment, réduisez la période ou le découpage, ou donnez-lui plus de mémoire ([web] "
            "answer_megabytes dans cadran.toml).",
            "Try again in a while, narrow the period or the breakdown, or give it more memory ([web] answer_megabytes "
            "in cadran.toml).",
        ),
    )


def _no_question() -> Issue:
    return Issue(
        "engine_no_question",
        Text("Seule une question (SELECT) peut être posée au moteur.", "The engine only takes a question (SELECT)."),
    )


def _interrupted() -> Issue:
    return Issue(
        "engine_interrupted",
        Text("Le calcul a été interrompu.", "The computation was interrupted."),
        Text("Réduisez la période ou le découpage.", "Narrow the period or the breakdown."),
    )
