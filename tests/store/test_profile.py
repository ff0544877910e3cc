from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from cadran.store.lake import Lake
from cadran.store.ledger import commit, undo
from cadran.store.profile import ColumnProfile, TableProfile
from cadran.tables.model import SALES_MODEL
from tests.store.deliveries import deliver

SALES = SALES_MODEL["sales"]


def profile_of(lake: Lake, rows: list[dict[str, object]], table: str = "sales") -> TableProfile:
    commit(lake, deliver(lake, {table: rows}))
    return lake.state().tables[table]


def sale(sale_id: str, **more: object) -> dict[str, object]:
    return {"sale_id": sale_id, "amount": Decimal(1), **more}


def test_filled_doubtful_and_ranges(lake: Lake) -> None:
    doubt = 1 << SALES.position("sold_on")
    profile = profile_of(
        lake,
        [
            sale("S1", sold_on=date(2025, 1, 2), amount=Decimal("-5.5"), rep_id="R1", currency="EUR", doubts=doubt),
            sale("S2", sold_on=date(2026, 3, 4), amount=Decimal("20"), currency="USD", kind="invoice"),
            sale("S3", amount=Decimal("3"), currency="EUR", doubts=doubt | 1 << SALES.position("amount")),
        ],
    )

    assert profile.rows == 3
    assert profile.columns["sold_on"] == ColumnProfile(2, 2, "2025-01-02", "2026-03-04")
    assert profile.columns["amount"] == ColumnProfile(3, 1, "-5.5000", "20.0000")
    assert profile.columns["rep_id"] == ColumnProfile(1, 0, None, None)
    assert profile.columns["quantity"] == ColumnProfile(0, 0, None, None)
    assert profile.values == {"kind": ("invoice",), "currency": ("EUR", "USD")}


def test_times_are_ranged_to_the_second(lake: Lake) -> None:
    rows = [{"activity_id": "A1", "rep_id": "R1", "kind": "call", "happened_at": datetime(2026, 1, 2, 9, 30)}]
    profile = profile_of(lake, rows, "activities")
    assert profile.columns["happened_at"].low == "2026-01-02 09:30:00"
    assert profile.values == {"kind": ("call",)}


@pytest.mark.parametrize(
    ("second", "whole"),
    [
        ({}, True),
        ({"sold_on": date(2026, 1, 2)}, False),
        ({"rep_id": "R2"}, False),
        ({"rep_id": None}, False),
        ({"account_id": "B"}, False),
        ({"order_id": "O2", "rep_id": "R2"}, True),
        ({"order_id": None, "rep_id": "R2"}, True),
    ],
)
def test_whole_orders(lake: Lake, second: dict[str, object], whole: bool) -> None:
    line = {"order_id": "O1", "sold_on": date(2026, 1, 1), "rep_id": "R1", "account_id": "A"}
    assert profile_of(lake, [sale("S1", **line), sale("S2", **{**line, **second})]).whole_orders is whole


def test_the_profile_follows_changes_and_undo(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", sold_on=date(2026, 1, 1))], "reps": [{"rep_id": "R1"}]}))
    before = lake.state().tables
    commit(lake, deliver(lake, {"sales": [sale("S1", sold_on=date(2026, 2, 1)), sale("S2")]}))

    after = lake.state().tables
    assert (after["sales"].rows, after["sales"].columns["sold_on"].low) == (2, "2026-02-01")
    assert after["reps"] == before["reps"]
    undo(lake, 2, "chloe@example.com")
    assert lake.state().tables == before
