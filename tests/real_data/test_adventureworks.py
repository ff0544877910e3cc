"""A wholesaler of bicycles: order lines, and quotas over windows that are no calendar period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from cadran.answer import AnswerRow
from cadran.intake.load import import_files
from tests.real_data.companies import Imported, import_set
from tests.real_data.controls import DATA, Control, Measured, of_set

SET = "adventureworks"
FILES = (
    "dim_employee.csv",
    "dim_reseller.csv",
    "dim_product.csv",
    "fact_sales_quota.csv",
    "fact_reseller_sales.csv.gz",
)
START, END = date(2010, 10, 1), date(2013, 12, 29)
# The days quotas start; the last quota has no next one and runs to the end of the data. Such an open last target takes
# the length of the one before it (91 days), which ends on the same day.
STARTS = (
    *(date(2010, 12, 29), date(2011, 3, 31), date(2011, 7, 1), date(2011, 9, 29)),
    *(date(2011, 12, 29), date(2012, 3, 30), date(2012, 6, 30), date(2012, 9, 28)),
    *(date(2012, 12, 28), date(2013, 3, 30), date(2013, 6, 30), date(2013, 9, 29)),
)
CHOICES = {"currency": "USD", "country": "US"}
WINDOWS = tuple(pairwise((*STARTS, END)))


@pytest.fixture(scope="module")
def adventure(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return import_set(tmp_path_factory.mktemp(SET), SET, FILES, (START, END), CHOICES)


def counts(adventure: Imported) -> Measured:
    return {
        "lines": adventure.loaded("sales"),
        "orders": adventure.value("orders"),
        "resellers": adventure.value("active_clients"),
        "reps": adventure.value("active_reps"),
    }


def retention_by_quarter(adventure: Imported) -> Measured:
    """The first quarter has no quarter before it: undefined, and no control."""
    first, *others = adventure.by_quarter("retention_rate").items()
    assert first == ("2010-Q4", None)
    return dict(others)


@cache
def every_window(adventure: Imported) -> tuple[AnswerRow, ...]:
    """Revenue of the company and of every rep in every window, against the quotas."""
    return tuple(
        row
        for start, end in WINDOWS
        for row in adventure.ask("revenue", by=["company", "rep"], start=start, end=end, compare=["target"])
    )


def windows(adventure: Imported, scope: str) -> list[AnswerRow]:
    return [row for row in every_window(adventure) if row.scope == scope]


def rep_windows(adventure: Imported) -> list[AnswerRow]:
    """Those of the reps who have a quota."""
    return [row for row in windows(adventure, "rep") if row.target is not None]


def quota_total(adventure: Imported) -> Measured:
    targets = [row.target for row in rep_windows(adventure)]
    return {"rows": len(targets), "sum": sum(target for target in targets if target is not None)}


def attainment_by_window(adventure: Imported) -> Measured:
    """The company's objective is the sum of its reps' quotas. Every rep who sold in a window has a quota for it, which
    `test_nobody_sells_without_a_quota` holds, so nothing is to be left out."""
    return {row.period_start.isoformat(): row.attainment for row in windows(adventure, "company")}


def attainment_by_rep(adventure: Imported) -> Measured:
    """From each rep's first quota to the end of the last: the objective is then the sum of the quotas between. (Over
    days that no quota covers there would be no objective.)"""
    first: dict[str, date] = {}
    for row in rep_windows(adventure):
        first.setdefault(row.scope_name, row.period_start)
    rows = (
        row
        for start in sorted(set(first.values()))
        for row in adventure.ask("revenue", by=["rep"], start=start, end=END, compare=["target"])
    )
    return {row.scope_name: row.attainment for row in rows if first.get(row.scope_name) == row.period_start}


def windows_reached(adventure: Imported) -> Measured:
    statuses = [row.status for row in rep_windows(adventure)]
    return {"pairs": len(statuses), "reached": sum(status in ("exceeded", "reached") for status in statuses)}


MEASURES: dict[str, Callable[[Imported], Measured]] = {
    "lines_orders_resellers_reps": counts,
    "revenue_total": lambda adventure: adventure.value("revenue"),
    "revenue_by_quarter": lambda adventure: adventure.by_quarter("revenue"),
    "revenue_by_manager": lambda adventure: adventure.by_name("revenue", "team"),
    "basket_per_client_by_quarter": lambda adventure: adventure.by_quarter("average_basket"),
    "retention_by_quarter": retention_by_quarter,
    "clients_served_by_several_reps": lambda adventure: adventure.value("clients_of_several_reps"),
    "quota_total": quota_total,
    "attainment_company_by_quota_window": attainment_by_window,
    "attainment_by_rep_all_windows": attainment_by_rep,
    "rep_windows_at_or_above_quota": windows_reached,
}


@pytest.mark.parametrize("control", of_set(SET))
def test_control(control: Control, adventure: Imported) -> None:
    control.check(MEASURES[control.id](adventure))


def test_nobody_sells_without_a_quota(adventure: Imported) -> None:
    rows = windows(adventure, "rep")
    assert [(row.scope_name, row.period_start) for row in rows if row.value and row.target is None] == []


def test_only_sales_people_become_reps(adventure: Imported) -> None:
    """Of 296 employees 17 sell; the others are counted as filtered, none is lost."""
    (count,) = (each for each in adventure.report.counts if each.table == "reps")
    assert (count.read, count.loaded, count.filtered) == (296, 17, 279)


def test_every_row_is_loaded_and_every_name_known(adventure: Imported) -> None:
    assert {name: adventure.loaded(name) for name in ("sales", "targets", "accounts")} == {
        "sales": 60855,
        "targets": 163,
        "accounts": 701,
    }
    assert adventure.report.quarantined == 0
    assert adventure.report.unknown == ()


def test_teams_and_reps_make_the_company(adventure: Imported) -> None:
    whole = adventure.value("revenue")
    for level in ("team", "rep"):
        assert sum(value or 0 for value in adventure.by_name("revenue", level).values()) == whole


def test_lines_without_a_key_are_known_again(adventure: Imported) -> None:
    preview = import_files(adventure.company.workspace, [DATA / SET / "fact_reseller_sales.csv.gz"], dry_run=True)
    (count,) = preview.counts
    assert (count.loaded, count.unchanged) == (0, 60855)
