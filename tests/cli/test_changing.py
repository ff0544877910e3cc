"""changes: the four invoice lines of the company, then one of them corrected, and what made the difference."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import INVOICES, Run

NB, NN = "\u00a0", "\u202f"


@pytest.fixture
def corrected(acme: Path, tmp_path: Path, run: Run) -> tuple[Path, str]:
    """The company after a second import, and the snapshot before it."""
    folder = tmp_path / "company"
    shutil.copytree(acme, folder)
    (tmp_path / "factures.yaml").write_text((acme.parent / "factures.yaml").read_text("utf-8"), "utf-8")
    before = json.loads(run("ask", "revenue", "-p", "2026-Q1", "-w", folder, "-f", "json").out)["snapshot"]
    line = "17/02/2026;F6;Bravo;800,50\n"
    (tmp_path / "invoices2.csv").write_text(INVOICES.splitlines()[0] + "\n" + line, "utf-8")
    said = run("import", tmp_path / "invoices2.csv", "--mapping", tmp_path / "factures.yaml", "-w", folder)
    assert said.code == 0
    return folder, before


def test_what_made_the_difference_in_both_languages(run: Run, corrected: tuple[Path, str]) -> None:
    folder, before = corrected
    said = run("changes", "revenue", "-p", "2026-Q1", "--since", before, "-w", folder)
    assert said.code == 0
    assert f"402{NN}434,56{NB}€" in said.out
    assert f"403{NN}235,06{NB}€" in said.out
    assert said.out.count(f"+800,50{NB}€") == 3  # the difference, by rows, and the row itself
    assert "apparue" in said.out
    assert "import n° 2" in said.out
    english = run("changes", "revenue", "-p", "2026-Q1", "--since", before, "-w", folder, "--lang", "en").out
    assert "appeared" in english
    assert "+€800.50" in english


def test_as_json_and_csv(run: Run, corrected: tuple[Path, str]) -> None:
    folder, before = corrected
    asked = ("changes", "revenue", "-p", "2026-Q1", "--since", before, "-w", folder)
    document = json.loads(run(*asked, "-f", "json").out)
    (number,) = document["numbers"]
    assert (number["before"], number["after"], number["by_rows"]) == (402434.56, 403235.06, 800.5)
    (row,) = number["rows"]
    assert (row["what"], row["part"], row["why"], row["by"], row["says"]["amount"]) == (
        "appeared", 800.5, "imported", 2, 800.5,
    )  # fmt: skip
    assert [each["id"] for each in document["imports"]] == [2]
    (line,) = csv.DictReader(io.StringIO(run(*asked, "-f", "csv").out))
    assert (line["kpi"], line["part"], line["what"], line["by"]) == ("revenue", "800.5000", "appeared", "2")


def test_nothing_changed_is_said(run: Run, corrected: tuple[Path, str]) -> None:
    folder, before = corrected
    said = run("changes", "revenue", "-p", "2026-Q1", "--since", before, "--until", before, "-w", folder)
    assert "Aucun réglage, aucune définition, aucune ligne n’a changé." in said.out


def test_what_cannot_be_told_is_refused(run: Run, corrected: tuple[Path, str]) -> None:
    folder, before = corrected
    assert run("changes", "revenue", "-w", folder).code == 2  # no --since
    early = run("changes", "revenue", "--since", "2020-01-01", "-w", folder)
    assert (early.code, "Rien n’était encore importé" in early.err) == (1, True)
    ahead = run("changes", "revenue", "--since", "2999-01-01", "-w", folder)
    assert (ahead.code, "Demandez au plus tard" in ahead.err) == (1, True)
    split = run("changes", "revenue", "--since", before, "--by", "account_id", "-w", folder)
    assert (split.code, "--where" in split.err) == (1, True)
