"""ask, scorecard, explain, rows on four invoice lines counted by hand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

NB, NN = "\u00a0", "\u202f"


def test_ask_in_french_and_english(run: Run, acme: Path) -> None:
    said = run("ask", "revenue", "--period", "2026-T1", "--workspace", acme)
    assert f"402{NN}434,56{NB}€" in said.out  # 1 234,56 + 400 000,00 + 1 200,00
    assert "T1 2026" in said.out
    assert "€402,434.56" in run("ask", "revenue", "--period", "2026-Q1", "--workspace", acme, "--lang", "en").out


def test_json_is_the_contract(run: Run, acme: Path) -> None:
    said = run("ask", "revenue", "--period", "2026-Q1", "--grain", "month", "--workspace", acme, "--format", "json")
    document = json.loads(said.out)
    assert set(document) == {"request", "snapshot", "rows"}
    assert [row["value"] for row in document["rows"]][:2] == [401234.56, 1200]
    contract = (
        "kpi scope scope_id scope_name dimensions period_start period_end value unit numerator denominator sample_size "
        "low high target attainment gap status previous last_year change_previous change_last_year is_partial "
        "is_provisional notes"
    )
    assert set(contract.split()) <= set(document["rows"][0])


def test_csv_and_dimensions(run: Run, acme: Path) -> None:
    said = run("ask", "revenue", "--by", "account_id", "--period", "2026-Q1", "--workspace", acme, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert {row["account_id"]: row["value"] for row in rows} == {"Acme": "2434.56", "Bravo": "400000"}


def test_where(run: Run, acme: Path) -> None:
    said = run("ask", "revenue", "--where", "amount < 1220", "--period", "2026-Q1", "--workspace", acme)
    assert f"1{NN}200,00{NB}€" in said.out


def test_scorecard_says_what_is_missing(run: Run, acme: Path) -> None:
    said = run("scorecard", "--period", "2026-Q1", "--workspace", acme)
    assert f"402{NN}435{NB}€" in said.out
    assert "il manque Prospects" in said.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ask", "revenu"), "Did you mean"),
        (("ask", "revenue", "--period", "2026-13"), "is not a period"),
        (("ask", "revenue", "--period", "2026", "--start", "2026-01-01"), "given twice"),
        (("ask", "revenue", "--end", "2026-01-01"), "--start"),
        (("ask", "revenue", "--start", "2026-01", "--end", "2026-02-01"), "is not a day"),
        (("ask", "revenue", "--by", "segmnt"), "Did you mean"),
        (("ask", "revenue", "--where", "amont > 3"), "amount"),
        (("ask", "revenue", "--compare", "nothing"), "last_year"),
        (("ask", "revenue", "--viewer", "x@y.example"), "cadran user add"),
    ],
)
def test_refusals_say_what_to_do(run: Run, acme: Path, arguments: tuple[str, ...], expected: str) -> None:
    said = run(*arguments, "--workspace", acme, "--lang", "en")
    assert said.code == 1
    assert expected in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("aks",), 'Did you mean "ask"?'),
        (("ask",), "KPI[,KPI...] is missing."),
        (("ask", "revenue", "--perod", "2026"), 'Did you mean "--period"?'),
        (("kpi", "lst"), 'Did you mean "list"?'),
        (("ask", "revenue", "--format", "xml"), "choose table, json, csv, parquet"),
        (("init", "d", "--name", "x", "--fiscal-month", "july"), "--fiscal-month is not valid"),
    ],
)
def test_a_mistyped_command_line_ends_with_2(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert expected in said.err


def test_a_mistyped_command_in_french(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "La commande « aks » n’existe pas. Vouliez-vous dire « ask » ?" in run("aks").err


def test_the_rows_behind_a_number_add_up_to_it(run: Run, acme: Path) -> None:
    said = run("rows", "revenue", "--period", "2026-Q1", "--workspace", acme, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [float(row["amount"]) for row in sorted(rows, key=lambda row: row["document_id"])] == [1234.56, 400000, 1200]
    shown = run("rows", "revenue", "--period", "2026-Q1", "--workspace", acme).out
    assert "Date de vente" in shown
    assert "row_key" not in shown


def test_explain_says_it_in_words_and_in_sql(run: Run, acme: Path) -> None:
    said = run("explain", "revenue", "--period", "2026-Q1", "--workspace", acme)
    assert "Chiffre d’affaires" in said.out
    assert "SELECT" in said.out
    planned = run("explain", "revenue", "--period", "2026-Q1", "--workspace", acme, "--plan", "--lang", "en")
    assert "SELECT" not in planned.out
    reading = next(line for line in planned.out.splitlines() if line.startswith("  sales"))
    assert "/ 3 " in reading
    assert "amount" in reading
    refused = run("explain", "revenue", "--workspace", acme, "--format", "csv")
    assert refused.code == 1
    assert "--format" in refused.err
