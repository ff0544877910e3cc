"""The plan of a request: frozen steps, each turned into SQL by `to_sql`.

    Batch       one statement: the rows of one source and date role, read once
      └ Stage   the rows gathered by an entity (client, order ...) or by nothing, at every level
          └ Reader   what is read off the gathered rows: plain aggregates, pairs of windows, ranks

Rows of a batch (a flow on sales.sold_on, two windows, levels rep and team):

    bucket | rep | team | account_id | amount
    -------+-----+------+------------+-------
         0 |   7 |    2 |         41 | 120.00
         0 |   7 |    2 |         41 |  80.00

after the stage gathered by account_id with the partial p0 = sum(amount), at level rep:

    bucket | rep | account_id | p0
    -------+-----+------------+-------
         0 |   7 |         41 | 200.00

and read plainly (o0 = sum(p0), o1 = count(account_id)): one row per bucket and rep. The level above is gathered from
this level, so a distinct count is a count at every level.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cadran.periods.period import Period
from cadran.planner.sql import Expr

LEVELS = ("company", "team", "rep")


class Mode(StrEnum):
    """How rows come into a window: dated in it, open at its end, in force at its start or its end, or without date."""

    FLOW = "flow"
    STOCK = "stock"
    OPENING = "opening"
    UNDATED = "undated"


@dataclass(frozen=True)
class Partial:
    """An aggregate over rows that can be gathered again: sum, count, min, max, bit_or (or count_distinct, which
    cannot)."""

    name: str
    function: str
    argument: Expr | None
    where: Expr | None

    @property
    def regathers(self) -> bool:
        return self.function != "count_distinct"


@dataclass(frozen=True)
class Output:
    """A named aggregate over the gathered rows: one number per level, unit, dimensions and window."""

    name: str
    value: Expr


@dataclass(frozen=True)
class Reader:
    """What is read off a stage. `pairs` = (window, base window): the entities of the base window beside the same
    ones in the window, as `before_*` and `now_*`. `ranked_by` = a partial: entities get their `rank` by it."""

    outputs: tuple[Output, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    active: Expr | None = None
    ranked_by: str | None = None


@dataclass(frozen=True)
class Stage:
    """Rows gathered by an entity column, or by nothing. A `direct` stage gathers each level from the rows.

    `marks`: the entities are gathered over all windows at once, one row each; whether a mark was seen in a window is a
    bit, and readers name it as a column. `looked_up`: columns of the entity itself, found beside its rows.
    """

    entity: str | None
    partials: tuple[Partial, ...]
    readers: tuple[Reader, ...]
    direct: bool = False
    marks: tuple[Mark, ...] = ()
    looked_up: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """What rows must be for their entity to be seen in a window (`where`). Its bits lie in `words`, partials that hold
    62 windows each, in the order of the windows' numbers."""

    name: str
    where: Expr
    words: tuple[str, ...]


@dataclass(frozen=True)
class Collapse:
    """A first gathering of the rows, before windows and teams: by `keys`, the day, the rep and the dimensions. `by`:
    the one key that tells the others, the day and the rep; rows are then gathered by it and the dimensions alone."""

    keys: tuple[str, ...]
    partials: tuple[Partial, ...]
    by: str | None = None


@dataclass(frozen=True)
class Window:
    """A numbered window of days, cut at the evening of `as_of`."""

    bucket: int
    period: Period


@dataclass(frozen=True)
class Batch:
    """Everything one statement answers. `wanted` are the source's columns by full name. With a `collapse` the stages
    read what was gathered first."""

    source: str
    mode: Mode
    on: str
    closes: str | None
    wanted: frozenset[str]
    where: Expr | None
    dimensions: tuple[str, ...]
    levels: tuple[str, ...]
    windows: tuple[Window, ...]
    stages: tuple[Stage, ...]
    weighted: bool = False
    collapse: Collapse | None = None


@dataclass(frozen=True)
class Term:
    """Arithmetic over outputs: `tree` names outputs as columns. `money` when it is an exact sum of amounts."""

    tree: Expr
    money: bool = False


@dataclass(frozen=True)
class KpiPlan:
    """How one KPI's numbers are read off its batch's outputs. `values` names the output that lists single values,
    as (numerator, denominator) pairs, where an interval is drawn from them. Of the batch's rows, those that meet
    `where` and not `left_out` are counted, and in the numerator of a cohort only those that also meet `soon`.
    `pairs`: a retention's windows, each with its base window."""

    kpi: str
    batch: int
    numerator: Term
    denominator: Term | None
    sample: Term | None
    extras: tuple[tuple[str, Term], ...] = ()
    values: str | None = None
    where: Expr | None = None
    left_out: Expr | None = None
    soon: Expr | None = None
    pairs: tuple[tuple[int, int], ...] = ()
