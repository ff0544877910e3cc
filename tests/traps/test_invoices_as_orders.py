"""A company that only has invoices: each invoice stands for an order.

F1  C1  100 + 50     F2  C1  30     F3  C2  20     F4  C2  -20 (credit note)
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.company import company, rows

DAY = date(2026, 1, 5)


def _line(document: str, account: str, amount: int) -> dict[str, object]:
    return {"document_id": document, "account_id": account, "sold_on": DAY, "amount": amount}


def test_an_invoice_stands_for_an_order_where_none_is_recorded(tmp_path: Path) -> None:
    lines = [("F1", "C1", 100), ("F1", "C1", 50), ("F2", "C1", 30), ("F3", "C2", 20), ("F4", "C2", -20)]
    shop = company(tmp_path / "shop", {"sales": [_line(*line) for line in lines]})
    found = {row.kpi: row.value for row in rows(shop, "orders,orders_per_client,average_order_value", "2026-Q1")}
    assert found == {"orders": 3, "orders_per_client": 1.5, "average_order_value": 60}


def test_orders_are_themselves_where_some_are_recorded(tmp_path: Path) -> None:
    lines = [_line("F1", "C1", 100) | {"order_id": "O1"}, _line("F2", "C1", 50) | {"order_id": "O1"}]
    shop = company(tmp_path / "shop", {"sales": lines})
    (row,) = rows(shop, "orders", "2026-Q1")
    assert row.value == 1
