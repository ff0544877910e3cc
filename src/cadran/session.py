"""An open store, and everything needed to answer one request from it: what the request is read against.

A session is read at one snapshot, however many imports land meanwhile, with the settings and definitions of today or
those of the past snapshot the request asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cadran.access import Organisation, Viewer, Visible, visible_scopes
from cadran.catalogue.loader import Catalogue
from cadran.directory import Directory, People
from cadran.engines.duckdb import DuckDBEngine
from cadran.engines.engine import Engine
from cadran.errors import Issue, RequestError, Text
from cadran.numerals import day
from cadran.planner.kept_plans import KeptPlans, Written
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.planner.rows import Reach
from cadran.planner.sources import Context
from cadran.question import not_known_yet
from cadran.settings import Settings, from_canonical
from cadran.store.lake import no_snapshot
from cadran.store.moments import Moments
from cadran.store.newest import newest_snapshot
from cadran.store.state import NOT_YET, State, now, present
from cadran.workspace import Workspace

if TYPE_CHECKING:
    from cadran.store.lake import Lake


PEOPLE = frozenset({"reps", "keys_rep", "teams", "keys_team", "memberships"})
_PEOPLE = "people"  # as kept with an open store
IN_PLACE = "warehouse"  # the snapshot of an answer that was read from no snapshot


@dataclass(frozen=True)
class Session:
    """An open store with the settings and definitions to read it by: today's, or those of a past snapshot.

    `engine` answers for the data, `local` for what people enter (objectives): one and the same, but beside a warehouse.
    """

    settings: Settings
    catalogue: Catalogue
    engine: Engine
    local: Engine
    context: Context
    directory: Directory
    snapshot: str
    today: Organisation
    moments: Moments
    plans: KeptPlans

    def resolution(self, request: Request, context: Context | None = None) -> Resolution:
        """A request made ready, against the data of the session or those of another `context`."""
        return self.plans.resolution(request, self.catalogue, self.settings, context or self.context)

    def statement(self, batch: Batch, context: Context, reach: Reach) -> Written:
        return self.plans.statement(self.engine.written, batch, context, reach)

    def visible(self, viewer: Viewer) -> Visible:
        """What the viewer may see: always by the organisation of today, whatever day is asked about."""
        return visible_scopes(viewer, self.today)

    def known_on(self, days: Iterable[date], timezone: str) -> dict[date, int]:
        """The newest snapshot on the evening of each day; a warehouse read in place has none."""
        return {} if self.context.in_warehouse else self.moments.known_on(days, timezone)


@contextmanager
def session(workspace: Workspace, request: Request, known: People | None = None) -> Iterator[Session]:
    """The workspace's data, opened for one request, all of it read at one snapshot. `known`: who there was at an
    earlier one, for not having to read it again."""
    if workspace.settings.engine.is_warehouse:
        with _of_warehouse(workspace, request) as found:
            yield found
    else:
        with _of_store(workspace, request, known) as found:
            yield found


@contextmanager
def _of_warehouse(workspace: Workspace, request: Request) -> Iterator[Session]:
    """The warehouse's tables, and the local store for what people enter. What only a warehouse needs is imported only
    for one: it takes a while."""
    from cadran.warehouse import open_warehouse

    if request.known_on is not None:
        raise RequestError(_NO_MEMORY)
    settings = workspace.settings
    with (
        open_warehouse(settings) as warehouse,
        workspace.lake() as lake,
        _one_snapshot(DuckDBEngine(lake.connection)) as local,
    ):
        state = State(0, now(), 0, warehouse.profiles, "", "")
        context = replace(context_of(settings, request, state), relations=warehouse.relations, whole=warehouse.whole)
        directory = Directory.of_warehouse(warehouse.engine, warehouse.relations)
        today = directory.organisation(settings.as_of())
        yield Session(
            settings,
            workspace.catalogue,
            warehouse.engine,
            local,
            context,
            directory,
            IN_PLACE,
            today,
            Moments(lake),
            KeptPlans(),  # its tables, whose looks are read when they are asked for, may change until the next question
        )


@contextmanager
def _of_store(workspace: Workspace, request: Request, known: People | None) -> Iterator[Session]:
    with _lake(workspace, request) as lake, _one_snapshot(DuckDBEngine(lake.connection)) as engine:
        settings, catalogue = workspace.settings, workspace.catalogue
        if request.known_on is not None:
            settings, catalogue = _as_known(lake, request.known_on)
        moments = Moments(lake)
        people = _people(engine, moments, known if request.known_on is None else None)
        state, directory = people.state, people.directory
        context = context_of(settings, request, state)
        today = _organisation_of_today(workspace, request, directory)
        snapshot, plans = str(state.snapshot), workspace.plans
        yield Session(settings, catalogue, engine, engine, context, directory, snapshot, today, moments, plans)


def _people(engine: DuckDBEngine, moments: Moments, known: People | None) -> People:
    """Who there is; those known before, where nothing has changed about them."""
    snapshot, kept = moments.snapshot, moments.lake.kept
    seen: People | None = kept.get(_PEOPLE)
    if seen is not None and seen.snapshot == snapshot:
        return seen
    state = present(engine.cursor)
    if known is None or any(change.tables & PEOPLE for change in moments.changes_since(known.snapshot)):
        found = People(snapshot, Directory.load(engine), state)
    else:
        found = People(snapshot, known.directory, state)
    kept[_PEOPLE] = found
    return found


def viewer_by_address(workspace: Workspace, email: str) -> Viewer:
    """The person behind an address, in the organisation of today: the store's, or the warehouse's. Raises AccessError
    for somebody who is not in people.toml."""
    if workspace.settings.engine.is_warehouse:
        from cadran.warehouse import open_warehouse

        with open_warehouse(workspace.settings) as warehouse:
            directory = Directory.of_warehouse(warehouse.engine, warehouse.relations)
        return workspace.viewer(email, directory.organisation(workspace.settings.as_of()))
    with workspace.lake() as lake:
        return workspace.viewer(email, workspace.organisation(lake))


def context_of(settings: Settings, request: Request, state: State) -> Context:
    """What the planner needs to know of a company's choices and of a state of its store."""
    company = settings.company
    return Context(
        company.currency,
        company.revenue_basis,
        tuple(company.excluded_natures),
        settings.thresholds.grace_days,
        request.as_of,
        state,
    )


def _organisation_of_today(workspace: Workspace, request: Request, directory: Directory) -> Organisation:
    """The newest organisation, on the company's last evening: the past opens nothing that is closed today."""
    evening = workspace.settings.as_of()
    if request.known_on is None:
        return directory.organisation(evening)
    with workspace.lake() as lake:
        return Directory.load(DuckDBEngine(lake.connection)).organisation(evening)


@contextmanager
def _one_snapshot(engine: DuckDBEngine) -> Iterator[DuckDBEngine]:
    """All queries inside see one snapshot, however many imports land meanwhile."""
    engine.cursor.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield engine
    finally:
        engine.cursor.execute("ROLLBACK")


def _lake(workspace: Workspace, request: Request) -> Lake:
    if request.known_on is None:
        return workspace.lake()
    if isinstance(request.known_on, int):
        if not 0 < request.known_on <= newest_snapshot(workspace.store)[0]:
            raise RequestError(no_snapshot(request.known_on))
        return workspace.lake(snapshot=request.known_on)
    _check_not_ahead(request.known_on, workspace.settings)
    with workspace.lake() as lake:
        found = Moments(lake).known_on({request.known_on}, workspace.settings.company.timezone)
    if request.known_on not in found:
        raise RequestError(_nothing_known(request.known_on))
    return workspace.lake(snapshot=found[request.known_on])


def _as_known(lake: Lake, when: date | int) -> tuple[Settings, Catalogue]:
    """The settings and definitions that were in force when the snapshot was made."""
    from cadran.catalogue.canonical import from_canonical as catalogue_from

    context = lake.context()
    if context.settings == NOT_YET:
        raise RequestError(_nothing_known(when))
    return from_canonical(context.settings), catalogue_from(context.definitions)


def _check_not_ahead(evening: date, settings: Settings) -> None:
    """Raises RequestError for a day to come. Snapshots bear the time they were made, also where `today` is fixed."""
    latest = max(settings.today(), datetime.now(ZoneInfo(settings.company.timezone)).date())
    if evening > latest:
        raise RequestError(not_known_yet(evening, latest))


_NO_MEMORY = Issue(
    "warehouse_has_no_memory",
    Text(
        "L’entrepôt ne garde pas la mémoire de ce qu’il contenait : impossible de dire ce qui était connu ce jour-là.",
        "The warehouse keeps no memory of what it held: there is no telling what was known on that day.",
    ),
    Text(
        "Retirez cette demande, ou importez les données dans Cadran, qui s’en souvient.",
        "Leave that out, or import the data into Cadran, which remembers.",
    ),
)


def _nothing_known(when: date | int) -> Issue:
    french, english = (
        (f"à l’état n° {when} des données", f"at snapshot {when}")
        if isinstance(when, int)
        else (f"le {day(when, 'fr')}", f"on {day(when, 'en')}")
    )
    return Issue(
        "nothing_known",
        Text(f"Rien n’était encore importé {french}.", f"Nothing had been imported {english} yet."),
        Text("Demandez une date plus récente.", "Ask for a later day."),
    )
