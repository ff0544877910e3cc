"""What is given for a cell, and the rows that make it what is wished."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from cadran.objectives.planning import Author, Given, Place, Wish, rows_of
from cadran.objectives.target import TargetRow, resolve_windows
from cadran.periods.period import Period, parse_period

Q1, JANUARY, YEAR = (parse_period(name) for name in ("2026-Q1", "2026-01", "2026"))
AUTHOR = Author("a@b.example", datetime(2026, 3, 21, 9, 0))


def named(value: int | None, period: str = "T1 2026", set_on: int | None = 1) -> TargetRow:
    """A target as a file gives it: by the name of its period."""
    moment = None if set_on is None else datetime(2026, 1, set_on)
    amount = None if value is None else Decimal(value)
    return TargetRow("revenue", "team", "N", None, None, period, amount, set_at=moment, notified_at=moment)


def cell(window: Period = Q1) -> Place:
    return Place("team", "N", window)


def wished(given: Given, value: int | None, window: Period = Q1) -> list[TargetRow]:
    return rows_of("revenue", [Wish(cell(window), None if value is None else Decimal(value))], given, AUTHOR)


def test_of_two_rows_about_a_cell_the_one_set_last_counts() -> None:
    given = Given([named(20, "2026-Q1", set_on=9), named(10)])
    assert given.value(cell()) == 20
    assert [row.value for row in given.rows(cell())] == [10, 20]


def test_a_cell_is_changed_in_the_row_it_shows_and_nobody_has_been_told() -> None:
    (row,) = wished(Given([named(10)]), 30)
    assert (row.period, row.starts_on, row.value) == ("T1 2026", None, 30)
    assert (row.set_by, row.set_at, row.notified_at) == (AUTHOR.email, AUTHOR.at, None)


def test_a_cell_of_its_own_has_both_dates_and_a_name_that_tells_its_key_apart() -> None:
    rows = [row for window in (JANUARY, Q1, YEAR) for row in wished(Given([]), 1, window)]
    assert [(row.starts_on, row.ends_on, row.period) for row in rows] == [
        (date(2026, 1, 1), date(2026, 2, 1), "2026-01"),
        (date(2026, 1, 1), date(2026, 4, 1), "2026-Q1"),
        (date(2026, 1, 1), date(2027, 1, 1), "2026"),
    ]


def test_to_withdraw_takes_every_row_about_the_cell() -> None:
    rows = wished(Given([named(10), named(20, "2026-Q1", set_on=9)]), None)
    assert [(row.period, row.value, row.set_by) for row in rows] == [
        ("T1 2026", None, AUTHOR.email),
        ("2026-Q1", None, AUTHOR.email),
    ]
    assert not resolve_windows(rows).targets


def test_what_is_so_already_is_not_written() -> None:
    assert not wished(Given([named(10)]), 10)
    assert not wished(Given([]), None)


def test_a_withdrawn_target_is_none() -> None:
    assert Given([named(None)]).value(cell()) is None
    assert resolve_windows([named(None), named(5, "2026-02")]).targets[0].value == 5
