"""Every shortcut against the plain plan: the same company, the same question, the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cadran import ask
from cadran.access import EVERYTHING, Role, Viewer
from cadran.answer import AnswerRow
from cadran.planner import shortcuts
from cadran.planner.kept_plans import KeptPlans
from cadran.planner.plan import Batch, Stage
from cadran.planner.request import Request
from cadran.planner.resolve import Resolver
from cadran.planner.rows import Reach
from cadran.planner.shortcuts import shorten
from cadran.planner.sql import names_in
from cadran.session import Session, session
from cadran.workspace import Workspace
from tests.company import answer, ask_anew, company, question
from tests.planner.world import Row, World, world

SALES_KPIS = "revenue,orders,active_clients,average_basket,new_clients"
WRITER = "cadran.planner.to_sql.shorten"


def whole_orders(given: World) -> World:
    """The same company, all lines of an order having the day, rep and client of its first line."""
    first: dict[Any, Row] = {}
    lines = []
    for line in given["sales"]:
        same = first.setdefault(line["order_id"] or line["sale_id"], line)
        lines.append(line | {name: same[name] for name in ("sold_on", "rep_id", "account_id")})
    return World({**given.tables, "sales": lines}, given.choices)


def complete(given: World, *columns: str) -> World:
    """The same company, every line of which has a client, or an order: one of its own where it had none."""
    lines = [
        line | {name: line[name] or {"order_id": line["sale_id"], "account_id": "c1"}[name] for name in columns}
        for line in given["sales"]
    ]
    return World({**given.tables, "sales": lines}, given.choices)


def without_credit_notes(given: World) -> World:
    """The same company, every line of which is worth something."""
    lines = [line | {"amount": abs(line["amount"]) or 1} for line in given["sales"]]
    return World({**given.tables, "sales": lines}, given.choices)


BUYERS: dict[str, Any] = {"retention_basis": "purchases"}
WORLDS = {
    "whole orders, people who move": whole_orders(world(11, teams="nested", moves=True, **BUYERS)),
    "whole orders, flat teams": whole_orders(world(12, teams="flat", **BUYERS)),
    "whole orders, no team": whole_orders(world(13, teams="none", **BUYERS)),
    "whole orders, nothing missing": complete(
        whole_orders(world(17, teams="nested", moves=True, **BUYERS)), "order_id", "account_id"
    ),
    "whole orders, some of nobody": complete(whole_orders(world(18, teams="flat", moves=True, **BUYERS)), "order_id"),
    "whole orders, no credit note": without_credit_notes(
        complete(whole_orders(world(19, teams="nested", moves=True, **BUYERS)), "order_id", "account_id")
    ),
    "mixed orders": world(14, teams="nested", moves=True, **BUYERS),
    "shares": whole_orders(world(15, teams="nested", moves=True, splits=True, **BUYERS)),
    "signed deals": world(16, teams="flat", revenue_basis="signed", **BUYERS),
}
Built = Callable[[str], Workspace]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The company of a world, built once."""
    return cache(lambda name: WORLDS[name].build(tmp_path_factory.mktemp("world") / "company"))


@contextmanager
def plain() -> Iterator[None]:
    """No shortcut at all."""
    with patch(WRITER, lambda batch, context, reach: batch):
        yield


@contextmanager
def only_marks() -> Iterator[None]:
    with patch.object(shortcuts, "_collapsed", lambda batch, context: None):
        yield


@contextmanager
def only_collapse() -> Iterator[None]:
    with patch.object(shortcuts, "FEWEST_WINDOWS", 10**6):
        yield


@contextmanager
def short_words() -> Iterator[None]:
    """Bits of a mark spread over many words."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(shortcuts, "WORD", 3))
        stack.enter_context(patch("cadran.planner.to_sql.WORD", 3))
        yield


@contextmanager
def as_they_come() -> Iterator[None]:
    yield


VARIANTS = (as_they_come, only_marks, only_collapse, short_words)

QUESTIONS: dict[str, dict[str, Any]] = {
    "every level by month": {"levels": "company,team,rep", "grain": "month", "compare": ("previous", "last_year")},
    "one level": {"levels": "team", "grain": "quarter"},
    "a segment": {"levels": "company,team", "grain": "month", "dimensions": "segment"},
    "a line's own column": {"levels": "company,rep", "grain": "quarter", "dimensions": "product.category"},
    "filtered": {"levels": "company,rep", "grain": "month", "where": "segment = 'PME' or amount > 300"},
    "running": {"levels": "company,team", "grain": "quarter", "compare": ("previous",), "as_of": date(2025, 8, 17)},
    "one window": {"levels": "company,team,rep"},
    "with intervals": {"levels": "company", "grain": "quarter", "intervals": True},
}
KPIS = {
    "sales": SALES_KPIS,
    "orders alone": "orders,revenue",
    "clients alone": "active_clients,new_clients",
    "kept": "retention_rate",
    "deals": "win_rate,opportunity_conversion,sales_cycle_days,deals_won",
    "all of it": f"{SALES_KPIS},retention_rate,orders_per_client,active_reps,revenue_new_clients,top10_share",
}
QUICK = (
    ("every level by month", "all of it"),
    ("a segment", "sales"),
    ("a line's own column", "orders alone"),
    ("running", "kept"),
    ("every level by month", "deals"),
)

# Every company with every question, and each of the two with every set of KPIs.
PAIRS = tuple(
    (given, name, tuple(KPIS)[(i + j) % len(KPIS)])
    for i, given in enumerate(WORLDS)
    for j, name in enumerate(QUESTIONS)
)


def check(workspace: Workspace, name: str, kpis: str) -> None:
    """Every variant gives the rows of the plain plan."""
    request = question(workspace, KPIS[kpis], "2025-Q4" if name == "one window" else "2025", **QUESTIONS[name])
    with session(workspace, request) as opened:
        with plain():
            expected = _rows(opened, request)
        assert any(row.value is not None for row in expected)
        for variant in VARIANTS:
            with variant():
                assert _rows(opened, request) == expected, variant.__name__


def _rows(opened: Session, request: Request) -> tuple[AnswerRow, ...]:
    """With nothing planned before."""
    return ask.answer(replace(opened, plans=KeptPlans()), request, EVERYTHING).rows


@pytest.mark.parametrize(("name", "kpis"), QUICK)
@pytest.mark.parametrize("given", WORLDS)
def test_a_shortcut_changes_nothing(built: Built, given: str, name: str, kpis: str) -> None:
    check(built(given), name, kpis)


@pytest.mark.heavy
@pytest.mark.parametrize(("given", "name", "kpis"), PAIRS)
def test_no_shortcut_changes_anything(built: Built, given: str, name: str, kpis: str) -> None:
    check(built(given), name, kpis)


def test_every_company_and_every_question_meet_every_set_of_kpis() -> None:
    assert {(given, kpis) for given, _, kpis in PAIRS} == set(product(WORLDS, KPIS))
    assert {(name, kpis) for _, name, kpis in PAIRS} == set(product(QUESTIONS, KPIS))


@pytest.mark.parametrize("kpis", ["sales", "kept"])
def test_what_a_manager_may_see_is_found_the_same_way(tmp_path: Path, kpis: str) -> None:
    given = WORLDS["whole orders, people who move"]
    teams = [row | {"manager_rep_id": "r1" if row["team_id"] == "a" else None} for row in given["teams"]]
    reps = [row | {"email": f"{row['rep_id']}@example.com"} for row in given["reps"]]
    workspace = World({**given.tables, "teams": teams, "reps": reps}).build(tmp_path / "company")
    manager = Viewer("r1@example.com", Role.MANAGER, "r1")
    changes: dict[str, Any] = {"levels": "team,rep", "grain": "month"}
    asked = question(workspace, KPIS[kpis], "2025", **changes)
    with plain():
        expected = ask_anew(workspace, asked, manager).rows
    assert ask_anew(workspace, asked, manager).rows == expected


# -- which shortcut is taken -----------------------------------------------------------------------------------------


def short(workspace: Workspace, kpis: str, period: str = "2025", reach: Reach | None = None, **changes: Any) -> Batch:
    """The only batch of a question, shortened."""
    request = question(workspace, kpis, period, levels="company,rep", **changes)
    with session(workspace, request) as opened:
        batches = Resolver(request, opened.catalogue, opened.settings, opened.context).resolve().batches
        (batch,) = batches
        return shorten(batch, opened.context, reach or Reach())


def shapes(batch: Batch) -> set[tuple[str | None, bool]]:
    """Each stage as (entity, whether it is marks)."""

    def shape(stage: Stage) -> tuple[str | None, bool]:
        return stage.entity, bool(stage.marks)

    return {shape(stage) for stage in batch.stages}


def test_whole_orders_are_gathered_first_and_clients_marked(built: Built) -> None:
    batch = short(built("whole orders, flat teams"), SALES_KPIS, grain="month")
    assert batch.collapse is not None
    assert set(batch.collapse.keys) == {"order_id", "account_id"}
    assert batch.collapse.by is None, "some lines have no order"
    assert shapes(batch) == {("account_id", True), (None, False)}


def test_where_every_line_has_an_order_it_alone_is_gathered_by(built: Built) -> None:
    batch = short(built("whole orders, nothing missing"), SALES_KPIS, grain="month")
    assert batch.collapse is not None
    assert batch.collapse.by == "order_id"


@pytest.mark.parametrize(("given", "asked"), [("whole orders, nothing missing", False), ("mixed orders", True)])
def test_a_client_is_asked_for_only_where_one_is_missing(built: Built, given: str, asked: bool) -> None:
    partials = [p for stage in short(built(given), "average_basket").stages for p in stage.partials]
    assert any("account_id" in names_in(p.where) for p in partials if p.where is not None) is asked


@pytest.mark.parametrize(
    ("given", "asked"), [("whole orders, no credit note", False), ("whole orders, nothing missing", True)]
)
@pytest.mark.parametrize("kpi", ["active_clients", "retention_rate", "new_clients"])
def test_what_is_a_purchase_is_asked_only_where_there_are_credit_notes(
    built: Built, given: str, asked: bool, kpi: str
) -> None:
    batch = short(built(given), kpi, grain="month")
    partials = [*(batch.collapse.partials if batch.collapse else ()), *(p for s in batch.stages for p in s.partials)]
    trees = [tree for partial in partials for tree in (partial.argument, partial.where) if tree is not None]
    assert any("amount" in names_in(tree) for tree in trees) is asked


def test_an_order_movement_may_lie_below_nothing_where_no_line_does(tmp_path: Path) -> None:
    """An invoice of a known order is taken from what was ordered: of two movements, one adds to it."""
    lines = [
        {"sale_id": f"{number}", "order_id": "o1", "kind": kind, "sold_on": date(2025, 1, 2), "amount": 100}
        for number, kind in enumerate(("order", "invoice"))
    ]
    workspace = company(tmp_path / "company", {"sales": lines})
    (workspace.own_kpis / "added.yaml").parent.mkdir(exist_ok=True)
    (workspace.own_kpis / "added.yaml").write_text(
        "added:\n"
        "  label: {fr: Ajouts, en: Additions}\n"
        "  question: {fr: Combien ?, en: How many?}\n"
        "  definition: {fr: Mouvements qui ajoutent., en: Movements that add.}\n"
        "  kind: flow\n  of: order_movements\n  on: sold_on\n  unit: count\n"
        "  formula: count(*) filter (where amount > 0)\n",
        "utf-8",
    )
    assert [row.value for row in ask_anew(workspace, question(workspace, "added", "2025")).rows] == [1]


def test_an_amount_that_a_rate_may_round_to_nothing_is_asked_about(tmp_path: Path) -> None:
    own = {"order_id": "o1", "account_id": "c1", "sold_on": date(2025, 1, 2), "amount": "0.0001", "currency": "GBP"}
    rates = [{"currency": "GBP", "rate_on": date(2023, 1, 1), "rate": "0.3"}]
    workspace = company(tmp_path / "company", {"sales": [{"sale_id": "1", **own}], "exchange_rates": rates})
    (row,) = answer(workspace, "active_clients", "2025").rows
    assert row.value == 0


def test_mixed_orders_are_counted_order_by_order(built: Built) -> None:
    batch = short(built("mixed orders"), SALES_KPIS, grain="month")
    assert batch.collapse is None
    assert ("order_id", False) in shapes(batch)


def test_shared_facts_are_never_gathered_first(built: Built) -> None:
    assert short(built("shares"), SALES_KPIS, grain="month").collapse is None


def test_few_windows_need_no_marks(built: Built) -> None:
    batch = short(built("whole orders, flat teams"), "active_clients")
    assert shapes(batch) == {("account_id", False)}


def test_clients_are_marked_beside_the_amount_that_has_no_client(built: Built) -> None:
    batch = short(built("mixed orders"), "retention_rate", grain="month")
    assert ("account_id", True) in shapes(batch)


def test_the_first_purchase_is_read_off_the_windows_that_hold_all_history(built: Built) -> None:
    workspace = built("whole orders, flat teams")

    def first_days(batch: Batch) -> list[str]:
        assert any(stage.looked_up == ("first_purchase_on",) for stage in batch.stages)
        return [partial.name for stage in batch.stages for partial in stage.partials if partial.name == "first_day"]

    assert first_days(short(workspace, "new_clients", grain="month"))
    assert not first_days(short(workspace, "new_clients", "2026", grain="month"))
    assert not first_days(short(workspace, "new_clients", grain="month", where="amount > 300"))
    some = Reach(visible_reps=frozenset({1}))
    assert not first_days(short(workspace, "new_clients", grain="month", reach=some))


def test_what_reads_single_lines_keeps_the_first_purchase_on_them(built: Built) -> None:
    batch = short(built("whole orders, flat teams"), "new_clients,revenue_new_clients", grain="month")
    assert not any(stage.looked_up for stage in batch.stages)


def test_deals_are_counted_without_being_gathered(built: Built) -> None:
    kpis = "opportunity_conversion"
    assert shapes(short(built("mixed orders"), kpis, grain="month")) == {(None, False)}
    assert ("opportunity_id", False) in shapes(short(built("shares"), kpis, grain="month"))
