"""What the first import proposes to choose, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadran.errors import NO_TEXT, SettingsError
from cadran.intake.proposal import Proposal, accept
from cadran.settings import load
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, company, import_text

DEALS = "to: {opportunities: {opportunity_id: n, outcome: outcome, amount: amount}}"
DEAL = "n;outcome;amount\n1;won;10\n"
ORDERS = KEYED_SALES + "    kind: {constant: order}\n"
CONTRACTS = "to: {contracts: {contract_id: n, account_id: a, starts_on: s, ends_on: e, annual_value: v}}"
SALE = HEADER + "F1;02/03/2026;A;L;10\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def proposed(workspace: Workspace, text: str, mapping: str, name: str = "x.csv", **wish: bool) -> list[str]:
    return [each.line for each in import_text(workspace, text, mapping, name, **wish).proposals]


def test_deals_without_sales_may_be_what_revenue_counts(workspace: Workspace) -> None:
    before = (workspace.folder / "cadran.toml").read_bytes()
    assert proposed(workspace, DEAL, DEALS, dry_run=True) == []
    assert proposed(workspace, DEAL, DEALS) == ['revenue_basis = "signed"']
    assert (workspace.folder / "cadran.toml").read_bytes() == before
    assert proposed(workspace, SALE, KEYED_SALES, "sales.csv") == []


def test_orders_without_invoices(workspace: Workspace) -> None:
    assert proposed(workspace, SALE, ORDERS) == ['revenue_basis = "ordered"']
    assert proposed(workspace, SALE.replace("F1", "F2"), KEYED_SALES, "invoices.csv") == []  # no kind: an invoice


def test_contracts_without_sales(workspace: Workspace) -> None:
    text = "n;a;s;e;v\n1;A;2026-01-01;2026-12-31;100\n"
    assert proposed(workspace, text, CONTRACTS) == ['retention_basis = "contracts"']


def test_a_choice_that_was_made_is_not_questioned(tmp_path: Path) -> None:
    workspace = company(tmp_path, revenue_basis="invoiced")
    assert proposed(workspace, DEAL, DEALS) == []


def test_an_accepted_line_leaves_the_rest_of_the_file_as_it_was(workspace: Workspace) -> None:
    path = workspace.folder / "cadran.toml"
    path.write_text('# ours\n[thresholds]\ngrace_days = 10\n[company] # the firm\nname = "Été"\n', "utf-8")
    accept(workspace.folder, Proposal("revenue_basis", "signed", NO_TEXT))
    assert path.read_text("utf-8") == (
        '# ours\n[thresholds]\ngrace_days = 10\n[company] # the firm\nrevenue_basis = "signed"\nname = "Été"\n'
    )
    assert load(path).company.revenue_basis == "signed"
    with pytest.raises(SettingsError):
        accept(workspace.folder, Proposal("revenue_basis", "ordered", NO_TEXT))  # twice in one file
    assert load(path).company.revenue_basis == "signed"
