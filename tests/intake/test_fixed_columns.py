"""Columns that hold one value in all the rows of an import are written after the sort: with the right value, and only
where the rows are alike."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cadran.tables.model import SALES_MODEL
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, company, contents, import_text

LINES = HEADER + "F1;02/03/2026;A;Léa;10\nF2;01/02/2026;B;Paul;20\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def _columns(workspace: Workspace, *names: str) -> list[tuple[object, ...]]:
    places = [SALES_MODEL["sales"].position(name) for name in names]
    return [tuple(row[place] for place in places) for row in contents(workspace)]


def test_a_formula_over_no_column_is_computed(workspace: Workspace) -> None:
    mapping = KEYED_SALES + "    quantity: {formula: '1 + 1'}\n    kind: {formula: \"'credit_note'\"}\n"
    import_text(workspace, LINES, mapping)
    assert _columns(workspace, "sale_id", "quantity", "kind") == [
        ("F1", Decimal(2), "credit_note"),
        ("F2", Decimal(2), "credit_note"),
    ]


def test_two_fills_with_a_constant_each_keep_their_own(workspace: Workspace) -> None:
    fill = "{{sale_id: Facture, sold_on: Date, amount: Montant, kind: {{constant: {}}}, where: {}}}"
    fills = fill.format("invoice", "Montant < 15"), fill.format("order", "Montant > 15")
    import_text(workspace, LINES, "to: {sales: [" + ", ".join(fills) + "]}")
    assert _columns(workspace, "sale_id", "kind") == [("F1", "invoice"), ("F2", "order")]


def test_a_currency_beside_an_amount_is_the_row_s_own(workspace: Workspace) -> None:
    import_text(workspace, LINES.replace("Paul;20", "Paul;20 $"), KEYED_SALES)
    assert _columns(workspace, "sale_id", "currency") == [("F1", "EUR"), ("F2", "USD")]


def test_the_first_ids_are_the_first_integers(workspace: Workspace) -> None:
    import_text(workspace, LINES, KEYED_SALES)
    import_text(workspace, LINES.replace("Paul", "Zoé"), KEYED_SALES)
    with workspace.lake() as lake:
        assert sorted(lake.query("SELECT id FROM lake.keys_account")) == [(1,), (2,)]
        assert sorted(lake.query("SELECT id FROM lake.keys_rep")) == [(1,), (2,), (3,)]
