"""Orders and documents that are numbers, and some that only look like them, are read as they are written.

sale  order  document  kind             amount
S1    123    900       order              1000   of which 400 are invoiced
S2    00123  901       invoice              20   another order
S3    123    901       invoice             400
S4    A12    F-1       invoice               3
S5    -      902       invoice              50
S6    902    902       invoice               6   its order has the number of its document
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.difference import difference
from cadran.store import interning
from cadran.workspace import Workspace
from tests.company import answer, company, deliver, question, table, values

FIRST = """
sale_id | order_id | document_id | kind    | sold_on    | amount
S1      | 123      | 900         | order   | 2026-01-05 | 1000
S2      | 00123    | 901         | invoice | 2026-01-05 | 20
S3      | 123      | 901         | invoice | 2026-01-05 | 400
"""
LATER = """
sale_id | order_id | document_id | kind    | sold_on    | amount
S4      | A12      | F-1         | invoice | 2026-01-05 | 3
S5      | -        | 902         | invoice | 2026-01-05 | 50
S6      | 902      | 902         | invoice | 2026-01-05 | 6
"""
CORRECTED = """
sale_id | order_id | document_id | kind    | sold_on    | amount
S2      | 00123    | 903         | invoice | 2026-01-05 | 21
S3      | A12      | 901         | invoice | 2026-01-05 | 401
"""
OWN = """
of_123:
  label: {fr: "De la 123", en: "Of 123"}
  question: {fr: "Combien ?", en: "How much?"}
  definition: {fr: "Le facturé de la commande 123.", en: "What was invoiced of order 123."}
  kind: flow
  of: sales
  on: sold_on
  formula: sum(amount) filter (where order_id = '123')
  unit: money
"""


@pytest.fixture(scope="module", params=["themselves", "kept"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A store where numbers stand for themselves, or one begun when all orders were kept, told from it by no reader."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "kept":
            patch.setattr(interning, "GROUPING_DOMAINS", ())  # orders are numbered as clients are
        workspace = company(tmp_path_factory.mktemp("orders") / "shop", {"sales": table(FIRST)})
    deliver(workspace, {"sales": table(LATER)})
    (workspace.folder / "kpis").mkdir(exist_ok=True)
    (workspace.folder / "kpis" / "ours.yaml").write_text(OWN, "utf-8")
    with workspace.lake() as lake:
        (keys,) = lake.query("SELECT list(key ORDER BY key) FROM lake.keys_order")
    kept = ["00123", "123", "902", "A12"] if request.param == "kept" else ["00123", "A12"]
    assert keys == (kept,)
    return Workspace.open(workspace.folder)


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("order_id = '123'", 400),
        ("order_id = '00123'", 20),
        ("order_id = 'A12'", 3),
        ("order_id <> '123'", 29),
        ("order_id in ('123', 'A12')", 403),
        ("order_id like '%123'", 420),
        ("order_id like '12%'", 400),
        ("order_id is null", 50),
        ("order_id is null or order_id = '902'", 56),
        ("document_id = '901'", 420),
        ("document_id = order_id", 6),
        ("document_id = '1000000000000001'", 0),
    ],
)
def test_a_condition_on_an_order_compares_what_is_written(where: str, revenue: int, shop: Workspace) -> None:
    assert values(shop, "revenue", "2026-Q1", where=where) == {"Entreprise": revenue}


def test_a_kpi_of_one_order(shop: Workspace) -> None:
    assert values(shop, "of_123", "2026-Q1") == {"Entreprise": 400}


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("document_id", {"901": 420, "F-1": 3, "902": 56}),
        ("order_id", {"00123": 20, "123": 400, "A12": 3, None: 50, "902": 6}),
    ],
)
def test_revenue_by_order_and_document(dimension: str, expected: dict[Any, int], shop: Workspace) -> None:
    assert values(shop, "revenue", "2026-Q1", dimensions=dimension) == expected


def test_what_is_invoiced_is_taken_off_its_order(shop: Workspace) -> None:
    """1000 - 400; what 00123 and A12 were invoiced belongs to no order that is known."""
    assert values(shop, "backlog", "2026-Q1") == {"Entreprise": 600}


def test_the_rows_behind_show_what_was_written(shop: Workspace) -> None:
    behind = answer(shop, "revenue", "2026-Q1").rows_behind().to_pylist()
    assert [(row["sale_id"], row["order_id"], row["document_id"]) for row in behind] == [
        ("S2", "00123", "901"), ("S3", "123", "901"), ("S4", "A12", "F-1"), ("S5", None, "902"), ("S6", "902", "902"),
    ]  # fmt: skip


def test_changes_show_what_was_written(tmp_path: Path) -> None:
    workspace = company(tmp_path / "shop", {"sales": table(FIRST)})
    deliver(workspace, {"sales": table(CORRECTED)})
    asked = question(workspace, "revenue", "2026-01", where="order_id is not null and document_id is not null")
    (told,) = difference(workspace, asked, since=2).numbers
    cells = {row.key: {cell.column: (cell.before, cell.after) for cell in row.cells} for row in told.rows}
    assert cells == {
        "S2": {"document_id": ("901", "903"), "amount": (20, 21)},
        "S3": {"order_id": ("123", "A12"), "amount": (400, 401)},
    }
    assert [(row.says["order_id"], row.says["document_id"]) for row in told.rows] == [("00123", "903"), ("A12", "901")]


def test_the_deal_that_is_an_order_is_written_as_a_deal(tmp_path: Path) -> None:
    deals = table(
        "opportunity_id | outcome | closed_on | amount\nD1 | won | 2026-01-05 | 10\nD2 | won | 2026-01-06 | 5"
    )
    shop = company(tmp_path / "shop", {"opportunities": deals}, revenue_basis="signed")
    behind = answer(shop, "revenue", "2026-Q1").rows_behind().to_pylist()
    assert [(row["order_id"], row["amount"]) for row in behind] == [("D1", Decimal(10)), ("D2", Decimal(5))]


def test_the_invoice_that_is_an_order_is_written_as_an_invoice(tmp_path: Path) -> None:
    lines = table("document_id | sold_on | amount\n17 | 2026-01-05 | 10\nF2 | 2026-01-06 | 5")
    shop = company(tmp_path / "shop", {"sales": lines})
    behind = answer(shop, "revenue", "2026-Q1").rows_behind().to_pylist()
    assert [(row["order_id"], row["document_id"]) for row in behind] == [("17", "17"), ("F2", "F2")]
