"""The same number on every engine: one seeded company in the store and in PostgreSQL, every KPI of the catalogue."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest

from cadran.access import EVERYTHING as WHOEVER_SEES_ALL
from cadran.answer import AnswerRow
from cadran.behind import rows_behind
from cadran.catalogue.loader import load_catalogue
from cadran.newest_rows import Newest, newest_behind
from cadran.workspace import Workspace
from tests.company import answer, question
from tests.engines.cluster import Cluster
from tests.engines.twin import twins
from tests.engines.whole_company import whole_company

KPIS = tuple(kpi.id for kpi in load_catalogue())
SHAPES = ("nested", "flat", "none")


Answered = dict[str, tuple[AnswerRow, ...]]


@pytest.fixture(scope="module", params=SHAPES)
def both(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Workspace]:
    shape = request.param
    basis = "contracts" if shape == "flat" else "purchases"
    folder, tables = tmp_path_factory.mktemp("twins"), whole_company(len(shape), shape)
    return twins(folder, cluster, f"twin_{shape}", tables, retention_basis=basis)


@pytest.fixture(scope="module")
def answers(both: tuple[Workspace, Workspace]) -> tuple[Answered, Answered]:
    """What each of them answers to all the KPIs at once."""
    stored, read = (asked(each, ",".join(KPIS)) for each in both)
    return stored, read


EVERYTHING: dict[str, Any] = {
    "levels": "company,team,rep",
    "grain": "month",
    "compare": ("previous", "last_year", "target"),
    "intervals": True,
}


def asked(workspace: Workspace, kpis: str) -> Answered:
    return by_kpi(answer(workspace, kpis, "2026-Q1", **EVERYTHING).rows, kpis)


def by_kpi(rows: tuple[AnswerRow, ...], kpis: str) -> Answered:
    return {kpi: tuple(row for row in rows if row.kpi == kpi) for kpi in kpis.split(",")}


@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_is_the_same(answers: tuple[Answered, Answered], kpi: str) -> None:
    stored, read = (each[kpi] for each in answers)
    assert stored
    assert same(stored, read) == []


@pytest.mark.heavy
@pytest.mark.parametrize("both", ["nested"], indirect=True)
@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_is_the_same_by_itself(both: tuple[Workspace, Workspace], kpi: str) -> None:
    """Alone it is planned otherwise: nothing rides on another KPI's rows. Teams inside teams are the most there is."""
    stored, read = (asked(each, kpi)[kpi] for each in both)
    assert same(stored, read) == []


def test_most_kpis_have_a_number_to_compare(answers: tuple[Answered, Answered]) -> None:
    stored, _ = answers
    empty = [kpi for kpi in KPIS if all(row.value is None for row in stored[kpi])]
    assert empty == []


SPLITS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("revenue,active_clients,new_clients", {"dimensions": "segment", "levels": "company,rep"}),
    ("revenue,average_basket", {"dimensions": "product_id,currency", "levels": "team"}),
    ("revenue,retention_rate", {"where": "account_id in ('c1', 'c2') and product_id <> 'p1'", "grain": "month"}),
    ("win_rate,sales_cycle_median", {"dimensions": "lead_id", "grain": "quarter"}),
    ("activities,nps", {"where": "rep_id = 'r1'", "levels": "team,rep"}),
    ("revenue,deals_won,pipeline_open", {"grain": "week", "levels": "rep"}),
    ("active_clients,repeat_rate", {"grain": "day", "levels": "company"}),
)


@pytest.mark.parametrize(("kpis", "changes"), SPLITS, ids=[kpis for kpis, _ in SPLITS])
def test_splits_and_filters_are_the_same(both: tuple[Workspace, Workspace], kpis: str, changes: dict[str, Any]) -> None:
    stored, read = (answer(each, kpis, "2026-Q1", **changes).rows for each in both)
    assert stored
    assert same(stored, read) == []


@pytest.mark.parametrize("kpis", ["revenue", "average_basket", "win_rate", "retention_rate", "conversion_rate"])
def test_the_rows_behind_are_the_same(both: tuple[Workspace, Workspace], kpis: str) -> None:
    stored, read = (
        sorted(map(row_as_text, answer(each, kpis, "2026-Q1", levels="rep").rows_behind().to_pylist())) for each in both
    )
    assert stored
    assert stored == read


@pytest.mark.parametrize("kpis", ["revenue", "win_rate", "retention_rate", "revenue_per_rep"])
def test_the_newest_rows_and_their_totals_are_the_same(both: tuple[Workspace, Workspace], kpis: str) -> None:
    stored, read = (newest_of(each, kpis) for each in both)
    assert stored.count
    assert (stored.count, stored.flagged) == (read.count, read.flagged)
    assert stored.amount == read.amount


def newest_of(workspace: Workspace, kpis: str) -> Newest:
    """The last seven rows, which are those of all that it lists itself: texts have an order of each engine's own."""
    request = question(workspace, kpis, "2026-Q1", levels="company")
    newest = newest_behind(workspace, request, WHOEVER_SEES_ALL, 7, scope="company")
    everything = rows_behind(workspace, request, WHOEVER_SEES_ALL, scope="company")
    assert newest.rows.to_pylist() == everything.to_pylist()[:-8:-1]
    return newest


def row_as_text(row: dict[str, Any]) -> str:
    """A row as text, its decimals by their value."""
    return repr([(name, None if row[name] is None else _plain(row[name])) for name in sorted(row)])


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def same(left: tuple[AnswerRow, ...], right: tuple[AnswerRow, ...]) -> list[str]:
    """Where two answers differ."""
    found = [] if len(left) == len(right) else [f"{len(left)} rows and {len(right)}"]
    for one, other in zip(left, right, strict=False):
        place = f"{one.kpi} {one.scope} {one.scope_id} {one.dimensions} {one.period_start}"
        found += [
            f"{place} {each.name}: {getattr(one, each.name)!r} and {getattr(other, each.name)!r}"
            for each in fields(one)
            if not _alike(getattr(one, each.name), getattr(other, each.name))
        ]
    return found


def _alike(one: Any, other: Any) -> bool:
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    if is_dataclass(one):
        return all(_alike(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(_alike(*pair) for pair in zip(one, other, strict=True))
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)
    except (TypeError, ValueError):
        return bool(one == other)
