"""A definition that is still being written: its YAML, the KPI it gives, and everything that is wrong with it yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from cadran.catalogue.checks import check
from cadran.catalogue.form import read_definition
from cadran.catalogue.kpi import Kpi
from cadran.catalogue.loader import Catalogue
from cadran.catalogue.plain_yaml import Document, Plain, read_text
from cadran.catalogue.problems import Problem
from cadran.errors import DefinitionError, Text

MAX_CHARACTERS = 20_000
RESERVED = frozenset({"new"})  # ids that an address of the pages stands for
_WIDTH = 110


@dataclass(frozen=True)
class Draft:
    """`kpi` is None where the form is wrong; it may be asked about only where there is no problem at all.
    `catalogue` holds it among the others."""

    text: str
    kpi: Kpi | None
    catalogue: Catalogue
    problems: tuple[Problem, ...]


def read_draft(text: str, catalogue: Catalogue, kpi_id: str | None = None) -> Draft:
    """The one definition a text holds, read beside `catalogue`. `kpi_id`: the own KPI it replaces; None for a new one,
    whose id must be free."""
    others = tuple(kpi for kpi in catalogue if kpi.id != kpi_id)
    try:
        found, problems = _only(_document(text), text, kpi_id)
    except DefinitionError as error:
        return Draft(text, None, Catalogue(others), _problems(error))
    if found is None:
        return Draft(text, None, Catalogue(others), tuple(problems))
    problems += [_taken(found.id)] if found.id in RESERVED or found.id in Catalogue(others) else []
    others = tuple(kpi for kpi in others if kpi.id != found.id)
    beside = Catalogue((*others, found))
    problems += [*check(found, beside), *_broken(found, catalogue, beside)]
    return Draft(text, found, beside, tuple(problems))


def written(kpi_id: str, values: Mapping[str, Plain]) -> str:
    """A definition as YAML that `read_text` reads back to the same values."""
    return yaml.safe_dump({kpi_id: dict(values)}, allow_unicode=True, sort_keys=False, width=_WIDTH)


def derived_from(kpi_id: str, kpis: Iterable[Kpi]) -> tuple[Kpi, ...]:
    """The KPIs whose formula names this one."""
    return tuple(kpi for kpi in kpis if kpi_id in re.findall(r"\{(\w+)\}", kpi.formula or ""))


def _document(text: str) -> Document:
    if len(text) > MAX_CHARACTERS:
        message = Text(
            f"La définition dépasse {MAX_CHARACTERS} caractères.",
            f"The definition exceeds {MAX_CHARACTERS} characters.",
        )
        raise DefinitionError(Problem("definition_too_long", message))
    return read_text(text)


def _only(document: Document, text: str, kpi_id: str | None) -> tuple[Kpi | None, list[Problem]]:
    problems = list(document.problems)
    if len(document.values) != 1:
        message = Text("Une définition, et une seule, est attendue.", "One definition is expected, and only one.")
        return None, [*problems, Problem("not_one_definition", message)]
    ((found_id, value),) = document.values.items()
    if kpi_id is not None and found_id != kpi_id:
        message = Text("L’identifiant ne change pas.", "The id does not change.")
        advice = Text(f"Écrivez {kpi_id}.", f"Write {kpi_id}.")
        problems.append(Problem("id_changed", message, advice, key=found_id))
    kpi, wrong = read_definition(found_id, value, "", text)
    return kpi, [*problems, *wrong]


def _broken(kpi: Kpi, before: Catalogue, after: Catalogue) -> Iterator[Problem]:
    """What would go wrong in the KPIs that are computed from this one, and is right now."""
    for other in derived_from(kpi.id, after):
        if other.id != kpi.id:
            known = check(other, before)
            yield from (problem for problem in check(other, after) if problem not in known)


def _taken(kpi_id: str) -> Problem:
    message = Text(f"« {kpi_id} » est déjà défini.", f'"{kpi_id}" is already defined.')
    return Problem(
        "already_defined", message, Text("Donnez-lui un autre identifiant.", "Give it another id."), key=kpi_id
    )


def _problems(error: DefinitionError) -> tuple[Problem, ...]:
    return tuple(issue for issue in error.issues if isinstance(issue, Problem))
