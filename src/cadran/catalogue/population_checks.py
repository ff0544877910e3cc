"""Whether a population has the parts its kind needs, none that it excludes, and names that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from cadran.catalogue.formula import Formula
from cadran.catalogue.kpi import Base, Kind, Kpi, Population
from cadran.catalogue.parsed import RANK, ParsedPopulation, find_source, parse_population
from cadran.catalogue.problems import Problem
from cadran.catalogue.reading import FUNCTIONS, KEYWORDS, start_of
from cadran.catalogue.sources import PERIOD_SYMBOLS, Source
from cadran.errors import NO_TEXT, DefinitionError, Text, did_you_mean
from cadran.tables.contract import Type

# The choices of the company that may select a population, with their values.
CHOICES = {
    "retention_basis": ("purchases", "contracts"),
    "revenue_basis": ("invoiced", "ordered", "signed"),
}
_GROUPING = (Type.ID, Type.TEXT, Type.CHOICE, Type.BOOLEAN)

_RESERVED = {RANK, *PERIOD_SYMBOLS, *KEYWORDS, *FUNCTIONS}

# For each part that only some kinds have: the kinds.
_KINDS_OF_PART = {
    "closes": (Kind.STOCK,),
    "base": (Kind.RETENTION,),
    "measure": (Kind.RETENTION,),
    "base_months": (Kind.RETENTION,),
    "horizon_days": (Kind.COHORT,),
    "columns": (Kind.FLOW, Kind.STOCK, Kind.COHORT),
}


def check_population(
    population: Population, kpi: Kpi, *, alone: bool
) -> tuple[ParsedPopulation | None, tuple[Problem, ...]]:
    """The population parsed, if it can be, and every problem of it."""
    try:
        source = find_source(population.of)
    except DefinitionError as error:
        return None, _problems(error)
    problems = [*_parts(population), *_choice(population, alone), *_names(population, kpi, source)]
    try:
        parsed = parse_population(population, kpi.interval_formula)
    except DefinitionError as error:
        return None, (*problems, *_problems(error))
    return parsed, (*problems, *(wrong for formula in parsed.row_formulas for wrong in _literals(formula, source)))


def unknown(key: str, name: str, known: Iterable[str]) -> Problem:
    message = Text(f"« {name} » n’existe pas.", f'There is no "{name}".')
    return Problem("unknown_name", message, did_you_mean(name, known), key=key)


def _problems(error: DefinitionError) -> tuple[Problem, ...]:
    return tuple(issue for issue in error.issues if isinstance(issue, Problem))


def _parts(population: Population) -> Iterator[Problem]:
    kind = population.kind
    given = {part for part in _KINDS_OF_PART if getattr(population, part)}
    for part in sorted(given):
        if kind not in _KINDS_OF_PART[part]:
            message = Text(f"« {part} » ne va pas avec {kind}.", f'"{part}" does not go with {kind}.')
            yield Problem("misplaced_part", message, key=part)
    required = {"per", "base", "measure"} if kind is Kind.RETENTION else set()
    if kind is Kind.STOCK and not population.per:
        required = {"closes"}
    if population.base is Base.MONTHS:
        required = required | {"base_months"}
    if population.per and kind is not Kind.RETENTION:
        required = required | {"columns"}
    if population.columns:
        required = required | {"per"}
    for part in sorted(part for part in required if not getattr(population, part)):
        message = Text(f"« {part} » est obligatoire ici.", f'"{part}" is required here.')
        yield Problem("missing_part", message, key=part)
    if kind is Kind.DERIVED:
        message = Text("Un indicateur dérivé n’a pas de population.", "A derived KPI has no population.")
        yield Problem("misplaced_part", message, key="kind")


def _choice(population: Population, alone: bool) -> Iterator[Problem]:
    if population.when is None:
        if not alone:
            message = Text("« when » est obligatoire ici.", '"when" is required here.')
            yield Problem("missing_part", message, key="when")
        return
    choice, value = population.when
    if choice not in CHOICES:
        yield unknown("when", choice, CHOICES)
    elif value not in CHOICES[choice]:
        yield unknown("when", value, CHOICES[choice])


def _names(population: Population, kpi: Kpi, source: Source) -> Iterator[Problem]:
    types = source.column_types()
    if population.on not in source.date_roles:
        yield unknown("on", population.on, source.date_roles)
    for key, name, allowed in (("per", population.per, _GROUPING), ("closes", population.closes, (Type.DATE,))):
        fitting = [known for known, type_ in types.items() if type_ in allowed]
        if name and name not in fitting:
            yield unknown(key, name, fitting)
    for dimension in kpi.dimensions or ():
        if types.get(dimension) not in _GROUPING:
            yield unknown("dimensions", dimension, [name for name, type_ in types.items() if type_ in _GROUPING])
    for name, _ in population.columns:
        if not name.isidentifier() or not name.islower() or name in _RESERVED:
            message = Text(f"« {name} » ne peut pas nommer une colonne.", f'"{name}" cannot name a column.')
            yield Problem("bad_name", message, key="columns")


def _literals(formula: Formula, source: Source) -> Iterator[Problem]:
    """A value that a column of choices can never have: `outcome = 'signed'`."""
    for node in formula.tree.find_all(exp.EQ, exp.NEQ, exp.In):
        parts = list(node.iter_expressions())
        columns = [part for part in parts if isinstance(part, exp.Column)]
        choices = _choices(columns[0], source) if len(columns) == 1 else ()
        for literal in parts:
            if choices and isinstance(literal, exp.Literal) and literal.name not in choices:
                message = Text(
                    f"« {literal.name} » n’est pas une valeur possible.", f'"{literal.name}" is no possible value.'
                )
                listed = Text(f"Valeurs : {', '.join(choices)}.", f"Values: {', '.join(choices)}.")
                near = did_you_mean(literal.name, choices)
                yield Problem("impossible_value", message, near if near != NO_TEXT else listed, start_of(literal))


def _choices(column: exp.Column, source: Source) -> tuple[str, ...]:
    parent, _, name = source.full_name(f"{column.table}.{column.name}" if column.table else column.name).rpartition(".")
    table = source.parents[parent] if parent else source.table
    return table[name].choices if name in table else ()
