"""A column whose cells are all written alike is read where it lies, and as every cell would have been by itself."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.intake.reading import Kind, Place, Reading
from cadran.intake.texts import Texts
from cadran.intake.uniform import uniform_readings
from cadran.intake.values import BLANK_TEXTS

PARIS = Place(ZoneInfo("Europe/Paris"), "EUR")
READINGS = [
    Reading(0, Kind.TEXT),
    Reading(0, Kind.MONEY),
    Reading(0, Kind.MONEY, decimal=","),
    Reading(0, Kind.NUMBER),
    Reading(0, Kind.NUMBER, decimal=","),
    Reading(0, Kind.SHARE),
    Reading(0, Kind.DAY),
    Reading(0, Kind.DAY, day_first=False),
]
WRITTEN = [
    "", "12", "-12", "007", "1 234", "12 34", "1 234,5", "1,234", "1.234", "12.3456", "12.34567", "1e5", "+5", "1_000",
    " 5", "5 ", "5\t", "99999999999999", "999999999999999", "12345678901", "1 234 567 890", "-", "€", "12 €", "12 %",
    "2025-12-31", "2025-02-30", "2025-2-3", "31/12/2025", "12/31/2025", "30/02/2025", "31.12.2025", "infinity  ",
    "0000-00-00", "0000-01-05", "01/12/0000", "2025-10-1?", "2025-1-1 2",
    "25-12-2025", "20251231", "2025-12-31 10:00", "A", "a b", "a  b", "a\u00a0b", "e\u0301", "é", "日本",
    *BLANK_TEXTS,
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(WRITTEN),
    st.text("0123456789 ,.-/", max_size=12),
    st.text(max_size=8).filter(lambda t: "\0" not in t),
)


def read_in_place(reading: Reading, cells: list[str | None]) -> list[object] | None:
    """The values of a column read where it lies, None when it has to be read cell by cell."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE cells AS SELECT unnest($1::VARCHAR[]) AS c0", [cells])
    alike = uniform_readings(Texts(connection, "cells"), [reading]).get(reading)
    if alike is None:
        return None
    values = [value for (value,) in connection.execute(f"SELECT {alike.value} FROM cells").fetchall()]
    days = [value for value in values if isinstance(value, date)]
    assert alike.is_full is all(cells)
    assert alike.days == ((min(days), max(days)) if days else None)
    return values


def read_one(reading: Reading, cell: str | None) -> object:
    """The value of a cell by itself: by SQL where it is plain, else in Python."""
    if not cell or cell in BLANK_TEXTS:
        return None
    value = reading.read(cell, PARIS).value
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: f"{r.kind}{r.decimal}{'d' if r.day_first else 'm'}")
@settings(deadline=None)
@given(cells=st.lists(st.one_of(st.none(), texts), min_size=1, max_size=4))
def test_what_is_read_in_place_is_what_each_cell_says(reading: Reading, cells: list[str | None]) -> None:
    found = read_in_place(reading, cells)
    if found is not None:
        assert found == [read_one(reading, cell) for cell in cells]


@pytest.mark.parametrize(
    ("reading", "cells", "values"),
    [
        (Reading(0, Kind.TEXT), ["007", "A b", "", None], ["007", "A b", None, None]),
        (Reading(0, Kind.MONEY), ["1.5", "-0.25"], [Decimal("1.5"), Decimal("-0.25")]),
        (Reading(0, Kind.MONEY, decimal=","), ["1 234,5", ""], [Decimal("1234.5"), None]),
    ],
)
def test_a_uniform_column_is_read_in_place(reading: Reading, cells: list[str | None], values: list[object]) -> None:
    assert read_in_place(reading, cells) == values


@pytest.mark.parametrize(
    ("reading", "odd"),
    [
        (Reading(0, Kind.TEXT), "a  b"),
        (Reading(0, Kind.TEXT), "NULL"),
        (Reading(0, Kind.MONEY), "12 €"),
        (Reading(0, Kind.MONEY), "1.23456"),
        (Reading(0, Kind.MONEY), "999999999999999"),
        (Reading(0, Kind.DAY), "2025-02-30"),
        (Reading(0, Kind.DAY), "31/12/2025"),
        (Reading(0, Kind.DAY), "infinity  "),
        (Reading(0, Kind.DAY), "12025-1-31"),
        (Reading(0, Kind.DAY), "2025-10-1?"),
        (Reading(0, Kind.DAY), "0000-01-05"),
    ],
)
def test_one_odd_cell_far_down_and_the_column_is_read_cell_by_cell(reading: Reading, odd: str) -> None:
    usual = "2025-12-31" if reading.kind is Kind.DAY else "12"
    assert read_in_place(reading, [usual] * 10_000) is not None
    assert read_in_place(reading, [*[usual] * 10_000, odd]) is None


def test_a_column_that_begins_with_empty_cells_is_read_in_place_too() -> None:
    cells = ["" for _ in range(5_000)]
    assert read_in_place(Reading(0, Kind.DAY), [*cells, "2025-12-31"]) == [*[None] * 5_000, date(2025, 12, 31)]
