"""What an engine must do: answer a statement with an Arrow table, or say in one line why it could not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

if TYPE_CHECKING:
    import pyarrow as pa


class Engine(Protocol):
    """An engine that runs the planner's statements. `lacks` names the features it has not got."""

    name: str
    dialect: str
    lacks: frozenset[str]

    def query(self, statement: exp.Expr | str) -> pa.Table:
        """The whole result. Raises EngineError with the engine's own message."""
        ...
