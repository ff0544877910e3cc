"""The planner against a plain reading of the definitions, over random companies and random questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.answer import AnswerRow
from cadran.periods.period import Grain, Period, parse_period, shift, split
from cadran.workspace import Workspace
from tests.company import rows
from tests.planner.reference import COUNTED_BY, Question, Reference, split_of
from tests.planner.world import KNOWN_REPS, Row, World, world

WORLDS = {
    "people who move between nested teams, shares": world(1, teams="nested", moves=True, splits=True),
    "flat teams, nobody moves": world(2, teams="flat"),
    "no team at all, shares": world(3, teams="none", splits=True),
    "today's organisation": world(4, teams="nested", moves=True, organisation="current"),
    "nested teams, nobody moves, shares": world(5, teams="nested", splits=True),
}


class Built:
    """A world, its company, and its reference. (Not a dataclass: a failing example would print all its rows.)"""

    def __init__(self, given: World, workspace: Workspace) -> None:
        self.world, self.workspace, self.reference = given, workspace, Reference(given)


@pytest.fixture(scope="module", params=WORLDS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    chosen = WORLDS[request.param]
    return Built(chosen, chosen.build(tmp_path_factory.mktemp("world") / "company"))


# -- random questions --------------------------------------------------------------------------------------------

Keep = Callable[[Row], bool]
# Filters and splits by the tables that have the columns, each filter beside what it keeps (null is never kept).
FILTERS: dict[str, list[tuple[str | None, Keep]]] = {
    "sales": [
        (None, lambda _: True),
        ("segment = 'PME'", lambda r: r["segment"] == "PME"),
        ("product.category is null", lambda r: r["category"] is None),
        ("amount > 500 or amount < 0", lambda r: r["amount"] > 500 or r["amount"] < 0),
        ("account_id is not null and rep_id is not null", lambda r: bool(r["account_id"] and r["rep_id"])),
        ("account_id in ('c1', 'c2', 'c10')", lambda r: r["account_id"] in ("c1", "c2", "c10")),
        ("rep_id = 'r1'", lambda r: r["rep_id"] == "r1"),
    ],
    "opportunities": [
        (None, lambda _: True),
        ("source = 'web'", lambda r: r["source"] == "web"),
        ("amount >= 1000", lambda r: r["amount"] is not None and r["amount"] >= 1000),
        ("segment <> 'PME'", lambda r: r["segment"] not in (None, "PME")),
    ],
    "leads": [
        (None, lambda _: True),
        ("source in ('web', 'salon')", lambda r: r["source"] is not None),
        ("account_id is null", lambda r: r["account_id"] is None),
    ],
}
SPLITS = {
    "sales": (None, "segment", "product.category", "account_id", "rep_id"),
    "opportunities": (None, "source", "segment"),
    "leads": (None, "source", "segment"),
}
PERIODS = (
    ("2025", "month"),
    ("2026", "month"),
    ("2025", "quarter"),
    ("2026", "quarter"),
    ("2025", "year"),
    ("2026-Q2", "quarter"),
    ("2025-11", "month"),
    ("2025-W18", "week"),
)


@dataclass(frozen=True)
class Asked:
    kpis: tuple[str, ...]
    levels: tuple[str, ...]
    period: tuple[str, str]
    as_of: date
    where: tuple[str | None, Keep]
    split: str | None


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    table = draw(st.sampled_from(["sales", "sales", "opportunities", "leads"]))
    known = [kpi for kpi, (counted, _) in COUNTED_BY.items() if counted == table]
    return Asked(
        tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))),
        tuple(draw(st.lists(st.sampled_from(["company", "team", "rep"]), min_size=1, unique=True))),
        draw(st.sampled_from(PERIODS)),
        draw(st.sampled_from([date(2026, 12, 31), date(2026, 12, 31), date(2026, 5, 17), date(2025, 8, 31)])),
        draw(st.sampled_from(FILTERS[table])),
        draw(st.sampled_from(SPLITS[table])),
    )


@given(asked=questions())
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_planner_agrees_with_a_plain_reading(built: Built, asked: Asked) -> None:
    changes: dict[str, Any] = {"levels": asked.levels, "grain": asked.period[1], "as_of": asked.as_of}
    changes |= {"where": asked.where[0], "dimensions": (asked.split,) if asked.split else ()}
    found = rows(built.workspace, ",".join(asked.kpis), asked.period[0], **changes)
    wrong = [text for row in found if (text := _difference(built, asked, row))]
    assert not wrong, "\n".join(wrong[:10])
    assert not (missing := _missing(built, asked, found)), "\n".join(missing)


def _missing(built: Built, asked: Asked, found: Iterable[AnswerRow]) -> list[str]:
    """The company's values that the answer should hold and does not."""
    if "company" not in asked.levels:
        return []
    there = {(row.kpi, row.period_start, *row.dimensions.values()) for row in found if row.scope == "company"}
    first, grain = parse_period(asked.period[0]), Grain(asked.period[1])
    missing = []
    for kpi in asked.kpis:
        for value in _values(built, asked, kpi):
            keep = _both(asked.where[1], split_of(asked.split, value)) if asked.split else asked.where[1]
            for period in split(first, grain):
                question = _question(asked, "company", None, period, keep)
                key = (kpi, period.start, *([value] if asked.split else []))
                if key not in there and built.reference.value(kpi, question):
                    missing.append(f"{key}: {built.reference.value(kpi, question)}")
    return missing


def _values(built: Built, asked: Asked, kpi: str) -> set[Any]:
    """The values of the dimension that the KPI's rows have, or just nothing."""
    if not asked.split:
        return {None}
    name = asked.split.rpartition(".")[2]
    return {built.reference.joined(row)[name] for row in built.world[COUNTED_BY[kpi][0]]}


def _difference(built: Built, asked: Asked, row: AnswerRow) -> str | None:
    keep = asked.where[1]
    if asked.split:
        by_split = split_of(asked.split, row.dimensions[asked.split])
        keep = _both(keep, by_split)
    wanted = {
        level: built.reference.value(row.kpi, _question(asked, level, row.scope_id, _period(row), keep))
        for level in _levels(asked, row)
    }
    if any(_same(row, value) for value in wanted.values()):
        return None
    return f"{row.kpi} {row.period_start} {row.scope_name} {row.dimensions}: {row.value}, not {wanted}"


def _both(one: Keep, other: Keep) -> Keep:
    return lambda row: one(row) and other(row)


def _levels(asked: Asked, row: AnswerRow) -> list[str]:
    """The level of a row; what belongs to nobody may be of the teams or of the reps, if both were asked for."""
    if row.scope != "unassigned":
        return [row.scope]
    return [level for level in asked.levels if level != "company"]


def _period(row: AnswerRow) -> Period:
    return Period(row.period_start, row.period_end)


def _question(asked: Asked, level: str, unit: str | None, period: Period, keep: Keep) -> Question:
    before = shift(period, Grain(asked.period[1]), -1)
    return Question(level, unit, period.start, period.end, asked.as_of, (before.start, before.end), keep)


def _same(row: AnswerRow, wanted: Fraction | None) -> bool:
    if row.value is None or wanted is None:
        return row.value is None and wanted is None
    return abs(Fraction(row.value) - wanted) <= Fraction("0.0001")


# -- what adds up ------------------------------------------------------------------------------------------------


CENT = Decimal("0.01")


def money(row: AnswerRow) -> Decimal:
    return Decimal(0) if row.value is None else Decimal(str(row.value))


def total_of(built: Built, found: Iterable[AnswerRow], month: date) -> Decimal:
    """What the parts of one month add up to: reps, or the teams at the top, and what is nobody's."""
    top = {team for team, parent in built.reference.parents.items() if parent in (None, built.reference.root)}
    parts = (row for row in found if row.period_start == month and (row.scope != "team" or row.scope_id in top))
    return sum((money(row) for row in parts), Decimal(0))


@pytest.mark.parametrize("level", ["team", "rep"])
def test_scopes_and_nobody_make_the_company_to_the_cent(level: str, built: Built) -> None:
    """Money, shared or not, month by month; and leads, of which each has one rep."""
    kpis = "revenue,bookings,pipeline_open,leads_created"
    found = rows(built.workspace, kpis, "2025", grain="month", levels=level)
    for whole in rows(built.workspace, kpis, "2025", grain="month"):
        parts = [row for row in found if row.kpi == whole.kpi]
        total = total_of(built, parts, whole.period_start)
        assert abs(total - money(whole)) < CENT / 2, f"{whole.kpi} {whole.period_start}: {total}, not {whole.value}"


def test_a_dimension_splits_every_scope_without_loss(built: Built) -> None:
    whole = {
        (row.scope, row.scope_id): money(row) for row in rows(built.workspace, "revenue", "2025", levels="company,rep")
    }
    for dimension in ("segment", "product_id", "account_id"):
        parts: dict[tuple[str, str | None], Decimal] = {}
        for row in rows(built.workspace, "revenue", "2025", levels="company,rep", dimensions=dimension):
            scope = row.scope, row.scope_id
            parts[scope] = parts.get(scope, Decimal(0)) + money(row)
        assert parts.keys() >= {scope for scope, value in whole.items() if value}
        assert all(abs(total - whole[scope]) < CENT / 2 for scope, total in parts.items())


def test_every_known_rep_is_there_even_without_a_sale(built: Built) -> None:
    found = {row.scope_id for row in rows(built.workspace, "revenue", "2025-01-01", levels="rep")}
    assert set(KNOWN_REPS) <= found
