"""The rows behind a number: those of `rows_behind`, a page at a time, by side, text and order; and as files."""

from __future__ import annotations

import csv
import io
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock
from zipfile import ZipFile

import pyarrow as pa
import pytest
from django.http import QueryDict
from django.test import Client

from cadran.access import EVERYTHING, Role
from cadran.answer import Answer
from cadran.ask import ask
from cadran.behind import rows_behind
from cadran.errors import EngineError, Issue, RequestError, Text
from cadran.newest_of_each import NewestOfEach, newest_of_each
from cadran.newest_rows import newest_behind
from cadran.planner.behind import FLAGS
from cadran.present.export import to_xlsx
from cadran.present.traced import amount_of
from cadran.question import question
from cadran.traces import Traces
from cadran.web.measure.selection import Selection, chosen, page_of
from cadran.web.people.frame import served
from cadran.web.people.models import Entry
from cadran.workspace import Workspace
from cadran.written_ids import WrittenIds
from tests.company import deliver
from tests.web.conftest import SignIn

Q1 = "?period=2026-Q1"
WRITTEN = WrittenIds()
N, F = "\u202f", "\u00a0"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def asked(kpi: str, **how: Any) -> Answer:
    given = {"period": "2026-Q1", "by": ["company"]} | how
    return ask(served.workspace, question(served.workspace.settings, [kpi], **given), EVERYTHING)


def records(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(body)))


def test_the_page_counts_and_adds_up_what_the_answer_does(sign_in: SignIn) -> None:
    page = text(sign_in(Role.DIRECTOR), f"/kpis/revenue/rows/{Q1}")
    behind = asked("revenue").rows_behind(scope="company")
    assert f"Chiffre d’affaires{F}: 1{N}000{N}000{F}€ au T1 2026, en {behind.num_rows} lignes" in page
    assert f"1{N}000{N}000,00{F}€" in page
    assert page.count("<tr>") - page.split("<tbody>")[0].count("<tr>") - page.split("<tfoot>")[1].count("<tr>") == 100
    assert f"1 à 100 sur {behind.num_rows}" in page


def test_the_pages_hold_every_row_once(sign_in: SignIn) -> None:
    client, seen = sign_in(Role.DIRECTOR), []
    for number in range(1, 6):
        page = text(client, f"/kpis/revenue/rows/{Q1}&page={number}")
        seen += re.findall(r'<th scope="row">(\d\d/\d\d/\d{4})</th>', page)
    assert len(seen) == asked("revenue").rows_behind(scope="company").num_rows
    days = [tuple(reversed(day.split("/"))) for day in seen]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize(("side", "flag"), [("numerator", "in_numerator"), ("denominator", "in_denominator")])
def test_numerator_and_denominator_stand_apart(sign_in: SignIn, side: str, flag: str) -> None:
    behind = asked("win_rate").rows_behind(scope="company").to_pylist()
    found = records(sign_in(Role.DIRECTOR), f"/kpis/win_rate/rows.csv{Q1}&side={side}")
    assert {each["opportunity_id"] for each in found} == {row["opportunity_id"] for row in behind if row[flag]}
    assert len(found) == sum(row[flag] for row in behind)


def test_a_file_holds_the_rows_of_rows_behind(sign_in: SignIn) -> None:
    found = records(sign_in(Role.DIRECTOR), f"/kpis/revenue/rows.csv{Q1}")
    behind = asked("revenue").rows_behind(scope="company").to_pylist()
    assert [(row["sale_id"], Decimal(row["amount"])) for row in found] == [(r["sale_id"], r["amount"]) for r in behind]
    assert sum(Decimal(row["amount"]) * Decimal(row["share"]) for row in found) == 1_000_000
    assert "rep_id" not in found[0]
    assert "row_key" not in found[0]


def test_an_excel_file_holds_the_same_rows_and_goes_into_the_audit_log(sign_in: SignIn) -> None:
    answer = sign_in(Role.DIRECTOR).get(f"/kpis/revenue/rows.xlsx{Q1}")
    assert answer["Content-Disposition"] == 'attachment; filename="revenue-2026-Q1.xlsx"'
    with ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    rows = asked("revenue").rows_behind(scope="company").num_rows
    assert sheet.count("<row ") == rows + 1
    entry = Entry.objects.filter(action="exported").latest("id")
    assert entry.about == f"revenue 2026-Q1 company {rows} xlsx"


def test_a_reps_file_holds_their_rows_alone(sign_in: SignIn) -> None:
    found = records(sign_in(Role.REP), f"/kpis/revenue/rows.csv{Q1}")
    assert {row["rep"] for row in found} == {"HVA"}
    mine = asked("revenue", by=["rep"]).rows_behind(scope="rep", scope_id="HVA")
    assert len(found) == mine.num_rows
    assert not any("MOR" in row.values() for row in found)


def test_nobodys_rows_are_not_a_reps(sign_in: SignIn) -> None:
    assert records(sign_in(Role.REP), f"/kpis/revenue/rows.csv{Q1}&of=unassigned") == []
    assert records(sign_in(Role.DIRECTOR), f"/kpis/revenue/rows.csv{Q1}&of=unassigned")


def test_a_filter_looks_in_every_column_or_in_one(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    anywhere = records(client, f"/kpis/revenue/rows.csv{Q1}&q=HUGO")
    assert anywhere
    assert {row["rep_name"] for row in anywhere} == {"Hugo Vastérin"}
    assert records(client, f"/kpis/revenue/rows.csv{Q1}&q=hugo&in=account_name") == []
    assert "Aucune ligne ne contient ce texte" in text(client, f"/kpis/revenue/rows/{Q1}&q=zzzz")


def test_an_order_of_amounts_is_told_to_a_screen_reader(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    page = text(client, f"/kpis/revenue/rows/{Q1}&sort=-amount")
    assert 'class="num" aria-sort="descending"' in page
    amounts = [Decimal(row["amount"]) for row in records(client, f"/kpis/revenue/rows.csv{Q1}&sort=-amount")]
    assert amounts == sorted(amounts, reverse=True)


def test_the_rows_of_a_part_are_those_of_the_dimension(sign_in: SignIn) -> None:
    found = records(sign_in(Role.DIRECTOR), f"/kpis/revenue/rows.csv{Q1}&by=account.segment&value=ETI")
    by_segment = asked("revenue", by=["company", "account.segment"]).rows
    value = next(row.value for row in by_segment if row.dimensions["account.segment"] == "ETI")
    assert sum(Decimal(row["amount"]) * Decimal(row["share"]) for row in found) == value


@pytest.mark.parametrize("value", ["O'Brien", "' or 1 = 1 --", "", "ETI' --"])
def test_a_value_in_an_address_is_only_ever_a_value(sign_in: SignIn, value: str) -> None:
    answer = sign_in(Role.DIRECTOR).get(
        "/kpis/revenue/rows/", {"period": "2026-Q1", "by": "account.segment", "value": value}
    )
    assert answer.status_code == 200
    assert len(re.findall(r'<th scope="row">\d\d/', answer.content.decode())) <= (8 if value == "" else 0)


def test_a_dimension_there_is_not_is_not_found(sign_in: SignIn) -> None:
    address = f"/kpis/revenue/rows/{Q1}&by=account.password&value=x"
    assert sign_in(Role.DIRECTOR).get(address).status_code == 404


def test_a_kind_of_file_there_is_not_is_not_found(sign_in: SignIn) -> None:
    assert sign_in(Role.DIRECTOR).get(f"/kpis/revenue/rows.exe{Q1}").status_code == 404


def test_a_derived_kpi_has_the_rows_of_each_part(sign_in: SignIn) -> None:
    client = sign_in(Role.DIRECTOR)
    found = records(client, f"/kpis/revenue_per_rep/rows.csv{Q1}&part=revenue")
    assert {row["kpi"] for row in found} == {"revenue"}
    assert len(found) == asked("revenue").rows_behind(scope="company").num_rows


def test_rows_that_stand_in_two_lists_are_not_added_up(sign_in: SignIn) -> None:
    """Revenue per rep: each line is one of its revenue's and one of its reps'. Their sum is no figure of anybody's."""
    director = sign_in(Role.DIRECTOR)

    def total(address: str) -> str:
        return text(director, address).split('<tr class="total">')[1].split("</tr>")[0]

    assert "€" not in total(f"/kpis/revenue_per_rep/{Q1}")
    assert "€" not in total(f"/kpis/revenue_per_rep/rows/{Q1}")
    assert f"1{N}000{N}000,00{F}€" in total(f"/kpis/revenue_per_rep/rows/{Q1}&part=revenue")


@pytest.mark.parametrize("kpi", [kpi.id for kpi in served.workspace.catalogue])
def test_the_newest_rows_are_the_last_of_all_and_the_totals_are_of_all(kpi: str) -> None:
    request = question(served.workspace.settings, [kpi], period="2026-Q1", by=["company"])
    everything = rows_behind(served.workspace, request, EVERYTHING, scope="company")
    for few in (1, 7, 100_000):
        newest = newest_behind(served.workspace, request, EVERYTHING, few, scope="company")
        assert newest.rows.to_pylist() == everything.to_pylist()[: -few - 1 : -1]
        assert newest.count == everything.num_rows
        assert newest.amount == (amount_of(everything) if everything.num_columns else None)
        for flag in FLAGS if everything.num_rows else ():
            assert newest.flagged[flag] == sum(map(bool, everything.column(flag).to_pylist()))


@pytest.mark.parametrize("kpi", [kpi.id for kpi in served.workspace.catalogue])
def test_the_newest_rows_of_each_rep_are_those_of_the_rep_alone(kpi: str) -> None:
    request = question(served.workspace.settings, [kpi], period="2026-Q1", by=["rep"])
    of_each = newest_of_each(served.workspace, request, EVERYTHING, 7)
    for rep in ("HVA", "THG", "nobody"):
        found = of_each.of(served.workspace, rep, 7, WRITTEN)
        if found is not None:
            alone = newest_behind(served.workspace, request, EVERYTHING, 7, scope="rep", scope_id=rep, written=WRITTEN)
            assert found.rows.to_pylist() == alone.rows.to_pylist()
            assert replace(found, rows=alone.rows) == alone


@pytest.mark.parametrize("most", [300_000, 100, 1])
def test_all_are_told_together_whose_rows_do_not_reach_too_far_back(most: int) -> None:
    """Without this, the test above would hold of nobody."""
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1", by=["rep"])
    everything = rows_behind(served.workspace, request, EVERYTHING).to_pylist()
    days = [row["sold_on"] for row in everything if row["rep"]]
    reach = min((day for day in days if sum(other >= day for other in days) <= most), default=max(days))
    reps = {row["rep"] for row in everything if row["rep"]}
    begun = {rep: [row["sold_on"] for row in everything if row["rep"] == rep][-3:][0] for rep in reps}
    with mock.patch("cadran.newest_of_each.MOST_ROWS", most):
        of_each = newest_of_each(served.workspace, request, EVERYTHING, 3)
    found = {rep: of_each.of(served.workspace, rep, 3, WRITTEN) for rep in reps}
    assert {rep for rep in reps if found[rep] is not None} == {rep for rep in reps if begun[rep] >= reach}
    for rep, newest in found.items():
        if newest is not None:
            assert newest.count == sum(row["rep"] == rep for row in everything)
            assert newest.rows.to_pylist() == [row for row in everything if row["rep"] == rep][:-4:-1]


def test_a_reps_rows_are_at_hand_once_those_of_another_were_asked_for() -> None:
    traces = Traces(served.workspace)
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1", by=["rep"])
    alone = traces.newest(request, EVERYTHING, "rep", "HVA", "rep", 5)
    reading, _ = traces.read_of_each(request, EVERYTHING)
    reading.result()
    with mock.patch("cadran.traces.newest_behind", side_effect=AssertionError("asked for alone")):
        together = traces.newest(request, EVERYTHING, "rep", "HVA", "rep", 5)
        assert traces.newest(request, EVERYTHING, "rep", "HVA", "rep", 2).rows.num_rows == 2
    assert together.rows.to_pylist() == alone.rows.to_pylist()
    assert replace(together, rows=alone.rows) == alone


def test_whoever_asks_for_a_reps_rows_while_those_of_all_are_read_waits_for_them() -> None:
    traces, go = Traces(served.workspace), threading.Event()
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1", by=["rep"])

    def slowly(*given: Any) -> NewestOfEach:
        assert go.wait(60)
        return newest_of_each(*given)

    with mock.patch("cadran.traces.newest_of_each", slowly), ThreadPoolExecutor(1) as other:
        first = traces.newest(request, EVERYTHING, "rep", "HVA", "rep", 5)  # alone, at once
        with mock.patch("cadran.traces.newest_behind", side_effect=AssertionError("asked for alone")):
            second = other.submit(traces.newest, request, EVERYTHING, "rep", "HVA", "rep", 4)
            assert not second.done()
            go.set()
            assert second.result(60).rows.to_pylist() == first.rows.to_pylist()[:4]


def test_where_those_of_all_cannot_be_read_each_is_told_alone_and_it_is_not_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    traces = Traces(served.workspace)
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1", by=["rep"])
    trouble = EngineError(Issue("trouble", Text("Rien à faire.", "No way.")))
    with mock.patch("cadran.traces.newest_of_each", side_effect=trouble) as tried:
        for count in (5, 4, 3):
            assert traces.newest(request, EVERYTHING, "rep", "HVA", "rep", count).rows.num_rows == count
            wait(list(traces._under_way.values()))
    assert tried.call_count == 1
    assert "were not read" in caplog.text


def test_of_a_rep_who_moved_a_manager_is_told_no_more_together_than_alone() -> None:
    manager = served.viewer("c.aubrenel@valmarin.example")
    request = question(served.workspace.settings, ["revenue"], period="2025", by=["rep"])
    of_each = newest_of_each(served.workspace, request, manager, 7)
    told = 0
    for rep in served.known().directory.rep_keys:
        found = of_each.of(served.workspace, rep, 7, WRITTEN)
        try:
            alone = newest_behind(served.workspace, request, manager, 7, scope="rep", scope_id=rep, written=WRITTEN)
        except RequestError:
            assert found is None
        else:
            told += found is not None
            assert found is None or found.rows.to_pylist() == alone.rows.to_pylist()
    assert told


def test_ids_are_written_anew_after_an_earlier_state_was_put_back(company: Workspace, tmp_path: Path) -> None:
    """The next new client then has the number of one who is there no more."""
    backup, line = tmp_path / "backup", {"rep_id": "HVA", "sold_on": date(2026, 3, 31), "amount": 1, "currency": "EUR"}
    request = question(company.settings, ["revenue"], period="2026-Q1", by=["company"])

    def newest(client: str) -> set[str]:
        for count in (100, 99):  # the texts that have come are kept from the second time on
            found = served.traces.newest(request, EVERYTHING, "company", None, "rep", count).rows
            assert client in found.column("account_id").to_pylist()
        return set(found.column("account_id").to_pylist())

    served.traces.newest(request, EVERYTHING, "company", None, "rep", 100)
    shutil.copytree(company.store, backup)
    deliver(company, {"sales": [{"sale_id": "new1", "account_id": "before", **line}]})
    newest("before")
    shutil.rmtree(company.store)
    shutil.copytree(backup, company.store)
    deliver(company, {"sales": [{"sale_id": "new2", "account_id": "after", **line}]})
    assert "before" not in newest("after")


def test_rows_at_hand_are_those_of_the_viewer(sign_in: SignIn) -> None:
    rep = served.viewer("h.vasterin@valmarin.example")
    traces = Traces(served.workspace)
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1")
    everything = traces.rows(request, EVERYTHING, None, None)
    assert traces.rows(request, EVERYTHING, None, None) is everything
    mine = traces.rows(request, rep, None, None)
    assert 0 < mine.num_rows < everything.num_rows
    assert set(mine.column("rep").to_pylist()) == {"HVA"}


def test_rows_too_large_to_keep_are_asked_again() -> None:
    traces = Traces(served.workspace, most=10)
    request = question(served.workspace.settings, ["revenue"], period="2026-Q1")
    assert traces.rows(request, EVERYTHING, None, None) is not traces.rows(request, EVERYTHING, None, None)


def test_the_newest_page_is_read_from_the_end_and_gaps_stand_last() -> None:
    names = pa.chunked_array([pa.array(["b", None, "A", "c"]).dictionary_encode()])
    rows = pa.table({"n": [1, 2, 3, 4], "name": names})
    assert page_of(rows, Selection(), 3).column("n").to_pylist() == [4, 3, 2]
    assert page_of(rows, Selection(page=2), 3).column("n").to_pylist() == [1]
    assert page_of(rows, Selection(page=9), 3).num_rows == 0
    assert chosen(rows, Selection(sort="name"), ("name",)).column("n").to_pylist() == [3, 1, 4, 2]
    assert chosen(rows, Selection(sort="-name"), ("name",)).column("n").to_pylist() == [4, 1, 3, 2]


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 40])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    asked_for = QueryDict(mutable=True)
    asked_for["page"] = page
    assert Selection.of(asked_for).page == 1


def test_a_spreadsheet_runs_nothing_of_a_text(tmp_path: Path) -> None:
    out = io.BytesIO()
    to_xlsx([{"name": "=cmd|' /C calc'!A0", "n": Decimal("1.5")}], {"name": "Nom", "n": "N"}, out)
    with ZipFile(out) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet or 't="s"' in sheet
    assert "<v>1.5</v>" in sheet
