"""All the groups of one import -> staged relations, tallies, quarantine and remarks: what the store is handed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from cadran.intake import quarantine, remarks
from cadran.intake.clean import measure_scales
from cadran.intake.group import Group
from cadran.intake.inferred import infer
from cadran.intake.keys import Keyed, settle
from cadran.intake.plan import Fill
from cadran.intake.reading import Place
from cadran.intake.remarks import UnknownNames
from cadran.intake.rows import Rows, Source, gather, prepare
from cadran.intake.tallies import tally
from cadran.intake.typed import type_cells
from cadran.store.delivery import Staged, Tally, WarningCount
from cadran.store.state import present
from cadran.tables.model import SALES_MODEL

Progress = Callable[[str, int, int], None]
Plan = tuple[Group, tuple[Fill, ...]]


@dataclass(frozen=True)
class Stage:
    """What the import brings. Every name is of a temporary relation of the connection. `gathered`: all the rows of
    each table, those that cannot be taken too."""

    staged: tuple[Staged, ...]
    tallies: tuple[Tally, ...]
    quarantine: str
    warnings: tuple[WarningCount, ...]
    unknown: tuple[UnknownNames, ...]
    gathered: tuple[Rows, ...]


def stage(
    connection: duckdb.DuckDBPyConnection,
    plans: Sequence[Plan],
    place: Place,
    today: date,
    progress: Progress,
) -> Stage:
    """Clean and check every row of every group."""
    quarantine.start(connection)
    gathered = _gather(connection, plans, place, today, progress)
    keyed = {rows.table.name: settle(connection, rows) for rows in gathered if not rows.derived}
    inferred = {
        rows.table.name: infer(connection, rows, _relation(keyed.get(rows.table.name)))
        for rows in gathered
        if rows.derived
    }
    for rows in gathered:
        quarantine.collect(connection, rows, None if rows.derived else keyed[rows.table.name])
    _reject(connection, gathered)
    quarantine.finish(connection, [group for group, _ in plans])
    staged = tuple(_staged(rows, keyed, inferred) for rows in gathered)
    progress("check", 1, 2)
    warnings = [w for rows in gathered for w in remarks.doubtful(connection, rows)]
    warnings += [w for each in keyed.values() for w in remarks.empty_cells(connection, each)]
    warnings += [w for each in keyed.values() for w in remarks.repeated(connection, each)]
    warnings += [
        w for name, relation in inferred.items() for w in remarks.varied(connection, SALES_MODEL[name], relation)
    ]
    unknown = list(_unknown(connection, staged))
    progress("check", 2, 2)
    return Stage(
        staged,
        tally(connection, gathered, keyed, inferred),
        quarantine.RELATION,
        (*warnings, *(warning for warning, _ in unknown)),
        tuple(names for _, names in unknown),
        tuple(gathered),
    )


def _gather(
    connection: duckdb.DuckDBPyConnection,
    plans: Sequence[Plan],
    place: Place,
    today: date,
    progress: Progress,
) -> list[Rows]:
    """Type the cells of every group, then put the rows of every table together, in the order of the model."""
    sources: dict[tuple[str, bool], list[Source]] = defaultdict(list)
    for number, (group, fills) in enumerate(plans):
        progress("clean", number, len(plans))
        readings = tuple(dict.fromkeys(reading for fill in fills for reading in fill.readings))
        typed = type_cells(connection, group.texts, f"{group.name}_cells", readings, place)
        scales = measure_scales(connection, typed, fills)
        for fill in fills:
            sources[fill.table.name, fill.derived].append(prepare(group, fill, typed, scales, today))
    progress("clean", len(plans), len(plans))
    wanted = [(name, derived) for name in SALES_MODEL for derived in (False, True) if (name, derived) in sources]
    return [gather(connection, SALES_MODEL[name], derived, sources[name, derived]) for name, derived in wanted]


def _relation(keyed: Keyed | None) -> str | None:
    return keyed.relation if keyed else None


def _staged(rows: Rows, keyed: Mapping[str, Keyed], inferred: Mapping[str, str]) -> Staged:
    name = rows.table.name
    if rows.derived:
        return Staged(name, inferred[name], derived=True)
    return Staged(name, keyed[name].relation, counted=True, seen=keyed[name].seen)


def _reject(connection: duckdb.DuckDBPyConnection, gathered: Sequence[Rows]) -> None:
    """A line that could not be cut into cells is missing from every table its file fills, but of those that are only
    inferred nobody needs to correct it."""
    for rows in gathered:
        for source in rows.sources:
            for part in source.group.parts if not rows.derived else ():
                quarantine.reject(connection, part, rows.table.name)


def _unknown(
    connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged]
) -> Iterator[tuple[WarningCount, UnknownNames]]:
    stored = present(connection).filled
    parents: dict[str, list[Staged]] = defaultdict(list)
    for each in staged:
        parents[each.table].append(each)
    for each in staged:
        yield from remarks.unknown_names(connection, SALES_MODEL[each.table], each.relation, stored, parents)
