"""From rows of the table `targets` to windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from cadran.errors import IntakeError
from cadran.objectives.target import FOREVER, Target, TargetRow, parse_dimensions, resolve_windows
from cadran.periods.period import Period, name_of


def row(starts_on: str | None = None, ends_on: str | None = None, period: str | None = None, **more) -> TargetRow:
    start, end = (date.fromisoformat(day) if day else None for day in (starts_on, ends_on))
    blank = TargetRow("revenue", "rep", "anne", start, end, period, Decimal(100))
    return replace(blank, **more)


def windows(*rows: TargetRow, fiscal_month: int = 1) -> list[str]:
    return [name_of(found.period) for found in resolve_windows(rows, fiscal_month).targets]


def test_a_window_is_two_days_or_a_named_period():
    assert windows(row("2010-12-29", "2011-03-31")) == ["2010-12-29/2011-03-31"]
    assert windows(row(period="2026-Q1")) == ["2026-Q1"]
    assert windows(row(period="T1 2026")) == ["2026-Q1"]
    assert windows(row(period="FY2026"), fiscal_month=4) == ["2025-04-01/2026-04-01"]
    assert windows(row("2026-02-02", period="2026-Q1")) == ["2026-02-02/2026-04-01"]


def test_without_an_end_it_runs_until_the_next_about_the_same_thing():
    anne = [row("2026-04-01"), row("2026-01-01"), row("2026-02-15", "2026-03-01")]
    bruno = row("2026-02-01", scope_id="bruno")
    software = row("2026-01-15", dimensions="category = Logiciel")
    found = {
        (each.key.scope_id, each.key.dimensions, each.period.start): each.period.end
        for each in resolve_windows([*anne, bruno, software]).targets
    }
    assert found == {
        ("anne", (), date(2026, 1, 1)): date(2026, 2, 15),
        ("anne", (), date(2026, 2, 15)): date(2026, 3, 1),
        ("anne", (), date(2026, 4, 1)): FOREVER,
        ("bruno", (), date(2026, 2, 1)): FOREVER,
        ("anne", (("category", "Logiciel"),), date(2026, 1, 15)): FOREVER,
    }


def test_the_last_day_of_a_database_is_no_end():
    (first, last) = resolve_windows([row("2026-01-01", "9999-12-31"), row("2026-04-01", "9999-12-31")]).targets
    assert first.period == Period(date(2026, 1, 1), date(2026, 4, 1))
    assert last.is_open


def test_the_version_set_last_counts():
    old = row(period="2026-Q1", set_at=datetime(2025, 12, 1), value=Decimal(90))
    new = row("2026-01-01", "2026-04-01", set_at=datetime(2026, 1, 5), value=Decimal(80), set_by="dir")
    unsigned = row(period="T1 2026", value=Decimal(70))
    for rows in ([old, new, unsigned], [new, unsigned, old]):
        (only,) = resolve_windows(rows).targets
        assert (only.value, only.set_by) == (Decimal(80), "dir")


def test_all_that_was_said_about_a_target_is_kept():
    said = row(
        period="2026-Q1",
        stretch_value=Decimal(120),
        set_by="dir",
        set_at=datetime(2025, 12, 1),
        notified_at=datetime(2025, 12, 2),
        acknowledged_at=datetime(2025, 12, 3),
    )
    (only,) = resolve_windows([said]).targets
    assert only == Target(
        only.key,
        Period(date(2026, 1, 1), date(2026, 4, 1)),
        Decimal(100),
        Decimal(120),
        "dir",
        datetime(2025, 12, 1),
        datetime(2025, 12, 2),
        datetime(2025, 12, 3),
    )


def test_a_row_without_a_usable_window_is_a_problem_and_the_others_are_kept():
    found = resolve_windows(
        [
            row(),
            row(period="2026-Q5"),
            row("2026-03-01", "2026-02-01"),
            row("2026-03-01", "2026-03-01"),
            row(period="2026-Q1", dimensions="Logiciel"),
            row(period="2026-Q2"),
        ]
    )
    assert [name_of(each.period) for each in found.targets] == ["2026-Q2"]
    assert [problem.code for problem in found.problems] == [
        "target_without_window",
        "unknown_period",
        "period_backwards",
        "target_without_window",
        "unreadable_dimensions",
    ]
    assert "anne" in found.problems[0].to("fr")


@pytest.mark.parametrize(
    ("text", "dimensions"),
    [
        (None, ()),
        ("  ", ()),
        ("category = Logiciel", (("category", "Logiciel"),)),
        ("segment=PME; category = A = B ;", (("category", "A = B"), ("segment", "PME"))),
        ('{"segment": "PME", "category": "Logiciel"}', (("category", "Logiciel"), ("segment", "PME"))),
    ],
)
def test_reads_a_breakdown(text, dimensions):
    assert parse_dimensions(text) == dimensions


@pytest.mark.parametrize("text", ["Logiciel", "category =", "= PME", '{"category": ', '{"category": ""}'])
def test_refuses_a_breakdown_it_cannot_read(text):
    with pytest.raises(IntakeError) as refused:
        parse_dimensions(text)
    assert refused.value.code == "unreadable_dimensions"
