"""The rows behind a number: the facts a KPI counted, with the terms each of them entered.

kpi | period | scope | in_numerator | in_denominator | the source's own columns, ids as the company writes them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlglot import exp

from cadran.catalogue.formula import Formula
from cadran.catalogue.kpi import Population
from cadran.catalogue.parsed import parse_population
from cadran.catalogue.sources import SOURCES
from cadran.planner import sql
from cadran.planner.gathered_rows import PERIOD, GatheredRows
from cadran.planner.measures import Measures, names_in
from cadran.planner.plan import Batch, KpiPlan, Window
from cadran.planner.rows import Reach, RowsBuilder, Step, credit_step, membership_step, window_steps
from cadran.planner.sources import Context, base_table, drawn_from
from cadran.planner.sql import Expr, col
from cadran.planner.taken import any_taken
from cadran.planner.texts import as_written, domains_of
from cadran.tables.contract import Column
from cadran.tables.model import INTERNED_DOMAINS, SALES_MODEL

FLAGS = ("in_numerator", "in_denominator", "left_out")
_AMOUNT, _SHARE = "DECIMAL(24, 4)", "DECIMAL(13, 12)"  # whose product is exact


@dataclass(frozen=True)
class Listed:
    """The facts that a KPI counts. `counted` lists them after its `steps`, with the store's numbers for ids; `own`: the
    columns of the source's own table. `day`: the column of the day they are in order by, where each is listed for
    itself, whatever the others say."""

    steps: tuple[Step, ...]
    counted: exp.Select
    own: tuple[Column, ...]
    context: Context
    reach: Reach
    is_shared: bool
    day: str | None

    def since(self, day: date) -> Listed:
        """Those of a day and after it, of facts that have a `day`."""
        assert self.day is not None, "facts in order of a day"
        return self._where(sql.at_least(col(self.day, "f"), sql.day(day)))

    def of_reps(self) -> Listed:
        """Those that are some rep's."""
        return self._where(sql.not_null(col("rep", "f")))

    def _where(self, condition: Expr) -> Listed:
        def narrowed(query: Expr) -> Expr:
            return sql.select([exp.Star()], sql.aliased(query, "f"), where=condition)

        steps = ((name, narrowed(query) if name == "rows" else query, kept) for name, query, kept in self.steps)
        return replace(self, steps=tuple(steps))

    def rows(self) -> Expr:
        """The statement that lists them, oldest first, ids as the company writes them."""
        columns: dict[str, Expr] = {name: col(name, "f") for name in self._names()}
        columns |= {column.name: _readable(column, self.context) for column in self.own}
        final = _with_keys(sql.select(columns, sql.table("listed", "f")), self.own, self.context)
        final.set("order", self._order(is_last_first=False))
        return sql.with_steps([*self.steps, ("listed", self.counted, False)], final)

    def newest(self, count: int | None = None) -> Expr:
        """The statement that lists so many of the last (all when None), the newest first; ids that are `numbered` as
        numbers."""
        names = [*self._names(), *(column.name for column in self.own)]
        final = sql.select({name: col(name, "f") for name in names}, sql.aliased(self.counted, "f"))
        final.set("order", self._order(is_last_first=True))
        if count is not None:
            final.set("limit", exp.Limit(expression=sql.number(count)))
        return sql.with_steps(list(self.steps), final)

    @property
    def numbered(self) -> dict[str, str]:
        """The columns of ids that the store holds numbers for, with what they identify."""
        return {column.name: column.domain or "" for column in self.own if _is_number(column, self.context)}

    def _order(self, *, is_last_first: bool) -> exp.Order:
        return exp.Order(expressions=[_ordered(key, is_last_first=is_last_first) for key in self._keys()])

    def _keys(self) -> list[Expr]:
        """What no two facts have in common: one that is shared is listed for each rep, some of whom nobody knows."""
        shared = ["share", *(column.name for column in self.own if column.name == "rep_id")] if self.is_shared else []
        return [col(name, "f") for name in ("bucket", "dated", "row_key", "rep_number", *shared)]

    def totals(self, *, of_each: bool = False) -> Expr:
        """The statement that counts them, `lines` and those of each flag, and adds up their `amount`s, by the share
        that is credited; for each `day`, where they have one, and `of_each` rep, `rep_number`."""
        columns: dict[str, Expr] = {"lines": exp.Count(this=exp.Star())}
        one, none = sql.number(1), sql.number(0)
        columns |= {flag: exp.Sum(this=sql.when((col(flag), one.copy()), otherwise=none.copy())) for flag in FLAGS}
        columns |= {"day": sql.cast(col("dated"), "DATE")} if self.day else {}
        columns |= {"rep_number": col("rep_number")} if of_each else {}
        if any(column.name == "amount" for column in self.own):
            amount: Expr = col("amount")
            if self.is_shared:
                amount = exp.Mul(this=exp.cast(amount, _AMOUNT), expression=exp.cast(col("share"), _SHARE))
            columns["amount"] = exp.Sum(this=amount)
        steps = [(name, query.copy(), kept) for name, query, kept in self.steps]
        groups = [col(name) for name in ("day", "rep_number") if name in columns]
        return sql.with_steps(steps, sql.select(columns, sql.aliased(self.counted.copy(), "f"), group=groups))

    def _names(self) -> list[str]:
        names = ["bucket", "row_key", "rep_number", *(["team_number"] if self.reach.has_teams else []), *FLAGS]
        return names + (["share"] if self.is_shared else [])


def rows_listed(
    population: Population,
    plan: KpiPlan,
    batch: Batch,
    windows: tuple[Window, ...],
    base: tuple[Window, ...],
    context: Context,
    reach: Reach,
    part: Expr | None = None,
) -> Listed:
    """The facts of `batch` that a KPI counts in `windows`; `base` are a retention's. `part` is a condition on their
    `rep` and `team`: what is said of a client is then said by these rows alone."""
    source = SOURCES[batch.source]
    domains = domains_of(drawn_from(batch.source, context), context)
    measures = Measures(source, weighted=batch.weighted, domains=domains)
    parsed = parse_population(population)
    counted = sql.both(plan.where, None if plan.left_out is None else exp.Not(this=plan.left_out.copy()))
    gathered = GatheredRows(parsed, measures, batch, windows, counted) if population.per else None
    above, below = gathered.conditions() if gathered else _conditions(parsed.formula, counted, plan, measures)
    left_out = None if plan.left_out is None else sql.both(plan.where, plan.left_out)
    own = tuple(_as_drawn(each, domains) for each in source.table.columns if _is_there(each, batch, context))
    names = frozenset({*(column.name for column in own), *names_in(population), *measures.names, *batch.wanted})
    wide = replace(batch, wanted=names, windows=(*windows, *base))
    dated = col(batch.on, "f") if batch.on in source.table else col("row_key", "f")
    columns: dict[str, Expr] = {"bucket": col(PERIOD if gathered else "bucket", "f"), "row_key": col("row_key", "f")}
    columns |= {"dated": dated, "rep_number": col("rep", "f")}
    columns |= {"team_number": col("team", "f")} if reach.has_teams else {}
    columns |= dict(zip(FLAGS, map(_flag, (above, below, left_out)), strict=True))
    columns |= {"share": col("weight", "f")} if wide.weighted else {}
    columns |= {column.name: col(column.name, "f") for column in own}
    listed = sql.table("sided" if gathered else "rows", "f")
    found = sql.select(columns, listed, where=_listed(above, below, left_out))
    facts = _facts(wide, context, reach, part, read_twice=gathered is not None)
    steps = (*facts, *(gathered.steps() if gathered else ()))
    counts = gathered.joined(found) if gathered else found
    day = batch.on if batch.on in source.table and len(windows) == 1 and not gathered else None
    return Listed(steps, counts, own, context, reach, wide.weighted, day)


def _ordered(key: Expr, *, is_last_first: bool) -> Expr:
    """What is missing stands last; or, the other way round, first."""
    return exp.Ordered(this=key, desc=is_last_first, nulls_first=is_last_first)


def _facts(batch: Batch, context: Context, reach: Reach, part: Expr | None, *, read_twice: bool) -> Iterator[Step]:
    """`rows`: the facts in their windows, with rep and team, as far as they belong to the part asked for."""
    yield from window_steps(batch, context)
    if reach.has_teams or reach.visible_teams is not None:
        yield membership_step(context, reach)
    if batch.weighted:
        yield credit_step(context, base_table(batch.source, context))
    query = RowsBuilder(batch, context, reach, with_team=reach.has_teams).query(["row_key"])
    if part is not None:
        yield "everyones", query, False
        query = sql.select([exp.Star()], "everyones", where=part)
    yield "rows", query, read_twice or part is not None  # few: joins to the tables of ids then begin with them


def _with_keys(query: exp.Select, columns: Iterable[Column], context: Context) -> exp.Select:
    """With the tables that write ids as the company does."""
    for column in columns:
        if _is_number(column, context):
            alias = f"k_{column.name}"
            keys = context.table(f"keys_{column.domain}", alias)
            sql.join(query, keys, sql.equal(col(column.name, "f"), col("id", alias)))
    return query


def _is_there(column: Column, batch: Batch, context: Context) -> bool:
    """Whether the column is one of the stored table's, under a source that may be drawn from another table."""
    table = base_table(batch.source, context)
    return (
        column.name in SALES_MODEL[table]
        or table == batch.source
        or column.name in ("order_id", "sold_on", "sale_id", "lead_id")
    )


def _as_drawn(column: Column, domains: Mapping[str, str] | None) -> Column:
    """The column with what its ids identify where they are drawn from another: the deal that is an order."""
    return replace(column, domain=(domains or {}).get(column.name, column.domain))


def _readable(column: Column, context: Context) -> Expr:
    stored = col(column.name, "f")
    if not _is_number(column, context):
        return stored
    return as_written(column.domain, col("key", f"k_{column.name}"), stored)


def _is_number(column: Column, context: Context) -> bool:
    return column.domain in INTERNED_DOMAINS and not context.in_warehouse


def _conditions(formula: Formula, counted: Expr | None, plan: KpiPlan, measures: Measures) -> tuple[Expr, Expr | None]:
    """What makes a row count in the numerator, and in the denominator (None: no denominator)."""
    ratio = formula.ratio()
    if ratio is None:
        return sql.both(counted, any_taken(formula.aggregates, measures)) or exp.true(), None
    above, below = (any_taken(part.aggregates, measures) for part in ratio)
    return sql.both(counted, plan.soon, above) or exp.true(), sql.both(counted, below) or exp.true()


def _flag(condition: Expr | None) -> Expr:
    if condition is None:
        return sql.null("BOOLEAN")
    return sql.coalesce(exp.Paren(this=condition.copy()), exp.false())


def _listed(*conditions: Expr | None) -> Expr | None:
    present = [condition.copy() for condition in conditions if condition is not None]
    return exp.Paren(this=sql.either(*present)) if present else None
