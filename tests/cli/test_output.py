"""Tables on a terminal of any width: numbers are never cut, and rows keep their names."""

from __future__ import annotations

from dataclasses import replace

from cadran.cli.output import blocks
from cadran.present.grid import Cell, Column, Grid, Row


def grid(columns: int) -> Grid:
    titles = (Column("scope", "Scope"), *(Column(f"k{n}", f"KPI {n}", right=True) for n in range(columns)))
    row = Row((Cell("Léa Brunesque"), *(Cell("1 000 000 €") for _ in range(columns))))
    return Grid("", titles, (row, row), names=1)


def shape(grid: Grid, width: int) -> list[list[str]]:
    return [[column.key for column in block.columns] for block in blocks(grid, width)]


def test_what_fits_stays_whole() -> None:
    # 13 + 3 for the name, 11 + 3 for each number
    assert shape(grid(3), 16 + 3 * 14) == [["scope", "k0", "k1", "k2"]]


def test_what_is_too_wide_is_cut_between_columns_and_keeps_its_names() -> None:
    assert shape(grid(3), 16 + 2 * 14) == [["scope", "k0", "k1"], ["scope", "k2"]]
    assert shape(grid(3), 40) == [["scope", "k0"], ["scope", "k1"], ["scope", "k2"]]


def test_a_kpi_and_its_attainment_stay_together() -> None:
    scorecard = grid(3)
    keys = ("scope", "revenue", "orders", "orders.attainment")
    named = replace(scorecard, columns=tuple(Column(key, "KPI", key != "scope") for key in keys))
    assert shape(named, 16 + 2 * 14) == [["scope", "revenue"], ["scope", "orders", "orders.attainment"]]


def test_a_terminal_narrower_than_a_name_gets_one_table() -> None:
    assert len(shape(grid(3), 10)) == 1


def test_lists_fold_instead() -> None:
    assert len(shape(replace(grid(9), names=0), 40)) == 1
