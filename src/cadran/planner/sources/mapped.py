"""A table of the model drawn from a company's own: a SELECT with our columns over theirs, by what `[tables]` says.

    id | partner  | state  | total          row_key | account_id | amount | ... | _doubts
    ---+----------+--------+------   ->     --------+------------+--------+-----+--------
     7 | ACME     | posted |   120          7       | ACME       | 120.00 | ... |       0

Ids stay texts. What cannot be right is doubtful here as it is in the store: dates out of order, dates more than ten
years ahead, NPS scores outside 0-10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from cadran.catalogue.formula import parse, parse_condition
from cadran.periods.period import add_months
from cadran.planner import sql
from cadran.planner.sql import THEIR_WORDS, Expr, col
from cadran.store.schema import logical_type, stored_as
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapping import ColumnMapping, MappedTable
from cadran.tables.model import SALES_MODEL

_TEXTS = (Type.ID, Type.TEXT, Type.CHOICE)
_DATES = (Type.DATE, Type.TIMESTAMP)
_YEARS_AHEAD = 10
_SEPARATOR = "\x1f"
_THEIRS = "t"


@dataclass(frozen=True)
class SourceColumn:
    """A column of theirs. `is_zoned`: a moment that knows its time zone."""

    name: str
    type: Type
    is_zoned: bool = False


@dataclass(frozen=True)
class Place:
    """Where rows are read: the company's time zone, its today, and the dialect that queries in settings are in."""

    zone: str
    today: date
    dialect: str


def source_of(mapped: MappedTable, dialect: str) -> Expr:
    """Their table or query, under the name it is read by here. A query was checked when it was first described; it
    means what it means to their engine, whatever that engine's file rewrites of ours."""
    if mapped.table is not None:
        return sql.table(mapped.table, _THEIRS)
    query: Expr = exp.maybe_parse(mapped.query or "", dialect=dialect)
    query.meta[THEIR_WORDS] = True
    return sql.aliased(query, _THEIRS)


def empty_relation(table: Table) -> exp.Select:
    """The table where nothing fills it."""
    return exp.Select(expressions=list(_named(table, {}, sql.null("BIGINT")))).where(exp.false())


def relation(mapped: MappedTable, theirs: Mapping[str, SourceColumn], place: Place) -> exp.Select:
    """Every column of the model's table, `row_key` and `_doubts`. Raises FormulaError for a wrong formula."""
    table = SALES_MODEL[mapped.name]
    writer = _Writer(theirs, place)
    columns = {name: writer.value(table[name], form) for name, form in mapped.fill.columns.items()}
    query = exp.Select(expressions=list(_named(table, columns, _doubts(table, columns, place.today))))
    query.set("from_", exp.From(this=source_of(mapped, place.dialect)))
    return query if mapped.fill.where is None else query.where(writer.condition(mapped.fill.where))


def _named(table: Table, columns: Mapping[str, Expr], doubts: Expr) -> Iterator[Expr]:
    yield sql.named(_row_key(table, columns), "row_key")
    for column in table.columns:
        if stored_as(table, column.name) == column.name:
            value = columns[column.name].copy() if column.name in columns else sql.null(logical_type(column))
            yield sql.named(value, column.name)
    yield sql.named(doubts, "_doubts")


def _row_key(table: Table, columns: Mapping[str, Expr]) -> Expr:
    """The key as one text: its parts, a separator between them."""
    parts = [columns[name].copy() if name in columns else sql.null("TEXT") for name in table.key]
    if len(parts) == 1:
        return parts[0]
    joined: Expr = sql.coalesce(sql.cast(parts[0], "TEXT"), sql.text(""))
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=sql.text(_SEPARATOR))
        joined = exp.DPipe(this=joined, expression=sql.coalesce(sql.cast(part, "TEXT"), sql.text("")))
    return joined


class _Writer:
    """Writes the value of one of our columns over theirs."""

    def __init__(self, theirs: Mapping[str, SourceColumn], place: Place) -> None:
        self.theirs, self.place = theirs, place
        self.types = {name: column.type for name, column in theirs.items()}

    def condition(self, text: str) -> Expr:
        return exp.Paren(this=parse_condition(text, self.types).render(self._column))

    def value(self, column: Column, form: ColumnMapping) -> Expr:
        if form.values or form.otherwise is not None:
            return self._translated(column, form)
        if form.constant is not None:
            return sql.cast(sql.text(form.constant), logical_type(column))
        if form.formula is not None:
            found = parse(form.formula, self.types, aggregates=False).render(self._column)
            return sql.cast(exp.Paren(this=found), logical_type(column))
        return self._plain(column, self.theirs[form.header or ""])

    def _column(self, name: str) -> Expr:
        """A column in a formula: a moment is one of the company's own clock."""
        return self._local(self.theirs[name])

    def _local(self, theirs: SourceColumn) -> Expr:
        value = col(theirs.name, _THEIRS)
        return exp.AtTimeZone(this=value, zone=sql.text(self.place.zone)) if theirs.is_zoned else value

    def _plain(self, column: Column, theirs: SourceColumn) -> Expr:
        if column.type not in _TEXTS:
            value = self._local(theirs) if column.type in _DATES else col(theirs.name, _THEIRS)
            return sql.cast(value, logical_type(column))
        written = sql.cast(self._local(theirs), "TEXT")
        return exp.Nullif(this=written, expression=sql.text("")) if theirs.type is Type.TEXT else written

    def _translated(self, column: Column, form: ColumnMapping) -> Expr:
        """Their words as ours; a word that is not translated stays as it is, for the checks to name it."""
        given = self._given(column, form)
        word = exp.Lower(this=exp.Trim(this=sql.cast(given.copy(), "TEXT")))
        cases = [(sql.equal(word.copy(), sql.text(said.strip().lower())), sql.text(ours)) for said, ours in form.values]
        other = sql.cast(given, "TEXT") if form.otherwise is None else sql.text(form.otherwise)
        chosen = sql.when(*cases, otherwise=other) if cases else other
        return sql.cast(chosen, logical_type(column))

    def _given(self, column: Column, form: ColumnMapping) -> Expr:
        if form.formula is not None:
            return exp.Paren(this=parse(form.formula, self.types, aggregates=False).render(self._column))
        return self._local(self.theirs[form.header or column.name])


# -- doubts --------------------------------------------------------------------------------------------------------


def _doubts(table: Table, columns: Mapping[str, Expr], today: date) -> Expr:
    """A bit per doubtful column (`Table.position`)."""
    by_column: dict[str, list[Expr]] = {}
    for name, condition in _checks(table, columns, today):
        by_column.setdefault(name, []).append(condition)
    total: Expr = sql.cast(sql.number(0), "BIGINT")
    for name, conditions in by_column.items():
        bit = sql.when((sql.either(*conditions), sql.number(1 << table.position(name))), otherwise=sql.number(0))
        total = exp.Add(this=total, expression=bit)
    return total


def _checks(table: Table, columns: Mapping[str, Expr], today: date) -> Iterator[tuple[str, Expr]]:
    for first, last in table.ordered:
        if first in columns and last in columns:
            yield first, sql.greater(columns[first].copy(), columns[last].copy())
    limit = sql.day(add_months(today, 12 * _YEARS_AHEAD))
    for name, value in columns.items():
        if table[name].type in _DATES and (table[name].required or name != "ends_on"):
            yield name, sql.greater(value.copy(), limit.copy())
    if table.name == "feedback" and {"score", "kind"} <= columns.keys():
        low, high = sql.number(0), sql.number(10)
        outside = exp.Not(this=exp.Paren(this=exp.Between(this=columns["score"].copy(), low=low, high=high)))
        is_nps = sql.equal(columns["kind"].copy(), sql.text("nps"))
        odd = sql.both(is_nps, outside)
        assert odd is not None
        yield "score", exp.Paren(this=odd)
