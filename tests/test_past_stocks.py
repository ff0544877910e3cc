"""Past states: a stock of a past evening is told from what the store held on that evening.

               15 January (import 1)   10 February (import 2)   5 March (import 3)
D1  Anne       100, open               60, open                 60, lost on 20 February
D2  Bruno      400, open               400, open                won on 25 January
D3  Anne                               900, created 1 January   900

open at the end of       what the store held that evening                        what is held today
December                 nothing: today's data, rebuilt   60 + 400 + 0          460
January                  D1 100 + D2 400                  500                    60 + 900
February                 D1 60 + D2 400 + D3 900          1360                   900
March                    D3 900                           900                    900
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.access import Role, Viewer
from cadran.answers import Answers
from cadran.ask import ask
from cadran.periods.period import Grain
from cadran.planner.request import Request
from cadran.present.answers import long_grid
from cadran.present.grid import Reader
from cadran.store import ledger
from cadran.workspace import Workspace
from tests.company import Row, answer, company, deliver, question, rows, table, values

REPS = table("rep_id | name\nA | Anne\nB | Bruno")
TEAMS = [{"team_id": "N", "name": "Nord"}, {"team_id": "S", "name": "Sud"}]
DEALS = """
opportunity_id | rep_id | created_on | amount | outcome | closed_on
"""


def deals(lines: str) -> list[dict[str, str | None]]:
    return table(DEALS + lines)


JANUARY = deals("D1 | A | 2025-12-01 | 100 | open | -\nD2 | B | 2025-12-02 | 400 | open | -")
FEBRUARY = deals("D1 | A | 2025-12-01 | 60 | open | -\nD3 | A | 2026-01-01 | 900 | open | -")
MARCH = deals("D1 | A | 2025-12-01 | 60 | lost | 2026-02-20\nD2 | B | 2025-12-02 | 400 | won | 2026-01-25")


def stay(rep: str, team: str) -> dict[str, Any]:
    return {"rep_id": rep, "team_id": team, "starts_on": date(2025, 1, 1)}


PEOPLE = {"reps": REPS, "teams": TEAMS, "memberships": [stay("A", "N"), stay("B", "S")]}


def grown(folder: Path, *imports: tuple[datetime, Mapping[str, Sequence[Row]]], **choices: Any) -> Workspace:
    """A company whose imports landed at these moments (UTC)."""
    (moment, tables), *others = imports
    with at(folder, moment):
        workspace = company(folder, tables, **{"today": date(2026, 4, 1), **choices})
    for moment, tables in others:
        with at(folder, moment):
            deliver(workspace, tables)
    return workspace


@contextmanager
def at(folder: Path, moment: datetime) -> Iterator[None]:
    """What lands in the store meanwhile did so at that moment (UTC), its creation included."""
    catalog = folder / "store" / "catalog.sqlite"
    before = _newest(catalog) if catalog.exists() else 0
    with patch("cadran.store.state.now", lambda: moment):
        yield
    with closing(sqlite3.connect(catalog, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE ducklake_snapshot SET snapshot_time = ? WHERE snapshot_id > ?", [f"{moment}+00", before]
        )


def _newest(catalog: Path) -> int:
    with closing(sqlite3.connect(catalog)) as connection:
        return int(connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()[0])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return grown(
        tmp_path_factory.mktemp("past") / "shop",
        (datetime(2026, 1, 15, 9), PEOPLE | {"opportunities": JANUARY}),
        (datetime(2026, 2, 10, 9), {"opportunities": FEBRUARY}),
        (datetime(2026, 3, 5, 9), {"opportunities": MARCH}),
    )


FOUR_MONTHS = Request(
    ("pipeline_open",), date(2025, 12, 1), date(2026, 4, 1), date(2026, 3, 31), ("company",), grain="month"
)
MONTHS = {"2025-12-01": 460, "2026-01-01": 500, "2026-02-01": 1360, "2026-03-01": 900}


def test_each_month_is_told_from_what_was_known_on_its_last_evening(shop: Workspace) -> None:
    found = ask(shop, FOUR_MONTHS).rows
    assert {row.period_start.isoformat(): row.value for row in found} == MONTHS
    assert [[note.code for note in row.notes] for row in found] == [["rebuilt"], ["known_then"], ["known_then"], []]
    assert found[1].notes[0].message.fr == "Montants et étapes connus au soir du 31/01/2026 (état n° 2 des données)."
    assert found[1].notes[0].message.en == "Amounts and stages as known on the evening of 31 Jan 2026 (snapshot 2)."


def test_one_period_alone_says_the_same(shop: Workspace) -> None:
    assert values(shop, "pipeline_open", "2025-12") == {"Entreprise": 460}
    assert values(shop, "pipeline_open", "2026-01") == {"Entreprise": 500}
    assert values(shop, "deals_open", "2026-02") == {"Entreprise": 3}
    assert values(shop, "pipeline_open", "2026-03") == {"Entreprise": 900}


def test_the_comparison_is_told_from_its_own_evening(shop: Workspace) -> None:
    (row,) = rows(shop, "pipeline_open", "2026-03", compare=("previous",))
    assert (row.value, row.previous) == (900, 1360)


def test_as_of_a_past_evening_is_what_was_known_then(shop: Workspace) -> None:
    assert values(shop, "pipeline_open", "2026-02", as_of=date(2026, 2, 9)) == {"Entreprise": 500}
    assert values(shop, "pipeline_open", "2026-02", as_of=date(2026, 2, 10)) == {"Entreprise": 1360}


def test_every_level_adds_up_as_it_did_then(shop: Workspace) -> None:
    found = rows(shop, "pipeline_open", "2026-01", levels="company,team,rep")
    assert {row.scope_name: row.value for row in found} == {
        "Entreprise": 500, "Nord": 100, "Sud": 400, "Anne": 100, "Bruno": 400,
    }  # fmt: skip


def test_a_flow_beside_a_stock_stays_of_today(shop: Workspace) -> None:
    found = {row.kpi: row.value for row in rows(shop, "pipeline_open,deals_won", "2026-01")}
    assert found == {"pipeline_open": 500, "deals_won": 1}


def test_the_rows_behind_are_those_of_the_number(shop: Workspace) -> None:
    found = ask(shop, FOUR_MONTHS)
    listed: dict[str, float] = {}
    for row in found.rows_behind().to_pylist():
        month = row["period_start"].isoformat()
        listed[month] = listed.get(month, 0) + row["amount"]
    assert listed == MONTHS
    january = answer(shop, "pipeline_open", "2026-01")
    (north,) = january.rows_behind(scope="team", scope_id="N").to_pylist()
    assert (north["row_key"], north["amount"], north["rep"], north["team"]) == ("D1", 100, "A", "N")


def test_the_explanation_names_the_snapshot(shop: Workspace) -> None:
    told = answer(shop, "pipeline_open", "2026-01").explain("en")
    assert "31 Jan 2026: Amounts and stages as known on the evening of 31 Jan 2026 (snapshot 2)." in told
    assert "AT (VERSION => 2)" in told
    assert told.count("SELECT\n") > 0
    assert told.count("snapshot 2") == 1
    assert "VERSION" not in answer(shop, "pipeline_open", "2026-03").explain("en")


def test_evenings_that_share_a_state_are_read_at_once(shop: Workspace) -> None:
    told = answer(shop, "pipeline_open", "2026-01", grain="day").explain("en")
    assert told.count("AT (VERSION => 2)") == 1


def test_the_day_ends_at_midnight_of_the_company(tmp_path: Path) -> None:
    late = grown(
        tmp_path / "late",
        (datetime(2026, 1, 15, 9), {"opportunities": JANUARY}),
        (datetime(2026, 1, 31, 23, 30), {"opportunities": FEBRUARY}),  # 00:30 of 1 February in Paris
    )
    assert values(late, "pipeline_open", "2026-01") == {"Entreprise": 500}
    assert values(late, "pipeline_open", "2026-02") == {"Entreprise": 1360}


def test_a_table_that_came_later_is_rebuilt(tmp_path: Path) -> None:
    sold = {"sale_id": "1", "order_id": "o", "sold_on": date(2026, 1, 5), "amount": 1}
    shop = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"sales": [sold]}),
        (datetime(2026, 2, 10, 9), {"opportunities": JANUARY}),
    )
    (row,) = rows(shop, "pipeline_open", "2026-01")
    assert (row.value, [note.code for note in row.notes]) == (500, ["rebuilt"])


def test_each_stock_has_its_own_memory(tmp_path: Path) -> None:
    """In January no deal had a probability: the weighted pipeline is rebuilt, the other one is remembered."""
    likely = [{**deal, "probability": "0.5", "amount": "1000"} for deal in JANUARY]
    shop = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"opportunities": JANUARY}),
        (datetime(2026, 2, 10, 9), {"opportunities": likely}),
    )
    found = {row.kpi: row for row in rows(shop, "pipeline_open,pipeline_weighted", "2026-01")}
    assert found["pipeline_open"].value == 500
    assert found["pipeline_weighted"].value == 1000  # (1000 + 1000) x 0.5
    assert {kpi: row.notes[0].code for kpi, row in found.items()} == {
        "pipeline_open": "known_then", "pipeline_weighted": "rebuilt",
    }  # fmt: skip


def test_a_rate_that_came_later_is_rebuilt(tmp_path: Path) -> None:
    foreign = [{**JANUARY[0], "currency": "USD"}]
    rate = {"currency": "USD", "rate_on": date(2025, 1, 1), "rate": "0.5"}
    shop = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"opportunities": foreign}),
        (datetime(2026, 2, 10, 9), {"exchange_rates": [rate]}),
    )
    (row,) = rows(shop, "pipeline_open", "2026-01")
    assert (row.value, [note.code for note in row.notes]) == (50, ["rebuilt"])


def test_what_changed_nothing_it_reads_is_no_other_state(tmp_path: Path) -> None:
    shop = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"opportunities": JANUARY}),
        (datetime(2026, 2, 10, 9), {"activities": [{"rep_id": "A", "kind": "call", "happened_at": "2026-02-01"}]}),
    )
    found = answer(shop, "pipeline_open", "2026-01")
    assert (found.rows[0].value, found.rows[0].notes) == (500, ())
    assert "VERSION" not in found.explain("en")


# -- the organisation of then ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """In February it was found that Anne had been in Sud all along, and that team Nord never was."""
    shop = grown(
        tmp_path_factory.mktemp("moved") / "shop",
        (datetime(2026, 1, 14, 9), {"opportunities": JANUARY, "reps": REPS}),
        (datetime(2026, 1, 15, 9), {"teams": TEAMS, "memberships": PEOPLE["memberships"]}),
    )
    south = {"team_id": "S", "name": "Sud", "manager_rep_id": "B"}
    with at(shop.folder, datetime(2026, 2, 10, 9)):
        with shop.lake(read_only=False) as lake:
            ledger.undo(lake, 2, "test")
        deliver(shop, {"teams": [south], "memberships": [stay("A", "S"), stay("B", "S")]})
    return shop


def test_the_teams_of_then_allot_the_amounts_of_then(moved: Workspace) -> None:
    now = {row.scope_name: row.value for row in rows(moved, "pipeline_open", "2026-03", levels="company,team")}
    then = {row.scope_name: row.value for row in rows(moved, "pipeline_open", "2026-01", levels="company,team")}
    assert now == {"Entreprise": 500, "Sud": 500}
    assert then == {"Entreprise": 500, "Sud": 400, "Nord": 100}
    (row,) = answer(moved, "pipeline_open", "2026-01").rows_behind(scope="team", scope_id="N").to_pylist()
    assert row["row_key"] == "D1"


def test_kept_answers_tell_the_teams_of_then_too(moved: Workspace) -> None:
    asked = question(moved, "pipeline_open", "2026-01", levels=("company", "team"))
    assert Answers(moved).ask(asked).to_dict() == ask(moved, asked).to_dict()


def test_what_one_may_see_is_decided_by_today(moved: Workspace) -> None:
    bruno = Viewer("bruno@example.org", Role.MANAGER, "B")  # manages Sud, where Anne is today
    found = rows(moved, "pipeline_open", "2026-01", bruno, levels="team,rep")
    assert {row.scope_name: row.value for row in found} == {"Sud": 400, "Anne": 100, "Bruno": 400}
    anne = Viewer("anne@example.org", Role.REP, "A")
    assert {row.scope_name: row.value for row in rows(moved, "pipeline_open", "2026-01", anne)} == {"Anne": 100}
    listed = answer(moved, "pipeline_open", "2026-01", anne).rows_behind().to_pylist()
    assert [row["row_key"] for row in listed] == ["D1"]


def test_a_company_that_wants_todays_teams_gets_them(tmp_path: Path, moved: Workspace) -> None:
    folder = tmp_path / "current"
    shutil.copytree(moved.folder, folder)
    settings = folder / "cadran.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("[company]", '[company]\norganisation = "current"'), "utf-8"
    )
    found = rows(Workspace.open(folder), "pipeline_open", "2026-01", levels="company,team")
    assert {row.scope_name: row.value for row in found} == {"Entreprise": 500, "Sud": 500}


# -- as known on -------------------------------------------------------------------------------------------------


def _told(shop: Workspace, **changes: Any) -> str:
    found = answer(shop, "pipeline_open,deals_open", "2026-Q1", levels="company,rep", grain="month", **changes)
    return json.dumps(found.to_dict()["rows"], ensure_ascii=False)


def test_what_was_told_then_is_told_again(tmp_path: Path) -> None:
    shop = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"opportunities": JANUARY, "reps": REPS}),
        (datetime(2026, 3, 1, 9), {"opportunities": FEBRUARY}),
        today=date(2026, 3, 1),
    )
    evening = shop.settings.as_of()
    assert evening == date(2026, 2, 28)
    then = _told(shop)  # the morning after: February is told with what was imported since
    assert [row["value"] for row in json.loads(then) if row["scope"] == "company"][:2] == [500, 1360]
    snapshot = int(answer(shop, "pipeline_open", "2026-01").snapshot)
    settings = shop.folder / "cadran.toml"
    settings.write_text(settings.read_text("utf-8").replace("2026-03-01", "2026-06-01"), "utf-8")
    later = Workspace.open(shop.folder)
    with at(later.folder, datetime(2026, 5, 5, 9)):
        deliver(later, {"opportunities": MARCH})
    assert _told(later, as_of=evening, known_on=snapshot) == then
    assert _told(later, as_of=evening) != then


# -- beside other numbers ----------------------------------------------------------------------------------------

PER_DEAL = """
amount_per_deal:
  label: {fr: "Montant par affaire", en: "Amount per deal"}
  question: {fr: "Combien ?", en: "How much?"}
  definition: {fr: "Montant par affaire en cours.", en: "Amount per open deal."}
  kind: derived
  formula: "{pipeline_open} / {deals_open}"
  unit: money
"""


def test_a_kpi_made_of_stocks_is_told_from_the_same_evening(tmp_path: Path, shop: Workspace) -> None:
    folder = tmp_path / "derived"
    shutil.copytree(shop.folder, folder)
    (folder / "kpis").mkdir(exist_ok=True)
    (folder / "kpis" / "own.yaml").write_text(PER_DEAL, "utf-8")
    workspace = Workspace.open(folder)
    (january,) = rows(workspace, "amount_per_deal", "2026-01")
    assert (january.value, [note.code for note in january.notes]) == (250, ["known_then"])  # 500 / 2
    (december,) = rows(workspace, "amount_per_deal", "2025-12")
    assert [note.code for note in december.notes] == ["rebuilt"]
    listed = answer(workspace, "amount_per_deal", "2026-01").rows_behind().to_pylist()
    assert {(row["kpi"], row["row_key"], row["amount"]) for row in listed} == {
        (kpi, *deal) for kpi in ("pipeline_open", "deals_open") for deal in (("D1", 100), ("D2", 400))
    }


def test_orders_left_to_invoice_then(tmp_path: Path) -> None:
    """An order of 100 in January, invoiced for 70 on 20 January; the invoice only came in on 5 February."""
    order = {"sale_id": "1", "order_id": "o", "kind": "order", "sold_on": date(2026, 1, 5), "amount": 100}
    invoice = {"sale_id": "2", "order_id": "o", "kind": "invoice", "sold_on": date(2026, 1, 20), "amount": 70}
    workspace = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 10, 9), {"sales": [order]}),
        (datetime(2026, 2, 5, 9), {"sales": [invoice]}),
    )
    found = rows(workspace, "backlog", "2026-Q1", grain="month")
    assert [row.value for row in found] == [100, 30, 30]


def test_by_a_dimension_each_month_has_what_it_held_then(tmp_path: Path) -> None:
    small, large = (table(f"account_id | name | segment\nc1 | Acme | {segment}") for segment in ("PME", "ETI"))
    workspace = grown(
        tmp_path / "shop",
        (datetime(2026, 1, 15, 9), {"opportunities": [{**JANUARY[0], "account_id": "c1"}], "accounts": small}),
        (datetime(2026, 2, 10, 9), {"accounts": large}),
    )
    found = rows(workspace, "pipeline_open", "2026-Q1", grain="month", dimensions="segment")
    assert {(row.period_start.month, row.dimensions["segment"]): row.value for row in found if row.value} == {
        (1, "PME"): 100, (2, "ETI"): 100, (3, "ETI"): 100,
    }  # fmt: skip


def test_a_target_beside_a_team_that_is_no_more(moved: Workspace) -> None:
    found = rows(moved, "pipeline_open", "2026-01", levels="company,team,rep", compare=("target",))
    assert {row.status for row in found} == {"no_target"}


# -- for any history ---------------------------------------------------------------------------------------------

_DEAL = st.tuples(st.integers(0, 4), st.sampled_from("AB"), st.integers(1, 999), st.booleans())
_DAYS = st.lists(st.lists(_DEAL, min_size=1, max_size=3, unique_by=lambda deal: deal[0]), min_size=2, max_size=4)


def _deal(day: int, key: int, rep: str, amount: int, is_open: bool) -> Row:
    given = {"opportunity_id": f"D{key}", "rep_id": rep, "amount": amount, "created_on": date(2026, 1, 1)}
    closed = {"outcome": "open"} if is_open else {"outcome": "lost", "closed_on": date(2026, 1, max(day - 3, 1))}
    return given | closed


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(_DAYS)
def test_a_past_stock_is_what_was_answered_on_its_evening(days: list[list[Any]]) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "shop"
        workspace = grown(folder, (datetime(2026, 1, 1, 9), {"reps": REPS}))
        told = {}
        for number, batch in enumerate(days):
            day = date(2026, 1, 2 + 3 * number)
            with at(folder, datetime(2026, 1, day.day, 9)):
                deliver(workspace, {"opportunities": [_deal(day.day, *each) for each in batch]})
            told |= {each: _evening(folder, each) for each in (day, day + timedelta(days=1))}
        assert {day: _stock(workspace, day) for day in told} == told


def _evening(folder: Path, day: date) -> dict[str, Any]:
    """What was answered the morning after, by a company whose clock stood there."""
    toml = folder / "cadran.toml"
    now = toml.read_text("utf-8")
    toml.write_text(now.replace("2026-04-01", str(day + timedelta(days=1))), "utf-8")
    found = _stock(Workspace.open(folder), day)
    toml.write_text(now, "utf-8")
    return found


def _stock(workspace: Workspace, day: date) -> dict[str, Any]:
    found = answer(workspace, "pipeline_open,deals_open", str(day), levels="company,rep")
    return {f"{row.kpi} {row.scope_name}": row.value for row in found.rows}


def test_a_table_of_months_says_which_were_known_and_which_rebuilt(shop: Workspace) -> None:
    found = ask(shop, FOUR_MONTHS).rows
    grid = long_grid(found, Reader("fr", grain=Grain.MONTH), date(2026, 3, 31))
    assert grid.notes == (
        "décembre 2025\u00a0: Reconstitué : montants et étapes d’aujourd’hui, à une date passée.",
        "janvier 2026 – février 2026\u00a0: Montants et étapes connus au dernier soir de chaque période.",
    )
