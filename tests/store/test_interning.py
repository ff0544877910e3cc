"""Orders and documents: whole numbers stand for themselves, other texts for an integer that is no one's number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from cadran.store.delivery import Replacement
from cadran.store.lake import Lake
from cadran.store.ledger import commit, preview, undo
from cadran.store.record import ImportRecord, TableCount
from tests.store.deliveries import contents, deliver

MARCH = date(2026, 3, 10)
ABOVE = 10**15  # the largest whole number that stands for itself
# Ten texts that a careless reading takes for few numbers; those of the first four that are numbers are 123, 5, 7, 1000.
ALIKE = ("123", "5", "7", "1000", "00123", "+5", " 7", "1e3", "9999999999999999", "1_000")
Keys = list[tuple[int, str]]


def sale(sale_id: str, **more: object) -> dict[str, object]:
    return {"sale_id": sale_id, "amount": Decimal(1), "sold_on": MARCH, **more}


def bring(lake: Lake, *orders: str | None, name: str = "S") -> ImportRecord:
    """An import of one sale for each order: S0, S1 ..."""
    return commit(lake, deliver(lake, {"sales": [sale(f"{name}{n}", order_id=each) for n, each in enumerate(orders)]}))


def kept(lake: Lake, domain: str = "order") -> Keys:
    return lake.query(f"SELECT id, key FROM lake.keys_{domain} ORDER BY id")


def stored(lake: Lake) -> list[int | None]:
    """The orders' integers, by sale."""
    return [number for (number,) in lake.query("SELECT order_id FROM lake.sales ORDER BY row_key")]


def written(lake: Lake) -> list[str | None]:
    return [order for (order,) in contents(lake, "sales", "order_id")]


def begun_before(lake: Lake, keys: Keys) -> None:
    """A store whose orders were all kept: one sale of each, B0, B1 ..."""
    bring(lake, *(None for _ in keys), name="B")
    with lake.writing():
        for line, (number, key) in enumerate(keys):
            lake.connection.execute("INSERT INTO lake.keys_order VALUES (?, ?)", [number, key])
            lake.connection.execute("UPDATE lake.sales SET order_id = ? WHERE row_key = ?", [number, f"B{line}"])


def test_whole_numbers_are_kept_nowhere_in_any_import(lake: Lake) -> None:
    rows = [sale("S0", order_id="7", document_id="900719925474099"), sale("S1", order_id=str(ABOVE)), sale("S2")]
    commit(lake, deliver(lake, {"sales": rows}))
    commit(lake, deliver(lake, {"sales": [sale("S3", order_id="8", corrects_document_id="1")]}))
    assert (kept(lake), kept(lake, "document")) == ([], [])
    assert stored(lake) == [7, ABOVE, None, 8]
    assert contents(lake, "sales", "order_id", "document_id", "corrects_document_id") == [
        ("7", "900719925474099", None), (str(ABOVE), None, None), (None, None, None), ("8", None, "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("earlier", [(), ("123", "6"), ("A",), ("A", "6", "B")])
def test_texts_that_look_like_numbers_are_no_numbers(lake: Lake, earlier: tuple[str, ...]) -> None:
    """Whatever came before; the texts of before keep their integers, and theirs come after."""
    texts = [each for each in earlier if not each.isdigit()]
    if earlier:
        bring(lake, *earlier, name="R")
    bring(lake, *ALIKE)
    assert written(lake) == [*earlier, *ALIKE]
    assert stored(lake)[len(earlier) :][:4] == [123, 5, 7, 1000]
    assert [number for number, _ in kept(lake)] == [ABOVE + n for n in range(1, len(texts) + 6 + 1)]
    assert {key for _, key in kept(lake)} == {*texts, *ALIKE[4:]}
    assert lake.query("SELECT count(DISTINCT order_id) FROM lake.sales") == [(len({*earlier, *ALIKE}),)]


def test_texts_that_come_again_are_found_among_those_kept(lake: Lake) -> None:
    bring(lake, "A", "12")
    bring(lake, "12", "A", "B", "3", name="T")
    assert kept(lake) == [(ABOVE + 1, "A"), (ABOVE + 2, "B")]
    assert stored(lake) == [ABOVE + 1, 12, 12, ABOVE + 1, ABOVE + 2, 3]


def test_a_number_above_those_that_stand_for_themselves_is_a_text(lake: Lake) -> None:
    """It would be the first integer of another text."""
    bring(lake, "A", str(ABOVE), str(ABOVE + 1))
    assert sorted(key for _, key in kept(lake)) == [str(ABOVE + 1), "A"]
    assert sorted(number for number, _ in kept(lake)) == [ABOVE + 1, ABOVE + 2]
    assert written(lake) == ["A", str(ABOVE), str(ABOVE + 1)]


@pytest.mark.parametrize(
    "orders",
    [
        ("7", "12", "9007199254740993"),
        ("7", "12", "900719925474099"),
        ("1000000000000000", "1"),
        ("7", "07", "7.0"),
        ("0", "-7", "7"),
        ("1000000000000000", "9999999999999999999999", "1"),
        ("7", None, "8"),
        ("A7", "7 ", " 7"),
    ],
)
@pytest.mark.parametrize("before", [[], [(1, "A7"), (2, "7")], [(7, "7"), (900, "900")]])
def test_orders_stay_apart_however_they_are_written(lake: Lake, orders: Sequence[str | None], before: Keys) -> None:
    """What comes later finds what came before, and takes no one's integer; also in a store that kept all of them."""
    later = ("7", "2", "B1", "1000000000000001", "07", "8", "1")
    if before:
        begun_before(lake, before)
    for number, brought in enumerate((orders, later, orders)):
        bring(lake, *brought, name=f"S{number}-")
    expected = [key for _, key in before] + [*orders, *later, *orders]
    assert written(lake) == expected
    given = {each for each in expected if each is not None}
    assert lake.query("SELECT count(DISTINCT order_id) FROM lake.sales") == [(len(given),)]
    ids = [number for number, _ in kept(lake)]
    assert len(ids) == len(set(ids)) == len({key for _, key in kept(lake)})
    assert len(ids) == len(given) if before else min(ids) > ABOVE


def test_orders_of_a_store_that_kept_all_of_them_go_on_as_they_did(lake: Lake) -> None:
    """2 is the order "123", and the order "2" gets the next integer; documents, of which there were none, do not."""
    begun_before(lake, [(1, "A7"), (2, "123")])
    commit(lake, deliver(lake, {"sales": [sale("S0", order_id="2", document_id="5"), sale("S1", order_id="123")]}))
    bring(lake, "A7", "2", name="T")
    assert kept(lake) == [(1, "A7"), (2, "123"), (3, "2")]
    assert kept(lake, "document") == []
    assert stored(lake) == [1, 2, 3, 2, 1, 3]
    assert written(lake) == ["A7", "123", "2", "123", "A7", "2"]
    assert contents(lake, "sales", "document_id")[2:4] == [("5",), (None,)]


def test_numbers_that_were_kept_as_themselves_go_on_so(lake: Lake) -> None:
    """The largest alone was there: no other could be numbered before it."""
    begun_before(lake, [(ABOVE, str(ABOVE))])
    bring(lake, "8", str(ABOVE))
    assert kept(lake) == [(ABOVE, str(ABOVE)), (ABOVE + 1, "8")]
    assert written(lake) == [str(ABOVE), "8", str(ABOVE)]


def test_a_document_is_the_same_wherever_it_is_named(lake: Lake) -> None:
    """In sales, in what corrects them and in payments, in imports of their own: by number, and by text."""
    commit(lake, deliver(lake, {"sales": [sale("S0", document_id="42"), sale("S1", document_id="F42")]}))
    payments = [
        {"payment_id": f"P{each}", "document_id": each, "paid_on": MARCH, "amount": 1} for each in ("42", "F42")
    ]
    commit(lake, deliver(lake, {"payments": payments}))
    commit(lake, deliver(lake, {"sales": [sale("S2", document_id="43", corrects_document_id="42")]}))
    paid = "SELECT s.row_key, p.row_key FROM lake.sales s JOIN lake.payments p USING (document_id) ORDER BY 1"
    assert lake.query(paid) == [("S0", "P42"), ("S1", "PF42")]
    corrected = (
        "SELECT c.row_key, s.row_key FROM lake.sales c JOIN lake.sales s ON s.document_id = c.corrects_document_id"
    )
    assert lake.query(corrected) == [("S2", "S0")]
    assert contents(lake, "payments", "document_id") == [("42",), ("F42",)]


def test_a_row_brought_again_is_the_same_and_one_corrected_is_told(lake: Lake) -> None:
    bring(lake, "12", "A", None)
    assert bring(lake, "12", "A", None).tables == (TableCount("sales", 0, 0, 3, 0, 0),)
    assert bring(lake, "12", "12", "012").tables == (TableCount("sales", 0, 2, 1, 0, 0),)
    assert written(lake) == ["12", "12", "012"]


def test_what_is_undone_comes_back_as_it_was_written(lake: Lake) -> None:
    bring(lake, "12", "A")
    second = bring(lake, "B", "13")
    undo(lake, second.id, "chloe@example.com")
    assert written(lake) == ["12", "A"]
    bring(lake, "B", "13")
    assert (stored(lake), written(lake)) == ([ABOVE + 2, 13], ["B", "13"])


def test_what_would_vanish_is_shown_as_it_was_written(lake: Lake) -> None:
    """Of a document, also where it is no number."""
    rows = [sale("S0", document_id="42"), sale("S1", document_id="F42"), sale("S2")]
    commit(lake, deliver(lake, {"sales": rows}, source="erp"))
    (gone,) = preview(
        lake, deliver(lake, {"sales": [sale("S9")]}, source="erp", replace=Replacement(None, None))
    ).vanishing
    assert [(row["sale_id"], row["document_id"]) for row in gone.first] == [("S0", "42"), ("S1", "F42"), ("S2", None)]
