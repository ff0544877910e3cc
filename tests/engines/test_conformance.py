"""Every engine against the reference: every KPI, level, grain, comparison and dimension, on random companies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.answer import AnswerRow
from cadran.catalogue.loader import load_catalogue
from tests.engines.cases import KPIS, Case, drawn, every_kpi
from tests.engines.companies import Company, company
from tests.engines.engines import ENGINES, Ask
from tests.engines.gaps import GAPS, Gap, held_to
from tests.engines.reference.answers import Answers, Key, Row

FIELDS = ["value", "numerator", "denominator", "sample_size", "previous", "last_year", "previous_full"]
FIELDS += ["last_year_full", "is_partial", "is_provisional"]
BOUNDS = ["low", "high"]
# Companies that differ in what they count, how they are organised and what they lack, each with a grain.
COMPANIES = ((2, "month"), (4, "week"), (5, "fiscal_quarter"), (11, "day"))
FEW = {"spark": COMPANIES[2:3]}  # engines that are asked about fewer of them
# Companies that are asked everything, chosen so that their choices meet in pairs (a revenue basis and an organisation,
# a shape of teams and shared deals ...): these six hold more pairs than the first ten, these three more than the first
# four. A case in place takes twice as long.
MANY = {"duckdb": (1, 4, 12, 13, 24, 37), "postgresql": (1, 13, 27)}
Check = Callable[[Company, list[Case]], None]


@pytest.fixture
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Check:
    """Asks cases about a company of an engine, and fails where the reference says otherwise."""
    name: str = request.param
    engine, servers = ENGINES[name], request.getfixturevalue
    return lambda given, cases: _check(given, engine(given, tmp_path / "company", servers), held_to(name, cases))


@pytest.mark.parametrize(
    ("check", "seed", "grain"),
    [
        pytest.param(name, *each, marks=pytest.mark.in_spark if name == "spark" else ())
        for name in ENGINES
        for each in FEW.get(name, COMPANIES)
    ],
    indirect=["check"],
)
def test_an_engine_agrees_with_the_reference(seed: int, grain: str, check: Check) -> None:
    """Every KPI by one grain, and two random requests."""
    every = next(case for case in every_kpi() if case.grain == grain)
    check(company(seed), [every, *drawn(seed, 2)])


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("check", "seed"),
    [(name, seed) for name, companies in MANY.items() for seed in companies],
    indirect=["check"],
)
def test_an_engine_agrees_on_many_companies(seed: int, check: Check) -> None:
    check(company(seed), every_kpi() + drawn(seed, 15))


def test_the_companies_asked_everything_make_every_choice() -> None:
    made = [company(seed) for seed in MANY["duckdb"]]
    for name, options in {
        "revenue_basis": {"invoiced", "ordered", "signed"},
        "retention_basis": {"purchases", "contracts"},
        "organisation": {"dated", "current"},
        "fiscal_month": {1, 4, 7, 10},
        "excluded_natures": {(), ("freight",)},
    }.items():
        assert {each.choices[name] for each in made} == options
    assert {each.thresholds["grace_days"] for each in made} == {0, 15, 30}
    assert {"horizon_days" in each.thresholds for each in made} == {True, False}
    assert {len([team for team in each["teams"] if not team["parent_team_id"]]) for each in made} == {0, 1, 2, 3}
    for table, column in (("sales", "order_id"), ("sales", "currency"), ("credits", "share"), ("leads", "lead_id")):
        assert {any(row[column] for row in each[table]) for each in made} == {True, False}, table


def test_every_kpi_of_the_catalogue_is_asked() -> None:
    assert set(KPIS) == {kpi.id for kpi in load_catalogue()}


@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_what_an_engine_is_not_held_to(gap: Gap) -> None:
    pytest.xfail(gap.why)


def _check(given: Company, ask: Ask, cases: Iterable[Case]) -> None:
    for case in cases:
        wrong = list(_differences(given, case, ask(case)))
        assert not wrong, f"{given}, {case}: {len(wrong)} differences\n" + "\n".join(wrong[:12])


def _differences(given: Company, case: Case, rows: tuple[AnswerRow, ...]) -> Iterator[str]:
    """What an answer says and the reference does not, and what it leaves out."""
    found = {(row.level, _key(row)): row for row in rows}
    assert len(found) == len(rows), "a row stands twice in the answer"
    for level in case.levels:
        reference = Answers(given, case, level)
        for key in {*reference.keys(), *(key for at, key in found if at == level)}:
            wanted, row = reference.row(key), found.get((level, key))
            if row is not None:
                yield from _wrong_fields(level, key, row, wanted)
            elif wanted.holds or not (case.dimensions or reference.may_lack(key)):
                yield f"{level} {key} is missing: {wanted}"


def _key(row: AnswerRow) -> Key:
    return row.kpi, row.scope_id, tuple(row.dimensions.values()), row.period_start


def _wrong_fields(level: str, key: Key, row: AnswerRow, wanted: Row) -> Iterator[str]:
    for name in FIELDS + (BOUNDS if wanted.is_proportion else []):
        told, right = getattr(row, name), getattr(wanted, name)
        if not _same(told, right, in_decimals=wanted.is_money or name in ("numerator", "denominator")):
            yield f"{level} {key} {name}: {told}, not {right}"


def _same(told: Any, right: Any, *, in_decimals: bool) -> bool:
    """Equal; an amount that is written with four decimals as near as that, other numbers as near as doubles are."""
    if told is None or right is None or isinstance(right, bool):
        return bool(told == right)
    near = Decimal("0.00005") if in_decimals else Decimal("1e-12")
    return abs(Decimal(told) - Decimal(right)) <= near + abs(Decimal(right)) * Decimal("1e-12")
