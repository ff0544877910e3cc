"""Quarantined rows: kept, settled, and open again as if an undone import had never been."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.errors import StoreError, Text
from cadran.store.delivery import Delivery, Replacement, Tally
from cadran.store.lake import Lake
from cadran.store.ledger import commit, imports, undo
from cadran.store.quarantine import Reason, quarantine
from tests.store.deliveries import deliver

_numbers = count(1)
REASON = {
    "code": "amount_unreadable",
    "column": "amount",
    "value": "douze",
    "message_fr": "Le montant « douze » ne se lit pas.",
    "message_en": 'The amount "douze" cannot be read.',
    "advice_fr": "Écrivez 12,00.",
    "advice_en": "Write 12.00.",
}


def broken(lake: Lake, lines: list[int], *, corrects: tuple[int, ...] = ()) -> Delivery:
    """A delivery of one good row, and of a broken one on each of `lines`, that says so."""
    delivery = deliver(lake, {"sales": [{"sale_id": "S1", "amount": Decimal(1)}]})
    relation = f"broken_{next(_numbers)}"
    lake.connection.execute(
        f'CREATE TEMP TABLE {relation} (file_no INTEGER, line BIGINT, "table" VARCHAR, original VARCHAR, '
        "cells VARCHAR, reasons VARCHAR)"
    )
    for line in lines:
        cells = json.dumps({"Montant HT": "douze", "Date": None})
        values = [1, line, "sales", f"S{line};douze;", cells, json.dumps([REASON])]
        lake.connection.execute(f"INSERT INTO {relation} VALUES (?, ?, ?, ?, ?, ?)", values)
    tally = Tally(1, "sales", 1 + len(lines), len(lines), 0, 0, 0)
    return replace(delivery, quarantine=relation, tallies=(tally,), corrects=corrects)


def test_a_row_is_kept_with_its_line_text_and_reasons(lake: Lake) -> None:
    record = commit(lake, broken(lake, [7]))

    (row,) = quarantine(lake)

    assert (row.id, row.import_id, row.file_no, row.line, row.table) == (1, record.id, 1, 7, "sales")
    assert (row.original, row.cells) == ("S7;douze;", {"Montant HT": "douze", "Date": None})
    message = Text("Le montant « douze » ne se lit pas.", 'The amount "douze" cannot be read.')
    assert row.reasons == (
        Reason("amount_unreadable", "amount", "douze", message, Text("Écrivez 12,00.", "Write 12.00.")),
    )
    assert (row.state, row.closed_by) == ("open", None)
    assert record.counts[0].quarantined == 1


def test_rows_are_numbered_through_and_settled_once(lake: Lake) -> None:
    commit(lake, broken(lake, [3, 9]))
    commit(lake, broken(lake, [5]))
    assert [(row.id, row.import_id, row.line) for row in quarantine(lake)] == [(1, 1, 3), (2, 1, 9), (3, 2, 5)]

    commit(lake, broken(lake, [], corrects=(1, 3)))

    assert [(row.id, row.state, row.closed_by) for row in quarantine(lake, state=None)] == [
        (1, "corrected", 3),
        (2, "open", None),
        (3, "corrected", 3),
    ]
    assert [row.id for row in quarantine(lake, state=None, import_id=2)] == [3]


def test_an_import_that_corrects_a_row_no_longer_open_is_refused_whole(lake: Lake) -> None:
    commit(lake, broken(lake, [3]))
    commit(lake, broken(lake, [5], corrects=(1,)))
    with pytest.raises(StoreError, match="already settled: 1, 8"):
        commit(lake, broken(lake, [7], corrects=(1, 2, 8)))
    assert ([row.id for row in quarantine(lake)], len(imports(lake))) == ([2], 2)


def test_rows_delivered_again_stand_for_the_earlier_ones_in_the_same_snapshot(lake: Lake) -> None:
    commit(lake, broken(lake, [3, 9]))
    record = commit(lake, broken(lake, [3]))
    assert [(row.import_id, row.line) for row in quarantine(lake)] == [(1, 9), (2, 3)]
    assert record.snapshot == lake.snapshot()


def test_an_undone_import_takes_its_open_rows_and_reopens_those_it_corrected(lake: Lake) -> None:
    commit(lake, broken(lake, [3]))
    commit(lake, broken(lake, [5], corrects=(1,)))

    undo(lake, 2, "chloe@example.com")

    assert [(row.id, row.state, row.closed_by) for row in quarantine(lake, state=None)] == [
        (1, "open", None),
        (2, "discarded", None),
    ]


def said(lake: Lake) -> list[tuple[int, int]]:
    """Import and line of every open row; a line's number is all it says."""
    return [(row.import_id, row.line) for row in quarantine(lake)]


def test_rows_of_an_import_undone_meanwhile_do_not_open_again(lake: Lake) -> None:
    commit(lake, broken(lake, [3]))
    commit(lake, broken(lake, [3]))
    undo(lake, 1, "chloe@example.com")
    assert said(lake) == [(2, 3)]
    undo(lake, 2, "chloe@example.com")
    assert said(lake) == []


def test_rows_that_a_later_living_import_brought_again_do_not_open_twice(lake: Lake) -> None:
    for _ in range(3):
        commit(lake, broken(lake, [3]))
    undo(lake, 2, "chloe@example.com")
    assert said(lake) == [(3, 3)]
    undo(lake, 3, "chloe@example.com")
    assert said(lake) == [(1, 3)]


def test_a_corrected_row_stays_corrected_when_the_import_it_was_taken_from_is_undone(lake: Lake) -> None:
    commit(lake, broken(lake, [3]))
    commit(lake, broken(lake, [3]))
    commit(lake, broken(lake, [], corrects=(2,)))
    undo(lake, 2, "chloe@example.com")
    assert said(lake) == []  # import 3 brought what import 1 could not
    undo(lake, 3, "chloe@example.com")
    assert said(lake) == [(1, 3)]


def test_rows_of_a_source_that_was_replaced_whole_are_open_no_more(lake: Lake) -> None:
    def from_crm(lines: list[int], everything: Replacement | None = None) -> Delivery:
        return replace(broken(lake, lines), source="crm", replace=everything)

    commit(lake, broken(lake, [9]))  # of another source
    commit(lake, from_crm([3, 5]))
    commit(lake, from_crm([5], Replacement(None, None)))
    assert said(lake) == [(1, 9), (3, 5)]
    commit(lake, from_crm([], Replacement(None, None)))
    assert said(lake) == [(1, 9)]
    undo(lake, 4, "chloe@example.com")
    assert said(lake) == [(1, 9), (3, 5)]
    undo(lake, 3, "chloe@example.com")
    assert said(lake) == [(1, 9), (2, 3), (2, 5)]


Step = tuple[str, list[int]]  # an import's broken rows, the row that a correction brings, the step that is undone


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    lines = st.lists(st.sampled_from([3, 5]), max_size=3)
    steps = st.one_of(
        st.tuples(st.just("import"), lines),
        st.tuples(st.just("correct"), st.lists(st.sampled_from([3, 5]), min_size=1, max_size=1)),
        st.tuples(st.just("undo"), st.lists(st.integers(0, 4), min_size=1, max_size=1)),
    )
    return draw(st.lists(steps, min_size=3, max_size=7))


def carried_out(lake: Lake, steps: list[Step]) -> set[int]:
    """The positions of the steps whose imports live."""
    living: dict[int, int] = {}
    for position, (what, numbers) in enumerate(steps):
        if what == "undo" and numbers[0] in living:
            undo(lake, living.pop(numbers[0]), "chloe@example.com")
        elif what == "import":
            living[position] = commit(lake, broken(lake, numbers)).id
        elif what == "correct":
            ids = [row.id for row in quarantine(lake) if row.line == numbers[0]]
            if ids:  # a correction corrects what is open: with nothing open there is none
                living[position] = commit(lake, broken(lake, [], corrects=tuple(ids[:1]))).id
    return set(living)


def by_the_book(steps: list[Step], living: set[int]) -> list[int]:
    still_open: list[int] = []
    for position, (what, numbers) in enumerate(steps):
        if position in living and what == "import":
            for number in numbers:
                if numbers.count(number) > still_open.count(number):
                    still_open.append(number)
        if position in living and what == "correct" and numbers[0] in still_open:
            still_open.remove(numbers[0])
    return sorted(still_open)


def check_history(empty_store: Path, steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        stores = [Path(folder) / name for name in ("undone", "without")]
        for store in stores:
            shutil.copytree(empty_store, store)
        with Lake.open(stores[0], read_only=False, threads=1) as lake:
            living = carried_out(lake, steps)
            found = sorted(row.line for row in quarantine(lake))
        with Lake.open(stores[1], read_only=False, threads=1) as lake:
            carried_out(lake, [step for position, step in enumerate(steps) if position in living])
            assert found == sorted(row.line for row in quarantine(lake))
    assert found == by_the_book(steps, living)


ANYTHING = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(ANYTHING, max_examples=6)
@given(histories())
def test_what_is_open_follows_from_the_living_imports(empty_store: Path, steps: list[Step]) -> None:
    check_history(empty_store, steps)


@pytest.mark.heavy
@settings(ANYTHING, max_examples=50)
@given(histories())
def test_what_is_open_follows_from_the_living_imports_over_and_over(empty_store: Path, steps: list[Step]) -> None:
    check_history(empty_store, steps)
