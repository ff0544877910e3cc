"""The engines that must agree: each takes a company in and answers cases about it through `ask`.

A new engine is one function here, and one line in ENGINES: it loads a company's tables where the engine reads them,
opens a workspace whose settings name it, and gives the function that answers. What an engine cannot do stands in
`gaps.py`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cadran.answer import AnswerRow
from cadran.planner.request import Request
from tests import company as store
from tests.engines.cases import Case
from tests.engines.companies import Company

Ask = Callable[[Case], tuple[AnswerRow, ...]]


def request_of(case: Case) -> Request:
    return Request(
        case.kpis,
        case.start,
        case.end,
        case.as_of,
        levels=case.levels,
        dimensions=case.dimensions,
        grain=case.grain,
        where=case.where,
        compare=case.compare,
        intervals=False,
    )


def duckdb_over_the_store(company: Company, folder: Path) -> Ask:
    """The built-in engine, over a store that took the company in as one import."""
    workspace = store.company(folder, company.tables, thresholds=company.thresholds, **company.choices)
    return lambda case: store.rows_of(workspace, request_of(case))


ENGINES: dict[str, Callable[[Company, Path], Ask]] = {"duckdb": duckdb_over_the_store}
