"""Orders of a warehouse are gathered first where each has one day, one rep and one client: the warehouse is asked, and
only where several windows make that worth a pass over the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cadran.engines.adbc import AdbcEngine
from tests.company import answer
from tests.engines.cluster import Cluster
from tests.engines.test_same_numbers import same
from tests.engines.twin import twins

KPIS = "revenue,orders,active_clients,new_clients,retention_rate"


def line(number: int, order: str | None, day: str, **changes: str | None) -> dict[str, Any]:
    row = {"sale_id": f"s{number}", "order_id": order, "sold_on": day, "rep_id": "r1", "account_id": "c1"}
    return {**row, "amount": "10.5", **changes}


WHOLE = [
    line(1, "o1", "2026-01-05"),
    line(2, "o1", "2026-01-05"),
    line(3, "o2", "2026-02-05", rep_id="r2", account_id="c2"),
    line(4, "o3", "2026-03-05", account_id=None),
    line(5, "o3", "2026-03-05", account_id=None),
    line(6, None, "2026-04-01"),
    line(7, None, "2026-04-01", rep_id="r2"),
]
PARTED = {
    "two reps": line(8, "o1", "2026-01-05", rep_id="r2"),
    "two clients": line(8, "o1", "2026-01-05", account_id="c2"),
    "a client and none": line(8, "o1", "2026-01-05", account_id=None),
    "two days": line(8, "o1", "2026-02-05"),
}


def tables(sales: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        "reps": [{"rep_id": "r1", "name": "Ana"}, {"rep_id": "r2", "name": "Bo"}],
        "teams": [{"team_id": "t", "name": "T"}],
        "memberships": [{"rep_id": "r1", "team_id": "t", "starts_on": "2025-01-01"}],
        "accounts": [{"account_id": "c1", "name": "C"}, {"account_id": "c2", "name": "D"}],
        "sales": sales,
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a warehouse is asked, as it is sent."""
    sent: list[str] = []
    plain = AdbcEngine.query

    def query(engine: AdbcEngine, statement: Any) -> Any:
        sent.append(statement if isinstance(statement, str) else engine.written(statement))
        return plain(engine, statement)

    monkeypatch.setattr(AdbcEngine, "query", query)
    return sent


def gathered(asked: list[str]) -> bool:
    return any('"gathered" AS (' in statement for statement in asked)


@pytest.mark.parametrize("sales", [WHOLE, *([*WHOLE, each] for each in PARTED.values())], ids=["whole", *PARTED])
def test_orders_are_counted_right(
    cluster: Cluster, tmp_path: Path, asked: list[str], sales: list[dict[str, Any]]
) -> None:
    stored, read = twins(tmp_path, cluster, "orders", tables(sales))
    changes: dict[str, Any] = {"levels": "company,team,rep", "grain": "month"}
    expected, found = (answer(each, KPIS, "2026", **changes).rows for each in (stored, read))
    assert {row.value for row in expected if row.kpi == "orders"} > {0, 1}
    assert same(expected, found) == []
    assert gathered(asked) is (sales is WHOLE)


def test_one_window_is_not_worth_finding_out(cluster: Cluster, tmp_path: Path, asked: list[str]) -> None:
    _, read = twins(tmp_path, cluster, "orders", tables(WHOLE))
    assert [row.value for row in answer(read, "orders", "2026-01").rows][:1] == [1]
    assert not any('SELECT DISTINCT "order_id"' in statement for statement in asked)
