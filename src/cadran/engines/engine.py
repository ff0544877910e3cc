"""What an engine must do: answer one statement with one Arrow table, and say what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Scan:
    """One reading of a table: the columns handed on, the conditions on rows, and the engine's estimate of the rows
    that meet them."""

    table: str
    columns: tuple[str, ...]
    conditions: tuple[str, ...]
    rows: int


class Engine(Protocol):
    """An engine that the planner's SQL runs on. Safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """What a reader knows it by: "DuckDB"."""

    @property
    def dialect(self) -> str:
        """The sqlglot dialect its SQL is written in."""

    @property
    def lacks(self) -> frozenset[str]:
        """The functions of the formula grammar it cannot run, by name."""

    def written(self, statement: exp.Expr, *, pretty: bool = False) -> str:
        """A statement as it is sent: in the engine's own words. Raises EngineError for one it has no words for."""

    def query(self, statement: exp.Expr | str) -> pyarrow.Table:
        """The whole result of one statement. Raises EngineError, with the engine's message in one line."""

    def scans(self, statement: exp.Expr | str) -> tuple[Scan, ...]:
        """What it would read to answer one statement, which is planned and not run. Raises EngineError."""

    def interrupt(self) -> None:
        """Stop the queries that are running, in whatever thread: they raise EngineError."""
