"""The rows behind an answer, and the answer explained: the two questions every number must withstand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.access import Viewer, Visible
from cadran.catalogue.kpi import Kpi
from cadran.currencies import check_rates
from cadran.directory import COMPANY, REP, TEAM, UNASSIGNED, Directory
from cadran.errors import Issue, Lang, RequestError, Text, did_you_mean
from cadran.numerals import day, number
from cadran.periods.period import label_of
from cadran.planner import sql
from cadran.planner.behind import Listed, rows_listed
from cadran.planner.explain import words
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution
from cadran.readings import Reading, Readings, readings_of
from cadran.scoping import levels_for
from cadran.session import Session, session
from cadran.workspace import Workspace


def rows_behind(
    workspace: Workspace,
    request: Request,
    viewer: Viewer,
    *,
    scope: str | None = None,
    scope_id: str | None = None,
    level: str = REP,
) -> pa.Table:
    """The facts each KPI of the request counted, as the viewer may see them.

    Columns: kpi, period_start, period_end (of the number), rep, team (ids), in_numerator, in_denominator, left_out,
    then the source's own. Where a KPI counts clients (orders ...), their rows are flagged by what became of the client
    in the scope asked for, and rows of clients on neither side are not listed; those of a base lie before the period.
    The columns of several KPIs are united. `scope` and `scope_id` narrow them to one team (and those below), rep, or
    to what is unassigned at a `level`. A derived KPI gives the rows of those it is made of.
    """
    request = replace(request, compare=frozenset(), intervals=False)
    with session(workspace, request) as opened:
        named = [
            named_rows(opened.engine.query(listed.rows()), kpi, reading)
            for kpi, reading, listed in all_listed(opened, request, viewer, (scope, scope_id, level))
        ]
    return pa.concat_tables(named, promote_options="permissive") if named else pa.table({})


def explained(workspace: Workspace, request: Request, viewer: Viewer, lang: Lang, *, plan: bool = False) -> str:
    """What each KPI of the request means and how it is computed, in words, then the SQL that was run; with `plan`,
    what the engine reads for it instead."""
    with session(workspace, request) as opened:
        visible = opened.visible(viewer)
        request = replace(request, levels=levels_for(request, visible))
        readings = readings_of(opened, request, visible)
        resolution = readings.now.resolution
        parts = [
            "\n".join(text.to(lang) for text in words(kpi, resolution, request, opened.settings, opened.context))
            for kpi in resolution.kpis
        ]
        told = list(dict.fromkeys(text.to(lang) for text in _told(readings)))
        queries = [query for reading in readings.all for _, _, query in reading.statements()]
        computed = [opened.engine.written(query, pretty=True) for query in queries]
        if plan:
            computed = ["\n".join(_reads(opened, query, lang)) for query in queries]
    period = label_of(request.window, lang, opened.settings.company.fiscal_month)
    evening = day(request.as_of, lang)
    known = (
        f"Période : {period}, connue au soir du {evening}"
        if lang == "fr"
        else f"Period: {period}, as known on the evening of {evening}"
    )
    return "\n\n".join([*parts, "\n".join([known, *told]), *computed])


def _reads(opened: Session, query: exp.Expr, lang: Lang) -> Iterator[str]:
    """What the engine reads to answer one statement: a line for each table, as often as it reads it."""
    scans = opened.engine.scans(query)
    yield _READS.to(lang).format(engine=opened.engine.name, rows=number(sum(scan.rows for scan in scans), lang))
    for scan in scans:
        profile = opened.context.state.tables.get(scan.table)
        of_all = f" / {number(profile.rows, lang)}" if profile else ""
        conditions = f" [{' ; '.join(scan.conditions)}]" if scan.conditions else ""
        columns = ", ".join(scan.columns) + conditions
        yield f"  {scan.table:<16}{number(scan.rows, lang):>12}{of_all:<14} {columns}".rstrip()


_READS = Text(
    "Lectures prévues par {engine}, en lignes : {rows} (estimées / en tout, puis colonnes [conditions])",
    "Readings planned by {engine}, in rows: {rows} (estimated / in all, then columns [conditions])",
)


def _told(readings: Readings) -> Iterator[Text]:
    """What state of the store the past moments of stocks are told from."""
    for said in readings.said.values():
        for window, issue in said.items():
            evening = readings.now.resolution.windows[window].period.last_day
            yield Text(f"{day(evening, 'fr')} : {issue.message.fr}", f"{day(evening, 'en')}: {issue.message.en}")
    if readings.past:
        yield _ORGANISATION


_ORGANISATION = Text(
    "Les équipes sont celles connues à chacune de ces dates ; qui peut voir quoi suit l’organisation d’aujourd’hui.",
    "Teams are those known on each of these dates; who may see what follows the organisation of today.",
)


def _leaves(opened: Session, request: Request) -> Iterator[Kpi]:
    """The KPIs whose rows are asked for: those of the request, a derived one replaced by what it is made of."""
    resolution = opened.resolution(request)
    for kpi_id in resolution.plans:
        yield resolution.definitions[kpi_id]


Part = tuple[str | None, str | None, str]  # scope, its id, and the level of what is unassigned


def all_listed(
    opened: Session, request: Request, viewer: Viewer, wanted: Part
) -> Iterator[tuple[Kpi, Reading, Listed]]:
    """The lists that the rows behind a request stand in: for each KPI, those of today's state, then of past ones."""
    visible = opened.visible(viewer)
    request = replace(request, levels=levels_for(request, visible))
    for kpi in _leaves(opened, request):
        readings = readings_of(opened, replace(request, kpis=(kpi.id,)), visible)
        _check_scope([reading.directory for reading in readings.all], visible, wanted)
        for reading in readings.all:
            listed = _listed(opened, reading, kpi, wanted)
            if listed is not None:
                yield kpi, reading, listed


def named_rows(table: pa.Table, kpi: Kpi, reading: Reading) -> pa.Table:
    """Listed rows with the KPI, the days of its period, and the company's ids of reps and teams."""
    return _with_ids(_dated(table, kpi, reading.resolution), reading.directory)


def read_rows(opened: Session, reading: Reading, kpi: Kpi, wanted: Part) -> pa.Table | None:
    """The rows that one reading counted in the periods it tells, reps and teams by the store's numbers; None where it
    tells none of the KPI's periods."""
    listed = _listed(opened, reading, kpi, wanted)
    return None if listed is None else opened.engine.query(listed.rows())


def _listed(opened: Session, reading: Reading, kpi: Kpi, wanted: Part) -> Listed | None:
    """What asks for those rows, in currencies whose rates are known."""
    resolution, told = reading.resolution, reading.windows.get(kpi.id, frozenset())
    asked = [asked.current for asked in resolution.periods if asked.current is not None]
    windows = [resolution.windows[number] for number in asked if number in told]
    base = [window for window in resolution.windows if window.bucket in told - set(asked)]
    if not windows:
        return None
    plan = resolution.plans[kpi.id]
    batch = resolution.batches[plan.batch]
    check_rates(opened.engine, reading.context, batch, reading.reach)
    return rows_listed(
        resolution.populations[kpi.id],
        plan,
        batch,
        tuple(windows),
        tuple(base),
        reading.context,
        reading.reach,
        _part(reading.directory, *wanted),
    )


def _dated(table: pa.Table, kpi: Kpi, resolution: Resolution) -> pa.Table:
    """The window's number replaced by its days, and the KPI named."""
    buckets = table.column("bucket")
    at = pc.index_in(buckets, pa.array([window.bucket for window in resolution.windows], buckets.type))
    periods = [window.period for window in resolution.windows]
    first = {
        "kpi": pa.repeat(pa.scalar(kpi.id), table.num_rows),
        "period_start": pc.take(pa.array([period.start for period in periods], pa.date32()), at),
        "period_end": pc.take(pa.array([period.end for period in periods], pa.date32()), at),
    }
    rest = {name: table.column(name) for name in table.column_names if name != "bucket"}
    return pa.table({**first, **rest})


def _part(directory: Directory, scope: str | None, scope_id: str | None, level: str) -> exp.Expr | None:
    """The condition that keeps the rows of one scope; None keeps all."""
    if scope in (None, COMPANY):
        return None
    in_teams = bool(directory.teams) and bool(directory.stays)
    if scope == UNASSIGNED:
        return sql.is_null(sql.col(level)) if level == REP or in_teams else None
    known = _keys(directory, scope)
    if scope_id not in known or (scope == TEAM and not in_teams):
        return exp.false()
    numbers = directory.below(known[scope_id]) if scope == TEAM else {known[scope_id]}
    keys = {number: key for key, number in known.items()}
    ids = [keys[number] if directory.by_key else number for number in sorted(numbers)]
    return sql.one_of(sql.col(scope or ""), [sql.written_id(each) for each in ids])


def _keys(directory: Directory, scope: str | None) -> dict[str, int]:
    return directory.team_keys if scope == TEAM else directory.rep_keys if scope == REP else {}


def _check_scope(directories: Iterable[Directory], visible: Visible, wanted: Part) -> None:
    """Raises RequestError for a scope that nobody knows, today or then, and the same for one that the viewer may not
    see: what there is besides is not told."""
    scope, scope_id, _ = wanted
    mine = visible.teams if scope == TEAM else visible.reps
    known = {key for each in directories for key in _keys(each, scope) if visible.company or key in mine}
    if scope not in (None, COMPANY, UNASSIGNED) and scope_id not in known:
        raise RequestError(_unknown_scope(scope or "", scope_id or "", known))


def _unknown_scope(scope: str, scope_id: str, known: Iterable[str]) -> Issue:
    return Issue(
        "unknown_scope",
        Text(f"Aucun périmètre « {scope} » nommé « {scope_id} ».", f'There is no {scope} called "{scope_id}".'),
        did_you_mean(scope_id, known),
    )


def _with_ids(table: pa.Table, directory: Directory) -> pa.Table:
    """Reps and teams by the company's ids instead of the store's numbers."""
    known = {
        "rep_number": ("rep", {number: rep.key for number, rep in directory.reps.items()}),
        "team_number": ("team", {number: team.key for number, team in directory.teams.items()}),
    }
    columns = {}
    for column in table.column_names:
        name, keys = known.get(column, (column, None))
        columns[name] = table.column(column) if keys is None else _keyed(table.column(column), keys, directory.by_key)
    return pa.table(columns)


def _keyed(column: pa.ChunkedArray, keys: dict[int, str], by_key: bool) -> pa.ChunkedArray:
    """Each number's key, or each key itself; nothing for one that nobody knows."""
    written = pa.array(keys.values(), pa.string())
    listed = written if by_key else pa.array(keys, pa.int64())
    return pc.take(written, pc.index_in(column.cast(listed.type), listed))
