"""Definitions that are well written and still make no sense: each is told what is wrong, and where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cadran.catalogue.checks import check, check_file
from cadran.catalogue.kpi import Additivity, Base, IntervalMethod, Kind, Kpi, Population, Unit
from cadran.catalogue.loader import Catalogue, load_catalogue
from cadran.errors import Text

TEXT = Text("Un texte", "A text")
SALES = Population(Kind.FLOW, "sales", "sold_on", "sum(amount)")


def kpi(population: Population | None = SALES, **changes: object) -> Kpi:
    populations = (population,) if population else ()
    kind = population.kind if population else Kind.DERIVED
    plain = Kpi("own", TEXT, TEXT, TEXT, kind, Unit.MONEY, populations=populations)
    return replace(plain, **changes)  # type: ignore[arg-type]


def derived(formula: str, name: str = "own", unit: Unit = Unit.MONEY) -> Kpi:
    return kpi(None, id=name, formula=formula, unit=unit)


def found(one: Kpi, *others: Kpi) -> set[tuple[str | None, str]]:
    catalogue = Catalogue((*load_catalogue(), *others))
    return {(problem.key, problem.code) for problem in check(one, catalogue)}


def test_a_sound_definition_has_no_problem() -> None:
    assert found(kpi()) == set()
    assert found(derived("{revenue} / {orders}")) == set()


@pytest.mark.parametrize(
    ("population", "key", "code"),
    [
        (replace(SALES, of="sale"), "own.of", "unknown_source"),
        (replace(SALES, on="sold"), "own.on", "unknown_name"),
        (replace(SALES, formula="sum(amont)"), "own.formula", "unknown_name"),
        (replace(SALES, where="amount"), "own.where", "not_a_condition"),
        (replace(SALES, where="kind = 'invoce'"), "own", "impossible_value"),
        (replace(SALES, where="kind in ('invoice', 'x')"), "own", "impossible_value"),
        (replace(SALES, closes="first_purchase_on"), "own.closes", "misplaced_part"),
        (replace(SALES, measure="count(*)"), "own.measure", "misplaced_part"),
        (replace(SALES, horizon_days=90), "own.horizon_days", "misplaced_part"),
        (replace(SALES, base=Base.MONTHS), "own.base_months", "missing_part"),
        (replace(SALES, per="account_id"), "own.columns", "missing_part"),
        (replace(SALES, columns=(("x", "sum(amount)"),)), "own.per", "missing_part"),
        (replace(SALES, per="amount", columns=(("x", "sum(amount)"),)), "own.per", "unknown_name"),
        (replace(SALES, per="account_id", columns=(("rank", "count(*)"),)), "own.columns", "bad_name"),
        (replace(SALES, per="account_id", columns=(("end", "count(*)"),)), "own.columns", "bad_name"),
        (replace(SALES, per="account_id", columns=(("x", "sum(amont)"),)), "own.columns.x", "unknown_name"),
        (replace(SALES, when=("revenue_bases", "signed")), "own.when", "unknown_name"),
        (replace(SALES, when=("revenue_basis", "sined")), "own.when", "unknown_name"),
        (replace(SALES, kind=Kind.STOCK), "own.closes", "missing_part"),
        (replace(SALES, kind=Kind.RETENTION), "own.measure", "missing_part"),
        (replace(SALES, kind=Kind.DERIVED), "own.formula", "empty_formula"),
    ],
)
def test_a_population_is_told_what_it_lacks(population: Population, key: str, code: str) -> None:
    assert (key, code) in found(kpi(population))


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"id": "Own"}, "Own", "bad_id"),
        ({"label": Text("Un", "")}, "own.label", "empty_text"),
        ({"companions": ("revenu",)}, "own.companions", "unknown_name"),
        ({"needs": ("sales.amont",)}, "own.needs", "unknown_name"),
        ({"dimensions": ("segmnt",)}, "own.dimensions", "unknown_name"),
        ({"dimensions": ("amount",)}, "own.dimensions", "unknown_name"),
        ({"unit": Unit.DAYS}, "own.unit", "unit_misfit"),
        ({"additivity": Additivity.SEMI_ADDITIVE}, "own.additivity", "additivity_misfit"),
        ({"interval": IntervalMethod.BOOTSTRAP}, "own.interval", "interval_misfit"),
        ({"interval": IntervalMethod.WILSON}, "own.interval", "interval_misfit"),
        ({"interval": IntervalMethod.MEDIAN}, "own.interval", "interval_misfit"),
        ({"interval": IntervalMethod.MULTINOMIAL}, "own.interval", "interval_misfit"),
        ({"interval_formula": (("promoters", "count(*)"),)}, "own.interval", "interval_misfit"),
        ({"interval_formula": (("promoters", "count(x)"),)}, "own.interval_formula.promoters", "unknown_name"),
    ],
)
def test_a_kpi_is_told_what_does_not_fit(changes: dict[str, object], key: str, code: str) -> None:
    assert (key, code) in found(kpi(**changes))


@pytest.mark.parametrize("formula", ["avg(amount)", "median(amount)", "sum(amount) / count(*)", "max(amount)"])
def test_only_sums_are_additive(formula: str) -> None:
    own = kpi(replace(SALES, formula=formula), additivity=Additivity.ADDITIVE)
    assert ("own.additivity", "additivity_misfit") in found(own)


def test_a_distinct_count_is_not_additive() -> None:
    population = replace(SALES, formula="count(distinct account_id)")
    assert ("own.additivity", "additivity_misfit") in found(
        kpi(population, unit=Unit.COUNT, additivity=Additivity.ADDITIVE)
    )
    assert found(kpi(population, unit=Unit.COUNT)) == set()


def test_two_populations_each_need_their_choice() -> None:
    own = replace(kpi(), populations=(SALES, replace(SALES, formula="sum(x)", when=("revenue_basis", "signed"))))
    assert found(own) == {("own.populations[1].when", "missing_part"), ("own.populations[2].formula", "unknown_name")}


def test_a_derived_kpi_names_kpis_that_exist_with_units_that_agree() -> None:
    assert found(derived("{revenue} / {meeting}")) == {("own.formula", "unknown_name")}
    assert found(derived("{revenue} + {sales_cycle_days}")) == {("own.formula", "unit_clash")}
    assert found(derived("{revenue} / {bookings}")) == {("own.unit", "unit_misfit")}


def test_a_circle_of_derived_kpis_is_shown() -> None:
    a, b, c = (derived(f"{{{other}}} * 2", name) for name, other in (("a", "b"), ("b", "c"), ("c", "a")))
    assert ("a.formula", "circular_definition") in found(a, b, c)
    (problem,) = check(a, Catalogue((a, b, c)))
    assert "a → b → c → a" in problem.to("fr")
    # d leads into the circle and is not part of it
    assert found(derived("{a} * 2", "d"), a, b, c) == set()
    assert ("own.formula", "circular_definition") in found(derived("{own} + 1"))


def test_a_file_is_checked_with_form_and_sense_together(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        """
first:
  label: {fr: a, en: a}
  question: {fr: a, en: a}
  definition: {fr: a, en: a}
  kind: flow
  of: sales
  on: sold_on
  formula: summ(amount)
  unit: money
second:
  label: {fr: a, en: a}
  kind: flow
""",
        encoding="utf-8",
    )
    problems = check_file(path, load_catalogue())
    assert {problem.key for problem in problems} >= {"first.formula", "second.question", "second.of"}
    formula = next(problem for problem in problems if problem.key == "first.formula")
    assert (
        formula.to("fr")
        == f"{path}, first.formula, caractère 1 : La fonction « summ » n’existe pas ici. Vouliez-vous dire « sum » ?"
    )
