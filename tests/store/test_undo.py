"""Undoing an import gives what importing all the others gives: first by hand, then for any sequence of imports."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.errors import StoreError
from cadran.store.delivery import Replacement
from cadran.store.lake import Lake
from cadran.store.ledger import commit, import_record, preview, undo
from cadran.store.moments import ENTERED, LEFT, Moments
from cadran.store.schema import current, quoted, stored_names
from cadran.tables.model import SALES_MODEL
from tests.store.deliveries import Row, contents, deliver

JANUARY, FEBRUARY = date(2026, 1, 15), date(2026, 2, 15)
ALL_JANUARY = Replacement(date(2026, 1, 1), date(2026, 2, 1))
EVERYTHING = Replacement(None, None)


def sale(sale_id: str, amount: int, sold_on: date | None = JANUARY, **more: object) -> dict[str, object]:
    return {"sale_id": sale_id, "amount": Decimal(amount), "sold_on": sold_on, **more}


def amounts(lake: Lake) -> dict[str, int]:
    return {key: int(amount) for key, amount in contents(lake, "sales", "sale_id", "amount")}


def test_a_repeated_value_survives_the_undoing_of_its_first_import(lake: Lake) -> None:
    for amount in (10, 11, 11):
        commit(lake, deliver(lake, {"sales": [sale("S1", amount)]}))

    undo(lake, 2, "chloe@example.com")
    assert amounts(lake) == {"S1": 11}
    undo(lake, 3, "chloe@example.com")
    assert amounts(lake) == {"S1": 10}
    undo(lake, 1, "chloe@example.com")
    assert amounts(lake) == {}


def test_an_undone_import_is_said_to_be(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 10), sale("S2", 20)]}))
    commit(lake, deliver(lake, {"sales": [sale("S1", 11), sale("S3", 30)]}))

    record = undo(lake, 2, "chloe@example.com")

    assert (record.tables[0].removed, record.tables[0].restored) == (1, 1)
    assert (import_record(lake, 2).status, import_record(lake, 2).undone_by) == ("undone", "chloe@example.com")
    assert lake.state().tables["sales"].rows == 2
    with pytest.raises(StoreError, match="was undone already"):
        undo(lake, 2, "chloe@example.com")
    with pytest.raises(StoreError, match="no import 9"):
        undo(lake, 9, "chloe@example.com")


def test_a_replacement_takes_what_its_source_said_of_that_time_only(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 1), sale("S2", 2), sale("S3", 3, FEBRUARY)]}, source="erp"))
    commit(lake, deliver(lake, {"sales": [sale("S4", 4)]}, source="shop"))

    record = commit(lake, deliver(lake, {"sales": [sale("S1", 9)]}, source="erp", replace=ALL_JANUARY))

    assert amounts(lake) == {"S1": 9, "S3": 3, "S4": 4}
    assert (record.tables[0].changed, record.tables[0].removed) == (1, 1)
    undo(lake, record.id, "chloe@example.com")
    assert amounts(lake) == {"S1": 1, "S2": 2, "S3": 3, "S4": 4}


def test_a_row_that_another_source_also_brought_survives_a_replacement(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 1), sale("S2", 2)]}, source="erp"))
    commit(lake, deliver(lake, {"sales": [sale("S1", 1)]}, source="shop"))

    commit(lake, deliver(lake, {"sales": []}, source="erp", replace=EVERYTHING))

    assert amounts(lake) == {"S1": 1}


def test_a_replaced_value_falls_back_to_the_other_source(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 1)]}, source="shop"))
    commit(lake, deliver(lake, {"sales": [sale("S1", 5)]}, source="erp"))

    record = commit(lake, deliver(lake, {"sales": []}, source="erp", replace=EVERYTHING))

    assert amounts(lake) == {"S1": 1}
    assert (record.tables[0].removed, record.tables[0].restored) == (0, 1)


def test_only_a_full_replacement_takes_rows_without_a_date(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 1, None)]}, source="erp"))
    commit(lake, deliver(lake, {"sales": []}, source="erp", replace=ALL_JANUARY))
    assert amounts(lake) == {"S1": 1}
    commit(lake, deliver(lake, {"sales": []}, source="erp", replace=EVERYTHING))
    assert amounts(lake) == {}


def test_facts_replaced_in_full_leave_given_dimensions_alone(lake: Lake) -> None:
    commit(lake, deliver(lake, {"reps": [{"rep_id": "R1", "name": "Chloé"}]}, source="erp"))
    commit(
        lake, deliver(lake, {"sales": [sale("S1", 1, rep_id="R2")]}, derived={"reps": [{"rep_id": "R2"}]}, source="erp")
    )

    commit(
        lake,
        deliver(lake, {"sales": []}, derived={"reps": [{"rep_id": "R3"}]}, source="erp", replace=EVERYTHING),
    )

    assert contents(lake, "reps", "rep_id", "name") == [("R1", "Chloé"), ("R3", None)]


def test_undo_falls_back_to_a_given_row_before_a_newer_derived_one(lake: Lake) -> None:
    commit(lake, deliver(lake, {"reps": [{"rep_id": "R1", "name": "given"}]}))
    commit(lake, deliver(lake, {}, derived={"reps": [{"rep_id": "R1", "name": "derived"}]}))
    commit(lake, deliver(lake, {"reps": [{"rep_id": "R1", "name": "wrong"}]}))
    undo(lake, 3, "chloe@example.com")
    assert contents(lake, "reps", "name") == [("given",)]
    undo(lake, 1, "chloe@example.com")
    assert contents(lake, "reps", "name") == [("derived",)]


def test_what_yields_to_a_given_row_never_entered_and_never_left(lake: Lake) -> None:
    commit(lake, deliver(lake, {"reps": [{"rep_id": "R1", "name": "given"}]}))
    commit(lake, deliver(lake, {"reps": [{"rep_id": "R2"}]}, derived={"reps": [{"rep_id": "R1", "name": "derived"}]}))
    check_what_moved(lake, "reps")


def test_a_replacement_does_not_end_what_it_brings_itself(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 9)]}, source="erp", replace=ALL_JANUARY))
    commit(lake, deliver(lake, {"sales": [sale("S1", 10)]}, source="erp"))
    undo(lake, 2, "chloe@example.com")
    assert amounts(lake) == {"S1": 9}


def test_a_preview_says_what_a_replacement_would_remove(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 1), sale("S2", 2)]}, source="erp"))
    record = preview(lake, deliver(lake, {"sales": [sale("S1", 1)]}, source="erp", replace=EVERYTHING)).record
    assert (record.tables[0].unchanged, record.tables[0].removed) == (1, 1)
    assert amounts(lake) == {"S1": 1, "S2": 2}


def test_a_replacement_needs_a_source(lake: Lake) -> None:
    with pytest.raises(StoreError, match="which source"):
        commit(lake, deliver(lake, {"sales": [sale("S1", 1)]}, replace=EVERYTHING))


@dataclass(frozen=True)
class Import:
    source: str | None
    replace: Replacement | None
    leads: tuple[Row, ...] | None
    reps: tuple[Row, ...] | None
    derived_reps: tuple[Row, ...] | None


def _rows(row: st.SearchStrategy[Row], key: str) -> st.SearchStrategy[tuple[Row, ...] | None]:
    rows = st.lists(row, max_size=3, unique_by=lambda row: row[key]).map(tuple)
    return st.none() | rows


LEADS = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(["L1", "L2", "L3"]),
        "rep_id": st.sampled_from(["R1", "R2"]),
        "first_contact_on": st.sampled_from([None, JANUARY, FEBRUARY]),
        "doubts": st.sampled_from([0, 0, 1]),
    }
)
REPS = st.fixed_dictionaries({"rep_id": st.sampled_from(["R1", "R2"]), "name": st.sampled_from(["a", "b", None])})


@st.composite
def an_import(draw: st.DrawFn) -> Import:
    source = draw(st.sampled_from([None, "erp", "erp", "shop"]))
    windows = [None, None, ALL_JANUARY, EVERYTHING] if source else [None]
    return Import(
        source,
        draw(st.sampled_from(windows)),
        draw(_rows(LEADS, "lead_id")),
        draw(_rows(REPS, "rep_id")),
        draw(_rows(REPS, "rep_id")),
    )


def carry_out(lake: Lake, import_: Import) -> None:
    given = {"leads": import_.leads, "reps": import_.reps}
    tables = {name: rows for name, rows in given.items() if rows is not None}
    derived = {} if import_.derived_reps is None else {"reps": import_.derived_reps}
    commit(lake, deliver(lake, tables, derived=derived, source=import_.source, replace=import_.replace))


def everything_in(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    return {table: contents(lake, table) for table in ("leads", "reps")}


Cells = tuple[str | None, str | None, date | None, int]  # of either table: id, rep or name, date, doubts


def by_the_book(imports: list[Import], undone: list[int]) -> dict[str, dict[str, Cells]]:
    """What the tables hold, worked out row by row in Python: each living import in turn, its replacement first."""
    entries: dict[tuple[str, str], list[tuple[bool, int, str | None, Cells]]] = {}
    for number, import_ in enumerate(imports, 1):
        if number in undone:
            continue
        reps, derived = import_.reps, import_.derived_reps or ()
        brought = {("leads", str(row["lead_id"])): (True, lead_cells(row)) for row in import_.leads or ()}
        brought |= {("reps", str(row["rep_id"])): (False, rep_cells(row)) for row in derived}
        brought |= {("reps", str(row["rep_id"])): (True, rep_cells(row)) for row in reps or ()}
        for (table, _), told in entries.items():
            told[:] = [entry for entry in told if not replaced(import_, table, entry)]
        for place, (is_given, cells) in brought.items():
            entries.setdefault(place, []).append((is_given, number, import_.source, cells))
    tables: dict[str, dict[str, Cells]] = {"leads": {}, "reps": {}}
    for (table, key), told in entries.items():
        if told:
            tables[table][key] = max(told, key=lambda entry: entry[:2])[3]
    return tables


def replaced(import_: Import, table: str, entry: tuple[bool, int, str | None, Cells]) -> bool:
    is_given, _, source, (_, _, day, _) = entry
    if import_.replace is None or import_.source != source:
        return False
    if table == "leads":
        in_january = day is not None and day.month == 1
        return import_.leads is not None and (import_.replace == EVERYTHING or in_january)
    if import_.replace != EVERYTHING:
        return False
    return import_.reps is not None or (import_.derived_reps is not None and not is_given)


def lead_cells(row: Row) -> Cells:
    return row["lead_id"], row["rep_id"], row["first_contact_on"], row["doubts"]  # type: ignore[return-value]


def rep_cells(row: Row) -> Cells:
    return row["rep_id"], row["name"], None, 0  # type: ignore[return-value]


def as_cells(result: dict[str, list[tuple[Any, ...]]]) -> dict[str, dict[str, Cells]]:
    # leads: row_key, lead_id, account_id, rep_id, source, first_contact_on ... doubts; reps: row_key, rep_id, name ...
    leads = {row[0]: (row[1], row[3], row[5], row[-1]) for row in result["leads"]}
    return {"leads": leads, "reps": {row[0]: (row[1], row[2], None, 0) for row in result["reps"]}}


def check_undo(empty_store: Path, imports: list[Import], undone: list[int]) -> None:
    with TemporaryDirectory() as folder:
        stores = [Path(folder) / name for name in ("undone", "without")]
        for store in stores:
            shutil.copytree(empty_store, store)
        with Lake.open(stores[0], read_only=False, threads=1) as lake:
            for import_ in imports:
                carry_out(lake, import_)
            for number in undone:
                undo(lake, number, "chloe@example.com")
            result = everything_in(lake)
            check_profile(lake, result)
            for table in result:
                check_what_moved(lake, table)
        with Lake.open(stores[1], read_only=False, threads=1) as lake:
            for number, import_ in enumerate(imports, 1):
                if number not in undone:
                    carry_out(lake, import_)
            assert result == everything_in(lake)
    assert as_cells(result) == by_the_book(imports, undone)


def check_profile(lake: Lake, result: dict[str, list[tuple[Any, ...]]]) -> None:
    profiles = lake.state().tables
    assert {table: profiles[table].rows for table in result} == {table: len(rows) for table, rows in result.items()}


def check_what_moved(lake: Lake, table: str) -> None:
    """The rows of any snapshot, less those that left since and with those that entered, are the rows of today."""
    moments = Moments(lake)
    columns = ", ".join(quoted(name) for name in stored_names(SALES_MODEL[table]) if name != "row_key")

    def rows(side: str) -> Counter[tuple[Any, ...]]:
        return Counter(lake.query(f"SELECT {columns} FROM {side}"))

    for snapshot in range(1, lake.snapshot()):
        if not any(table in change.tables for change in moments.changes_since(snapshot)):
            continue
        touched = moments.touched(table, (), snapshot, most=1_000)
        assert touched is not None
        assert touched.rows is not None
        with lake.lent("moved", touched.rows):
            entered, left = (rows(f"moved WHERE row_key = '{side}'") for side in (ENTERED, LEFT))
        then = rows(f"{current(table)} AT (VERSION => {snapshot})")
        then.update(entered)
        then.subtract(left)
        assert {row: number for row, number in then.items() if number} == rows(current(table))


@st.composite
def imports_and_undone(draw: st.DrawFn) -> tuple[list[Import], list[int]]:
    imports = draw(st.lists(an_import(), min_size=2, max_size=5))
    numbers = st.integers(1, len(imports))
    return imports, draw(st.lists(numbers, min_size=1, max_size=2, unique=True))


ANYTHING = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(ANYTHING, max_examples=8)
@given(imports_and_undone())
def test_undo_is_importing_all_the_others(empty_store: Path, drawn: tuple[list[Import], list[int]]) -> None:
    check_undo(empty_store, *drawn)


@pytest.mark.heavy
@settings(ANYTHING, max_examples=50)
@given(imports_and_undone())
def test_undo_is_importing_all_the_others_over_and_over(
    empty_store: Path, drawn: tuple[list[Import], list[int]]
) -> None:
    check_undo(empty_store, *drawn)
