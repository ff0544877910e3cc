"""Whether definitions make sense: every problem at once, each with its file, its key, its place and what to do.

The form of a definition is checked by `form`, its formulas by `grammar`, its populations by `population_checks`; here
stands what only the whole shows: names that exist, units that agree, what may be added up, intervals that fit the
formula, derived KPIs that do not go round in circles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cadran.catalogue import units
from cadran.catalogue.formula import Formula, parse_derived
from cadran.catalogue.kpi import Additivity, IntervalMethod, Kind, Kpi, Unit
from cadran.catalogue.loader import Catalogue, read_definitions
from cadran.catalogue.parsed import ParsedPopulation
from cadran.catalogue.population_checks import check_population, unknown
from cadran.catalogue.problems import Problem
from cadran.errors import NO_TEXT, DefinitionError, Text
from cadran.tables.model import SALES_MODEL

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
EMPTY_TEXT = "empty_text"  # the code of a label, question or definition that is still to be written
_SCORE_PARTS = {"promoters", "detractors"}
_RATES = (Unit.RATE, Unit.RATIO, Unit.SCORE, Unit.DAYS)


def check(kpi: Kpi, catalogue: Catalogue) -> tuple[Problem, ...]:
    """Every problem of one definition, read beside the others of `catalogue`."""
    known = {**catalogue.by_id, kpi.id: kpi}
    found = [*_texts(kpi), *_companions(kpi, known), *_needs(kpi)]
    found += _derived(kpi, known) if kpi.kind is Kind.DERIVED else _counted(kpi)
    return tuple(problem.below(kpi.id).at(file=kpi.origin) for problem in found)


def check_file(path: Path, catalogue: Catalogue) -> tuple[Problem, ...]:
    """Every problem of a file of definitions, its form first, then each KPI beside its neighbours and `catalogue`."""
    kpis, problems = read_definitions(path)
    own = {kpi.id for kpi in kpis}
    beside = Catalogue((*(kpi for kpi in catalogue if kpi.id not in own), *kpis))
    return (*problems, *(problem for kpi in kpis for problem in check(kpi, beside)))


def _texts(kpi: Kpi) -> Iterator[Problem]:
    if not _ID.fullmatch(kpi.id):
        message = Text("Un identifiant s’écrit ainsi : taux_de_remise.", "An id is written like this: discount_rate.")
        yield Problem("bad_id", message)
    for key in ("label", "question", "definition"):
        text: Text = getattr(kpi, key)
        if not (text.fr and text.en):
            yield Problem(EMPTY_TEXT, Text("Ce texte est vide.", "This text is empty."), key=key)


def _companions(kpi: Kpi, known: Iterable[str]) -> Iterator[Problem]:
    return (unknown("companions", name, known) for name in kpi.companions if name not in known)


def _needs(kpi: Kpi) -> Iterator[Problem]:
    names = {
        *SALES_MODEL,
        *(f"{table.name}.{column}" for table in SALES_MODEL.values() for column in table.column_names),
    }
    return (unknown("needs", need, names) for need in kpi.needs if need not in names)


def _derived(kpi: Kpi, known: Mapping[str, Kpi]) -> Iterator[Problem]:
    circle = _circle(kpi.id, known)
    if circle:
        path = " → ".join(circle)
        message = Text(f"La définition tourne en rond : {path}.", f"The definition goes round in circles: {path}.")
        yield Problem("circular_definition", message, key="formula")
    try:
        formula = parse_derived(kpi.formula or "", {name: other.unit for name, other in known.items()})
    except DefinitionError as error:
        yield from (issue.at(key="formula") for issue in error.issues if isinstance(issue, Problem))
        return
    yield from _unit(kpi, formula)
    if kpi.interval is not IntervalMethod.NONE:
        message = Text("Un indicateur dérivé n’a pas d’intervalle.", "A derived KPI has no interval.")
        yield Problem("interval_misfit", message, key="interval")
    if kpi.additivity is not Additivity.NON_ADDITIVE:
        message = Text("Un indicateur dérivé ne s’additionne pas.", "A derived KPI cannot be added up.")
        yield Problem(
            "additivity_misfit", message, Text("Écrivez non_additive.", "Write non_additive."), key="additivity"
        )


def _circle(start: str, known: Mapping[str, Kpi]) -> tuple[str, ...]:
    """The ids from `start` back to itself, or nothing."""
    paths: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for name in re.findall(r"\{(\w+)\}", known[path[-1]].formula or "") if path[-1] in known else ():
            if name == start:
                return (*path, name)
            if name not in seen:
                seen.add(name)
                paths.append((*path, name))
    return ()


def _counted(kpi: Kpi) -> Iterator[Problem]:
    many = len(kpi.populations) > 1
    for number, population in enumerate(kpi.populations, start=1):
        parsed, problems = check_population(population, kpi, alone=not many)
        if parsed:
            problems = (*problems, *_unit(kpi, parsed.formula), *_additivity(kpi, parsed), *_interval(kpi, parsed))
        place = f"populations[{number}]" if many else ""
        yield from (problem.below(place) for problem in problems)


def _unit(kpi: Kpi, formula: Formula) -> Iterator[Problem]:
    if formula.type != "number":
        yield Problem("unit_misfit", Text("Un indicateur est un nombre.", "A KPI is a number."), key="formula")
    elif not units.agrees(kpi.unit, formula.unit):
        found = formula.unit.value if formula.unit else "?"
        message = Text(
            f"L’unité annoncée est {kpi.unit}, la formule donne {found}.",
            f"The unit announced is {kpi.unit}, the formula gives {found}.",
        )
        yield Problem("unit_misfit", message, key="unit")


def _additivity(kpi: Kpi, parsed: ParsedPopulation) -> Iterator[Problem]:
    """Sums and plain counts of rows add up; a stock does so over scopes only; nothing else does."""
    adds = kpi.unit not in _RATES and not parsed.formula.ratio() and _is_a_sum(parsed.formula)
    allowed = {Additivity.NON_ADDITIVE}
    if adds and kpi.kind is Kind.STOCK:
        allowed = {Additivity.SEMI_ADDITIVE, Additivity.NON_ADDITIVE}
    elif adds and not parsed.population.per:
        allowed = {Additivity.ADDITIVE, Additivity.NON_ADDITIVE}
    if kpi.additivity not in allowed:
        message = Text("Cette valeur ne peut pas s’additionner ainsi.", "This value cannot be added up like that.")
        words = ", ".join(sorted(allowed))
        yield Problem(
            "additivity_misfit", message, Text(f"Possible : {words}.", f"Possible: {words}."), key="additivity"
        )


def _is_a_sum(formula: Formula) -> bool:
    return all(each.function in ("sum", "count") and not each.distinct for each in formula.aggregates)


def _interval(kpi: Kpi, parsed: ParsedPopulation) -> Iterator[Problem]:
    if not _interval_fits(kpi, parsed.formula):
        message = Text(
            f"L’intervalle {kpi.interval} ne va pas avec cette formule.",
            f"The interval {kpi.interval} does not fit this formula.",
        )
        yield Problem("interval_misfit", message, _INTERVAL_ADVICE.get(kpi.interval, NO_TEXT), key="interval")


_INTERVAL_ADVICE = {
    IntervalMethod.WILSON: Text("Il faut un nombre divisé par un nombre.", "It takes a count divided by a count."),
    IntervalMethod.BOOTSTRAP: Text("Il faut une moyenne ou un quotient.", "It takes an average or a quotient."),
    IntervalMethod.MEDIAN: Text("Il faut une médiane seule.", "It takes a single median."),
    IntervalMethod.MULTINOMIAL: Text(
        "Donnez promoters et detractors dans interval_formula.", "Give promoters and detractors in interval_formula."
    ),
}


def _interval_fits(kpi: Kpi, formula: Formula) -> bool:
    if kpi.interval is IntervalMethod.WILSON:
        return (
            kpi.unit is Unit.RATE and bool(formula.ratio()) and all(a.function == "count" for a in formula.aggregates)
        )
    if kpi.interval is IntervalMethod.BOOTSTRAP:
        return formula.ratio() is not None
    if kpi.interval is IntervalMethod.MEDIAN:
        return [aggregate.function for aggregate in formula.aggregates] == ["median"]
    names = {name for name, _ in kpi.interval_formula}
    return names == (_SCORE_PARTS if kpi.interval is IntervalMethod.MULTINOMIAL else set())
