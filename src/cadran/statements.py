"""Statements written before, found again as long as what they were written by looks the same.

A statement depends on the batch, on whoever reads it, on the company's choices, and on what is known of some tables as
a whole: whether every line has an order, which currencies there are, how far the days go (`Context.look`). Most
imports change nothing of that, and writing one takes as long as asking it of few rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.planner.plan import Batch
from cadran.planner.rows import Reach
from cadran.planner.sources import Context
from cadran.planner.to_sql import statement

Planned: TypeAlias = tuple[Batch, Reach, tuple[Hashable, ...]]  # all that makes a text, but the look of some tables


@dataclass(frozen=True)
class Written:
    """A statement's text, the stored tables that it reads, each as often as it does, the columns it names, and the
    `looks` of the tables by which it was written."""

    text: str
    read: tuple[str, ...]
    columns: frozenset[str]
    looks: Mapping[str, Hashable]

    @property
    def tables(self) -> frozenset[str]:
        """The tables that it depends on."""
        return frozenset({*self.read, *self.looks})


class Statements:
    """Those written for an answer, and `before`, for an earlier one."""

    def __init__(self, before: Mapping[Planned, Written]) -> None:
        self._before = before
        self.written: dict[Planned, Written] = {}

    def known(self, batch: Batch, context: Context, reach: Reach) -> Written | None:
        """The one of an earlier answer, whatever its tables look like now."""
        return self._before.get((batch, reach, context.choices))

    def of(self, engine: Engine, batch: Batch, context: Context, reach: Reach) -> Written:
        found = self.known(batch, context, reach)
        if found is None or any(context.look(table) != look for table, look in found.looks.items()):
            found = _written(engine, batch, context, reach)
        return self.keep(batch, context, reach, found)

    def keep(self, batch: Batch, context: Context, reach: Reach, written: Written) -> Written:
        self.written[batch, reach, context.choices] = written
        return written


def _written(engine: Engine, batch: Batch, context: Context, reach: Reach) -> Written:
    context = replace(context, looked_at=set())
    query = statement(batch, context, reach)
    nodes = tuple(query.find_all(exp.Table, exp.Column))
    return Written(
        engine.written(query),
        tuple(node.name for node in nodes if isinstance(node, exp.Table) and node.db),
        frozenset(node.name for node in nodes if isinstance(node, exp.Column)),
        {table: context.look(table) for table in context.looked_at},
    )
