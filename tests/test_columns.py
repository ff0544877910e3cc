"""An answer as a table says the same as its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.answer import Answer
from cadran.workspace import Workspace
from tests.company import answer, company

REPS = [
    {"rep_id": "R1", "name": "Anne"},
    {"rep_id": "R2", "name": "Bruno", "hired_on": date(2026, 2, 16)},
    {"rep_id": "R3", "name": "Chloé"},
]
TEAMS = [{"team_id": "T1", "name": "Nord"}, {"team_id": "T2", "name": "Sud"}]
STAYS = [
    {"rep_id": "R1", "team_id": "T1", "starts_on": date(2025, 1, 1)},
    {"rep_id": "R2", "team_id": "T1", "starts_on": date(2026, 2, 16)},
    {"rep_id": "R3", "team_id": "T2", "starts_on": date(2025, 1, 1)},
]
CLIENTS = [{"account_id": "C1", "name": "Un", "segment": "PME"}, {"account_id": "C2", "name": "Deux", "segment": None}]


def sale(day: date, rep: str | None, client: str | None, amount: str, order: str) -> dict[str, Any]:
    return {"order_id": order, "account_id": client, "rep_id": rep, "sold_on": day, "amount": amount}


SALES = [
    sale(date(2026, 1, 10), "R1", "C1", "900.00", "O1"),
    sale(date(2026, 1, 20), "R3", "C2", "1000.00", "O2"),
    sale(date(2026, 2, 20), "R2", "C1", "450.25", "O3"),
    sale(date(2026, 2, 21), None, "C2", "-20.00", "O4"),
    sale(date(2026, 3, 2), "R1", None, "850.00", "O5"),
    sale(date(2026, 3, 3), "R3", "C2", "0.01", "O6"),
]


def target(kpi: str, scope: str, scope_id: str | None, start: date, end: date | None, value: str) -> dict[str, Any]:
    return {"kpi": kpi, "scope": scope, "scope_id": scope_id, "starts_on": start, "ends_on": end, "value": value}


JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
TARGETS = [
    target("revenue", "company", None, JANUARY, FEBRUARY, "1900.00"),  # reached
    target("revenue", "company", None, FEBRUARY, MARCH, "400.00"),  # exceeded
    target("revenue", "team", "T1", JANUARY, FEBRUARY, "1000.00"),  # exactly nine tenths: at risk
    target("revenue", "team", "T2", JANUARY, APRIL, "3000.00"),  # a quarter: its months are shares
    target("revenue", "rep", "R1", MARCH, None, "1000.00"),  # open
    target("revenue", "rep", "R2", FEBRUARY, MARCH, "1000.00"),  # not there all along: prorated
    target("revenue", "rep", "R3", JANUARY, FEBRUARY, "900.00"),
    target("orders", "rep", "R3", JANUARY, FEBRUARY, "2"),
    target("average_basket", "company", None, JANUARY, FEBRUARY, "900"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    tables = {"reps": REPS, "teams": TEAMS, "memberships": STAYS, "accounts": CLIENTS, "sales": SALES}
    return company(tmp_path_factory.mktemp("columns") / "company", {**tables, "targets": TARGETS})


QUESTIONS: dict[str, dict[str, Any]] = {
    "months": {"grain": "month", "levels": "company,team,rep", "compare": ("previous", "last_year", "target")},
    "quarter": {"levels": "company,team,rep", "compare": ("target",)},
    "segments": {"grain": "month", "levels": "company,rep", "dimensions": "segment", "compare": ("previous", "target")},
    "running": {"grain": "month", "levels": "company,team,rep", "compare": ("target",), "as_of": date(2026, 3, 10)},
    "alone": {"grain": "month", "levels": "company"},
    "future": {"grain": "month", "levels": "company", "compare": ("target",), "as_of": date(2026, 1, 31)},
    "intervals": {"grain": "month", "levels": "company,rep", "intervals": True},
}
KPIS = "revenue,orders,average_basket,active_clients,new_clients"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_table_holds_the_same_rows(workspace: Workspace, name: str) -> None:
    found = answer(workspace, KPIS, "2026-Q1", **QUESTIONS[name])
    table = found.to_arrow()
    assert table.num_rows == len(found.rows) > 0
    for row, cells in zip(found.rows, table.to_pylist(), strict=True):
        for column, cell in cells.items():
            given = row.dimensions[column] if column in row.dimensions else getattr(row, column)
            assert _same(given, cell), (row.kpi, row.scope_name, row.period_start, column, given, cell)


def _same(given: Any, cell: Any) -> bool:
    """Rows round amounts to four decimals, tables do not."""
    if given is None or cell is None or isinstance(given, str | date | bool):
        return bool(given == cell)
    return float(given) == pytest.approx(cell, abs=5e-5)


def statuses(found: Answer, kpi: str = "revenue") -> dict[tuple[str, int], str]:
    rows = found.to_arrow().to_pylist()
    return {(row["scope_name"], row["period_start"].month): row["status"] for row in rows if row["kpi"] == kpi}


def test_a_status_is_decided_to_the_cent(workspace: Workspace) -> None:
    found = statuses(answer(workspace, KPIS, "2026-Q1", **QUESTIONS["months"]))
    assert found["Entreprise", 1] == "reached"  # 1,900 against 1,900
    assert found["Entreprise", 2] == "exceeded"  # 430.25 against 400
    assert found["Nord", 1] == "at_risk"  # 900 against 1,000: nine tenths exactly
    assert found["Chloé", 1] == "exceeded"  # 1,000 against 900
    assert found["Chloé", 3] == "no_target"


def test_texts_are_dictionary_encoded(workspace: Workspace) -> None:
    table = answer(workspace, KPIS, "2026-Q1", **QUESTIONS["months"]).to_arrow()
    for column in ("kpi", "scope", "scope_id", "scope_name", "unit", "status"):
        assert str(table.schema.field(column).type) == "dictionary<values=string, indices=int32, ordered=0>"


def test_frames_say_the_same_as_rows(workspace: Workspace) -> None:
    """Also where several KPIs have one unit."""
    found = answer(workspace, "revenue,orders,active_clients", "2026-Q1")
    expected = [(row.kpi, row.unit, float(row.value or 0)) for row in found.rows]
    for frame in (found.to_pandas(), found.to_polars()):
        assert list(zip(frame["kpi"], frame["unit"], frame["value"], strict=True)) == expected


def test_a_duplicate_target_is_left_to_the_book(tmp_path: Path) -> None:
    """Two targets for one window: the one set last counts, in rows and in tables."""
    twice = [
        {**target("revenue", "rep", "R1", JANUARY, FEBRUARY, "1000"), "set_at": date(2026, 1, 5)},
        {
            **target("revenue", "rep", "R1", JANUARY, None, "600"),
            "period": "2026-01",
            "set_at": date(2026, 1, 9),
        },
    ]
    tables = {"reps": REPS[:1], "sales": SALES[:1], "targets": twice}
    found = answer(company(tmp_path / "company", tables), "revenue", "2026-01", levels="rep", compare=("target",))
    assert [row.target for row in found.rows] == [600]
    assert found.to_arrow().column("target").to_pylist() == [600.0]


def test_what_belonged_to_nobody_before_is_shown_so_that_columns_add_up(workspace: Workspace) -> None:
    """20 were given back in February to a client of nobody's; in March nothing was nobody's."""
    found = answer(workspace, "revenue", "2026-03", levels="company,rep", compare=("previous",))
    company, *reps = found.rows
    (nobody,) = (row for row in reps if row.scope == "unassigned")
    assert (nobody.value, nobody.previous) == (0, -20)
    assert company.previous == sum(row.previous for row in reps if row.previous) == Decimal("430.25")
    alone = answer(workspace, "revenue", "2026-03", levels="company,rep")
    assert "unassigned" not in {row.scope for row in alone.rows}


def test_who_has_a_target_and_no_number_is_in_the_table(workspace: Workspace) -> None:
    """No basket without a client who bought: Bruno has none in January."""
    found = answer(workspace, "average_basket", "2026-01", levels="rep", compare=("target",))
    assert found.to_arrow().column("scope_id").to_pylist() == ["R1", "R2", "R3"]
    assert found.to_arrow().column("value").to_pylist() == [900, None, 1000]
