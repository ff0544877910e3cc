"""The rows that made a number differ between two states of the store, with what each of them weighed in it.

Of a KPI that is a sum over rows, every row has its part: the KPI computed over that row alone, by the planner that
computes the whole. Of any other KPI a row is listed where it entered or left a term, or where a column that the KPI
reads has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from sqlglot import exp

from cadran.access import Visible
from cadran.ask import run
from cadran.behind import read_rows
from cadran.catalogue.kpi import Additivity
from cadran.directory import REP
from cadran.planner.plan import Batch
from cadran.planner.request import Request
from cadran.planner.sources import base_table, drawn_from
from cadran.planner.to_sql import statement
from cadran.readings import Reading, Readings, readings_of
from cadran.session import Session
from cadran.store.schema import as_written, current, is_interned, keys_of, quoted, stored_as
from cadran.tables.contract import Column, Table
from cadran.tables.model import SALES_MODEL

ROW_KEY = "row_key"
_NUMBER, _DOUBTS = "_import", "_doubts"
Part = Decimal | int | float


@dataclass(frozen=True)
class Place:
    """Where a number stands in an answer: whose it is (`level` tells what is unassigned apart), and its period."""

    level: str
    scope: str
    scope_id: str | None
    period_start: date
    period_end: date


@dataclass(frozen=True)
class Weight:
    """What a row was in a number: its part of a sum, or the terms it entered."""

    part: Part | None = None
    in_numerator: bool | None = None
    in_denominator: bool | None = None
    left_out: bool | None = None


@dataclass(frozen=True)
class StoredRow:
    """A row as it lies in the store, ids as the company writes them: which import brought it, what it says, and the
    columns in doubt; `rep_columns` are those that hold a rep's id."""

    number: int
    cells: dict[str, Any]
    doubts: tuple[str, ...]
    rep_columns: frozenset[str]

    def naming(self, reps: frozenset[str]) -> StoredRow:
        """The row without the ids of any other reps."""
        hidden = {name for name in self.rep_columns if self.cells[name] not in reps}
        return replace(self, cells=self.cells | dict.fromkeys(hidden))


class Side:
    """One of the two states that are compared: the request as it is answered there."""

    def __init__(self, opened: Session, request: Request, visible: Visible) -> None:
        self.opened, self.request, self.visible = opened, request, visible
        self._found: dict[tuple[str, date], dict[str, StoredRow | None]] = {}

    @cached_property
    def readings(self) -> Readings:
        return readings_of(self.opened, self.request, self.visible)

    def holds(self, kpi: str) -> bool:
        return kpi in self.readings.now.resolution.plans

    def is_a_sum(self, kpi: str) -> bool:
        """Whether the KPI is the sum of its rows' own values."""
        resolution = self.readings.now.resolution
        adds_up = resolution.definitions[kpi].additivity is not Additivity.NON_ADDITIVE
        return adds_up and resolution.populations[kpi].per is None and resolution.plans[kpi].denominator is None

    def told(self, kpi: str) -> Iterator[tuple[Reading, Batch]]:
        """The readings that tell the periods of a KPI, each with its batch over these periods alone."""
        for reading in self.readings.all:
            asked = {each.current for each in reading.resolution.periods} & reading.windows.get(kpi, frozenset())
            if asked:
                batch = reading.resolution.batches[reading.resolution.plans[kpi].batch]
                windows = tuple(window for window in batch.windows if window.bucket in asked)
                yield reading, replace(batch, windows=windows)

    def parts(self, kpi: str) -> list[pa.Table]:
        """level, unit, bucket, row_key, part: what each row weighs in each number of a KPI that is a sum."""
        return [self._parts(reading, batch, kpi) for reading, batch in self.told(kpi)] if self.holds(kpi) else []

    def _parts(self, reading: Reading, batch: Batch, kpi: str) -> pa.Table:
        by_row = replace(batch, dimensions=(ROW_KEY,), wanted=batch.wanted | {ROW_KEY})
        table = run(self.opened, reading, by_row, statement(by_row, reading.context, reading.reach))
        term = reading.resolution.plans[kpi].numerator.tree.transform(_or_zero)
        part = term.sql(dialect="duckdb")
        query = f"SELECT level, unit, bucket, d0 AS row_key, {part} AS part FROM given GROUP BY ALL"
        return self.query(query, given=table)

    def rows(self, kpi: str, place: Place) -> dict[str, Weight]:
        """The rows a KPI counted, or left out, in one of its numbers."""
        found: dict[str, Weight] = {}
        wanted = (place.scope, place.scope_id, place.level)
        for reading in self.readings.all if self.holds(kpi) else ():
            table = read_rows(self.opened, reading, self.readings.now.resolution.definitions[kpi], wanted)
            for row in table.to_pylist() if table is not None else ():
                if reading.resolution.windows[row["bucket"]].period.start == place.period_start:
                    flags = row["in_numerator"], row["in_denominator"], row["left_out"]
                    found[row[ROW_KEY]] = Weight(None, *flags)
        return found

    def stored(self, kpi: str, keys: Iterable[str], period_start: date) -> dict[str, StoredRow]:
        """The rows of these keys as this state holds them, for a period; each is looked up once."""
        found = self._found.setdefault((kpi, period_start), {})
        wanted = {key for key in keys if key not in found}
        if wanted:
            found |= dict.fromkeys(wanted) | self._look_up(kpi, wanted, period_start)
        return {key: row for key in keys if (row := found[key]) is not None}

    def _look_up(self, kpi: str, keys: set[str], period_start: date) -> dict[str, StoredRow]:
        wanted = pa.table({"key": pa.array(sorted(keys), pa.string())})
        for reading, batch in self.told(kpi) if self.holds(kpi) else ():
            if any(window.period.start == period_start for window in batch.windows):
                return self._stored(reading, batch, wanted)
        return {}

    def _stored(self, reading: Reading, batch: Batch, wanted: pa.Table) -> dict[str, StoredRow]:
        table = SALES_MODEL[base_table(batch.source, reading.context)]
        columns = ", ".join(f"{_written(table, column)} AS {quoted(column.name)}" for column in table.columns)
        joins = " ".join(_key_join(column) for column in table.columns if is_interned(column))
        at = "" if reading.context.snapshot is None else f" AT (VERSION => {reading.context.snapshot})"
        found = self.query(
            f"SELECT t.row_key, {columns}, t._import, t._doubts FROM {current(table.name)} AS t{at} "
            f"SEMI JOIN given ON given.key = t.row_key {joins}",
            given=wanted,
        )
        names = table.column_names
        rep_columns = frozenset(column.name for column in table.columns if column.domain == REP)
        return {
            row[ROW_KEY]: StoredRow(
                row[_NUMBER],
                {name: row[name] for name in names},
                tuple(name for name in names if (row[_DOUBTS] or 0) >> table.position(name) & 1),
                rep_columns,
            )
            for row in found.to_pylist()
        }

    def read_columns(self, kpi: str) -> frozenset[str]:
        """The stored columns of the KPI's own table that it reads."""
        reading = self.readings.now
        batch = reading.resolution.batches[reading.resolution.plans[kpi].batch]
        drawn = drawn_from(batch.source, reading.context)
        names = {name for name in batch.wanted if "." not in name} | {batch.on, batch.closes or batch.on, "currency"}
        names |= {"rep_id", "account_id"} if any("." in name for name in batch.wanted) else {"rep_id"}
        return frozenset(stored for name in names if (stored := drawn.stored(name)))

    def table(self, kpi: str) -> str:
        """The stored table that the KPI's rows lie in."""
        reading = self.readings.now
        return base_table(reading.resolution.batches[reading.resolution.plans[kpi].batch].source, reading.context)

    def tables_read(self, kpi: str) -> frozenset[str]:
        reading = self.readings.now
        batch = reading.resolution.batches[reading.resolution.plans[kpi].batch]
        query = statement(batch, reading.context, reading.reach)
        return frozenset(table.name for table in query.find_all(exp.Table) if table.db)

    def query(self, statement: str, **given: pa.Table) -> pa.Table:
        """A question about tables in memory beside those of the store."""
        connection = self.opened.moments.lake.connection
        for name, table in given.items():
            connection.register(name, table)
        try:
            return self.opened.engine.query(statement)
        finally:
            for name in given:
                connection.unregister(name)


Changed = dict[tuple[int, int | None, date], dict[str, tuple[Weight, Weight]]]


def changed_parts(then: Side, now: Side, kpi: str) -> Changed:
    """Of a sum: the rows that weigh something else than before, by level, the store's number of the scope, and the
    first day of the period."""
    before, after = (_united(side.parts(kpi)) for side in (then, now))
    table = now.query(_CHANGED, given_before=before, given_after=after)
    starts = {window.bucket: window.period.start for window in now.readings.now.resolution.windows}
    found: Changed = {}
    for row in table.to_pylist():
        place = row["level"], row["unit"], starts[row["bucket"]]
        found.setdefault(place, {})[row[ROW_KEY]] = Weight(row["before"]), Weight(row["after"])
    return found


_CHANGED = """
SELECT coalesce(a.level, b.level) AS level, coalesce(a.unit, b.unit) AS unit, coalesce(a.bucket, b.bucket) AS bucket,
       coalesce(a.row_key, b.row_key) AS row_key, a.part AS before, b.part AS after
FROM given_before a FULL JOIN given_after b ON a.level = b.level AND a.unit IS NOT DISTINCT FROM b.unit
     AND a.bucket = b.bucket AND a.row_key = b.row_key
WHERE coalesce(a.part, 0) <> coalesce(b.part, 0) ORDER BY bucket, level, unit, row_key
"""
_NO_PARTS = pa.table(
    {
        "level": pa.array([], pa.int32()),
        "unit": pa.array([], pa.int64()),
        "bucket": pa.array([], pa.int32()),
        ROW_KEY: pa.array([], pa.string()),
        "part": pa.array([], pa.int64()),
    }
)


def _united(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="permissive") if tables else _NO_PARTS


def _or_zero(node: exp.Expr) -> exp.Expr:
    """An output, which one line of several has for a place; what no row was summed for is zero."""
    if isinstance(node, exp.Column):
        return exp.Coalesce(this=exp.AnyValue(this=node), expressions=[exp.Literal.number(0)])
    return node


def _written(table: Table, column: Column) -> str:
    stored = f"t.{quoted(stored_as(table, column.name))}"
    return as_written(column.domain, f"k_{column.name}.key", stored) if is_interned(column) else stored


def _key_join(column: Column) -> str:
    alias = f"k_{column.name}"
    return f"LEFT JOIN {keys_of(column.domain or '')} AS {alias} ON {alias}.id = t.{quoted(column.name)}"
