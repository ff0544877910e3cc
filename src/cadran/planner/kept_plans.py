"""What was planned before, found again as long as what it was planned by looks the same.

Resolving a question and writing its statements takes a tenth of answering it, and longer than asking them of few rows.
Both depend on the question, on whoever reads the answer, on the company's choices, and on what is known of some tables
as a whole: whether every line has an order, which currencies there are, how far the days go (`Context.look`). Most
imports change nothing of that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlglot import exp

from cadran.catalogue.loader import Catalogue
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution, Resolver
from cadran.planner.rows import Reach
from cadran.planner.sources import Context
from cadran.planner.to_sql import statement
from cadran.settings import Settings

_MOST = 1024  # plans; one is some ten to a hundred kilobytes
_T = TypeVar("_T")


@dataclass(frozen=True)
class Written:
    """A statement's text, the stored tables that it reads, each as often as it does, and the columns it names."""

    text: str
    read: tuple[str, ...]
    columns: frozenset[str]


@dataclass(frozen=True)
class _Kept(Generic[_T]):
    """A plan, and the `looks` of the tables by which it was made."""

    plan: _T
    looks: Mapping[str, Hashable]

    def holds(self, context: Context) -> bool:
        return all(context.look(table) == look for table, look in self.looks.items())


class KeptPlans:
    """The latest `most` plans for one engine; those found least recently leave first. Safe to use from several threads
    at once."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Kept[Any]] = OrderedDict()
        self._guard = threading.Lock()

    def resolution(self, request: Request, catalogue: Catalogue, settings: Settings, context: Context) -> Resolution:
        """Raises RequestError, FormulaError."""

        def resolved(context: Context) -> Resolution:
            return Resolver(request, catalogue, settings, context).resolve()

        asked = request, catalogue, settings.company, settings.thresholds, context.choices
        return self._found(asked, context, resolved)

    def statement(self, write: Callable[[exp.Expr], str], batch: Batch, context: Context, reach: Reach) -> Written:
        """`write`: how the engine writes a statement."""

        def written(context: Context) -> Written:
            return _written(write, statement(batch, context, reach))

        return self._found((batch, reach, context.choices), context, written)

    def _found(self, asked: Hashable, context: Context, plan: Callable[[Context], _T]) -> _T:
        with self._guard:
            kept: _Kept[_T] | None = self._kept.get(asked)
            if kept is not None:
                self._kept.move_to_end(asked)
        if kept is None or not kept.holds(context):
            looking = replace(context, looked_at=set())
            made = plan(looking)
            kept = _Kept(made, {table: context.look(table) for table in looking.looked_at})
            with self._guard:
                self._kept[asked] = kept
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return kept.plan


def _written(write: Callable[[exp.Expr], str], query: exp.Expr) -> Written:
    nodes = tuple(query.find_all(exp.Table, exp.Column))
    return Written(
        write(query),
        tuple(node.name for node in nodes if isinstance(node, exp.Table) and node.db),
        frozenset(node.name for node in nodes if isinstance(node, exp.Column)),
    )
