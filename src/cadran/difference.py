"""Why a number is not what it was: the same question against two states of the store, and what changed between them.

    value then ── rows ──> then's settings and definitions over today's data
               ── settings ──> today's settings, then's definitions
               ── definitions ──> value now

Of a KPI that adds up (revenue, deals won), the parts of the rows listed add up to the first step, to the cent. Nothing
is told that the viewer may not see: neither a row, nor what a row was while it was somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from cadran.access import EVERYTHING, Viewer
from cadran.answer import Answer, AnswerRow, Number
from cadran.ask import answer
from cadran.catalogue.formula import parse_derived
from cadran.catalogue.kpi import Additivity, Kind, Kpi
from cadran.catalogue.loader import Catalogue
from cadran.changed_rows import Changed, Part, Place, Side, StoredRow, Weight, changed_parts
from cadran.errors import Issue, RequestError, Text
from cadran.planner.plan import LEVELS
from cadran.planner.request import Request
from cadran.scoping import levels_for
from cadran.session import Session, context_of, session
from cadran.store.ledger import imports
from cadran.store.record import ImportRecord
from cadran.terms import DefinitionChange, SettingChange, definitions_changed, settings_changed
from cadran.workspace import Workspace


class What(StrEnum):
    """What became of a row. `affected`: it says what it said, but counts otherwise: its rate, team, share, client or
    another row it is counted with has changed."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    CHANGED = "changed"
    AFFECTED = "affected"


class Why(StrEnum):
    """How: an import brought it, the undoing of an import took it back, an import replaced the period it was in."""

    IMPORTED = "imported"
    UNDONE = "undone"
    REPLACED = "replaced"


@dataclass(frozen=True)
class CellChange:
    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowChange:
    """A row that made a number differ. `before` and `after`: what it weighed. `says`: what it says, or said last, in
    the columns the KPI reads. `by` is the import that did it."""

    what: What
    table: str
    key: str
    before: Weight
    after: Weight
    cells: tuple[CellChange, ...]
    says: Mapping[str, Any]
    why: Why | None
    by: int | None

    @property
    def part(self) -> Part | None:
        """What it adds to the difference, of a KPI that is a sum."""
        before, after = self.before.part, self.after.part
        return None if before is None and after is None else (after or 0) - (before or 0)  # type: ignore[operator]


@dataclass(frozen=True)
class KpiDifference:
    """One number then and now, and the three steps between them; a step is None where a side of it is undefined.
    `through` are other tables the KPI reads that changed meanwhile."""

    kpi: str
    place: Place
    scope_name: str
    unit: str
    before: Number | None
    after: Number | None
    difference: Number | None
    by_rows: Number | None
    by_settings: Number | None
    by_definitions: Number | None
    rows: tuple[RowChange, ...]
    through: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`since` and `until` are snapshots. `imports`: those that landed or were undone between them; who does not see
    everything is told those that are the cause of a row listed."""

    request: Request
    since: int
    until: int
    settings: tuple[SettingChange, ...]
    definitions: tuple[DefinitionChange, ...]
    imports: tuple[ImportRecord, ...]
    numbers: tuple[KpiDifference, ...]


def difference(
    workspace: Workspace,
    request: Request,
    viewer: Viewer = EVERYTHING,
    *,
    since: date | int,
    until: date | int | None = None,
) -> Difference:
    """What made the answer to `request` differ between two days (evenings) or snapshots; `until` None is now.

    Raises what `ask` raises, and RequestError for a split by dimensions: changes are told by company, team and rep.
    """
    if request.dimensions:
        raise RequestError(_NO_DIMENSIONS)
    plain = replace(request, compare=frozenset(), intervals=False)
    with ExitStack() as stack:
        then = stack.enter_context(session(workspace, replace(plain, known_on=since)))
        now = stack.enter_context(session(workspace, replace(plain, known_on=until)))
        if then.moments.snapshot > now.moments.snapshot:
            raise RequestError(_BACKWARDS)
        return _Comparison(then, now, plain, viewer).tell()


class _Comparison:
    """Two open sessions, and the request as each of them can answer it."""

    def __init__(self, then: Session, now: Session, request: Request, viewer: Viewer) -> None:
        visible = now.visible(viewer)
        kpis = tuple(_with_parts(request.kpis, then.catalogue, now.catalogue))
        self.then, self.now, self.viewer, self.visible = then, now, viewer, visible
        self.request = replace(request, kpis=kpis, levels=levels_for(request, visible))
        self.between = _under(now, then, self.request)
        self.settings = tuple(settings_changed(then.settings, now.settings))
        self.definitions = tuple(definitions_changed(kpis, then.catalogue, now.catalogue))
        self.ledgers = {record.id: record for record in imports(then.moments.lake)}, imports(now.moments.lake)
        self.changes = now.moments.changes_since(then.moments.snapshot)
        self.sums: dict[str, Changed] = {}
        self.sides = Side(then, self._asked(then), visible), Side(self.between, self._asked(then), visible)
        self.through = {kpi: self._through(kpi) for kpi in kpis}

    def tell(self) -> Difference:
        old, newer = self.ledgers
        landed = (r for r in newer if r.id not in old or r.status != old[r.id].status)
        numbers = tuple(self._numbers())
        causes = {row.by for each in numbers for row in each.rows}
        return Difference(
            self.request,
            int(self.then.snapshot),
            int(self.now.snapshot),
            self.settings,
            self.definitions,
            tuple(record for record in landed if self.visible.company or record.id in causes),
            numbers,
        )

    def _asked(self, opened: Session) -> Request:
        """The request without the KPIs that were not defined there."""
        return replace(self.request, kpis=tuple(kpi for kpi in self.request.kpis if kpi in opened.catalogue))

    def _answer(self, opened: Session) -> Answer | None:
        asked = self._asked(opened)
        return answer(opened, asked, self.viewer) if asked.kpis else None

    def _numbers(self) -> Iterator[KpiDifference]:
        before, middle = self._answer(self.then), self._answer(self.between)
        settled = middle
        if self.settings:
            settled = self._answer(replace(self.now, catalogue=self.then.catalogue))
        after = self._answer(self.now) if self.definitions else settled
        steps = [_values(each) for each in (before, middle, settled, after)]
        names = _names(middle) | _names(before) | _names(after)
        units = _units(before) | _units(middle) | _units(after)
        for (kpi_id, place), name in sorted(names.items(), key=lambda item: self._order(*item[0])):
            kpi = self._kpi(kpi_id)
            values = [each.get((kpi_id, place)) for each in steps]
            yield self._number(kpi, place, name, values, units)

    def _order(self, kpi: str, place: Place) -> tuple[Any, ...]:
        level = LEVELS.index(place.level)
        nobody = place.scope_id is None
        return self.request.kpis.index(kpi), place.period_start, level, nobody, place.scope_id or ""

    def _kpi(self, kpi: str) -> Kpi:
        return self.now.catalogue.by_id.get(kpi) or self.then.catalogue.get(kpi)

    def _number(
        self,
        kpi: Kpi,
        place: Place,
        name: str,
        values: list[Number | None],
        units: Mapping[tuple[str, str | None], int | None],
    ) -> KpiDifference:
        adds_up = kpi.additivity is not Additivity.NON_ADDITIVE
        before, middle, settled, after = values
        rows: tuple[RowChange, ...] = ()
        through: tuple[str, ...] = ()
        if kpi.kind is not Kind.DERIVED and kpi.id in self.then.catalogue:
            pairs = self._weights(kpi.id, place, units.get((place.level, place.scope_id)))
            rows = tuple(self._rows(kpi.id, place, pairs))
            through = self.through[kpi.id]
        return KpiDifference(
            kpi.id,
            place,
            name,
            kpi.unit.value,
            before,
            after,
            _step(before, after, adds_up),
            _step(before, middle, adds_up),
            _step(middle, settled, adds_up),
            _step(settled, after, adds_up),
            rows,
            through,
        )

    # -- rows ----------------------------------------------------------------------------------------------------

    def _weights(self, kpi: str, place: Place, unit: int | None) -> dict[str, tuple[Weight, Weight]]:
        """What each row that may have made a difference weighed, then and now."""
        then, now = self.sides
        if any(side.holds(kpi) and not side.is_a_sum(kpi) for side in self.sides):
            before, after = then.rows(kpi, place), now.rows(kpi, place)
            return {key: (before.get(key, Weight()), after.get(key, Weight())) for key in sorted({*before, *after})}
        if kpi not in self.sums:
            self.sums[kpi] = changed_parts(then, now, kpi)
        return self.sums[kpi].get((LEVELS.index(place.level), unit, place.period_start), {})

    def _rows(self, kpi: str, place: Place, pairs: Mapping[str, tuple[Weight, Weight]]) -> Iterator[RowChange]:
        then, now = self.sides
        side = now if now.holds(kpi) else then
        if not side.holds(kpi):
            return
        table, columns = side.table(kpi), side.read_columns(kpi)
        old, new = (each.stored(kpi, pairs, place.period_start) for each in self.sides)
        for key, (before, after) in pairs.items():
            was, is_ = old.get(key), new.get(key)
            seen = self._seen(was, before), self._seen(is_, after)
            cells = tuple(_cells(*seen, columns))
            if before == after and not cells:
                continue
            why, by = self._cause(table, was, is_)
            says = _says(seen[1] or seen[0], columns)
            yield RowChange(_what(*seen, cells), table, key, before, after, cells, says, why, by)

    def _seen(self, row: StoredRow | None, weight: Weight) -> StoredRow | None:
        """The row as the viewer may see it: not while it was somebody else's, nor whose it is where they share it."""
        if row is None or self.visible.company:
            return row
        if weight == Weight() and row.cells.get("rep_id") not in self.visible.reps:
            return None
        return row.naming(self.visible.reps)

    def _cause(self, table: str, was: StoredRow | None, is_: StoredRow | None) -> tuple[Why | None, int | None]:
        """Which import, or whose undoing, made the row what it is now."""
        old, newer = self.ledgers
        known = {record.id: record for record in newer}
        if is_ is not None and is_.number not in old:
            return Why.IMPORTED, is_.number
        if was is not None and (is_ is None or is_.number != was.number) and known[was.number].status == "undone":
            return Why.UNDONE, was.number
        if is_ is None and was is not None:
            return _last(Why.REPLACED, (r for r in newer if r.id not in old and r.replace and _fills(r, table)))
        if was is None or (is_ is not None and is_.number != was.number):
            undone = (r for r in newer if r.status == "undone" and _fills(r, table))
            return _last(Why.UNDONE, (r for r in undone if r.id in old and old[r.id].status == "live"))
        return None, None

    def _through(self, kpi: str) -> tuple[str, ...]:
        """Other tables that the KPI reads and that changed meanwhile."""
        side = self.sides[1] if self.sides[1].holds(kpi) else self.sides[0]
        if not side.holds(kpi):
            return ()
        read = side.tables_read(kpi) - {side.table(kpi)}
        changed = frozenset[str]().union(*(change.tables for change in self.changes))
        return tuple(sorted(name for name in read & changed if not name.startswith("keys_")))


Key = tuple[str, Place]


def _under(now: Session, then: Session, request: Request) -> Session:
    """Today's data, read by the settings and definitions of then."""
    context = context_of(then.settings, request, now.context.state)
    return replace(now, settings=then.settings, catalogue=then.catalogue, context=context)


def _with_parts(kpis: Iterable[str], *catalogues: Catalogue) -> Iterator[str]:
    """The KPIs, and after each derived one those it is made of. Raises RequestError for one that was never defined."""
    found: dict[str, None] = {}
    for kpi_id in kpis:
        kpi = next((each.by_id[kpi_id] for each in reversed(catalogues) if kpi_id in each), None)
        kpi = kpi or catalogues[-1].get(kpi_id)
        found[kpi_id] = None
        if kpi.kind is Kind.DERIVED:
            for catalogue in catalogues:
                units = {other.id: other.unit for other in catalogue}
                if kpi_id in catalogue:
                    formula = catalogue.get(kpi_id).formula or ""
                    found |= dict.fromkeys(_with_parts(sorted(parse_derived(formula, units).names), catalogue))
    yield from found


def _values(found: Answer | None) -> dict[Key, Number | None]:
    return {_key(row): row.value for row in found.rows} if found else {}


def _names(found: Answer | None) -> dict[Key, str]:
    return {_key(row): row.scope_name for row in found.rows} if found else {}


def _key(row: AnswerRow) -> Key:
    return row.kpi, Place(row.level, row.scope, row.scope_id, row.period_start, row.period_end)


def _units(found: Answer | None) -> dict[tuple[str, str | None], int | None]:
    """The store's numbers of the scopes."""
    return {(cell.scope.level, cell.scope.key): cell.scope.number for cell in found.cells} if found else {}


def _step(before: Number | None, after: Number | None, adds_up: bool) -> Number | None:
    """After less before. Of a KPI that adds up, nothing there is nothing to add."""
    if before is None and after is None:
        return None
    if (before is None or after is None) and not adds_up:
        return None
    old, new = before or 0, after or 0
    if isinstance(old, float) or isinstance(new, float):
        return float(new) - float(old)
    return new - old


def _what(was: StoredRow | None, is_: StoredRow | None, cells: tuple[CellChange, ...]) -> What:
    if was is None or is_ is None:
        return What.APPEARED if was is None else What.DISAPPEARED
    return What.CHANGED if cells else What.AFFECTED


def _cells(was: StoredRow | None, is_: StoredRow | None, columns: frozenset[str]) -> tuple[CellChange, ...]:
    """The columns that the KPI reads and that changed, or fell into doubt or out of it."""
    if was is None or is_ is None:
        return ()
    pairs = ((name, was.cells.get(name), is_.cells.get(name)) for name in is_.cells if name in columns)
    changed = [CellChange(name, old, new) for name, old, new in pairs if old != new]
    doubts = [tuple(name for name in row.doubts if name in columns) for row in (was, is_)]
    return (*changed, CellChange("doubts", *doubts)) if doubts[0] != doubts[1] else tuple(changed)


def _says(row: StoredRow | None, columns: frozenset[str]) -> dict[str, Any]:
    cells = row.cells.items() if row else ()
    return {name: value for name, value in cells if name in columns and value is not None}


def _fills(record: ImportRecord, table: str) -> bool:
    return any(count.table == table for count in record.tables)


def _last(why: Why, records: Iterable[ImportRecord]) -> tuple[Why | None, int | None]:
    numbers = [record.id for record in records]
    return (why, max(numbers)) if numbers else (None, None)


_NO_DIMENSIONS = Issue(
    "changes_by_dimension",
    Text(
        "Les changements se lisent par entreprise, équipe et commercial, pas par dimension.",
        "Changes are told by company, team and rep, not by a dimension.",
    ),
    Text("Gardez une seule valeur avec --where.", "Keep one value with --where."),
)
_BACKWARDS = Issue(
    "changes_backwards",
    Text("La fin vient avant le début.", "The end comes before the beginning."),
    Text("Donnez --since antérieur à --until.", "Give a --since that is before --until."),
)
