"""The newest of the rows behind each rep's number, read together: little more work than those of a few reps.

All are counted by rep and day; then the days are read that the newest of every rep stand in, if they do not hold too
much. A rep whose newest go further back is left to be asked for alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cadran.access import Viewer, Visible
from cadran.behind import all_listed, named_rows
from cadran.catalogue.kpi import Kpi
from cadran.directory import REP
from cadran.engines.duckdb import DuckDBEngine
from cadran.engines.engine import Engine
from cadran.newest_rows import Newest, put_together
from cadran.planner.behind import Listed
from cadran.planner.request import Request
from cadran.readings import Reading
from cadran.session import session
from cadran.workspace import Workspace
from cadran.written_ids import WrittenIds

MOST_ROWS = 300_000  # to be read of one list
_NOBODY = -1


@dataclass(frozen=True)
class _List:
    """The newest rows of one of the lists that a number's rows stand in, rep after rep, with the store's numbers for
    ids, and what counts all rows of each. `places`: the first of a rep's rows, and how many there are."""

    kpi: Kpi
    reading: Reading
    numbered: Mapping[str, str]
    rows: pa.Table
    schema: pa.Schema
    totals: pa.Table
    places: Mapping[int, tuple[int, int]]

    def has(self, rep: str) -> bool:
        return self._number(rep) in self.places

    def of(self, rep: str, written: WrittenIds, engine: Engine) -> tuple[str, pa.Table, pa.Table]:
        number = self._number(rep)
        rows = written.in_place_of(self.numbered, self.rows.slice(*self.places[number]).cast(self.schema), engine)
        totals = self.totals.filter(pc.equal(self.totals.column("rep_number"), number))
        return self.kpi.id, named_rows(rows, self.kpi, self.reading), totals

    def _number(self, rep: str) -> int:
        return self.reading.directory.rep_keys.get(rep, _NOBODY)


@dataclass(frozen=True)
class NewestOfEach:
    """Up to `count` rows of each rep whom somebody may see, as `newest_behind` gives them for one. Of nobody, where
    nothing is told together."""

    lists: tuple[_List, ...] = ()
    visible: Visible | None = None
    count: int = 0

    @property
    def nbytes(self) -> int:
        return sum(each.rows.nbytes + each.totals.nbytes for each in self.lists)

    def of(self, workspace: Workspace, rep: str, count: int, written: WrittenIds) -> Newest | None:
        """None for a rep who is not among them, or for more rows than are known: to be asked for alone."""
        is_there = self.lists and self.visible and self.visible.holds(REP, rep) and count <= self.count
        if not is_there or not all(each.has(rep) for each in self.lists):
            return None
        with workspace.lake() as lake:
            engine = DuckDBEngine(lake.connection)
            return put_together([each.of(rep, written, engine) for each in self.lists], count)


def newest_of_each(workspace: Workspace, request: Request, viewer: Viewer, count: int) -> NewestOfEach:
    """Of nobody where what is listed of a rep depends on more than each row, or the rows are too many to read. Raises
    what `newest_behind` raises."""
    request = replace(request, compare=frozenset(), intervals=False)
    found = []
    with session(workspace, request) as opened:
        for kpi, reading, listed in all_listed(opened, request, viewer, (None, None, REP)):
            read = _read(opened.engine, kpi, reading, listed, count)
            if read is None:
                return NewestOfEach()
            found.append(read)
        return NewestOfEach(tuple(found), opened.visible(viewer), count)


def _read(engine: Engine, kpi: Kpi, reading: Reading, listed: Listed, count: int) -> _List | None:
    if listed.day is None:
        return None
    listed = listed.of_reps()
    totals = engine.query(listed.totals(of_each=True))
    if not totals.num_rows or totals.column("day").null_count:
        return None
    reach = _reach(totals)
    if reach is None:
        return None
    begun = _begun_on(totals, count)
    since = max(min(begun.values()), reach)
    rows, places = _rep_after_rep(engine.query(listed.since(since).newest()), count)
    whole = {rep: place for rep, place in places.items() if begun[rep] >= since}
    return _List(kpi, reading, listed.numbered, _slim(rows), rows.schema, _of_all_days(totals), whole)


def _reach(totals: pa.Table) -> date | None:
    """How far back the rows may be read; None where those of the last day are too many already."""
    by_day = totals.group_by("day").aggregate([("lines", "sum")]).sort_by([("day", "descending")])
    days = int(np.searchsorted(np.cumsum(by_day.column("lines_sum").to_numpy()), MOST_ROWS, "right"))
    found: date | None = by_day.column("day")[days - 1].as_py() if days else None
    return found


def _of_all_days(totals: pa.Table) -> pa.Table:
    summed = [name for name in totals.column_names if name not in ("day", "rep_number")]
    found = totals.group_by("rep_number").aggregate([(name, "sum") for name in summed])
    return found.rename_columns([name.removesuffix("_sum") for name in found.column_names])


def _begun_on(totals: pa.Table, count: int) -> dict[int, date]:
    """The day that the newest rows of each rep begin on, `count` of them or all there are."""
    by_day = totals.sort_by([("rep_number", "ascending"), ("day", "descending")])
    reps, lines = (by_day.column(name).to_numpy().astype(np.int64) for name in ("rep_number", "lines"))
    firsts = np.flatnonzero(np.diff(reps, prepend=reps[0] - 1))
    so_far = np.cumsum(lines)
    before = np.repeat(so_far[firsts] - lines[firsts], np.diff(firsts, append=len(reps)))
    at = np.where(so_far - before >= count, np.arange(len(reps)), len(reps))
    lasts = np.append(firsts[1:], len(reps)) - 1
    begins = np.minimum(np.minimum.reduceat(at, firsts), lasts)
    return dict(zip(reps[firsts].tolist(), by_day.column("day").take(begins).to_pylist(), strict=True))


def _rep_after_rep(rows: pa.Table, count: int) -> tuple[pa.Table, dict[int, tuple[int, int]]]:
    """Up to `count` of each rep's, as they come; the first of each rep's, and how many there are."""
    reps = rows.column("rep_number").to_numpy().astype(np.int64)
    order = np.argsort(reps, kind="stable")
    ranked = reps[order]
    place = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    kept = ranked[place < count]
    each, firsts, lengths = np.unique(kept, return_index=True, return_counts=True)
    places = dict(zip(each.tolist(), zip(firsts.tolist(), lengths.tolist(), strict=True), strict=True))
    return rows.take(order[place < count]).combine_chunks(), places


def _slim(rows: pa.Table) -> pa.Table:
    """Columns of nothing hold no room."""
    columns = {name: rows.column(name) for name in rows.column_names}
    return pa.table(
        {name: pa.nulls(len(each)) if each.null_count == len(each) else each for name, each in columns.items()}
    )
