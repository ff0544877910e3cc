"""One import, one transaction: what is new, changed, seen again, and that every row is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cadran.errors import StoreError
from cadran.store.delivery import Delivery, Tally
from cadran.store.lake import Lake
from cadran.store.ledger import commit, import_record, imports, preview
from cadran.store.record import ImportRecord, TableCount
from tests.store.deliveries import contents, deliver

MARCH = date(2026, 3, 10)


def sale(sale_id: str, amount: int, **more: object) -> dict[str, object]:
    return {"sale_id": sale_id, "amount": Decimal(amount), "sold_on": MARCH, **more}


def test_rows_come_back_as_they_were_delivered(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 100, account_id="Dupont", rep_id="R1", order_id="O1")]}))

    assert contents(lake, "sales", "sale_id", "account_id", "rep_id", "order_id", "sold_on", "amount") == [
        ("S1", "Dupont", "R1", "O1", MARCH, Decimal("100.0000"))
    ]


def test_the_same_file_twice_changes_nothing(lake: Lake) -> None:
    rows = [sale("S1", 100, account_id="A"), sale("S2", 200, account_id="B")]
    commit(lake, deliver(lake, {"sales": rows}))
    before = contents(lake, "sales")

    again = commit(lake, deliver(lake, {"sales": rows}))

    assert again.tables == (TableCount("sales", new=0, changed=0, unchanged=2, removed=0, restored=0),)
    assert contents(lake, "sales") == before


def test_new_changed_and_unchanged_are_told_apart(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 100), sale("S2", 200)]}))

    record = commit(lake, deliver(lake, {"sales": [sale("S1", 100), sale("S2", 201), sale("S3", 300)]}))

    assert record.tables == (TableCount("sales", new=1, changed=1, unchanged=1, removed=0, restored=0),)
    assert contents(lake, "sales", "sale_id", "amount") == [("S1", 100), ("S2", 201), ("S3", 300)]


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("rep_id", "R1", "R2"),
        ("rep_id", "R1", None),
        ("rep_id", None, "R1"),
        ("nature", None, "goods"),
        ("quantity", Decimal("0.1"), Decimal("0.10000001")),
        ("sold_on", MARCH, date(2026, 3, 11)),
        ("doubts", 0, 1 << 3),
    ],
)
def test_any_column_makes_a_change(lake: Lake, column: str, first: object, second: object) -> None:
    commit(lake, deliver(lake, {"sales": [{**sale("S1", 100), column: first}]}))

    record = commit(lake, deliver(lake, {"sales": [{**sale("S1", 100), column: second}]}))

    assert record.tables[0].changed == 1


def test_counts_stand_with_the_file_that_brought_the_rows(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 100), sale("S2", 200)]}))
    delivery = deliver(
        lake, {"sales": [sale("S1", 100, file_no=1), sale("S2", 201, file_no=2), sale("S3", 300, file_no=2)]}
    )
    delivery = with_tallies(delivery, Tally(1, "sales", 6, 1, 2, 1, 1), Tally(2, "sales", 2, 0, 0, 0, 0))

    first, second = commit(lake, delivery).counts

    assert (first.new, first.changed, first.unchanged, first.read) == (0, 0, 1, 6)
    assert (second.new, second.changed, second.unchanged, second.loaded) == (1, 1, 0, 2)


def with_tallies(delivery: Delivery, *tallies: Tally) -> Delivery:
    return replace(delivery, tallies=tallies)


def test_a_row_that_got_lost_stops_the_import(lake: Lake) -> None:
    delivery = with_tallies(deliver(lake, {"sales": [sale("S1", 100)]}), Tally(1, "sales", 2, 0, 0, 0, 0))

    with pytest.raises(StoreError, match="2 rows read, 1 accounted for"):
        commit(lake, delivery)

    assert contents(lake, "sales") == []
    assert imports(lake) == []


def test_rows_without_a_tally_stop_the_import(lake: Lake) -> None:
    with pytest.raises(StoreError, match="rows came without a tally"):
        commit(lake, with_tallies(deliver(lake, {"sales": [sale("S1", 100)]})))


def test_a_key_twice_stops_the_import(lake: Lake) -> None:
    with pytest.raises(StoreError) as refusal:
        commit(lake, deliver(lake, {"sales": [sale("S1", 100), sale("S1", 101)]}))
    assert refusal.value.code == "keys_not_unique"
    assert contents(lake, "sales") == []


def test_an_unknown_table_is_named(lake: Lake) -> None:
    delivery = deliver(lake, {"sales": [sale("S1", 100)]})
    staged = tuple(replace(part, table="sale") for part in delivery.staged)
    with pytest.raises(StoreError, match='Did you mean "sales"'):
        commit(lake, replace(delivery, staged=staged))


def test_derived_rows_yield_to_given_ones_whichever_comes_first(lake: Lake) -> None:
    given, inferred = {"rep_id": "R1", "name": "Chloé Martin"}, {"rep_id": "R1", "name": "R1"}

    commit(lake, deliver(lake, {}, derived={"reps": [inferred]}))
    assert contents(lake, "reps", "name") == [("R1",)]
    first = commit(lake, deliver(lake, {"reps": [given]}))
    later = commit(lake, deliver(lake, {}, derived={"reps": [inferred]}))

    assert contents(lake, "reps", "name") == [("Chloé Martin",)]
    assert (first.tables[0].new, later.tables[0].unchanged) == (1, 1)


def test_derived_rows_of_one_import_are_one_row_whatever_file_they_came_in(lake: Lake) -> None:
    rows = [{"rep_id": "R1", "name": "b", "file_no": 1}, {"rep_id": "R1", "name": "a", "file_no": 2}]

    record = commit(lake, deliver(lake, {}, derived={"reps": rows}))

    assert contents(lake, "reps", "name") == [("a",)]
    assert sum(count.new for count in record.counts) == 1
    assert sum(count.unchanged for count in record.counts) == 1


def test_several_tables_land_together_and_ids_of_one_domain_agree(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 100, rep_id="R1")], "reps": [{"rep_id": "R1", "name": "Léa"}]}))

    joined = lake.query("SELECT r.name, s.amount FROM lake.main.sales s JOIN lake.main.reps r USING (rep_id)")

    assert joined == [("Léa", Decimal(100))]


def test_a_preview_counts_the_same_and_writes_nothing(lake: Lake) -> None:
    commit(lake, deliver(lake, {"sales": [sale("S1", 100, account_id="A")]}))
    rows = [sale("S1", 101, account_id="A"), sale("S2", 200, account_id="new")]
    snapshot = lake.snapshot()

    foreseen = preview(lake, deliver(lake, {"sales": rows})).record

    assert (lake.snapshot(), len(imports(lake)), foreseen.status) == (snapshot, 1, "preview")
    assert contents(lake, "sales", "amount") == [(100,)]
    done = commit(lake, deliver(lake, {"sales": rows}))
    assert (foreseen.id, foreseen.tables, foreseen.counts) == (done.id, done.tables, done.counts)


def test_an_import_is_a_named_snapshot_with_a_record(lake: Lake) -> None:
    record = commit(lake, deliver(lake, {"sales": [sale("S1", 100)]}, name="mars.csv", source="erp"))

    assert import_record(lake, record.id) == record
    assert isinstance(record, ImportRecord)
    assert (record.id, record.status, record.snapshot) == (1, "live", lake.snapshot())
    named = lake.query("SELECT author, commit_message FROM ducklake_snapshots('lake') WHERE snapshot_id = ?", [2])
    assert named == [("chloe@example.com", "import 1: mars.csv")]
    with pytest.raises(StoreError, match="no import 7"):
        import_record(lake, 7)


def test_a_failed_import_leaves_the_connection_ready_for_the_next(lake: Lake) -> None:
    bad = with_tallies(deliver(lake, {"sales": [sale("S1", 100)]}))
    with pytest.raises(StoreError):
        commit(lake, bad)
    commit(lake, deliver(lake, {"sales": [sale("S1", 100)]}))
    assert lake.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'scratch%'") == []
    assert lake.query("SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'scratch%'") == []


def test_facts_lie_in_the_order_of_their_dates(lake: Lake) -> None:
    days = [date(2026, month, 1) for month in (6, 2, 9, 1)]
    rows = [{**sale(f"S{n}", n), "sold_on": day} for n, day in enumerate(days)]
    commit(lake, deliver(lake, {"sales": rows}))
    (path,) = (lake.folder / "data" / "main" / "sales").glob("*.parquet")
    stored = lake.query("SELECT sold_on FROM read_parquet(?)", [str(path)])
    assert stored == [(day,) for day in sorted(days)]


def test_a_key_that_is_one_text_of_the_model_is_stored_once(lake: Lake) -> None:
    stored = [name for name, *_ in lake.query("DESCRIBE lake.main.sales")]
    assert stored.count("row_key") == 1
    assert "sale_id" not in stored
    assert {"row_key", "account_id"} <= {name for name, *_ in lake.query("DESCRIBE lake.main.accounts")}


@pytest.mark.parametrize(
    ("clients", "numbers"),
    [(("3", "12", "1"), [1, 3, 12]), (("3", "13", "1"), [1, 2, 3]), (("3", "03"), [1, 2]), (("3", "A"), [1, 2])],
)
def test_clients_stand_for_themselves_where_their_numbers_are_close(
    lake: Lake, clients: tuple[str, ...], numbers: list[int]
) -> None:
    """Up to four times as large as there are clients; else they are numbered from 1. Who comes later follows them."""
    brought = [sale(f"S{line}", 1, account_id=each) for line, each in enumerate(clients)]
    commit(lake, deliver(lake, {"sales": brought}))
    commit(lake, deliver(lake, {"sales": [sale("later", 1, account_id="2")]}))
    assert [number for (number,) in lake.query("SELECT id FROM lake.keys_account ORDER BY id")] == [
        *numbers, max(numbers) + 1,
    ]  # fmt: skip
    assert sorted(contents(lake, "sales", "account_id")) == sorted((each,) for each in (*clients, "2"))
