"""The rows behind an answer, and the answer explained: the two questions every number must withstand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from cadran.access import Viewer
from cadran.catalogue.kpi import Kpi
from cadran.currencies import check_rates
from cadran.directory import COMPANY, REP, TEAM, UNASSIGNED, Directory
from cadran.errors import Issue, Lang, RequestError, Text, did_you_mean
from cadran.periods.period import label_of
from cadran.planner import sql
from cadran.planner.behind import rows_statement
from cadran.planner.explain import words
from cadran.planner.request import Request
from cadran.planner.resolve import Resolution, Resolver
from cadran.scoping import levels_for
from cadran.workspace import Workspace

if TYPE_CHECKING:
    from cadran.ask import Session


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

    Columns: kpi, period_start, period_end, rep, team (ids), in_numerator, in_denominator, then the source's own. The
    columns of several KPIs are united. `scope` and `scope_id` narrow them to one team (and those below), rep, or to
    what is unassigned at a `level`. A derived KPI gives the rows of those it is made of.
    """
    from cadran.ask import session

    request = replace(request, compare=frozenset(), intervals=False)
    with session(workspace, request) as opened:
        visible = opened.visible(viewer)
        request = replace(request, levels=levels_for(request, visible))
        part = _part(opened.directory, scope, scope_id, level)
        tables = [
            table
            for kpi in _leaves(opened, request)
            for table in _rows_of(opened, replace(request, kpis=(kpi.id,)), kpi, viewer, part)
        ]
    named = [_with_ids(table, opened.directory) for table in tables]
    return pa.concat_tables(named, promote_options="permissive") if named else pa.table({})


def explained(workspace: Workspace, request: Request, viewer: Viewer, lang: Lang) -> str:
    """What each KPI of the request means and how it is computed, in words, then the SQL that was run."""
    from cadran.ask import session, statements_of

    with session(workspace, request) as opened:
        visible = opened.visible(viewer)
        request = replace(request, levels=levels_for(request, visible))
        resolution = Resolver(request, opened.catalogue, opened.settings, opened.context).resolve()
        parts = [
            "\n".join(text.to(lang) for text in words(kpi, resolution, request, opened.settings, opened.context))
            for kpi in resolution.kpis
        ]
        queries = [
            query.sql(dialect=opened.engine.dialect, pretty=True)
            for query in statements_of(opened, resolution, visible)
        ]
    period = label_of(request.window, lang, opened.settings.company.fiscal_month)
    evening = f"{request.as_of:%d/%m/%Y}" if lang == "fr" else f"{request.as_of:%-d %b %Y}"
    known = (
        f"Période : {period}, connue au soir du {evening}"
        if lang == "fr"
        else f"Period: {period}, as known on the evening of {evening}"
    )
    return "\n\n".join([*parts, known, *queries])


def _leaves(opened: Session, request: Request) -> Iterator[Kpi]:
    """The KPIs whose rows are asked for: those of the request, a derived one replaced by what it is made of."""
    resolution = Resolver(request, opened.catalogue, opened.settings, opened.context).resolve()
    for kpi_id in resolution.plans:
        yield resolution.definitions[kpi_id]


def _rows_of(opened: Session, request: Request, kpi: Kpi, viewer: Viewer, part: exp.Expr | None) -> Iterator[pa.Table]:
    resolution = Resolver(request, opened.catalogue, opened.settings, opened.context).resolve()
    if kpi.id not in resolution.plans:
        return
    batch = resolution.batches[resolution.plans[kpi.id].batch]
    visible = opened.visible(viewer)
    windows = [resolution.windows[asked.current] for asked in resolution.periods if asked.current is not None]
    base = [window for window in resolution.windows if window not in windows]
    if not windows:
        return
    first = min(window.period.start for window in resolution.windows)
    reach = opened.directory.reach(visible, current=opened.settings.company.organisation == "current", before=first)
    query = rows_statement(
        resolution.populations[kpi.id],
        resolution.plans[kpi.id],
        batch,
        tuple(windows),
        tuple(base),
        opened.context,
        reach,
        part,
    )
    check_rates(opened.engine, opened.context, batch, reach)
    yield _dated(opened.engine.query(query), kpi, resolution)


def _dated(table: pa.Table, kpi: Kpi, resolution: Resolution) -> pa.Table:
    """The window's number replaced by its days, and the KPI named."""
    buckets = table.column("bucket").to_pylist()
    periods = {window.bucket: window for window in resolution.windows}
    first = {
        "kpi": pa.array([kpi.id] * table.num_rows, pa.string()),
        "period_start": pa.array([periods[bucket].period.start for bucket in buckets], pa.date32()),
        "period_end": pa.array([periods[bucket].period.end for bucket in buckets], pa.date32()),
    }
    rest = {name: table.column(name) for name in table.column_names if name != "bucket"}
    return pa.table({**first, **rest})


def _part(directory: Directory, scope: str | None, scope_id: str | None, level: str) -> exp.Expr | None:
    """The condition that keeps the rows of one scope; None keeps all. Raises RequestError for one nobody knows."""
    if scope in (None, COMPANY):
        return None
    in_teams = bool(directory.teams) and bool(directory.stays)
    if scope == UNASSIGNED:
        return sql.is_null(sql.col(level)) if level == REP or in_teams else None
    known = directory.team_keys if scope == TEAM else directory.rep_keys if scope == REP else {}
    if scope_id not in known:
        raise RequestError(_unknown_scope(scope or "", scope_id or "", known))
    if scope == TEAM and not in_teams:
        return exp.false()
    numbers = directory.below(known[scope_id]) if scope == TEAM else {known[scope_id]}
    return sql.one_of(sql.col(scope or ""), [sql.number(number) for number in sorted(numbers)])


def _unknown_scope(scope: str, scope_id: str, known: Iterable[str]) -> Issue:
    return Issue(
        "unknown_scope",
        Text(f"Aucun périmètre « {scope} » nommé « {scope_id} ».", f'There is no {scope} called "{scope_id}".'),
        did_you_mean(scope_id, known),
    )


def _with_ids(table: pa.Table, directory: Directory) -> pa.Table:
    """Reps and teams by the company's ids instead of the store's numbers."""
    reps = {number: rep.key for number, rep in directory.reps.items()}
    teams = {number: team.key for number, team in directory.teams.items()}
    columns = {}
    for name in table.column_names:
        if name == "rep_number":
            columns["rep"] = pa.array([reps.get(number) for number in table.column(name).to_pylist()], pa.string())
        elif name == "team_number":
            columns["team"] = pa.array([teams.get(number) for number in table.column(name).to_pylist()], pa.string())
        else:
            columns[name] = table.column(name)
    return pa.table(columns)
