"""A company's Spark, through Spark Connect: read in place, whole answers as Arrow. Nothing is ever written to it.

The package is large: it is imported when a connection is made, and its own log, which prints whole traces, is silent.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlglot import exp

from cadran.engines import spark_sql
from cadran.engines.engine import Scan
from cadran.engines.failures import (
    NO_PLAN,
    NO_SPARK,
    ONLY_QUESTIONS,
    interrupted,
    lost,
    token_refused,
    unanswered,
    unreachable,
)
from cadran.errors import EngineError, Issue

if TYPE_CHECKING:
    import pyarrow

T = TypeVar("T")
_NUMBERS = count()

SPARK = "sc://"  # how an address of Spark Connect begins
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")  # they print whole traces
_GONE = ("UNAVAILABLE", "DEADLINE_EXCEEDED")
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
# What a condition names that may be repeated: a table or a column.
_NAMES = {
    "TABLE_OR_VIEW_NOT_FOUND": ("relationName",),
    "UNRESOLVED_COLUMN": ("objectName",),
    "UNRESOLVED_ROUTINE": ("routineName",),
}
_NAME = re.compile(r"(?:`[\w $-]+`|[\w$-]+)(?:\.(?:`[\w $-]+`|[\w$-]+))*")
_ADDRESS = re.compile(r"sc://((?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d+)?)/?(?:;.*)?")
_CANCELLED = ("OPERATION_CANCELED", "OPERATION_CANCELLED", "SPARK_JOB_CANCELLED")


class SparkEngine:
    """One session of a Spark Connect server. Several threads may ask at once: the server runs them side by side."""

    name = "Spark"
    dialect = spark_sql.DIALECT
    lacks: frozenset[str] = frozenset()

    def __init__(self, session: Any, place: str) -> None:
        self._session, self._place = session, place

    @classmethod
    def connect(cls, url: str) -> Self:
        """Raises EngineError, which never repeats the address: it may hold a token."""
        place = _place(url)
        engine = cls(_opened(url, place), place)
        try:
            engine._asked(engine._settle, opening=True)
        except EngineError:
            engine.close()
            raise
        return engine

    def _settle(self) -> None:
        for name, value in spark_sql.SETTINGS.items():
            self._session.conf.set(name, value)

    def close(self) -> None:
        """The session ends on the server too, with all that it holds there."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._session.stop()

    def written(self, statement: exp.Expr, *, pretty: bool = False) -> str:
        """A statement in Spark's words."""
        return spark_sql.written(statement, pretty=pretty)

    def query(self, statement: exp.Expr | str) -> pyarrow.Table:
        """The whole result of one statement. Raises EngineError."""
        if not (isinstance(statement, exp.Query) or (isinstance(statement, str) and spark_sql.is_question(statement))):
            raise EngineError(ONLY_QUESTIONS)
        if isinstance(statement, str):
            return self._asked(lambda: self._session.sql(statement).toArrow())
        parts = spark_sql.staged(statement, f"{next(_NUMBERS)}")
        return self._asked(lambda: self._in_stages(parts))

    def _in_stages(self, parts: spark_sql.Staged) -> pyarrow.Table:
        """What is read several times is kept while the statement runs, by Spark's own cache: what a worker loses of it
        is computed again."""
        kept = []
        try:
            for name, sql, is_kept in parts.views:
                frame = self._session.sql(sql)
                if is_kept:
                    kept.append(frame.persist())
                frame.createOrReplaceTempView(name)
            return self._session.sql(parts.last).toArrow()
        finally:
            for frame in kept:
                frame.unpersist()
            for name, _, _ in parts.views:
                self._session.catalog.dropTempView(name)

    def scans(self, statement: exp.Expr | str) -> tuple[Scan, ...]:
        """Refused: Spark does not tell beforehand how many rows it would read."""
        raise EngineError(NO_PLAN)

    def interrupt(self) -> None:
        """Stop the statements that are running, in whatever thread."""
        self._session.interruptAll()

    def _asked(self, question: Callable[[], T], *, opening: bool = False) -> T:
        from grpc import RpcError
        from pyspark.errors import PySparkException

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return question()
        except PySparkException as error:
            raise EngineError(_told(error, self._place, opening=opening)) from None
        except RpcError as error:  # of the wire itself, before Spark's client has made anything of it
            raise EngineError(_of_wire(error, self._place, opening=opening)) from None


def _opened(url: str, place: str) -> Any:
    """A session, and the few attempts it makes where the network fails. Its package is whole only with others that it
    looks for when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pyspark.errors import PySparkException
            from pyspark.logger import PySparkLogger
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.logging import logger
            from pyspark.sql.connect.session import SparkSession
        except ImportError:
            raise EngineError(NO_SPARK) from None
        for each in (logger, *(PySparkLogger.getLogger(name) for name in _LOGGERS)):
            each.setLevel(logging.CRITICAL)
        try:
            session = SparkSession(url)
        except (PySparkException, ValueError):
            raise EngineError(unreachable(place)) from None
    session.client.set_retry_policies([DefaultPolicy(max_retries=4, initial_backoff=100, max_backoff=2000)])
    return session


def _place(url: str) -> str:
    """The host and port as they may be shown; "" where what stands there may be part of a token instead."""
    found = _ADDRESS.fullmatch(url)
    return found[1] if found else ""


def _told(error: Any, place: str, *, opening: bool) -> Issue:
    """Why there is no answer."""
    status = _status(error, "getGrpcStatusCode")
    condition, said = error.getCondition() or "", str(error)
    if status in _REFUSED:
        return token_refused(place)
    if opening:
        return unreachable(place)
    if condition.startswith(_CANCELLED) or any(sign in said for sign in _CANCELLED):
        return interrupted()
    if status in _GONE or condition.startswith("INVALID_HANDLE"):
        return lost(place)
    return unanswered("Spark", _reason(error), error.getSqlState() or "")


def _of_wire(error: Any, place: str, *, opening: bool) -> Issue:
    if _status(error, "code") in _REFUSED:
        return token_refused(place)
    return unreachable(place) if opening else lost(place)


def _status(error: Any, asked: str) -> str:
    """The name of the wire's status, which an error tells when it is `asked`; "" where it knows none."""
    return str(getattr(getattr(error, asked, lambda: None)(), "name", ""))


def _reason(error: Any) -> str:
    """The condition by its name, and the table or column it speaks of. Of the rest of a message nothing: it quotes SQL,
    with the values in it. Nor of a table that is named by its path: a path may hold a key."""
    condition = error.getCondition() or type(error).__name__
    given = error.getMessageParameters() or {}
    named = next((given[name] for name in _NAMES.get(condition.partition(".")[0], ()) if given.get(name)), "")
    return f"{condition} {named}" if _NAME.fullmatch(named) else condition
