"""Rows that could not be taken: listed, exported, corrected, replayed."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from cadran.errors import IntakeError
from cadran.intake.replay import export_quarantine, replay
from cadran.store import ledger
from cadran.store.quarantine import quarantine
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, SALES, company, contents, import_text

BAD = HEADER + "F1;02/03/2026;A;L;10\nF2;31/02/2026;=cmd|'/C calc'!A0;-L;abc\nF3;03/03/2026;B;L;1.2.3\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def _open(workspace: Workspace) -> list[tuple[int, str]]:
    with workspace.lake() as lake:
        return [(row.line, row.table) for row in quarantine(lake)]


def _edit(path: Path, corrections: dict[str, str]) -> None:
    text = path.read_text("utf-8-sig")
    for wrong, right in corrections.items():
        assert wrong in text
        text = text.replace(wrong, right)
    path.write_text(text, "utf-8")


def _exported(workspace: Workspace) -> tuple[Path, list[list[str]]]:
    path = workspace.folder / "quarantaine.csv"
    export_quarantine(workspace, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return path, list(csv.reader(file, delimiter=";"))


def test_an_export_holds_every_original_column_and_no_formula(workspace: Workspace) -> None:
    import_text(workspace, BAD, KEYED_SALES)
    _, rows = _exported(workspace)
    assert rows[0] == ["quarantine_id", "file", "line", "table", "reasons", *HEADER.strip().split(";")]
    assert rows[1][1:4] == ["ventes.csv", "3", "sales"]
    assert "n’existe pas dans le calendrier" in rows[1][4]
    assert "ne se lit pas comme un nombre" in rows[1][4]
    assert rows[1][5:] == ["F2", "31/02/2026", "'=cmd|'/C calc'!A0", "'-L", "abc"]
    assert len(rows) == 3


def test_a_corrected_row_is_loaded_and_closed_the_others_stay(workspace: Workspace) -> None:
    import_text(workspace, BAD, KEYED_SALES, source="compta")
    path, _ = _exported(workspace)
    _edit(path, {"31/02/2026": "28/02/2026", "abc": "1 234,50"})
    done = replay(workspace, path, author="moi")
    assert (done.corrected, done.settled, [wrong.reasons[0].value for wrong in done.still_wrong]) == (1, 0, ["1.2.3"])
    assert [(row[0], row[6], row[7], row[11]) for row in contents(workspace)] == [
        ("F1", "A", "L", 10),
        ("F2", "=cmd|'/C calc'!A0", "-L", Decimal("1234.5")),
    ]
    assert _open(workspace) == [(4, "sales")]
    assert [record.source for record in done.records] == ["compta"]


def test_replaying_twice_changes_nothing(workspace: Workspace) -> None:
    import_text(workspace, BAD, KEYED_SALES)
    path, _ = _exported(workspace)
    _edit(path, {"31/02/2026": "28/02/2026", "abc": "12"})
    replay(workspace, path)
    before = contents(workspace), _open(workspace)
    again = replay(workspace, path)
    assert (again.corrected, again.settled, len(again.still_wrong), again.records) == (0, 1, 1, ())
    assert (contents(workspace), _open(workspace)) == before


def test_undoing_a_replay_opens_its_rows_again(workspace: Workspace) -> None:
    import_text(workspace, BAD, KEYED_SALES)
    path, _ = _exported(workspace)
    _edit(path, {"31/02/2026": "28/02/2026", "abc": "12"})
    (record,) = replay(workspace, path).records
    with workspace.lake(read_only=False) as lake:
        ledger.undo(lake, record.id, "moi")
    assert _open(workspace) == [(3, "sales"), (4, "sales")]
    assert [row[0] for row in contents(workspace)] == ["F1"]


def test_a_keyless_file_replays_through_its_own_mapping_whatever_saved_the_sheet(workspace: Workspace) -> None:
    import_text(workspace, HEADER + "F1;02/03/2026;Société Été;Léa;abc\n", SALES)
    path, _ = _exported(workspace)
    _edit(path, {"abc": "1.234,5"})
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))  # as a spreadsheet of an older office saves it
    assert replay(workspace, path).corrected == 1
    (row,) = contents(workspace)
    assert (row[2], row[6], row[11]) == ("F1", "Société Été", Decimal("1234.5"))


def test_what_the_first_file_proved_holds_for_its_corrected_rows(workspace: Workspace) -> None:
    text = HEADER + "F1;12/31/2025;A;L;1,5\nF2;02/30/2026;A;L;1.500\n"
    import_text(workspace, text, KEYED_SALES)
    path, _ = _exported(workspace)
    _edit(path, {"02/30/2026": "02/03/2026"})
    replay(workspace, path)
    (_, row) = contents(workspace)
    assert (str(row[9]), row[11]) == ("2026-02-03", 1500)


def test_two_tables_of_one_file_replay_each_its_own_row(workspace: Workspace) -> None:
    mapping = "to:\n  sales: {sale_id: n, rep_id: rep, amount: amount}\n  reps: {rep_id: rep, hired_on: hired}\n"
    import_text(workspace, "n,rep,hired,amount\n1,R1,31/02/2020,abc\n", mapping)
    assert sorted(_open(workspace)) == [(2, "reps"), (2, "sales")]
    path, _ = _exported(workspace)
    _edit(path, {"31/02/2020": "28/02/2020", "abc": "7"})
    assert replay(workspace, path).corrected == 2
    assert _open(workspace) == []
    assert contents(workspace, "reps")[0][:1] == ("R1",)


def test_another_file_is_not_taken_for_an_export(workspace: Workspace) -> None:
    path = workspace.folder / "x.csv"
    path.write_text("a;b\n1;2\n", "utf-8")
    with pytest.raises(IntakeError, match="not an export"):
        replay(workspace, path)
