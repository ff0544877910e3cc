"""From formulas to stages: every aggregate of the KPIs of one batch becomes a partial and an output.

    revenue / active clients, gathered by account_id:
        sum(amount)                                          -> p0 = sum(amount)        o0 = sum(p0)
        count(distinct account_id) filter (where amount > 0) -> p1 = count(*) filter .. o1 = count(*) filter (p1 > 0)

Plain aggregates ride on a stage that exists anyway, so the rows are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from cadran.catalogue.formula import Aggregate, Formula, parse
from cadran.catalogue.kpi import Base, Credit, IntervalMethod, Kpi, Population
from cadran.catalogue.parsed import RANK, ParsedPopulation, parse_population
from cadran.catalogue.sources import PERIOD_SYMBOLS, Source
from cadran.planner import sql
from cadran.planner.bench import Bench, combine, combine_once, first
from cadran.planner.plan import Output, Partial, Reader, Stage, Term
from cadran.planner.sql import Expr, col
from cadran.planner.texts import ids_as_text
from cadran.tables.contract import Type

# Columns that belong to an entity, not to a row: a condition on them is applied after gathering.
ENTITY_COLUMNS = {"account_id": frozenset({"first_purchase_on"})}
ROW = "row_key"


def names_in(population: Population) -> frozenset[str]:
    """The full names of the columns that a population's formulas speak of."""
    parsed = parse_population(population)
    return parsed.row_names | ({parsed.source.full_name(population.per)} if population.per else frozenset())


class Measures:
    """Collects what the KPIs of one batch need. `symbol` renders period_start and the like for the batch's windows."""

    def __init__(self, source: Source, *, weighted: bool, domains: Mapping[str, str] | None = None) -> None:
        self.domains = domains
        self.source = source
        self.types = source.column_types()
        self.weighted = weighted
        self.names: set[str] = set()
        self._benches: dict[tuple[str | None, bool], Bench] = {}
        self._outputs: dict[tuple[object, ...], str] = {}
        self._plain: list[Callable[[Bench], None]] = []
        self._serial = 0

    # -- formulas ------------------------------------------------------------------------------------------------

    def parse(self, text: str) -> Formula:
        """A formula with aggregates over the source's columns."""
        return parse(text, self.types, aggregates=True, symbols=PERIOD_SYMBOLS)

    def column(self, name: str) -> Expr:
        """A name of a formula as a column of the batch's rows."""
        full = self.source.full_name(name)
        self.names.add(full)
        return col(full)

    def condition(self, formula: Formula | None) -> Expr | None:
        """A condition of a definition, over the batch's rows."""
        return None if formula is None else self.row_tree(formula.tree)

    def row_condition(self, text: str) -> Expr:
        """A condition of the planner's own over the batch's rows."""
        return self.row_value(text)

    def row_value(self, text: str) -> Expr:
        """An expression of the planner's own over the batch's rows."""
        return parse(text, self.types, aggregates=False, symbols=PERIOD_SYMBOLS).render(self.column)

    def row_tree(self, tree: Expr | None) -> Expr | None:
        """A tree over the batch's rows; an id compared with a text is compared as the company writes it."""
        found = sql.rendered(tree, self.column)
        return found if found is None or self.domains is None else ids_as_text(found, self.source, self.domains)

    # -- aggregates ----------------------------------------------------------------------------------------------

    def term(self, formula: Formula, where: Expr | None, credit: Credit) -> Term:
        """A formula over rows as arithmetic over outputs."""
        money = _is_exact_sum(formula.tree) and self._is_money(formula)
        return Term(formula.assemble(lambda aggregate: col(self._aggregate(aggregate, where, credit))), money)

    def rows(self, where: Expr | None) -> Term:
        """How many rows a KPI counts, each once at every level."""
        return Term(col(self._aggregate(Aggregate("count", None, False, None, None), where, Credit.ONCE)))

    def count(self, where: Expr | None, condition: Expr) -> Term:
        return Term(col(self._row_aggregate("count", None, sql.both(where, condition), share=False)))

    def amount(self, where: Expr | None) -> Term:
        """The sum of amounts of some rows."""
        return Term(col(self._row_aggregate("sum", self.column("amount"), where, share=True)), True)

    def _is_money(self, formula: Formula) -> bool:
        return any(
            aggregate.argument is not None
            and any(self.types.get(sql.name_of(node)) is Type.MONEY for node in aggregate.argument.find_all(exp.Column))
            for aggregate in formula.aggregates
        )

    def _aggregate(self, aggregate: Aggregate, where: Expr | None, credit: Credit) -> str:
        argument = self.row_tree(aggregate.argument)
        if aggregate.distinct and isinstance(aggregate.argument, exp.Column):
            return self._distinct(self.source.full_name(sql.name_of(aggregate.argument)), where, aggregate.where)
        condition = sql.both(where, self.row_tree(aggregate.where))
        if aggregate.function in ("median", "quantile"):
            return self._exact(aggregate, argument, condition)
        share = credit is Credit.SHARE and argument is not None and self._touches_money(argument)
        return self._row_aggregate(aggregate.function, argument, condition, share=share)

    def _touches_money(self, argument: Expr) -> bool:
        return any(self.types.get(node.name) is Type.MONEY for node in argument.find_all(exp.Column))

    def _row_aggregate(self, function: str, argument: Expr | None, condition: Expr | None, *, share: bool) -> str:
        """sum, count, min, max of rows: gathered with whatever stage is there, each fact once where it is shared."""
        if self.weighted and not share and function in ("sum", "count"):
            return self._once(function, argument, condition)
        if self.weighted and share and argument is not None and function == "sum":
            argument = self._shared(argument)
        key = function, argument, condition
        if key not in self._outputs:
            name = self._next("o")
            self._outputs[key] = name
            self._plain.append(lambda bench: self._ride(bench, name, function, argument, condition))
        return self._outputs[key]

    def _shared(self, amount: Expr) -> Expr:
        """The part of an amount that is credited; cast so that the product has room, and an amount times a probability
        keeps its decimals: rounded deal by deal, a pipeline would depend on whether one of them is shared."""
        self.names.add("weight")
        return exp.Mul(this=sql.cast(amount, "DECIMAL(26,8)"), expression=sql.cast(col("weight"), "DECIMAL(15,12)"))

    def _ride(self, bench: Bench, name: str, function: str, argument: Expr | None, condition: Expr | None) -> None:
        partial = bench.partial(self._next("p"), function, argument, condition)
        bench.readers[""].append(Output(name, combine(function, col(partial))))

    def _once(self, function: str, argument: Expr | None, condition: Expr | None) -> str:
        """A deal shared between reps counts once at each level: gathered by the fact itself first."""
        bench = self._bench(ROW)
        if function == "count":
            seen = condition if argument is None else sql.both(condition, sql.not_null(argument))
            flag = bench.partial(self._next("p"), "count", None, seen)
            return self._output(bench, sql.filtered(sql.count_all(), sql.greater(col(flag), sql.number(0))))
        partial = bench.partial(self._next("p"), "min", argument, condition)
        return self._output(bench, exp.Sum(this=col(partial)))

    def _distinct(self, entity: str, where: Expr | None, condition: Expr | None) -> str:
        """count(distinct entity): gathered by the entity, a count of the entities that have such a row."""
        self.names.add(entity)
        rows, entities = self._split(entity, condition)
        bench = self._bench(entity)
        seen = bench.partial(self._next("p"), "count", None, sql.both(where, rows))
        present = sql.both(sql.not_null(col(entity)), sql.greater(col(seen), sql.number(0)), entities)
        return self._output(bench, sql.filtered(sql.count_all(), present))

    def _split(self, entity: str, condition: Expr | None) -> tuple[Expr | None, Expr | None]:
        """A condition's part on rows, and its part on the entity's own columns and the period."""
        if condition is None:
            return None, None
        own = ENTITY_COLUMNS.get(entity, frozenset()) | PERIOD_SYMBOLS.keys()
        parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
        on_entity = [part for part in parts if {sql.name_of(node) for node in part.find_all(exp.Column)} <= own]
        on_rows = [part for part in parts if part not in on_entity]
        entity_part = sql.both(*[sql.rendered(part, col) for part in on_entity])
        for part in on_entity:
            for node in part.find_all(exp.Column):
                self._carry(entity, node.name)
        return sql.both(*[self.row_tree(part) for part in on_rows]), entity_part

    def _carry(self, entity: str, name: str) -> None:
        """An entity's own column rides along as its minimum: it is the same in all its rows."""
        if name not in PERIOD_SYMBOLS:
            self.names.add(name)
            self._bench(entity).partials.setdefault(("own", col(name), None), Partial(name, "min", col(name), None))

    def _exact(self, aggregate: Aggregate, argument: Expr | None, condition: Expr | None) -> str:
        """Medians and quantiles are read off single values at every level."""
        assert argument is not None
        if self.weighted:
            bench = self._bench(ROW)
            value: Expr = col(bench.partial(self._next("p"), "min", argument, condition))
            condition = None
        else:
            bench, value = self._bench(None, direct=True), argument
        fraction = aggregate.fraction if aggregate.fraction is not None else 0.5
        quantile = exp.PercentileCont(this=exp.Literal.number(str(fraction)))
        ordered = exp.WithinGroup(this=quantile, expression=exp.Order(expressions=[exp.Ordered(this=value)]))
        return self._output(bench, sql.filtered(ordered, condition))

    # -- two steps: entities, then aggregates over them ------------------------------------------------------------

    def gathered(self, parsed: ParsedPopulation, where: Expr | None) -> tuple[Term, Term | None, Term]:
        """The terms of a KPI that first gathers rows by `per`: its columns, then its formula over entities."""
        entity = self._entity_of(parsed)
        direct = any(aggregate.distinct for _, formula in parsed.columns for aggregate in formula.aggregates)
        bench = self._bench(entity, direct=direct)
        columns = {name: self._entity_column(bench, formula, where) for name, formula in parsed.columns}
        reader = ""
        if RANK in parsed.formula.names:
            ranked_by = next(iter(columns.values())).name
            reader = bench.reader(f"rank {ranked_by}", Reader((), ranked_by=ranked_by))
            columns[RANK] = col(RANK)
        return self._entity_terms(bench, reader, parsed.formula, columns, sql.not_null(col(entity)))

    def retained(
        self, parsed: ParsedPopulation, where: Expr | None, pairs: tuple[tuple[int, int], ...]
    ) -> tuple[Term, Term | None, Term]:
        """The terms of a retention KPI: entities active before, by the numbers `before` and `now`."""
        assert parsed.measure is not None
        entity = self._entity_of(parsed)
        bench = self._bench(entity)
        if parsed.population.base is Base.OPENING:
            columns, present = self._at_both_ends(bench, parsed, where)
            return self._entity_terms(bench, "", parsed.formula, columns, present)
        partial = self._entity_column(bench, parsed.measure, where)
        active = sql.both(sql.not_null(col(entity)), sql.greater(partial.copy(), sql.number(0)))
        reader = bench.reader(f"pairs {partial.name} {pairs}", Reader((), pairs=pairs, active=active))
        columns = {
            "before": col(f"before_{partial.name}"),
            "now": sql.coalesce(col(f"now_{partial.name}"), sql.number(0)),
        }
        return self._entity_terms(bench, reader, parsed.formula, columns, None)

    def _at_both_ends(
        self, bench: Bench, parsed: ParsedPopulation, where: Expr | None
    ) -> tuple[dict[str, Expr], Expr | None]:
        """What an entity was worth on the first day and is worth on the last, and whether it was there before."""
        assert parsed.measure is not None
        before, now = (
            self._entity_column(bench, parsed.measure, sql.both(where, col(flag))) for flag in ("at_open", "at_close")
        )
        columns = {"before": sql.coalesce(before, sql.number(0)), "now": sql.coalesce(now, sql.number(0))}
        return columns, sql.both(sql.not_null(col(bench.entity or "")), sql.greater(before.copy(), sql.number(0)))

    def _entity_of(self, parsed: ParsedPopulation) -> str:
        assert parsed.population.per is not None
        entity = self.source.full_name(parsed.population.per)
        self.names.add(entity)
        return entity

    # -- single values, for intervals ------------------------------------------------------------------------------

    def values(self, kpi: Kpi, parsed: ParsedPopulation, where: Expr | None) -> str | None:
        """The output that lists what each client or row brings to numerator and denominator, as pairs; None for a
        formula that is no quotient of sums or counts, nor a median."""
        if parsed.population.base is Base.OPENING:
            return self._pairs_of_holders(parsed, where)
        if parsed.population.per:
            return None
        formula = parsed.formula
        if kpi.interval is IntervalMethod.MEDIAN:
            return self._pairs_of_rows([formula.aggregates[0], None], where)
        ratio = formula.ratio()
        if ratio is None or any(len(part.aggregates) != 1 for part in ratio):
            return None
        above, below = (part.aggregates[0] for part in ratio)
        if below.distinct:
            return None if above.distinct else self._pairs_of_entities(above, below, where)
        return self._pairs_of_rows([above, below], where)

    def members(self, member: str, days: Expr, outcome: Expr, where: Expr | None) -> str:
        """The output that lists one pair per member of a cohort (its best outcome, where it has several rows)."""
        entity = self.source.full_name(member)
        self.names.add(entity)
        bench = self._bench(entity)
        seen = col(bench.partial(self._next("p"), "count", None, where))
        parts = [col(bench.partial(self._next("p"), "min", value, where)) for value in (days, outcome)]
        return self._output(bench, sql.filtered(_pair(*parts), sql.greater(seen, sql.number(0))))

    def _pairs_of_entities(self, above: Aggregate, below: Aggregate, where: Expr | None) -> str:
        """One pair per client (order ...): what it sums up to, and whether it is counted."""
        assert isinstance(below.argument, exp.Column)
        entity = self.source.full_name(sql.name_of(below.argument))
        self.names.add(entity)
        bench = self._bench(entity)
        condition = sql.both(where, self.row_tree(above.where))
        argument = self.row_tree(above.argument)
        if self.weighted and argument is not None and self._touches_money(argument):
            argument = self._shared(argument)
        total = col(bench.partial(self._next("p"), above.function, argument, condition))
        counted = sql.both(where, self.row_tree(below.where))
        seen = sql.greater(col(bench.partial(self._next("p"), "count", None, counted)), sql.number(0))
        pair = _pair(sql.coalesce(total, sql.number(0)), sql.when((seen, sql.number(1)), otherwise=sql.number(0)))
        return self._output(bench, sql.filtered(pair, sql.not_null(col(entity))))

    def _pairs_of_holders(self, parsed: ParsedPopulation, where: Expr | None) -> str | None:
        """One pair per client under contract on the first day: what they add to each of two sums."""
        ratio = parsed.formula.ratio()
        sums = [part.aggregates for part in ratio] if ratio else []
        if not sums or any([each.function for each in part] != ["sum"] or part[0].where for part in sums):
            return None
        bench = self._bench(self._entity_of(parsed))
        columns, present = self._at_both_ends(bench, parsed, where)
        parts = [sql.rendered(part[0].argument, lambda name: columns[name].copy()) or sql.number(0) for part in sums]
        return self._output(bench, sql.filtered(_pair(*parts), present))

    def _pairs_of_rows(self, aggregates: list[Aggregate | None], where: Expr | None) -> str:
        """One pair per row that counts in either term; a shared fact once at each level."""
        parts = [self._contribution(aggregate, where) for aggregate in aggregates]
        if self.weighted:
            bench = self._bench(ROW)
            parts = [col(bench.partial(self._next("p"), "min", part, None)) for part in parts]
        else:
            bench = self._bench(None, direct=True)
        either = sql.either(*[sql.not_null(part.copy()) for part in parts[:1] or parts])
        return self._output(bench, sql.filtered(_pair(*parts), either))

    def _contribution(self, aggregate: Aggregate | None, where: Expr | None) -> Expr:
        """What a row adds to an aggregate: its argument, or one; null where it does not count."""
        if aggregate is None:
            return sql.number(1)
        argument = self.row_tree(aggregate.argument) if aggregate.function != "count" else None
        present = sql.not_null(self.row_tree(aggregate.argument)) if aggregate.argument is not None else None  # type: ignore[arg-type]
        condition = sql.both(where, self.row_tree(aggregate.where), present)
        value = argument if argument is not None else sql.number(1)
        return value if condition is None else sql.when((condition, value))

    def over_rows(self, formula: Formula, where: Expr | None) -> Expr:
        """A formula that gathers the rows of one entity, as one expression over rows."""
        return formula.assemble(lambda aggregate: first(self._partial("", aggregate, where)))

    def _entity_column(self, bench: Bench, formula: Formula, where: Expr | None) -> Expr:
        def partial(aggregate: Aggregate) -> Expr:
            found = self._partial(self._next("p"), aggregate, where)
            return col(bench.partial(found.name, found.function, found.argument, found.where))

        return formula.assemble(partial)

    def _partial(self, name: str, aggregate: Aggregate, where: Expr | None) -> Partial:
        argument = self.row_tree(aggregate.argument)
        function = "count_distinct" if aggregate.distinct else aggregate.function
        if self.weighted and function == "sum" and argument is not None and self._touches_money(argument):
            argument = self._shared(argument)
        return Partial(name, function, argument, sql.both(where, self.row_tree(aggregate.where)))

    def _entity_terms(
        self, bench: Bench, reader: str, formula: Formula, columns: Mapping[str, Expr], present: Expr | None
    ) -> tuple[Term, Term | None, Term]:
        """Numerator, denominator and sample of a formula over the entities that are `present`."""

        def output(aggregate: Aggregate) -> Expr:
            argument = sql.rendered(aggregate.argument, lambda name: columns[name].copy())
            condition = sql.both(present, sql.rendered(aggregate.where, lambda name: columns[name].copy()))
            value = combine_once(aggregate.function, argument)
            return col(self._output(bench, sql.filtered(value, condition), reader))

        ratio = formula.ratio()
        if ratio is not None and all(aggregate.function == "count" for aggregate in ratio[1].aggregates):
            counted = Term(ratio[1].assemble(output))  # a share of entities is drawn from those it is a share of
            return Term(ratio[0].assemble(output)), counted, counted
        sample = Term(col(self._output(bench, sql.filtered(sql.count_all(), present), reader)))
        if ratio is None:
            return Term(formula.assemble(output)), None, sample
        return Term(ratio[0].assemble(output)), Term(ratio[1].assemble(output)), sample

    # -- benches -------------------------------------------------------------------------------------------------

    def _bench(self, entity: str | None, *, direct: bool = False) -> Bench:
        return self._benches.setdefault((entity, direct), Bench(entity, direct))

    def _output(self, bench: Bench, value: Expr, reader: str = "") -> str:
        key = bench.entity, bench.direct, reader, value
        if key not in self._outputs:
            self._outputs[key] = self._next("o")
            bench.readers[reader].append(Output(self._outputs[key], value))
        return self._outputs[key]

    def _next(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}{self._serial}"

    def stages(self) -> tuple[Stage, ...]:
        """The stages, plain aggregates riding on the one with the fewest gathered rows."""
        carrier = self._carrier()
        for add in self._plain:
            add(carrier)
        self._plain.clear()
        return tuple(bench.freeze() for bench in self._benches.values() if any(bench.readers.values()))

    def _carrier(self) -> Bench:
        for entity in ("account_id", "prospect_id"):
            if (entity, False) in self._benches:
                return self._benches[entity, False]
        return self._bench(None)


def _pair(above: Expr, below: Expr) -> Expr:
    """A list of [numerator, denominator] pairs of doubles."""
    return sql.call("list", sql.call("list_value", sql.cast(above, "DOUBLE"), sql.cast(below, "DOUBLE")))


def _is_exact_sum(tree: Expr) -> bool:
    """Sums of amounts, added or subtracted: exact in decimals, without division or rounding."""
    return not any(isinstance(node, exp.Div | exp.Round | exp.Nullif) for node in tree.walk())
