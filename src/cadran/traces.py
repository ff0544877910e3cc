"""The rows behind numbers, at hand: somebody who pages, sorts and filters asks for the same rows again and again.

As with answers, the key is everything the rows depend on: the request, who asks, the scope, the newest snapshot. Texts
are kept as dictionaries, so that a filter looks at each of them once. A warehouse read in place is asked every time.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cadran.access import SEES_ALL, Role, Viewer
from cadran.behind import rows_behind
from cadran.directory import REP
from cadran.engines.duckdb import DuckDBEngine
from cadran.errors import CadranError
from cadran.newest_of_each import NewestOfEach, newest_of_each
from cadran.newest_rows import Newest, newest_behind
from cadran.planner.request import Request
from cadran.store.newest import newest_snapshot, went_through
from cadran.store.schema import current, keys_of
from cadran.turns import AT_WORK, Turns
from cadran.workspace import Workspace
from cadran.written_ids import WrittenIds

MOST_BYTES = 256 * 2**20
ALL = -1  # rows
_SAMPLE = 10_000
# The column of ids -> the table that names them, and what the column of names is called.
NAMED = {
    "account_id": ("accounts", "account", "account_name"),
    "product_id": ("products", "product", "product_name"),
    "rep": ("reps", "rep", "rep_name"),
    "team": ("teams", "team", "team_name"),
}
_Question = tuple[date | Request | Viewer | str | int | None, ...]
_T = TypeVar("_T", Newest, NewestOfEach)
OF_EACH = 100  # rows of each rep that are read together
_NEARLY = 1.0  # seconds that are waited for them
_ENTRY = 10_000  # bytes that what is kept counts for besides its rows: no rows have a question too
_log = logging.getLogger("cadran")
_beside = ThreadPoolExecutor(1, thread_name_prefix="rows")


class Traces:
    """The latest rows of one open folder, up to `most` bytes; those asked for least recently leave first. Safe to use
    from several threads at once."""

    def __init__(self, workspace: Workspace, most: int = MOST_BYTES) -> None:
        self.workspace = workspace
        self._kept: _AtHand[Newest] = _AtHand(most)
        self._of_each: _AtHand[NewestOfEach] = _AtHand(most // 4)
        self._under_way: dict[tuple[_Question, tuple[int, str]], Future[None]] = {}
        self._guard = threading.Lock()
        self._turns = Turns()
        self._written: tuple[tuple[int, str], WrittenIds] = (0, ""), WrittenIds()
        self._named: tuple[tuple[int, str] | None, dict[str, pa.Table]] = (None, {})

    def rows(
        self, request: Request, viewer: Viewer, scope: str | None, scope_id: str | None, level: str = REP
    ) -> pa.Table:
        """What `rows_behind` lists and raises, with the names of accounts, products, reps and teams beside their ids
        (`account_name` ...; the id where there is no name)."""

        def work() -> Newest:
            rows = rows_behind(self.workspace, request, viewer, scope=scope, scope_id=scope_id, level=level)
            return Newest(rows, rows.num_rows, None)

        return self._told(work, request, viewer, scope, scope_id, level, ALL).rows

    def newest(
        self, request: Request, viewer: Viewer, scope: str | None, scope_id: str | None, level: str, count: int
    ) -> Newest:
        """What `newest_behind` lists and raises, named as `rows` are. Whoever asks for a rep's may ask for another's
        next: those of all reps are read beside, and are then at hand."""

        def work() -> Newest:
            return newest_behind(
                self.workspace,
                request,
                viewer,
                count,
                scope=scope,
                scope_id=scope_id,
                level=level,
                written=self._written_ids(),
            )

        is_of_several = scope == REP and viewer.role is not Role.REP and request.known_on is None
        if is_of_several and scope_id and count <= OF_EACH and not self.workspace.settings.engine.is_warehouse:
            asked = self._question(request, viewer, scope, scope_id, level, count)
            if self._kept.get(asked, newest_snapshot(self.workspace.store)) is None:
                found = self._found_among_all(request, viewer, scope_id, count)
                if found is not None:
                    return found
        return self._told(work, request, viewer, scope, scope_id, level, count)

    def _found_among_all(self, request: Request, viewer: Viewer, rep: str, count: int) -> Newest | None:
        """A rep's, if those of all are at hand, or are nearly read; else they are begun. Who has a place among those
        who compute waits for nobody."""
        question, newest = self._question(request, viewer, REP), newest_snapshot(self.workspace.store)
        of_each = self._of_each.get(question, newest)
        if of_each is None:
            reading, is_begun_here = self.read_of_each(request, viewer)
            if is_begun_here or AT_WORK.is_mine or not reading.running():
                return None
            wait([reading], _NEARLY)
            of_each = self._of_each.get(question, newest)
        found = None if of_each is None else of_each.of(self.workspace, rep, count, self._written_ids())
        return found and replace(found, rows=_with_names(found.rows, self._names(newest, found.rows)))

    def read_of_each(self, request: Request, viewer: Viewer) -> tuple[Future[None], bool]:
        """Has the newest rows of each rep read beside; done when they are at hand, or as far as they can be. And
        whether that begins now."""
        question, newest = self._question(request, viewer, REP), newest_snapshot(self.workspace.store)
        reading = question, newest

        def read() -> None:
            if newest_snapshot(self.workspace.store) != newest:  # nobody can use them any more
                return
            try:
                with AT_WORK.lightly(), AT_WORK.taken():
                    found = newest_of_each(self.workspace, request, viewer, OF_EACH)
            except CadranError as error:  # whoever asks for a rep's own rows is told the same, or has them
                _log.warning("The newest rows of each rep were not read: %s", error)
                found = NewestOfEach()
            if newest_snapshot(self.workspace.store) == newest:  # nothing landed meanwhile
                self._of_each.keep(question, newest, found if self._of_each.has_room(found) else NewestOfEach())

        def end(done: Future[None]) -> None:
            with self._guard:
                del self._under_way[reading]
            if done.exception():
                _log.error("The newest rows of each rep were not read.", exc_info=done.exception())

        with self._guard:
            if reading in self._under_way:
                return self._under_way[reading], False
            begun = self._under_way[reading] = _beside.submit(read)
        begun.add_done_callback(end)
        return begun, True

    def _question(self, request: Request, viewer: Viewer, *asked: str | int | None) -> _Question:
        """All that what is told depends on, but for the snapshot."""
        return self.workspace.settings.as_of(), request, None if viewer.role in SEES_ALL else viewer, *asked

    def _told(self, work: Callable[[], Newest], request: Request, viewer: Viewer, *asked: str | int | None) -> Newest:
        """What is at hand, or is worked out now; one at a time, for whoever asks the same."""
        if self.workspace.settings.engine.is_warehouse:
            found = work()
            return replace(found, rows=_with_names(found.rows, {}))
        question, newest = self._question(request, viewer, *asked), newest_snapshot(self.workspace.store)
        kept = self._kept.get(question, newest)
        if kept is not None:
            return kept
        with AT_WORK.taken(), self._turns.of((question, newest)):
            kept = self._kept.get(question, newest)  # somebody else may have worked it out meanwhile
            if kept is not None:
                return kept
            found = work()
            found = replace(found, rows=_with_names(found.rows, self._names(newest, found.rows)))
            if newest_snapshot(self.workspace.store) == newest:  # nothing landed meanwhile
                self._kept.keep(question, newest, found)
            return found

    def _written_ids(self) -> WrittenIds:
        """The texts known of ids, until another store, or an earlier state of it, is put in the place of theirs."""
        with self._guard:
            seen, written = self._written
            newest = newest_snapshot(self.workspace.store)
            if not went_through(self.workspace.store, seen, newest):
                written = WrittenIds()
            self._written = newest, written
            return written

    def _names(self, newest: tuple[int, str], rows: pa.Table) -> dict[str, pa.Table]:
        """The names that rows need, read once for each snapshot: those of everybody, whichever rows are asked for."""
        with self._turns.of(newest):
            known = self._named[1] if self._named[0] == newest else {}
            missing = [column for column in NAMED if column in rows.column_names and column not in known]
            if missing:
                known = known | _read_names(self.workspace, missing)
                if newest_snapshot(self.workspace.store) == newest:
                    self._named = (newest, known)
            return known


class _AtHand(Generic[_T]):
    """What was told last, each for its snapshot, up to `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[_Question, tuple[tuple[int, str], _T]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, question: _Question, newest: tuple[int, str]) -> _T | None:
        with self._guard:
            snapshot, found = self._kept.get(question, (None, None))
            if snapshot != newest:
                return None
            self._kept.move_to_end(question)
            return found

    def has_room(self, found: _T) -> bool:
        return _size(found) <= self._most

    def keep(self, question: _Question, newest: tuple[int, str], found: _T) -> None:
        if not self.has_room(found):
            return
        with self._guard:
            self._kept = OrderedDict((each, kept) for each, kept in self._kept.items() if kept[0] == newest)
            self._kept[question] = (newest, found)
            self._kept.move_to_end(question)
            while sum(_size(kept) for _, kept in self._kept.values()) > self._most:
                self._kept.popitem(last=False)


def _size(found: Newest | NewestOfEach) -> int:
    return found.nbytes + _ENTRY


def _read_names(workspace: Workspace, columns: list[str]) -> dict[str, pa.Table]:
    """Column of ids -> `key` and `name` of everything it may hold."""
    found = {}
    with workspace.lake() as lake:
        engine = DuckDBEngine(lake.connection)
        for column in columns:
            table, domain, _ = NAMED[column]
            found[column] = engine.query(
                f"SELECT k.key AS key, t.name AS name FROM {current(table)} t "
                f"JOIN {keys_of(domain)} k ON k.id = t.{domain}_id WHERE t.name IS NOT NULL"
            )
    return found


def _with_names(rows: pa.Table, names: dict[str, pa.Table]) -> pa.Table:
    columns = {name: _as_dictionary(rows.column(name), always=name in NAMED) for name in rows.column_names}
    for column, (_, _, title) in NAMED.items():
        if column in columns:
            columns[title] = _named(columns[column], names.get(column))
    return pa.table(columns)


def _named(ids: pa.ChunkedArray, names: pa.Table | None) -> pa.ChunkedArray:
    """The name of each id; each id that occurs is looked up once."""
    if names is None:
        return ids
    named = []
    for chunk in ids.chunks:
        near = names.filter(pc.is_in(names.column("key"), chunk.dictionary))  # few of many, as a rule
        at = pc.index_in(chunk.dictionary, near.column("key").combine_chunks())
        found = pc.take(near.column("name"), at).combine_chunks()
        named.append(pa.DictionaryArray.from_arrays(chunk.indices, pc.coalesce(found, chunk.dictionary)))
    return pa.chunked_array(named, ids.type)


def _as_dictionary(column: pa.ChunkedArray, *, always: bool) -> pa.ChunkedArray:
    """A text, each value held once; as it is where hardly any comes twice."""
    if not pa.types.is_string(column.type) or not (always or _repeats(column.slice(0, _SAMPLE))):
        return column
    whole = column if column.num_chunks == 1 else pa.chunked_array([column.combine_chunks()], column.type)
    return whole.dictionary_encode()


def _repeats(sample: pa.ChunkedArray) -> bool:
    return 2 * len(pc.unique(sample)) < len(sample)
