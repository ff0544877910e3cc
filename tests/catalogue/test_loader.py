"""The catalogue as a whole, and the form of the files it is read from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cadran.catalogue.kpi import Additivity, Base, Better, Credit, Kind, Unit
from cadran.catalogue.loader import load_catalogue, read_definitions
from cadran.catalogue.plain_yaml import MAX_BYTES, read_text
from cadran.errors import DefinitionError, RequestError

GOOD = """
panier:
  label: {fr: Panier, en: Basket}
  question: {fr: Combien ?, en: How much?}
  definition: {fr: Le panier., en: The basket.}
  kind: flow
  of: sales
  on: sold_on
  where: "account_id is not null"
  formula: sum(amount) / count(distinct account_id)
  unit: money
  better: lower
  companions: [revenue]
  when: {revenue_basis: invoiced}
"""


def write(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def codes(path: Path) -> set[str]:
    return {problem.code for problem in read_definitions(path)[1]}


def test_a_definition_becomes_a_kpi(tmp_path: Path) -> None:
    kpis, problems = read_definitions(write(tmp_path, GOOD))
    assert problems == ()
    (kpi,) = kpis
    assert (kpi.id, kpi.kind, kpi.unit, kpi.better) == ("panier", Kind.FLOW, Unit.MONEY, Better.LOWER)
    assert (kpi.additivity, kpi.credit) == (Additivity.NON_ADDITIVE, Credit.SHARE)
    assert kpi.label.to("fr") == "Panier"
    (population,) = kpi.populations
    assert (population.of, population.on, population.where) == ("sales", "sold_on", "account_id is not null")
    assert population.when == ("revenue_basis", "invoiced")
    assert kpi.companions == ("revenue",)
    assert kpi.origin.endswith("own.yaml")
    assert kpi.source_text == GOOD.lstrip()


def test_several_populations_are_a_list() -> None:
    retention = load_catalogue().get("retention_rate")
    assert [population.when for population in retention.populations] == [
        ("retention_basis", "purchases"),
        ("retention_basis", "contracts"),
    ]
    assert [population.kind for population in retention.populations] == [Kind.RETENTION, Kind.FLOW]
    assert retention.populations[0].base is Base.PREVIOUS_PERIOD
    assert dict(retention.populations[1].columns).keys() == {"waiting", "lost"}


def test_own_kpis_come_after_cadrans(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    catalogue = load_catalogue(tmp_path)
    assert [kpi.id for kpi in (catalogue.kpis[0], catalogue.kpis[-1])] == ["revenue", "panier"]
    assert "panier" in catalogue
    assert "panier" not in load_catalogue()


@pytest.mark.parametrize("known", ["revenue", "panier"])
def test_an_id_is_never_silently_redefined(tmp_path: Path, known: str) -> None:
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, GOOD.replace("panier:", f"{known}:"), "b.yaml")
    with pytest.raises(DefinitionError) as caught:
        load_catalogue(tmp_path)
    assert [issue.code for issue in caught.value.issues] == ["already_defined"]
    assert "b.yaml" in caught.value.to("fr")


def test_an_unknown_kpi_is_met_with_the_nearest() -> None:
    with pytest.raises(RequestError) as caught:
        load_catalogue().get("revenu")
    assert "« revenue »" in caught.value.to("fr")


def test_every_problem_of_the_form_is_told_at_once(tmp_path: Path) -> None:
    text = """
one:
  label: {fr: Un}
  question: Combien ?
  definition: {fr: a, en: a}
  kind: flux
  of: sales
  formula: [a]
  unit: mony
  beter: lower
  horizon_days: soon
  needs: sales
  columns: [x]
two: 3
three:
  label: {fr: a, en: a}
  question: {fr: a, en: a}
  definition: {fr: a, en: a}
  populations: []
  unit: rate
four:
  label: {fr: a, en: a}
  question: {fr: a, en: a}
  definition: {fr: a, en: a}
  populations: [{kind: flow, of: sales, on: sold_on, formula: count(*), unit: rate}, x]
  unit: rate
"""
    kpis, problems = read_definitions(write(tmp_path, text))
    assert kpis == ()
    found = {(problem.key, problem.code) for problem in problems}
    assert found >= {
        ("one.label", "not_in_both_languages"),
        ("one.question", "not_in_both_languages"),
        ("one.kind", "unknown_choice"),
        ("one.on", "missing_key"),
        ("one.formula", "not_a_text"),
        ("one.unit", "unknown_choice"),
        ("one.beter", "unknown_key"),
        ("one.horizon_days", "not_a_number"),
        ("one.needs", "not_a_list"),
        ("one.columns", "not_a_mapping"),
        ("two", "not_a_mapping"),
        ("three.populations", "not_a_list"),
        ("four.populations[1].unit", "unknown_key"),
        ("four.populations[2]", "not_a_mapping"),
    }
    unit = next(problem for problem in problems if problem.key == "one.unit")
    assert "« money »" in unit.to("fr")
    assert unit.to("fr").startswith(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\nb: *x", "yaml_alias"),
        ("a: &x [1]\n", "yaml_alias"),
        ("a: !!python/object/apply:os.system ['id']", "yaml_tag"),
        ("a: !!str 1", "yaml_tag"),
        ("a: 1\na: 2", "duplicate_key"),
        ("a: {b: 1, b: 2}", "duplicate_key"),
        ("- a", "not_a_mapping"),
        ("just a text", "not_a_mapping"),
        ("a: 1\n---\nb: 2", "several_documents"),
        ("a: [", "bad_yaml"),
        ("a: \x00", "bad_yaml"),
        ("? [a, b]\n: 1", "bad_key"),
        ("a: " + "[" * 20 + "]" * 20, "yaml_nesting"),
        ("a: " + "{b: " * 500 + "1" + "}" * 500, "yaml_nesting"),
    ],
)
def test_yaml_beyond_plain_values_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert code in codes(write(tmp_path, text))


def test_unreadable_files_are_problems_not_crashes(tmp_path: Path) -> None:
    assert codes(write(tmp_path, "a: " + "x" * MAX_BYTES)) == {"file_too_large"}
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("é: 1".encode("cp1252"))
    assert codes(latin) == {"not_utf8"}
    assert codes(tmp_path / "missing.yaml") == {"unreadable_file"}


def test_yaml_guesses_no_value() -> None:
    assert read_text("a: {on: yes, n: 1.0, e: , t: ~, q: '', d: 2026-01-01}").values == {
        "a": {"on": "yes", "n": "1.0", "e": None, "t": None, "q": "", "d": "2026-01-01"}
    }
    assert read_text("").values == read_text("{}").values == {}


def test_the_canonical_text_is_of_the_meaning_not_of_the_place(tmp_path: Path) -> None:
    here, there = tmp_path / "a", tmp_path / "b"
    for folder, text in ((here, GOOD), (there, "# a comment\n" + GOOD)):
        folder.mkdir()
        write(folder, text)
    assert load_catalogue(here).canonical() == load_catalogue(there).canonical()
    write(there, GOOD.replace("lower", "higher"))
    assert load_catalogue(here).canonical() != load_catalogue(there).canonical()


def test_loading_needs_no_parser() -> None:
    """The command line's start must not pay for sqlglot before a formula is used."""
    code = "import sys, cadran.catalogue.loader as it; it.load_catalogue(); print('sqlglot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
