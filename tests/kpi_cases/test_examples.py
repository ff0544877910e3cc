"""Every shipped KPI against an example added up by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.catalogue.loader import load_catalogue
from tests.kpi_cases import clients, deals, feedback, prospects, revenue

EXAMPLES = {
    **revenue.EXAMPLES,
    **deals.EXAMPLES,
    **clients.EXAMPLES,
    **prospects.EXAMPLES,
    **feedback.EXAMPLES,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_answers_are_those_counted_by_hand(name: str, tmp_path: Path) -> None:
    EXAMPLES[name].check(tmp_path / "company")


def test_every_shipped_kpi_has_an_example(tmp_path: Path) -> None:
    covered = set().union(*(example.kpis for example in EXAMPLES.values()))
    assert {kpi.id for kpi in load_catalogue(tmp_path)} == covered
