"""The only door to a number: `ask(workspace, request, viewer) -> Answer`.

request ─> who may see what ─> plan ─> SQL ─> engine ─> cube ─> figures ─> answer
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cadran.access import EVERYTHING, Viewer, Visible
from cadran.answer import Answer
from cadran.behind import explained, rows_behind
from cadran.catalogue.sources import SOURCES
from cadran.cube import Cell, Cube, cells_of, filled
from cadran.currencies import check_rates
from cadran.directory import Directory, People
from cadran.figures import read_figures, with_undated
from cadran.goals import goals_of
from cadran.objectives.reading import target_rows
from cadran.planner.plan import LEVELS, Batch, Mode, Term
from cadran.planner.request import Request
from cadran.planner.sources import Context, drawn_from
from cadran.planner.to_sql import statement
from cadran.planner.undated import undated_batches
from cadran.readings import Reading, readings_of, scopes_of_then
from cadran.scoping import levels_for, shown_scopes
from cadran.session import Session, session
from cadran.tables.contract import Column
from cadran.tables.model import INTERNED_DOMAINS, SALES_MODEL
from cadran.workspace import Workspace


class Telling(Protocol):
    """Tells the engine's answer to a batch, what it comes to as arrays, and the targets of some KPIs."""

    def tell(self, opened: Session, reading: Reading, batch: Batch) -> pa.Table: ...

    def cube(self, cells: tuple[Cell, ...], windows: int, batch: Batch, table: pa.Table) -> Cube: ...

    def targets(self, opened: Session, kpis: tuple[str, ...]) -> pa.Table: ...


class Anew:
    """Asks the engine: a warehouse by the statement itself, which some of them take in stages; the store by its text,
    which may have been written before."""

    def tell(self, opened: Session, reading: Reading, batch: Batch) -> pa.Table:
        asked = batch, reading.context, reading.reach
        query = statement(*asked) if reading.context.in_warehouse else opened.statement(*asked).text
        return run(opened, reading, batch, query)

    def cube(self, cells: tuple[Cell, ...], windows: int, batch: Batch, table: pa.Table) -> Cube:
        return filled(cells, windows, batch, table)

    def targets(self, opened: Session, kpis: tuple[str, ...]) -> pa.Table:
        return target_rows(opened.local, kpis)


def ask(
    workspace: Workspace,
    request: Request,
    viewer: Viewer = EVERYTHING,
    telling: Telling | None = None,
    known: People | None = None,
) -> Answer:
    """Answer a request as `viewer` may see it. `telling`: None asks the engine. `known`: who there was at an earlier
    snapshot.

    Raises RequestError (unknown KPI, dimension, scope), FormulaError (a filter), AccessError (a level the viewer may
    not see), CurrencyError (a missing rate), EngineError. A KPI whose tables are missing is no error: its rows say so.
    """
    with session(workspace, request, known) as opened:
        found = answer(opened, request, viewer, telling)
    return replace(
        found,
        explainer=partial(explained, workspace, request, viewer),
        tracer=partial(rows_behind, workspace, request, viewer),
    )


def answer(opened: Session, request: Request, viewer: Viewer, telling: Telling | None = None) -> Answer:
    """The answer to a request against an open session."""
    telling = telling or Anew()
    visible = opened.visible(viewer)
    request = replace(request, levels=levels_for(request, visible))
    readings = readings_of(opened, request, visible)
    resolution = readings.now.resolution
    tables = [tuple(_answers(opened, reading, telling)) for reading in readings.all]
    scopes = shown_scopes(opened.directory, request, visible, opened.settings.lang)
    scopes += scopes_of_then(opened.directory, readings.gone(), request, visible)
    cells = cells_of(scopes, len(request.dimensions), [table for found in tables for _, _, table in found])
    windows = len(resolution.windows)
    cubes = [{n: telling.cube(cells, windows, batch, table) for n, batch, table in found} for found in tables]
    thresholds = opened.settings.thresholds
    figures = read_figures(readings, cubes, thresholds, len(cells))
    undated = _undated(opened, readings.now, visible, telling)
    figures = with_undated(figures, undated, cells, resolution, opened.context)
    ask_company = partial(answer, opened, viewer=EVERYTHING, telling=telling)
    targets = partial(telling.targets, opened)
    organisation = opened.directory, opened.settings
    goals = goals_of(opened.local, targets, *organisation, request, resolution, figures, cells, ask_company)
    return Answer(
        request,
        opened.snapshot,
        resolution.kpis,
        cells,
        resolution.periods,
        figures,
        goals,
        thresholds,
        opened.settings.company.currency,
        opened.settings.company.revenue_basis,
    )


def _answers(opened: Session, reading: Reading, telling: Telling) -> Iterator[tuple[int, Batch, pa.Table]]:
    """The engine's answers to the batches of one reading."""
    for number, batch in reading.batches():
        yield number, batch, telling.tell(opened, reading, batch)


def run(opened: Session, reading: Reading, batch: Batch, query: exp.Expr | str) -> pa.Table:
    """The engine's answer to one batch, with the ids among its dimensions written as the company writes them."""
    is_past = reading.context.snapshot is not None  # which is read only if its rates are known to be there
    if not is_past and batch.mode is not Mode.UNDATED:
        check_rates(opened.engine, reading.context, batch, reading.reach)
    return _with_names(opened, reading.context, batch, opened.engine.query(query))


def _undated(
    opened: Session, reading: Reading, visible: Visible, telling: Telling
) -> Iterator[tuple[Batch, Mapping[str, Term], pa.Table]]:
    """The rows that lack the date they would be counted by, as each batch's KPIs count them."""
    current = opened.settings.company.organisation == "current"
    reach = opened.directory.reach(visible, current=current, before=opened.context.as_of)
    then = replace(reading, reach=reach)
    for batch, terms in undated_batches(reading.resolution, opened.context):
        yield batch, terms, telling.tell(opened, then, batch)


def _with_names(opened: Session, context: Context, batch: Batch, table: pa.Table) -> pa.Table:
    """The ids among the dimensions, as the company writes them; of a warehouse, the units by number."""
    if context.in_warehouse:
        return _with_numbers(opened.directory, table)
    for number, name in enumerate(batch.dimensions):
        column = _column(batch, name, context)
        if column is not None and column.domain in INTERNED_DOMAINS:
            keys = opened.engine.query(f"SELECT CAST(id AS VARCHAR) AS id, key FROM lake.keys_{column.domain}")
            table = _decoded(table, f"d{number}", keys)
    return table


def _with_numbers(directory: Directory, table: pa.Table) -> pa.Table:
    """The numbers of the teams and reps that a warehouse names by their ids."""
    unit, level = table.column("unit"), table.column("level")
    found = pa.chunked_array([pa.nulls(table.num_rows, pa.int64())])
    for name, numbers in (("team", directory.team_keys), ("rep", directory.rep_keys)):
        at = pc.index_in(unit, pa.array(list(numbers), pa.string()))
        mine = pc.take(pa.array(list(numbers.values()), pa.int64()), at)
        found = pc.if_else(pc.equal(level, LEVELS.index(name)), mine, found)
    return table.set_column(table.column_names.index("unit"), "unit", found)


def _column(batch: Batch, name: str, context: Context) -> Column | None:
    """The stored column behind a dimension."""
    parent, _, own = name.rpartition(".")
    if parent:
        return SOURCES[batch.source].parents[parent].by_name.get(own)
    drawn = drawn_from(batch.source, context)
    return SALES_MODEL[drawn.table].by_name.get(drawn.stored(own) or "")


def _decoded(table: pa.Table, name: str, keys: pa.Table) -> pa.Table:
    position = pc.index_in(table.column(name), keys.column("id").combine_chunks())
    written = pc.coalesce(pc.take(keys.column("key"), position), table.column(name))
    return table.set_column(table.column_names.index(name), name, written)
