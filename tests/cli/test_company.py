"""init, user add, doctor, kpi: the company itself."""

from __future__ import annotations

import json
from pathlib import Path

from cadran.people import read_people
from cadran.settings import load
from tests.cli.conftest import Run, write_files


def test_init_writes_what_was_chosen(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    options = ("--currency", "CHF", "--fiscal-month", "7", "--country", "CH", "--lang", "en")
    said = run("init", folder, "--name", 'The "Best" \\ Co', *options)
    assert (said.code, said.err) == (0, "")
    assert "is created" in said.out
    company = load(folder / "cadran.toml").company
    assert (company.name, company.currency, company.fiscal_month) == ('The "Best" \\ Co', "CHF", 7)
    assert company.timezone == "Europe/Zurich"


def test_init_never_writes_over_a_company(run: Run, acme: Path) -> None:
    said = run("init", acme, "--name", "Other", "--lang", "en")
    assert said.code == 1
    assert "already holds a company" in said.err


def test_init_refuses_impossible_choices_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    said = run("init", tmp_path / "new", "--name", "A", "--currency", "euro", "--fiscal-month", "13", "--lang", "en")
    assert said.code == 1
    assert len(said.err.splitlines()) >= 1
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_company(run: Run, tmp_path: Path) -> None:
    said = run("ask", "revenue", "--workspace", tmp_path)
    assert said.code == 1
    assert "cadran init" in said.err
    assert said.out == ""


def test_user_add(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    assert run("user", "add", "Nora@acme.example", "--role", "manager", "--workspace", tmp_path / "c").code == 0
    assert read_people(tmp_path / "c") == {"nora@acme.example": "manager"}
    said = run("user", "add", "nora@acme.example", "--role", "boss", "--workspace", tmp_path / "c")
    assert said.code == 2
    assert "director, manager, rep, analyst, finance" in said.err


def test_doctor_tells_what_is_there_and_what_is_missing(run: Run, acme: Path) -> None:
    said = run("doctor", "--workspace", acme)
    assert said.code == 0
    assert "02/01/2026" in said.out
    assert "1 ligne en quarantaine" in said.out or "1 lignes en quarantaine" in said.out
    health = json.loads(run("doctor", "--workspace", acme, "--format", "json").out)
    answers = {kpi["kpi"]: kpi["answers"] for kpi in health["kpis"]}
    assert answers["revenue"]
    assert not answers["nps"]
    assert health["quarantined"] == 1
    assert {table["table"]: table["rows"] for table in health["tables"]} == {"Clients": 2, "Ventes": 3}


def test_doctor_keeps_changed_settings_with_the_data(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path)
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    here = ("--workspace", tmp_path / "c")
    run("import", tmp_path / "invoices.csv", "--mapping", tmp_path / "factures.yaml", *here)
    assert "--known-on" not in run("doctor", *here).out
    settings = tmp_path / "c" / "cadran.toml"
    settings.write_text(settings.read_text("utf-8") + 'revenue_basis = "ordered"\n', "utf-8")
    assert "holds them from now on" in run("doctor", *here).out
    assert "--known-on" not in run("doctor", *here).out


def test_kpi_list_and_show(run: Run, acme: Path) -> None:
    ids = {kpi["id"] for kpi in json.loads(run("kpi", "list", "--workspace", acme, "--format", "json").out)}
    assert {"revenue", "conversion_rate", "average_basket", "sales_cycle_days", "retention_rate"} <= ids
    said = run("kpi", "show", "revenue", "--workspace", acme)
    assert "sum(amount)" in said.out
    assert "Chiffre d’affaires" in said.out
    said = run("kpi", "show", "revenu", "--workspace", acme)
    assert said.code == 1
    assert "« revenue »" in said.err


def test_kpi_check_tells_every_problem(run: Run, acme: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    words = "{fr: Gros, en: Big}"
    path.write_text(
        f"big: {{label: {words}, question: {words}, definition: {words}, kind: flow, of: sales, on: sold_on, "
        "formula: sum(amont) + sum(quantty), unit: money, additivity: additive}\n"
    )
    said = run("kpi", "check", path, "--workspace", acme)
    assert said.code == 1
    assert "« amount »" in said.err
    assert "« quantity »" in said.err
