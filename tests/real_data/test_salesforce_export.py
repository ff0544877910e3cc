"""Deals and accounts as Salesforce exports them, by the command line alone and without any mapping."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cadran.cli.main import answer
from tests.real_data.companies import HERE
from tests.real_data.controls import DATA, Control, Measured, of_set

SET = "salesforce-export"
FILES = ("Opportunity.csv", "Account.csv")


@dataclass(frozen=True)
class Commands:
    """The company's folder, and what `cadran import` told about it."""

    folder: Path
    imported: dict[str, Any]

    def ask(self, kpi: str, *options: str) -> list[dict[str, Any]]:
        """All deals were created between 2017 and 2021."""
        window = ("--start", "2017-01-01", "--end", "2022-01-01")
        rows: list[dict[str, Any]] = _told("ask", kpi, *window, *options, workspace=self.folder)["rows"]
        return rows

    def by_stage(self, kpi: str) -> Measured:
        return {row["dimensions"]["stage"]: row["value"] for row in self.ask(kpi, "--by", "stage")}

    def counts(self, table: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = [row for row in self.imported["rows"] if row["table"] == table]
        (counts,) = found
        return counts


def _told(*arguments: str, workspace: Path) -> dict[str, Any]:
    """What a command says, as JSON."""
    with redirect_stdout(io.StringIO()) as said:
        assert answer([*arguments, "--workspace", str(workspace), "--format", "json", "--lang", "en"]) == 0
    told: dict[str, Any] = json.loads(said.getvalue())
    return told


@pytest.fixture(scope="module")
def salesforce(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    if not DATA.is_dir():
        pytest.skip("the shared data are not beside the checkout")
    folder = tmp_path_factory.mktemp(SET) / "company"
    assert answer(["init", str(folder), "--name", SET, "--currency", "USD", "--country", "US", "--lang", "en"]) == 0
    shutil.copy(HERE / "kpis" / f"{SET}.yaml", folder / "kpis")
    return Commands(folder, _told("import", *(str(DATA / SET / file) for file in FILES), workspace=folder))


MEASURES: dict[str, Callable[[Commands], Measured]] = {
    "rows": lambda salesforce: salesforce.counts("Opportunities")["new"],
    "records_by_stage": lambda salesforce: salesforce.by_stage("deals_created"),
    # A KPI of this test's own: the catalogue sums amounts of deals won, or of those still open, but not of all.
    "amount_by_stage": lambda salesforce: salesforce.by_stage("amount_of_deals"),
}


@pytest.mark.parametrize("control", of_set(SET))
def test_control(control: Control, salesforce: Commands) -> None:
    control.check(MEASURES[control.id](salesforce))


def test_the_presets_know_both_files(salesforce: Commands) -> None:
    known = {each["file"]: each["mapping"] for each in salesforce.imported["recognised"]}
    assert known == {"Opportunity.csv": "Salesforce Opportunity", "Account.csv": "Salesforce Account"}


def test_line_breaks_inside_cells_are_no_rows(salesforce: Commands) -> None:
    """168 lines below the header, for 83 accounts: addresses are written over several."""
    accounts = salesforce.counts("Accounts")
    assert (accounts["read"], accounts["new"], accounts["skipped"], accounts["quarantined"]) == (83, 83, 0, 0)


def test_a_word_that_is_no_kind_of_deal_is_told_and_the_deal_kept(salesforce: Commands) -> None:
    """36 downgrades, 7 additional licences and 9 installation services."""
    (remark,) = salesforce.imported["remarks"]
    assert (remark["table"], remark["rows"]) == ("Opportunities", 36 + 7 + 9)


def test_the_close_date_of_an_open_deal_is_a_forecast(salesforce: Commands) -> None:
    """All of them are past; only won and lost deals are decided, whatever the date and the next step say."""
    (opened,) = salesforce.ask("deals_open")
    (won,) = salesforce.ask("win_rate")
    assert opened["value"] == 774 - 640 - 39
    assert (won["numerator"], won["denominator"]) == (640, 640 + 39)
