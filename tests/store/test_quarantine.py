from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from cadran.errors import StoreError, Text
from cadran.store.delivery import Delivery, Tally
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
