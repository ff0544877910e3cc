"""What an answer is read from: the data of today and, for the past moments of stocks, the snapshots known then.

pipeline_open by month, asked on 20 March; the store began in January, and was corrected in February and in March

    moment       newest snapshot that evening     read from
    31 December  none                             today's data, « reconstitué »
    31 January   4                                snapshot 4, with the organisation known then
    28 February  9, nothing it reads changed      today's data
    20 March     (the last evening)               today's data

A snapshot that could not have answered (a table, a column or a rate it needs was not there yet) counts as none. Who
may see what is decided by the organisation of today, for every moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from cadran.access import Visible
from cadran.catalogue.kpi import Kind
from cadran.currencies import check_rates
from cadran.directory import REP, TEAM, Directory, Scope
from cadran.errors import CurrencyError, Issue
from cadran.notes import REBUILT, known_then
from cadran.planner.plan import Batch, Window
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.planner.rows import Reach
from cadran.planner.sources import Context
from cadran.planner.to_sql import statement
from cadran.session import PEOPLE, Session
from cadran.store.moments import Change

# Tables that change how a stock is planned by being filled at all, besides those its statement reads.
_MAY_MATTER = PEOPLE | {"credits", "leads", "stages", "exchange_rates"}


@dataclass(frozen=True)
class Reading:
    """One state of the store, how the request is planned against it, and the windows each KPI is told for by it."""

    resolution: Resolution
    context: Context
    directory: Directory
    reach: Reach
    windows: Mapping[str, frozenset[int]]

    def batches(self) -> Iterator[tuple[int, Batch]]:
        """The batches to run, by their numbers, each over the windows that it is needed for."""
        for number, batch in enumerate(self.resolution.batches):
            mine = (kpi for kpi, plan in self.resolution.plans.items() if plan.batch == number)
            wanted = frozenset[int]().union(*(self.windows.get(kpi, ()) for kpi in mine))
            windows = tuple(window for window in batch.windows if window.bucket in wanted)
            if windows:
                yield number, batch if windows == batch.windows else replace(batch, windows=windows)

    def statements(self) -> Iterator[tuple[int, Batch, exp.Expr]]:
        for number, batch in self.batches():
            yield number, batch, statement(batch, self.context, self.reach)


@dataclass(frozen=True)
class Readings:
    """`said`: what must be said of the state a KPI is told from, by KPI and window."""

    now: Reading
    past: tuple[Reading, ...] = ()
    said: Mapping[str, Mapping[int, Issue]] = field(default_factory=dict)

    @property
    def all(self) -> tuple[Reading, ...]:
        return (self.now, *self.past)

    def gone(self) -> list[Directory]:
        """The organisations of the past that were read."""
        return [reading.directory for reading in self.past if reading.directory is not self.now.directory]


def readings_of(opened: Session, request: Request, visible: Visible) -> Readings:
    """The request planned against every state of the store that its answer is read from."""
    resolution = opened.resolution(request)
    reach = reach_of(opened, opened.directory, resolution, visible)
    every = frozenset(window.bucket for window in resolution.windows)
    now = Reading(resolution, opened.context, opened.directory, reach, dict.fromkeys(resolution.plans, every))
    stocks = tuple(kpi for kpi in resolution.plans if resolution.populations[kpi].kind is Kind.STOCK)
    moments = tuple(_moments(opened, request, resolution)) if stocks else ()
    return _Past(opened, request, visible, now, stocks).read(moments) if moments else Readings(now)


def reach_of(opened: Session, directory: Directory, resolution: Resolution, visible: Visible) -> Reach:
    """The part of an organisation the statements speak of."""
    current = opened.settings.company.organisation == "current"
    first = min((window.period.start for window in resolution.windows), default=date.max)
    return directory.reach(visible, current=current, before=first)


def _moments(opened: Session, request: Request, resolution: Resolution) -> Iterator[Window]:
    """The windows asked for whose last evening is over."""
    evening = _evening(opened, request)
    asked = {
        number
        for each in resolution.periods
        for number in (each.current, each.previous, each.last_year, each.previous_full, each.last_year_full)
    }
    return (w for w in resolution.windows if w.bucket in asked and w.period.last_day < evening)


def _evening(opened: Session, request: Request) -> date:
    """The evening that the data stand for: that of the answer, or the one before the newest import if that is later.
    It follows from the request and the snapshot alone: asked again, against that snapshot, the answer is the same."""
    zone = ZoneInfo(opened.settings.company.timezone)
    imported = opened.context.state.committed_at.replace(tzinfo=UTC).astimezone(zone).date()
    return min(opened.settings.as_of(), max(request.as_of, imported - timedelta(days=1)))


class _Past:
    """Finds, for the past moments of the stocks of a request, the snapshots to read them from."""

    def __init__(
        self, opened: Session, request: Request, visible: Visible, now: Reading, stocks: tuple[str, ...]
    ) -> None:
        self.opened, self.request, self.visible, self.now, self.stocks = opened, request, visible, now, stocks
        self.said: dict[str, dict[int, Issue]] = {kpi: {} for kpi in stocks}

    def read(self, moments: Sequence[Window]) -> Readings:
        zone = self.opened.settings.company.timezone
        known = self.opened.known_on({window.period.last_day for window in moments}, zone)
        changes = self._changes(min(known.values())) if known else ()
        groups: dict[int, list[tuple[int, Window]]] = {}
        for window in moments:
            snapshot = known.get(window.period.last_day)
            since = None if snapshot is None else sum(change.snapshot > snapshot for change in changes)
            if snapshot is None or since is None:
                self._say(self.stocks, {window.bucket: REBUILT})
            elif since:
                groups.setdefault(since, []).append((snapshot, window))
        past = [self._reading(group, changes) for group in groups.values()]
        return Readings(self._without(past), tuple(reading for reading in past if reading.windows), self.said)

    def _changes(self, snapshot: int) -> tuple[Change, ...]:
        """The later snapshots that changed anything the stocks are read from."""
        kept = {kpi: self.now.windows[kpi] for kpi in self.stocks}
        found = (query for _, _, query in replace(self.now, windows=kept).statements())
        read = {table.name for query in found for table in query.find_all(exp.Table) if table.db}
        changes = self.opened.moments.changes_since(snapshot)
        return tuple(change for change in changes if change.tables & (read | _MAY_MATTER))

    def _reading(self, group: Sequence[tuple[int, Window]], changes: Sequence[Change]) -> Reading:
        """What the stocks are told from in windows that share one state of their tables."""
        snapshot = group[0][0]
        state = self.opened.moments.state(snapshot)
        context = replace(self.opened.context, state=state, snapshot=snapshot)
        directory = self._directory(snapshot, changes)
        if directory is self.opened.directory:
            context = replace(context, organisation_now=True)
        request = replace(self.request, kpis=self.stocks)
        resolution = self.opened.resolution(request, context)
        reach = reach_of(self.opened, directory, resolution, self.visible)
        windows = frozenset(window.bucket for _, window in group)
        reading = Reading(resolution, context, directory, reach, dict.fromkeys(resolution.plans, windows))
        reading = self._answerable(reading)
        notes = {window.bucket: known_then(window.period.last_day, number) for number, window in group}
        self._say(tuple(reading.windows), notes)
        self._say([kpi for kpi in self.stocks if kpi not in reading.windows], dict.fromkeys(windows, REBUILT))
        return reading

    def _answerable(self, reading: Reading) -> Reading:
        """Without the KPIs for which an exchange rate was not known yet."""
        lacking = set()
        for number, batch in reading.batches():
            try:
                check_rates(self.opened.engine, reading.context, batch, reading.reach)
            except CurrencyError:
                lacking.add(number)
        plans = reading.resolution.plans
        windows = {kpi: each for kpi, each in reading.windows.items() if plans[kpi].batch not in lacking}
        return replace(reading, windows=windows)

    def _directory(self, snapshot: int, changes: Sequence[Change]) -> Directory:
        """The organisation known then, with the reps known since; today's where none was known yet, where it has not
        changed, or where the company wants today's."""
        today = self.opened.directory
        changed = any(change.snapshot > snapshot and change.tables & PEOPLE for change in changes)
        if not changed or self.opened.settings.company.organisation == "current":
            return today
        then = Directory.load(self.opened.engine, self.opened.context.schema, snapshot)
        if not then.teams or not then.stays:
            return today
        reps = then.reps | today.reps
        unknown = (then.unknown_reps | today.unknown_reps).difference(reps)
        return replace(then, reps=reps, unknown_reps=unknown)

    def _without(self, past: Sequence[Reading]) -> Reading:
        """Today's reading, without the windows told by a snapshot."""
        windows = dict(self.now.windows)
        for reading in past:
            windows |= {kpi: windows[kpi] - each for kpi, each in reading.windows.items()}
        return replace(self.now, windows=windows)

    def _say(self, kpis: Sequence[str], notes: Mapping[int, Issue]) -> None:
        for kpi in kpis:
            self.said[kpi] |= notes


def scopes_of_then(today: Directory, then: Sequence[Directory], request: Request, visible: Visible) -> list[Scope]:
    """Teams and reps that only the past knows, shown where they hold something, to those who see everything."""
    if not visible.company:
        return []
    teams = {team.number: team for each in then for team in each.teams.values() if team.number not in today.teams}
    reps = {rep.number: rep for each in then for rep in each.reps.values() if rep.number not in today.reps}
    found = [Scope(TEAM, team.number, team.key, team.name, True) for team in teams.values() if TEAM in request.levels]
    return found + [Scope(REP, rep.number, rep.key, rep.name, True) for rep in reps.values() if REP in request.levels]
