"""A population with its formulas parsed, each over the names it may use.

Rows offer the columns of the source. Entities (where a population has `per`) offer its `columns` and `rank`; those of
a retention offer `before` and `now`, what `measure` was worth in the base and is worth in the period.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from cadran.catalogue.formula import Formula, parse, parse_condition
from cadran.catalogue.kpi import Kind, Population
from cadran.catalogue.problems import Problem
from cadran.catalogue.sources import PERIOD_SYMBOLS, SOURCES, Source
from cadran.catalogue.values import Name
from cadran.errors import DefinitionError, FormulaError, Text, did_you_mean
from cadran.tables.contract import Type

# The place of an entity when all are sorted by the first of `columns`: 1 is the largest, ties follow the entity's id.
RANK = "rank"
BEFORE, NOW = "before", "now"


@dataclass(frozen=True)
class ParsedPopulation:
    """`where` is a condition on rows, `columns` and `measure` gather the rows of one entity; `formula` and
    `interval_formula` gather the entities where the population has `per`, else the rows."""

    population: Population
    source: Source
    where: Formula | None
    leaves_out: Formula | None
    columns: tuple[tuple[str, Formula], ...]
    measure: Formula | None
    formula: Formula
    interval_formula: tuple[tuple[str, Formula], ...]

    @property
    def row_formulas(self) -> tuple[Formula, ...]:
        """The formulas that read rows, not entities."""
        gathering = (self.formula, *(formula for _, formula in self.interval_formula))
        reading = (self.where, self.leaves_out, self.measure, *(formula for _, formula in self.columns))
        return tuple(formula for formula in (*reading, *(() if self.population.per else gathering)) if formula)

    @property
    def row_names(self) -> frozenset[str]:
        """The columns of the source that its formulas read, by their full names (`account.segment`)."""
        return frozenset(self.source.full_name(name) for formula in self.row_formulas for name in formula.names)


@lru_cache(maxsize=1024)
def parse_population(population: Population, interval_formula: tuple[tuple[str, str], ...] = ()) -> ParsedPopulation:
    """Parse every formula of a population, with the KPI's `interval_formula`. Raises DefinitionError with all their
    problems, each with the key it stands under."""
    source = find_source(population.of)
    parsing = _Parsing()
    rows: dict[str, Name] = {**source.column_types()}
    where = parsing.condition(population.where, rows)
    leaves_out = parsing.condition(population.leaves_out, rows, key="leaves_out")
    columns = tuple((name, parsing.gather(f"columns.{name}", text, rows)) for name, text in population.columns)
    measure = parsing.gather("measure", population.measure, rows) if population.measure else None
    names = _entity_names(population, columns, measure) if population.per else rows
    formula = parsing.gather("formula", population.formula, names)
    extras = tuple((name, parsing.gather(f"interval_formula.{name}", text, names)) for name, text in interval_formula)
    if parsing.problems or formula is None:
        raise DefinitionError(*parsing.problems)
    return ParsedPopulation(population, source, where, leaves_out, _whole(columns), measure, formula, _whole(extras))


def find_source(name: str) -> Source:
    """The source of that name. Raises DefinitionError, with the nearest name, where there is none."""
    if name in SOURCES:
        return SOURCES[name]
    message = Text(f"La source « {name} » n’existe pas.", f'There is no source "{name}".')
    listed = Text(f"Sources : {', '.join(SOURCES)}.", f"Sources: {', '.join(SOURCES)}.")
    near = did_you_mean(name, SOURCES)
    raise DefinitionError(Problem("unknown_source", message, near if near.fr else listed, key="of"))


@dataclass
class _Parsing:
    """Parses text after text, keeping the problems of all."""

    problems: list[Problem] = field(default_factory=list)

    def condition(self, text: str | None, names: dict[str, Name], key: str = "where") -> Formula | None:
        if text is None:
            return None
        try:
            return parse_condition(text, names, PERIOD_SYMBOLS)
        except FormulaError as error:
            self._keep(key, error)
        return None

    def gather(self, key: str, text: str, names: dict[str, Name]) -> Formula | None:
        try:
            return parse(text, names, aggregates=True, symbols=PERIOD_SYMBOLS)
        except FormulaError as error:
            self._keep(key, error)
        return None

    def _keep(self, key: str, error: FormulaError) -> None:
        self.problems += [issue.at(key=key) for issue in error.issues if isinstance(issue, Problem)]


def _entity_names(
    population: Population, columns: tuple[tuple[str, Formula | None], ...], measure: Formula | None
) -> dict[str, Name]:
    """What a formula over entities may use; a part that could not be parsed still has its name."""
    if population.kind is Kind.RETENTION:
        worth: Name = measure.value.name if measure else Type.NUMBER
        return {BEFORE: worth, NOW: worth}
    return {name: formula.value.name if formula else Type.NUMBER for name, formula in columns} | {RANK: Type.INTEGER}


def _whole(formulas: tuple[tuple[str, Formula | None], ...]) -> tuple[tuple[str, Formula], ...]:
    return tuple((name, formula) for name, formula in formulas if formula)
