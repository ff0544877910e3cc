"""The catalogue: every KPI Cadran knows, read from `definitions/*.yaml` and from the company's own files.

A definition is a mapping under the KPI's id. Its keys are the fields of `Kpi`; those of its population stand at the
same level where there is one, or in a list `populations` where the company's choice decides (`when`). Formulas stay
texts here: they are parsed on first use (`parsed`) and checked as a whole by `checks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cadran.catalogue.form import read_definition
from cadran.catalogue.kpi import SHIPPED, Kpi
from cadran.catalogue.plain_yaml import read_file
from cadran.catalogue.problems import Problem
from cadran.errors import DefinitionError, Issue, RequestError, Text, did_you_mean

DEFINITIONS = Path(__file__).parent / "definitions"
FAMILIES = ("revenue", "deals", "prospects", "clients", "feedback")


@dataclass(frozen=True)
class Catalogue:
    """KPIs in the order they are shown."""

    kpis: tuple[Kpi, ...]
    by_id: Mapping[str, Kpi] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {kpi.id: kpi for kpi in self.kpis})

    def __iter__(self) -> Iterator[Kpi]:
        return iter(self.kpis)

    def __contains__(self, kpi_id: object) -> bool:
        return kpi_id in self.by_id

    def get(self, kpi_id: str) -> Kpi:
        """The KPI of that id. Raises RequestError, with the nearest id, where there is none."""
        if kpi_id in self.by_id:
            return self.by_id[kpi_id]
        message = Text(f"L’indicateur « {kpi_id} » n’existe pas.", f'There is no KPI "{kpi_id}".')
        listed = Text("Voyez la liste avec « cadran kpi list ».", 'List them with "cadran kpi list".')
        advice = did_you_mean(kpi_id, self.by_id)
        raise RequestError(Issue("unknown_kpi", message, advice if advice.fr else listed))

    def canonical(self) -> str:
        """The definitions as one JSON text: equal texts mean equal meanings, wherever the files stand."""
        plain = {kpi.id: asdict(replace(kpi, origin="", source_text="")) for kpi in self.kpis}
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def load_catalogue(own_folder: Path | None = None) -> Catalogue:
    """Cadran's KPIs and those of `own_folder/*.yaml`. Raises DefinitionError with every problem of every file."""
    kpis = [kpi for family in built_in().values() for kpi in family]
    problems: list[Problem] = []
    for path in sorted(own_folder.glob("*.yaml")) if own_folder else ():
        found, wrong = read_definitions(path)
        known = {kpi.id: kpi.origin for kpi in kpis}
        problems += wrong
        problems += [_defined_twice(kpi, known[kpi.id]) for kpi in found if kpi.id in known]
        kpis += [kpi for kpi in found if kpi.id not in known]
    if problems:
        raise DefinitionError(*problems)
    return Catalogue(tuple(kpis))


def read_definitions(path: Path, origin: str | None = None) -> tuple[tuple[Kpi, ...], tuple[Problem, ...]]:
    """The KPIs of one file, and every problem of its form; a definition with a problem is left out."""
    origin = origin or str(path)
    try:
        document = read_file(path)
    except DefinitionError as error:
        issues = [issue for issue in error.issues if isinstance(issue, Problem)]
        return (), tuple(problem.at(file=origin) for problem in issues)
    problems = list(document.problems)
    kpis = []
    for kpi_id, value in document.values.items():
        kpi, wrong = read_definition(kpi_id, value, origin, document.sources[kpi_id])
        problems += wrong
        if kpi:
            kpis.append(kpi)
    return tuple(kpis), tuple(problem.at(file=origin) for problem in problems)


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, tuple[Kpi, ...]]:
    """The KPIs that ship with Cadran, by family."""
    found = {}
    for family in FAMILIES:
        found[family], problems = read_definitions(DEFINITIONS / f"{family}.yaml", origin=SHIPPED)
        if problems:
            raise DefinitionError(*problems)
    return found


def _defined_twice(kpi: Kpi, origin: str) -> Problem:
    message = Text(f"« {kpi.id} » est déjà défini ({origin}).", f'"{kpi.id}" is already defined ({origin}).')
    advice = Text("Donnez-lui un autre identifiant.", "Give it another id.")
    return Problem("already_defined", message, advice, key=kpi.id, file=kpi.origin)
