"""The health of a company's data: what there is, what is missing or doubtful, and what that does to which KPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace

from cadran.errors import DefinitionError, Issue, RequestError, Text
from cadran.intake.coherence import CHECKED, Known, Query, faults, known_keys, stored_rows
from cadran.intake.sentences import remark
from cadran.planner.request import Request
from cadran.planner.resolve import Resolver
from cadran.planner.sources import Context
from cadran.question import question
from cadran.session import Session, context_of, session
from cadran.store.profile import TableProfile
from cadran.store.schema import current, keys_of, quoted
from cadran.store.state import State, now, present
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapped import LOCAL_TABLES
from cadran.tables.model import PARENT_OF_DOMAIN, SALES_MODEL
from cadran.warehouse import open_warehouse
from cadran.warehouse_health import Fault, looked_at, orphans
from cadran.workspace import Workspace

NAMES_SHOWN = 5


@dataclass(frozen=True)
class TableHealth:
    """A table that holds rows. `first` and `last` are the range of the column that dates it, as ISO text; `missing`
    lists columns nobody filled, `doubtful` the doubtful values by column."""

    name: str
    rows: int
    first: str | None
    last: str | None
    missing: tuple[str, ...]
    doubtful: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class UnknownNames:
    """Names that `table`.`column` uses and `parent` does not know: how many names, in how many rows, and the most
    frequent of them."""

    table: str
    column: str
    parent: str
    names: int
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Incoherence:
    """Rows of `table` that contradict each other or speak of what is not, in `column`; `remark` says what becomes of
    them."""

    table: str
    column: str
    remark: Text
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class KpiHealth:
    """`issue` says what is missing; None when the KPI can answer."""

    kpi: str
    issue: Issue | None


@dataclass(frozen=True)
class Health:
    """`faults` and `unread` are a warehouse's: what is wrong with its mapping, and the tables of the local store that
    hold rows and are not read beside it."""

    tables: tuple[TableHealth, ...]
    empty: tuple[str, ...]
    unknown: tuple[UnknownNames, ...]
    incoherent: tuple[Incoherence, ...]
    quarantined: int
    kpis: tuple[KpiHealth, ...]
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()


def examine(workspace: Workspace) -> Health:
    """Everything at one snapshot. Raises StoreError when the store is missing or damaged."""
    every = question(workspace.settings, (kpi.id for kpi in workspace.catalogue))
    if workspace.settings.engine.is_warehouse:
        return _of_warehouse(workspace, every)
    with session(workspace, every) as opened:
        profiles = opened.context.state.tables
        lacking = _lacking(workspace, opened.context)
        return Health(
            tables=tuple(_table(SALES_MODEL[name], each) for name, each in profiles.items() if each.rows),
            empty=tuple(name for name, each in profiles.items() if not each.rows),
            unknown=tuple(_unknown_names(opened, profiles)),
            incoherent=tuple(_incoherent(opened, profiles)),
            quarantined=_count(opened, "SELECT count(*) AS n FROM lake.main.quarantine WHERE state = 'open'"),
            kpis=tuple(KpiHealth(kpi.id, lacking.get(kpi.id)) for kpi in opened.catalogue),
        )


def unanswerable(workspace: Workspace) -> dict[str, Issue]:
    """The KPIs that cannot answer: what is missing from the data, or what is wrong with the definition."""
    with session(workspace, question(workspace.settings, ())) as opened:
        return _lacking(workspace, opened.context)


def _lacking(workspace: Workspace, context: Context) -> dict[str, Issue]:
    """One by one, so that a wrong definition leaves the others to be looked at."""
    found: dict[str, Issue] = {}
    for kpi in workspace.catalogue:
        request = question(workspace.settings, [kpi.id])
        try:
            unavailable = Resolver(request, workspace.catalogue, workspace.settings, context).resolve().unavailable
        except (DefinitionError, RequestError) as error:
            unavailable = {kpi.id: error.issues[0]}
        if kpi.id in unavailable:
            found[kpi.id] = unavailable[kpi.id]
    return found


def _of_warehouse(workspace: Workspace, every: Request) -> Health:
    """Every mapping, checked to the end: a table that cannot be used leaves the others to be looked at."""
    settings = workspace.settings
    with open_warehouse(settings) as warehouse, workspace.lake() as lake:
        profiles, faults = looked_at(warehouse)
        state = State(0, now(), 0, profiles, "", "")
        context = replace(context_of(settings, every, state), relations=warehouse.unchecked)
        lacking = _lacking(workspace, context)
        stored = {name: each for name, each in present(lake.connection).tables.items() if each.rows}
        ((quarantined,),) = lake.query("SELECT count(*) FROM lake.main.quarantine WHERE state = 'open'")
        told = {name: each for name, each in stored.items() if name in LOCAL_TABLES} | {
            name: each for name, each in profiles.items() if each.rows
        }
        return Health(
            tables=tuple(_table(SALES_MODEL[name], each) for name, each in told.items()),
            empty=tuple(name for name in SALES_MODEL if name not in told),
            unknown=tuple(UnknownNames(*astuple(each)) for each in orphans(warehouse, profiles, NAMES_SHOWN)),
            incoherent=(),
            quarantined=quarantined,
            kpis=tuple(KpiHealth(kpi.id, lacking.get(kpi.id)) for kpi in workspace.catalogue),
            faults=faults,
            unread=tuple(name for name in stored if name not in LOCAL_TABLES),
        )


def _table(table: Table, profile: TableProfile) -> TableHealth:
    dated = profile.columns.get(table.dated_by or "")
    return TableHealth(
        name=table.name,
        rows=profile.rows,
        first=dated.low[:10] if dated and dated.low else None,
        last=dated.high[:10] if dated and dated.high else None,
        missing=tuple(name for name, column in profile.columns.items() if not column.filled),
        doubtful=tuple((name, column.doubtful) for name, column in profile.columns.items() if column.doubtful),
    )


def _unknown_names(opened: Session, profiles: Mapping[str, TableProfile]) -> Iterator[UnknownNames]:
    """Every id that leads to another table, where that table lacks it. A table without rows is no list to be on."""
    stored = _filled(profiles)
    known = {parent: known_keys(_rows_of(opened), parent, stored) for parent in set(PARENT_OF_DOMAIN.values())}
    for table in SALES_MODEL.values():
        for column in table.columns:
            parent = PARENT_OF_DOMAIN.get(column.domain or "")
            if column.type is not Type.ID or parent is None or (parent == table.name and column.name in table.key):
                continue
            keys = known[parent]
            if keys and profiles[table.name].columns[column.name].filled:
                found = _missing_from(opened, table.name, column, parent, keys)
                if found.names:
                    yield found


def _filled(profiles: Mapping[str, TableProfile]) -> frozenset[str]:
    return frozenset(name for name, profile in profiles.items() if profile.rows)


def _missing_from(opened: Session, table: str, column: Column, parent: str, known: str) -> UnknownNames:
    domain, name = keys_of(column.domain or ""), quoted(column.name)
    used = f"SELECT k.key, count(*) AS n FROM {current(table)} t JOIN {domain} k ON k.id = t.{name} GROUP BY k.key"
    some = f"list(key ORDER BY n DESC, key)[:{NAMES_SHOWN}]"
    query = (
        f"SELECT count(*), CAST(coalesce(sum(n), 0) AS BIGINT), {some} "
        f"FROM ({used}) u ANTI JOIN ({known}) k ON k.row_key = u.key"
    )
    ((names, rows, examples),) = _rows_of(opened)(query)
    return UnknownNames(table, column.name, parent, names, rows, tuple(examples or ()))


def _incoherent(opened: Session, profiles: Mapping[str, TableProfile]) -> Iterator[Incoherence]:
    query = _rows_of(opened)
    reps, teams = (known_keys(query, parent, _filled(profiles)) for parent in ("reps", "teams"))
    known = Known(opened.catalogue, reps, teams, opened.settings.company.fiscal_month)
    for name in CHECKED:
        for fault in faults(query, name, stored_rows(name), known) if profiles[name].rows else ():
            ((rows, some),) = query(
                f"SELECT count(*), list(example ORDER BY example)[:{NAMES_SHOWN}] FROM ({fault.query})"
            )
            if rows:
                text = remark(fault.code, SALES_MODEL[name][fault.column])
                yield Incoherence(name, fault.column, text, rows, tuple(dict.fromkeys(some)))


def _rows_of(opened: Session) -> Query:
    return lambda query: [tuple(row.values()) for row in opened.engine.query(query).to_pylist()]


def _count(opened: Session, query: str) -> int:
    return int(opened.engine.query(query).to_pylist()[0]["n"])
