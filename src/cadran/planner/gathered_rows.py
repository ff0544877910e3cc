"""The rows behind a KPI that gathers rows by client (order ...) first: those of the clients that its terms count.

    rows                    clients                 what is said of their rows
    C1  before  100         C1  before 1  now 1     C1's two: in the numerator and the denominator
    C1  now      50    ->   C2  before 1  now 0     C2's: in the denominator
    C2  before   80         C3  before 0  now 1     C3's: in neither
    C3  now      70

Where a term sums amounts, a row is in it only if its own amount went in.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cadran.catalogue.formula import Aggregate, Formula
from cadran.catalogue.kpi import Base, Kind
from cadran.catalogue.parsed import BEFORE, NOW, RANK, ParsedPopulation
from cadran.planner import sql
from cadran.planner.measures import Measures
from cadran.planner.plan import Batch, Window
from cadran.planner.rows import Step
from cadran.planner.sql import Expr, col
from cadran.planner.taken import any_taken

PERIOD = "of_period"  # the window of the number a row is behind; the row itself may lie in the window before
_WHOSE = "whose"
_SIDES = {BEFORE: "is_before", NOW: "is_now"}


class GatheredRows:
    """Reads the step `rows` and adds `sided` (the rows in the period they count for) and `entities`."""

    def __init__(
        self,
        parsed: ParsedPopulation,
        measures: Measures,
        batch: Batch,
        windows: tuple[Window, ...],
        where: Expr | None,
    ) -> None:
        self.parsed, self.measures, self.batch, self.where = parsed, measures, batch, where
        asked = {window.bucket for window in windows}
        found = {pair for stage in batch.stages for reader in stage.readers for pair in reader.pairs}
        self.pairs = sorted(pair for pair in found if pair[0] in asked)
        self.entity = parsed.source.full_name(parsed.population.per or "")
        self.dimensions = [f"d{number}" for number in range(len(batch.dimensions))]

    # -- steps ---------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        yield "sided", self._sided(), True
        yield "entities", self._ranked() if RANK in self.parsed.formula.names else self._entities(), True

    def _sided(self) -> exp.Select:
        bucket = col("bucket", "r")
        if self.pairs:
            now, before = sql.equal(bucket, col("w", "q")), sql.equal(bucket.copy(), col("base", "q"))
            query = self._with_sides(col("w", "q"), {"is_before": before, "is_now": now})
            pairs = [(sql.number(window), sql.number(base)) for window, base in self.pairs]
            return sql.join(query, sql.values("q", ("w", "base"), pairs), sql.either(now, before), side="INNER")
        if self.parsed.population.base is Base.OPENING:
            return self._with_sides(bucket, {"is_before": col("at_open", "r"), "is_now": col("at_close", "r")})
        return self._with_sides(bucket, {})

    def _with_sides(self, period: Expr, sides: dict[str, Expr]) -> exp.Select:
        named = [sql.named(value.copy(), name) for name, value in {PERIOD: period, **sides}.items()]
        return sql.select([exp.Column(this=exp.Star(), table=exp.to_identifier("r")), *named], sql.table("rows", "r"))

    def _entities(self) -> exp.Select:
        keys = {PERIOD: col(PERIOD), _WHOSE: col(self.entity), **{f"in_{name}": col(name) for name in self.dimensions}}
        return sql.select(
            keys | {_of(name): value for name, value in self._numbers().items()},
            "sided",
            where=sql.not_null(col(self.entity)),
            group=[key.copy() for key in keys.values()],
        )

    def _numbers(self) -> dict[str, Expr]:
        """What an entity is judged by: the definition's columns, or `before` and `now`."""
        if self.parsed.measure is None:
            return {name: self.measures.over_rows(formula, self.where) for name, formula in self.parsed.columns}
        before, now = (
            self.measures.over_rows(self.parsed.measure, sql.both(self.where, col(side))) for side in _SIDES.values()
        )
        if self.pairs:
            now = sql.when((sql.greater(now, sql.number(0)), now.copy()))
        return {name: sql.coalesce(value, sql.number(0)) for name, value in ((BEFORE, before), (NOW, now))}

    def _ranked(self) -> exp.Select:
        by, _ = self.parsed.columns[0]
        order = [exp.Ordered(this=col(_of(by)), desc=True, nulls_first=False), exp.Ordered(this=col(_WHOSE))]
        apart = [col(PERIOD), *(col(f"in_{name}") for name in self.dimensions)]
        rank = exp.Window(this=exp.RowNumber(), partition_by=apart, order=exp.Order(expressions=order))
        return sql.select([exp.Star(), sql.named(rank, _of(RANK))], sql.aliased(self._entities(), "g"))

    # -- what is said of a row -----------------------------------------------------------------------------------

    def joined(self, query: exp.Select) -> exp.Select:
        """The select from `sided` (f), each row beside its entity (e)."""
        same = [sql.equal(col(PERIOD, "f"), col(PERIOD, "e")), sql.equal(col(self.entity, "f"), col(_WHOSE, "e"))]
        same += [sql.same(col(name, "f"), col(f"in_{name}", "e")) for name in self.dimensions]
        matched = sql.both(*same)
        assert matched is not None
        return sql.join(query, sql.table("entities", "e"), matched)

    def conditions(self) -> tuple[Expr, Expr | None]:
        """What makes a row count in the numerator, and in the denominator (None: no denominator)."""
        ratio = self.parsed.formula.ratio()
        if ratio is None:
            return self._in_term(self.parsed.formula), None
        return self._in_term(ratio[0]), self._in_term(ratio[1])

    def _in_term(self, term: Formula) -> Expr:
        counted = exp.Paren(this=sql.either(*(self._in_aggregate(aggregate) for aggregate in term.aggregates)))
        measured = any_taken(self.parsed.measure.aggregates, self.measures) if self.parsed.measure else None
        return sql.both(self.where, measured, self._present(), counted) or exp.true()

    def _present(self) -> Expr:
        if self.parsed.population.kind is Kind.RETENTION:
            return sql.greater(col(_of(BEFORE), "e"), sql.number(0))
        return sql.not_null(col(_WHOSE, "e"))

    def _in_aggregate(self, aggregate: Aggregate) -> Expr:
        def number(name: str) -> Expr:
            return col(_of(name), "e")

        argument = sql.rendered(aggregate.argument, number)
        has_value = None if argument is None else sql.not_null(exp.Paren(this=argument))
        found = sql.both(sql.rendered(aggregate.where, number), has_value, self._went_into(aggregate.argument))
        return exp.Paren(this=found) if found is not None else exp.true()

    def _went_into(self, argument: Expr | None) -> Expr | None:
        """Whether the row's own amount is part of what a term sums; None where entities are counted."""
        names = {node.name for node in argument.find_all(exp.Column)} if argument is not None else set()
        if self.parsed.measure is not None:
            side = NOW if NOW in names else BEFORE if BEFORE in names else None
            return col(_SIDES[side]) if side else None
        formulas = [formula for name, formula in self.parsed.columns if name in names]
        return any_taken([each for formula in formulas for each in formula.aggregates], self.measures)


def _of(name: str) -> str:
    """The entity's number under a name that no column of its rows has."""
    return f"of_{name}"
