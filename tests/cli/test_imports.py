"""import, imports, quarantine: what was read, what became of each row, and the way back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_files


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path)
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    mapping = ("--mapping", tmp_path / "factures.yaml", "--workspace", tmp_path / "c")
    said = run("import", tmp_path / "invoices.csv", *mapping, "--dry-run")
    assert said.code == 0
    assert "nothing was written" in said.out
    assert "Nothing to show" in run("imports", "--workspace", tmp_path / "c").out


def test_import_twice_then_undo(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path)
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    here = ("--workspace", tmp_path / "c")
    first = run("import", tmp_path / "invoices.csv", "--mapping", tmp_path / "factures.yaml", *here)
    assert "Rows read: 4. Loaded: accounts 2, sales 3. In quarantine: sales 1." in first.out
    same = run("import", tmp_path / "invoices.csv", "--mapping", "factures", *here)
    assert "Loaded: nothing new." in same.out
    run("imports", "undo", "2", *here)
    again = run("import", tmp_path / "invoices.csv", "--mapping", "factures", *here, "--format", "json")
    sales = next(row for row in json.loads(again.out)["rows"] if row["table"] == "Sales")
    assert (sales["read"], sales["new"], sales["unchanged"], sales["quarantined"]) == (4, 0, 3, 1)
    assert "is undone" in run("imports", "undo", "1", *here).out
    listed = json.loads(run("imports", "list", *here, "--format", "json").out)
    assert [(each["id"], each["status"]) for each in listed] == [(3, "in place"), (2, "undone"), (1, "undone")]
    said = run("imports", "undo", "1", *here)
    assert said.code == 1


def test_the_report_says_what_was_understood(run: Run, acme: Path) -> None:
    said = run("imports", "show", "1", "--workspace", acme)
    assert "invoices.csv" in said.out
    assert "Lues = nouvelles + modifiées" in said.out


def test_problems_of_the_files_are_told_on_stderr(run: Run, acme: Path, tmp_path: Path) -> None:
    said = run("import", tmp_path / "none.csv", tmp_path / "nothing.xlsx", "--workspace", acme)
    assert said.code == 1
    assert "none.csv" in said.err
    assert "nothing.xlsx" in said.err
    assert said.out == ""


def test_a_replacement_needs_a_source_and_an_agreement(run: Run, acme: Path) -> None:
    files = (acme.parent / "invoices.csv", "--mapping", acme.parent / "factures.yaml", "--workspace", acme)
    said = run("import", *files, "--replace-period", "2026-01")
    assert said.code == 1
    assert "--source" in said.err


def test_a_replacement_shows_the_rows_that_disappear(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    here = ("--mapping", tmp_path / "factures.yaml", "--source", "erp", "--workspace", tmp_path / "c")
    run("import", tmp_path / "invoices.csv", *here)
    rows = (tmp_path / "invoices.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "less.csv").write_text("".join([rows[0], rows[1]]), "utf-8")
    replace = ("import", tmp_path / "less.csv", *here, "--replace-period", "2026-01")

    dry = run(*replace, "--dry-run")
    assert "rows that disappear (1)" in dry.out
    assert "Bravo" in dry.out
    told = json.loads(run(*replace, "--dry-run", "--format", "json").out)["vanishing"]
    assert [(each["table"], each["rows"], each["first"][0]["amount"]) for each in told] == [("sales", 1, 400000)]
    refused = run(*replace)
    assert (refused.code, "--dry-run" in refused.err) == (1, True)

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    asked = run(*replace)
    assert (asked.code, asked.out.count("Bravo")) == (1, 1)
    assert "given up" in asked.out


def test_the_first_import_proposes_and_writes_only_when_told_to(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deals.csv").write_text("n;outcome;amount\n1;won;10\n", "utf-8")
    (tmp_path / "deals.yaml").write_text("to: {opportunities: {opportunity_id: n, outcome: outcome, amount: amount}}\n")
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    settings = tmp_path / "c" / "cadran.toml"
    before = settings.read_text("utf-8")
    command = ("import", tmp_path / "deals.csv", "--mapping", tmp_path / "deals.yaml", "--workspace", tmp_path / "c")

    assert 'revenue_basis = "signed"' in run(*command).out
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    run(*command)
    assert settings.read_text("utf-8") == before
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    said = run(*command)
    assert (said.code, "Written" in said.out) == (0, True)
    assert settings.read_text("utf-8") == before.replace("[company]\n", '[company]\nrevenue_basis = "signed"\n')
    assert "revenue_basis" not in run(*command).out


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_quarantine_tells_line_reason_and_text(run: Run, acme: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(run("quarantine", "--workspace", acme, "list", "--format", "csv").out))
    assert (row["file"], row["line"]) == ("invoices.csv", "5")
    assert "abc" in row["reasons"]
    assert row["original"] == "16/02/2026;F5;Acme;abc"


def test_quarantine_is_exported_corrected_and_replayed(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path)
    run("init", tmp_path / "c", "--name", "C", "--lang", "en")
    here = ("--workspace", tmp_path / "c")
    run("import", tmp_path / "invoices.csv", "--mapping", tmp_path / "factures.yaml", *here)
    rows = tmp_path / "to correct.csv"
    assert "1" in run("quarantine", "export", rows, *here).out
    assert "Still in quarantine: 1" in run("quarantine", "replay", rows, *here).out  # nothing was corrected
    rows.write_text(rows.read_text("utf-8-sig").replace(",abc", ',"70,50"'), "utf-8")
    said = run("quarantine", "replay", rows, *here)
    assert (said.code, said.err) == (0, "")
    assert "Rows corrected: 1" in said.out
    assert "€402,505.06" in run("ask", "revenue", "--period", "2026-Q1", *here).out  # 402,434.56 + 70.50
