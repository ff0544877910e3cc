"""What the conformance suite does not hold an engine to, and why. Each gap is a test that fails as expected, so that a
run of the tests shows how many there are, and `pytest -rx` names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tests.engines.cases import Case


@dataclass(frozen=True)
class Gap:
    """`what` an `engine` lacks: a KPI or a dimension, which no case then asks of it, or what the suite does not look at
    (of "all" engines: of none)."""

    engine: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.engine}: {self.what}"


GAPS = (
    Gap("all", "bootstrap, median and NPS intervals", "drawn by cadran.statistics, not by an engine"),
    Gap("all", "estimates of a cohort at its horizon", "held against published tables in tests/statistics"),
    Gap("all", "rows with doubtful values", "marked by intake, which the companies here do not go through"),
    Gap("all", "past snapshots (--known-on, stocks of then)", "a company comes in as one import here"),
    Gap("all", "notes", "held in tests/traps/test_notes.py"),
    Gap("spark", "many companies and windows", "one company by one grain: a question takes most of a minute there"),
    Gap("all", "targets", "computed above the engines, from their values; held in tests/objectives"),
)


def held_to(engine: str, cases: Iterable[Case]) -> Iterator[Case]:
    """The cases, without what the engine lacks."""
    lacking = {gap.what for gap in GAPS if gap.engine == engine}
    for case in cases:
        kpis = tuple(kpi for kpi in case.kpis if kpi not in lacking)
        if kpis and not lacking.intersection(case.dimensions):
            yield replace(case, kpis=kpis)
