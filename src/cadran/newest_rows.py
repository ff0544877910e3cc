"""The newest of the rows behind a number, and what all of them come to, without fetching the others.

All are counted by day, from the few columns that this needs; the newest are then read from the days they stand in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from cadran.access import Viewer
from cadran.behind import Part, all_listed, named_rows
from cadran.directory import REP
from cadran.planner.behind import FLAGS
from cadran.planner.request import Request
from cadran.session import Session, session
from cadran.workspace import Workspace
from cadran.written_ids import WrittenIds


@dataclass(frozen=True)
class Newest:
    """Some of the rows behind a number, the newest first; how many there are in all and of each flag, and what the
    amounts of all add up to, each by the share that is credited (None where they hold no amount, or are those of
    several KPIs)."""

    rows: pa.Table
    count: int
    amount: Decimal | None
    flagged: Mapping[str, int] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        return int(self.rows.nbytes)


def newest_behind(
    workspace: Workspace,
    request: Request,
    viewer: Viewer,
    newest: int,
    *,
    scope: str | None = None,
    scope_id: str | None = None,
    level: str = REP,
    written: WrittenIds | None = None,
) -> Newest:
    """The end of what `rows_behind` lists, as many rows as are asked for, read from the last one up. `written`: the
    texts of ids that earlier questions to this store needed, for not having to read them again."""
    written = WrittenIds() if written is None or request.known_on is not None else written
    request = replace(request, compare=frozenset(), intervals=False)
    with session(workspace, request) as opened:
        return put_together(_lists(opened, request, viewer, (scope, scope_id, level), newest, written), newest)


def _lists(
    opened: Session, request: Request, viewer: Viewer, part: Part, newest: int, written: WrittenIds
) -> Iterator[tuple[str, pa.Table, pa.Table]]:
    for kpi, reading, listed in all_listed(opened, request, viewer, part):
        totals = opened.engine.query(listed.totals())
        since = _first_day_of(totals, newest)
        recent = listed if since is None else listed.since(since)
        rows = written.in_place_of(listed.numbered, opened.engine.query(recent.newest(newest)), opened.engine)
        yield kpi.id, named_rows(rows, kpi, reading), totals


def put_together(lists: Iterable[tuple[str, pa.Table, pa.Table]], newest: int) -> Newest:
    """What several lists come to, each given with the KPI it is of, its newest rows and what counts all of them."""
    found, counted = Newest(pa.table({}), 0, None), set()
    for kpi, rows, totals in lists:
        found = _united(found, rows, totals, newest)
        counted |= {kpi} if pc.sum(totals.column("lines")).as_py() else set()
    return found if len(counted) < 2 else replace(found, amount=None)


def _first_day_of(totals: pa.Table, newest: int) -> date | None:
    """The day that the newest rows begin on; None where it is not told for all, or there are not that many."""
    if "day" not in totals.column_names or totals.column("day").null_count:
        return None
    lines = 0
    for day, of_day in sorted(zip(*(totals.column(name).to_pylist() for name in ("day", "lines")), strict=True))[::-1]:
        lines += of_day
        if lines >= newest:
            found: date = day
            return found
    return None


def _united(found: Newest, rows: pa.Table, totals: pa.Table, newest: int) -> Newest:
    """With the rows of another list, which stand after those found."""
    sums = {
        name: pc.sum(totals.column(name)).as_py() for name in ("lines", "amount", *FLAGS) if name in totals.column_names
    }
    amount = found.amount
    if "amount" in sums:
        amount = (amount or Decimal(0)) + (sums["amount"] or Decimal(0))
    flagged = {flag: found.flagged.get(flag, 0) + (sums[flag] or 0) for flag in FLAGS}
    united = pa.concat_tables([rows, found.rows], promote_options="permissive").slice(0, newest)
    return Newest(united, found.count + (sums["lines"] or 0), amount, flagged)
