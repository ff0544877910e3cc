"""A seller of computer hardware that records its deals and no invoice: revenue is what was signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cadran.health import examine
from cadran.intake.load import import_files
from cadran.tables.mapping_file import parse_mapping
from tests.real_data.companies import HERE, Imported, import_set
from tests.real_data.controls import DATA, Control, Measured, of_set

SET = "maven-crm"
FILES = ("accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv")
SPAN = date(2016, 10, 1), date(2018, 1, 1)
CHOICES = {"currency": "USD", "country": "US", "revenue_basis": "signed"}
QUARTERS = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return import_set(tmp_path_factory.mktemp(SET), SET, FILES, SPAN, CHOICES)


def rows_by_stage(maven: Imported) -> Measured:
    """Deals by stage, of those that have a date: a Prospecting deal has none, so it is in no period of any KPI. Those
    are counted by a preview of the same file with the mapping narrowed to them."""
    dated = maven.by_dimension("deals_created", "stage")
    narrowed = (HERE / "mappings" / SET / "pipeline.yaml").read_text("utf-8")
    narrowed += "    where: \"deal_stage = 'Prospecting'\"\n"
    mapping = parse_mapping(narrowed, "narrowed")
    path = DATA / SET / "sales_pipeline.csv"
    preview = import_files(maven.company.workspace, [path], mapping=mapping, dry_run=True)
    (count,) = preview.counts
    return {**dated, "Prospecting": count.loaded + count.unchanged}


def retention_by_quarter(maven: Imported) -> Measured:
    """Signed deals are the purchases. The first quarter has no quarter before it: undefined, and no control."""
    first, *others = maven.by_quarter("retention_rate", **QUARTERS).items()
    assert first == ("2017-Q1", None)
    return dict(others)


def agents_without_opportunity(maven: Imported) -> Measured:
    """Reps who are listed with no deal at all."""
    return sum(value == 0 for value in maven.by_name("deals_created", "rep").values())


def rows_with_unknown_product(maven: Imported) -> Measured:
    return maven.warned("opportunities", "unknown_reference", "product_id")


MEASURES: dict[str, Callable[[Imported], Measured]] = {
    "rows_by_stage": rows_by_stage,
    "revenue_total": lambda maven: maven.value("revenue"),
    "revenue_by_quarter": lambda maven: maven.by_quarter("revenue", **QUARTERS),
    "revenue_by_manager": lambda maven: maven.by_name("revenue", "team"),
    "win_rate_total": lambda maven: maven.value("win_rate"),
    "win_rate_by_manager": lambda maven: maven.by_name("win_rate", "team"),
    "cycle_days_won_mean": lambda maven: maven.value("sales_cycle_days"),
    "cycle_days_won_median": lambda maven: maven.value("sales_cycle_median"),
    "basket_per_client_by_quarter": lambda maven: maven.by_quarter("average_basket", **QUARTERS),
    "retention_by_quarter": retention_by_quarter,
    "agents_without_opportunity": agents_without_opportunity,
    "rows_with_unknown_product": rows_with_unknown_product,
}


@pytest.mark.parametrize("control", of_set(SET))
def test_control(control: Control, maven: Imported) -> None:
    control.check(MEASURES[control.id](maven))


def test_every_row_of_every_file_is_loaded(maven: Imported) -> None:
    assert {table: maven.loaded(table) for table in ("accounts", "products", "reps", "memberships")} == {
        "accounts": 85,
        "products": 7,
        "reps": 35,
        "memberships": 35,
    }
    assert (maven.read("opportunities"), maven.loaded("opportunities")) == (8800, 8800)


def test_the_unknown_product_is_named_where_it_is_loaded_and_where_data_are_examined(maven: Imported) -> None:
    (unknown,) = maven.report.unknown
    assert (unknown.table, unknown.column, unknown.names, unknown.rows) == (
        "opportunities",
        "product_id",
        ("GTXPro",),
        1480,
    )
    (found,) = examine(maven.company.workspace).unknown
    assert (found.column, found.parent, found.rows, found.examples) == ("product_id", "products", 1480, ("GTXPro",))


def test_sales_of_the_unknown_product_count_as_they_are_written(maven: Imported) -> None:
    products = maven.by_dimension("revenue", "product_id")
    assert products["GTXPro"]
    assert sum(value for value in products.values() if value) == maven.value("revenue")


def test_deals_without_any_date_are_counted_beside_the_number(maven: Imported) -> None:
    (row,) = maven.ask("deals_created", by=["company"])
    assert row.value == 8300
    assert ["500" in note.message.en for note in row.notes if note.code == "undated"] == [True]


def test_empty_cells_that_keep_a_deal_out_of_something_are_counted_by_the_import(maven: Imported) -> None:
    """Deals without an account are in nothing that counts clients; Prospecting deals have no date at all."""
    assert maven.warned("opportunities", "empty_cell", "account_id") == 1425
    assert maven.warned("opportunities", "empty_cell", "created_on") == 500


def test_teams_and_unassigned_make_the_company(maven: Imported) -> None:
    assert sum(maven.by_name("revenue", "team").values()) == maven.value("revenue")  # type: ignore[arg-type]
    assert sum(maven.by_name("revenue", "rep").values()) == maven.value("revenue")  # type: ignore[arg-type]


def test_recognition_alone_tells_the_same(maven: Imported, tmp_path: Path) -> None:
    """Without a mapping, from the headers and cells alone."""
    alone = import_set(tmp_path, SET, FILES, SPAN, CHOICES, mapped=False)
    for kpi in ("revenue", "win_rate", "sales_cycle_days"):
        assert alone.by_name(kpi, "team") == maven.by_name(kpi, "team")
    assert [(each.names, each.rows) for each in alone.report.unknown] == [(("GTXPro",), 1480)]


def test_the_same_file_again_changes_nothing(maven: Imported) -> None:
    preview = import_files(maven.company.workspace, [DATA / SET / "sales_pipeline.csv"], dry_run=True)
    (count,) = preview.counts
    assert (count.loaded, count.unchanged) == (0, 8800)
