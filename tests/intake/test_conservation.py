"""Nothing is lost, and neither the order of rows nor how they are spread over files matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadran.intake.report import accounted
from cadran.store.delivery import Tally
from cadran.store.record import FileCount

from .importing import Staged, stage_files

HEADER = "n;Date;Client;Rep;Equipe;Montant;Statut\n"
MAPPING = """
to:
  sales: {sale_id: n, sold_on: Date, account_id: Client, rep_id: Rep, amount: Montant, where: "Statut <> 'Test'"}
  accounts: {account_id: Client, segment: Equipe}
  reps: {rep_id: Rep, name: Rep, hired_on: Date}
"""
KEYLESS = MAPPING.replace("sale_id: n, ", "document_id: n, ")

_CELLS = (
    st.sampled_from(["1", "2", "3", "4", ""]),
    st.sampled_from(["01/02/2025", "31/12/2025", "31/02/2025", "demain", "", "2025-03-04", "01/01/1066"]),
    st.sampled_from(["ACME", " ACME ", "Zed", "", '"l1\nl2"']),
    st.sampled_from(["Léa", "Paul", ""]),
    st.sampled_from(["Nord", "Sud", ""]),
    st.sampled_from(["10", "1 234,50", "(12)", "abc", "", "0,00005", "12,50 €", "5 $"]),
    st.sampled_from(["ok", "ok", "ok", "Test"]),
)
_LINES = st.lists(st.tuples(*_CELLS).map(";".join), min_size=1, max_size=12)
_CHEAP = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_CHEAP
@given(_LINES, st.booleans(), st.integers(0, 3))
def test_every_line_of_every_file_is_accounted_for(lines: list[str], keyed: bool, cut: int) -> None:
    files = _spread(lines, cut)
    staged = stage_files(files, MAPPING if keyed else KEYLESS)
    for tally in staged.stage.tallies:
        rows = [each for each in staged.files_of(tally.table) if each == tally.file_no]
        done = len(rows) + tally.quarantined + tally.filtered + tally.skipped + tally.collapsed
        assert tally.read == done, tally
    quarantined = sum(tally.quarantined for tally in staged.stage.tallies)
    assert quarantined == len(staged.quarantine)


@_CHEAP
@given(_LINES, st.booleans(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_files_do_not_matter(lines: list[str], keyed: bool, cut: int, random: Any) -> None:
    mapping = MAPPING if keyed else KEYLESS
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert _said(stage_files({"v.csv": _text(lines)}, mapping)) == _said(stage_files(_spread(shuffled, cut), mapping))


@_CHEAP
@given(_LINES)
def test_a_row_is_either_loaded_or_in_quarantine_with_its_text(lines: list[str]) -> None:
    staged = stage_files({"v.csv": _text(lines)}, KEYLESS)
    bad = {row["line"] for row in staged.quarantine if row["table"] == "sales"}
    read = sum(tally.read - tally.filtered - tally.skipped for tally in staged.stage.tallies if tally.table == "sales")
    assert len(staged.rows["sales"]) + len(bad) == read
    assert all(row["original"] and row["reasons"] and row["cells"] for row in staged.quarantine)
    assert all(reason["message_fr"] and reason["message_en"] for row in staged.quarantine for reason in row["reasons"])
    assert not any(
        "{" in reason["message_fr"] + reason["advice_fr"] for row in staged.quarantine for reason in row["reasons"]
    )


def _text(lines: Sequence[str]) -> str:
    return HEADER + "".join(line + "\n" for line in lines)


def _spread(lines: Sequence[str], cut: int) -> dict[str, str]:
    """The lines over two files, the second with its own order of columns left as it is."""
    if cut == 0 or cut >= len(lines):
        return {"v.csv": _text(lines)}
    return {"v.csv": _text(lines[:cut]), "w.csv": _text(lines[cut:])}


def _said(staged: Staged) -> dict[str, Any]:
    """Everything that may not depend on order: rows, reasons, remarks; not the lines and files they stood on."""
    reasons = sorted(
        (row["table"], str(row["cells"]), [(r["code"], r["column"], r["value"]) for r in row["reasons"]])
        for row in staged.quarantine
    )
    remarks: dict[tuple[str, str, str | None], int] = {}
    for warning in staged.stage.warnings:
        key = (warning.table, warning.code, warning.column)
        remarks[key] = remarks.get(key, 0) + warning.rows
    return {"rows": staged.rows, "reasons": reasons, "remarks": remarks}


def test_a_report_that_does_not_add_up_is_not_made() -> None:
    count = FileCount(0, "sales", 10, 5, 0, 0, 1, 1, 1, 1)
    assert accounted(count) == 9
    assert Tally(0, "sales", 10, 1, 1, 1, 1).read == 10
