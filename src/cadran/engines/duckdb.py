"""DuckDB, inside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from cadran.errors import EngineError, Issue, Text

if TYPE_CHECKING:
    import pyarrow as pa


class DuckDBEngine:
    """The engine over one connection; each query has a cursor of its own, so threads may share it."""

    name = "duckdb"
    dialect = "duckdb"
    lacks: frozenset[str] = frozenset()

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def query(self, statement: exp.Expr | str) -> pa.Table:
        """Always materialised: a streamed result of a large union can wait for ever."""
        text = statement if isinstance(statement, str) else statement.sql(dialect=self.dialect)
        cursor = self._connection.cursor()
        try:
            relation = cursor.sql(text)
            return relation.to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(_failed(error)) from error
        finally:
            cursor.close()


def _failed(error: duckdb.Error) -> Issue:
    line = str(error).splitlines()[0]
    return Issue(
        "query_failed", Text(f"Le moteur DuckDB a refusé la requête : {line}", f"DuckDB refused the query: {line}")
    )
