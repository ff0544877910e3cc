"""Imports from files to the store and back: what is in the store afterwards, and what the report says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadran.errors import IntakeError, Issue, MappingError, PeriodError, StoreError, Text
from cadran.intake.load import import_files
from cadran.present.import_report import closing_words
from cadran.store import ledger
from cadran.workspace import Workspace

from .importing import HEADER, KEYED_SALES, SALES, company, contents, import_text

MARCH = HEADER + "F1;02/03/2026;ACME;Léa;100,00\nF2;03/03/2026;Zed;Paul;50,00\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def _amounts(workspace: Workspace) -> dict[str, Decimal]:
    return {row[0]: row[11] for row in contents(workspace)}


def test_a_file_is_loaded_and_its_report_adds_up(workspace: Workspace) -> None:
    text = HEADER + "F1;31/12/2025;ACME;Léa;1 234,56 €\nF2;31/02/2025;ACME;Léa;abc\n\nTotal;;;;1 234,56\n"
    report = import_text(workspace, text, KEYED_SALES)
    assert report.outcome == "loaded"
    (row,) = contents(workspace)
    assert (row[0], row[6], row[7], row[9], row[11]) == ("F1", "ACME", "Léa", date(2025, 12, 31), Decimal("1234.56"))
    (count,) = report.counts
    assert (count.read, count.loaded, count.quarantined, count.skipped) == (4, 1, 1, 2)
    (sample,) = report.quarantine_sample
    assert (sample.line, sample.original) == (3, "F2;31/02/2025;ACME;Léa;abc")
    assert [reason.code for reason in sample.reasons] == ["impossible_date", "unreadable_number"]
    assert report.headline().fr == "ventes.csv : 1 lignes chargées, 1 en quarantaine."


def test_headers_that_fill_nothing_are_named(workspace: Workspace) -> None:
    report = import_text(workspace, "n,amount,Remarque,Note\n1,10,x,y\n", "to: {sales: {sale_id: n, amount: amount}}")
    (sheet,) = report.sheets
    assert sheet.ignored == ("Remarque", "Note")
    assert [(each.column, each.found, each.confidence) for each in sheet.columns] == [
        ("sale_id", "n", 1.0),
        ("amount", "amount", 1.0),
    ]


def test_importing_twice_changes_nothing(workspace: Workspace) -> None:
    text = HEADER + "F1;02/03/2026;A;L;10\nF1;02/03/2026;A;L;10\nF2;03/03/2026;B;L;abc\nF2;03/03/2026;B;L;abc\n"
    import_text(workspace, text, SALES)
    before = contents(workspace)
    report = import_text(workspace, text, SALES)
    assert (report.loaded, report.quarantined, report.counts[0].unchanged) == (0, 2, 2)
    assert contents(workspace) == before
    with workspace.lake() as lake:
        from cadran.store.quarantine import quarantine

        assert [row.import_id for row in quarantine(lake)] == [2, 2]


def test_the_same_lines_under_other_headers_are_already_there(workspace: Workspace) -> None:
    import_text(workspace, HEADER + "F1;02/03/2026;A;L;1 000,50 €\n", SALES)
    text = "Amount,Invoice,Customer,Owner,On\n1000.50,F1,A,L,2026-03-02\n"
    mapping = "to: {sales: {document_id: Invoice, sold_on: On, account_id: Customer, rep_id: Owner, amount: Amount}}"
    report = import_text(workspace, text, mapping, name="export.csv")
    assert (report.loaded, report.counts[0].unchanged) == (0, 1)


def test_a_recognised_file_needs_no_mapping_and_says_what_it_understood(workspace: Workspace) -> None:
    path = workspace.folder / "factures.csv"
    path.write_text("N° facture;Date facture;Client;Commercial;Montant HT\nF1;02/03/2026;A;L;10,50\n", "utf-8")
    report = import_files(workspace, [path])
    (sheet,) = report.sheets
    assert ("sales", "amount", "Montant HT") in [(each.table, each.column, each.found) for each in sheet.columns]
    assert 0 < sheet.confidence <= 1
    assert [row[11] for row in contents(workspace)] == [Decimal("10.5")]


def test_a_corrected_mapping_is_remembered_for_the_next_file(workspace: Workspace) -> None:
    mapping = 'name: maison\nfile: "v*.csv"\nto: {sales: {sale_id: zz, amount: yy}}'
    import_text(workspace, "zz,yy\n1,10\n", mapping, name="v1.csv")
    path = workspace.folder / "v2.csv"
    path.write_text("zz,yy\n2,20\n", "utf-8")
    report = import_files(workspace, [path])
    assert report.sheets[0].mapping == "maison"
    assert import_files(workspace, [path], mapping="maison").counts[0].unchanged == 1
    assert len(contents(workspace)) == 2


def test_a_dry_run_counts_and_writes_nothing(workspace: Workspace) -> None:
    report = import_text(workspace, MARCH, KEYED_SALES, dry_run=True)
    assert (report.outcome, report.loaded) == ("preview", 2)
    assert contents(workspace) == []
    with workspace.lake() as lake:
        assert ledger.imports(lake) == []


def test_replacing_a_month_needs_a_source_and_a_yes(workspace: Workspace) -> None:
    import_text(workspace, MARCH, KEYED_SALES, source="compta")
    corrected = HEADER + "F1;02/03/2026;ACME;Léa;90,00\n"
    wish: dict[str, Any] = {"source": "compta", "replace_period": "2026-03"}
    with pytest.raises(IntakeError) as error:
        import_text(workspace, corrected, KEYED_SALES, **wish)
    assert error.value.code == "replacement_unconfirmed"
    asked: list[ledger.Preview] = []
    report = import_text(workspace, corrected, KEYED_SALES, **wish, confirm=lambda r: bool(asked.append(r)))
    assert (report.outcome, report.removed, [t.removed for t in asked[0].record.tables]) == ("refused", 1, [1])
    assert _amounts(workspace) == {"F1": 100, "F2": 50}
    assert report.vanishing == asked[0].vanishing
    report = import_text(workspace, corrected, KEYED_SALES, **wish, confirm=lambda record: True)
    assert (report.outcome, report.removed) == ("loaded", 1)
    assert _amounts(workspace) == {"F1": 90}
    with workspace.lake(read_only=False) as lake:
        ledger.undo(lake, report.record.id, "test")
    assert _amounts(workspace) == {"F1": 100, "F2": 50}


def test_what_a_replacement_takes_away_is_shown_before(workspace: Workspace) -> None:
    lines = [f"F{i:02};{i:02}/03/2026;ACME;Léa;{i},50\n" for i in range(1, 14)]
    mapping = KEYED_SALES + "  accounts: {account_id: Client, name: Client}\n"
    import_text(workspace, HEADER + "".join(lines), mapping, source="compta")
    wish: dict[str, Any] = {"source": "compta", "replace_period": "2026-03", "dry_run": True}
    report = import_text(workspace, HEADER + lines[4], mapping, **wish)
    (found,) = report.vanishing  # accounts have no date, so a month takes none of them
    assert (found.table, found.rows, len(found.first)) == ("sales", 12, 10)
    assert [row["sale_id"] for row in found.first] == ["F01", "F02", "F03", "F04", *(f"F{i:02}" for i in range(6, 12))]
    amount = Decimal("1.5")
    assert found.first[0] == {"sale_id": "F01", "sold_on": date(2026, 3, 1), "account_id": "ACME", "amount": amount}
    assert len(contents(workspace)) == 13


def test_a_row_without_a_key_is_shown_by_what_it_says(workspace: Workspace) -> None:
    import_text(workspace, MARCH, SALES, source="compta")
    wish: dict[str, Any] = {"source": "compta", "replace_period": "ALL", "dry_run": True}
    report = import_text(workspace, HEADER + "F1;02/03/2026;ACME;Léa;90,00\n", SALES, **wish)
    assert [list(row) for row in report.vanishing[0].first] == [["sold_on", "document_id", "account_id", "amount"]] * 2


def test_a_replacement_without_a_source_or_with_a_wrong_period_is_refused(workspace: Workspace) -> None:
    with pytest.raises(IntakeError) as error:
        import_text(workspace, MARCH, KEYED_SALES, replace_period="2026-03")
    assert error.value.code == "replacement_without_source"
    with pytest.raises(PeriodError):
        import_text(workspace, MARCH, KEYED_SALES, source="compta", replace_period="mars dernier peut-être")


def test_one_unreadable_file_stops_all_of_them_with_every_problem(workspace: Workspace) -> None:
    good, empty = workspace.folder / "good.csv", workspace.folder / "empty.csv"
    good.write_text("n,amount\n1,10\n", "utf-8")
    empty.write_bytes(b"")
    with pytest.raises(IntakeError) as error:
        import_files(workspace, [good, empty, workspace.folder / "absent.csv"], mapping=None)
    assert len(error.value.issues) == 2
    assert contents(workspace) == []


def test_the_same_file_twice_in_one_import_is_refused(workspace: Workspace) -> None:
    one, two = workspace.folder / "a.csv", workspace.folder / "b.csv"
    for path in (one, two):
        path.write_text("n,amount\n1,10\n", "utf-8")
    with pytest.raises(IntakeError) as error:
        import_files(workspace, [one, two])
    assert error.value.code == "same_file_twice"


def test_unknown_tables_mappings_and_no_files_are_refused(workspace: Workspace) -> None:
    path = workspace.folder / "a.csv"
    path.write_text("n,amount\n1,10\n", "utf-8")
    with pytest.raises(IntakeError, match='Did you mean "sales"'):
        import_files(workspace, [path], table="sale")
    with pytest.raises(MappingError, match="no mapping"):
        import_files(workspace, [path], mapping="absente")
    with pytest.raises(IntakeError, match="No file"):
        import_files(workspace, [])


def test_progress_is_told_step_by_step(workspace: Workspace) -> None:
    told: list[tuple[str, int, int]] = []
    import_text(workspace, MARCH, KEYED_SALES, progress=lambda *step: told.append(step))
    assert list(dict.fromkeys(step for step, _, _ in told)) == ["read", "clean", "check", "load"]
    assert all(0 <= done <= total for _, done, total in told)
    assert told[-1] == ("load", 1, 1)


def test_two_files_with_one_mapping_are_one_import(workspace: Workspace) -> None:
    from cadran.tables.mapping_file import parse_mapping

    one, two = workspace.folder / "a.csv", workspace.folder / "b.csv"
    one.write_text(HEADER + "F1;02/03/2026;A;L;10\n", "utf-8")
    two.write_text("Date;Facture;Client;Commercial;Montant\n03/03/2026;F2;B;L;20\n", "utf-8")
    report = import_files(workspace, [one, two], mapping=parse_mapping(KEYED_SALES, "test"))
    assert [(count.file_no, count.new) for count in report.counts] == [(0, 1), (1, 1)]
    assert [file.name for file in report.record.files] == ["a.csv", "b.csv"]
    assert _amounts(workspace) == {"F1": 10, "F2": 20}


def test_a_sheet_of_notes_is_left_out_and_said(workspace: Workspace) -> None:
    import xlsxwriter

    path = workspace.folder / "ventes.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    sales, notes = book.add_worksheet("Ventes"), book.add_worksheet("Notes")
    sales.write_row(0, 0, ["N° facture", "Date facture", "Client", "Commercial", "Montant HT"])
    sales.write_row(1, 0, ["F1", date(2026, 3, 2), "ACME", "Léa", 1234.5])
    sales.write_row(2, 0, ["F2", "03/03/2026", "ACME", "Léa", "1 234,50 €"])
    notes.write_row(0, 0, ["À relire avant vendredi", "Merci"])
    notes.write_row(1, 0, ["avec Paul", "d’avance"])
    book.close()
    report = import_files(workspace, [path])
    taken, left = report.sheets
    assert (taken.sheet, taken.not_taken, left.sheet) == ("Ventes", None, "Notes")
    assert left.not_taken is not None
    assert left.not_taken.code == "unrecognised_file"
    assert sorted((row[9], row[11]) for row in contents(workspace)) == [
        (date(2026, 3, 2), Decimal("1234.5")),
        (date(2026, 3, 3), Decimal("1234.5")),
    ]


def test_what_one_file_proves_holds_for_its_twin(workspace: Workspace) -> None:
    one, two = workspace.folder / "a.csv", workspace.folder / "b.csv"
    header = "Invoice number,Invoice date,Customer,Sales rep,Net amount\n"
    one.write_text(header + "F1,03/04/2026,A,L,10.00\n", "utf-8")
    two.write_text(header + "F2,25/04/2026,A,L,20.00\n", "utf-8")
    import_files(workspace, [one, two])
    assert sorted(row[9] for row in contents(workspace)) == [date(2026, 4, 3), date(2026, 4, 25)]


def test_a_file_of_which_nothing_is_recognised_stops_the_import(workspace: Workspace) -> None:
    path = workspace.folder / "poeme.csv"
    path.write_text("ciel;mer\nbleu;verte\n", "utf-8")
    with pytest.raises(IntakeError) as error:
        import_files(workspace, [path])
    assert error.value.code == "unrecognised_file"


def test_upkeep_that_fails_does_not_make_a_landed_import_look_failed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreError(Issue("store_busy", Text("Un autre import écrit.", "Another import is writing.")))

    monkeypatch.setattr("cadran.intake.load.maintain_when_it_pays", fails)
    report = import_text(workspace, MARCH, KEYED_SALES)
    assert (report.outcome, report.loaded, _amounts(workspace)) == ("loaded", 2, {"F1": 100, "F2": 50})
    assert report.upkeep is not None
    assert "Another import is writing." in closing_words(report, "en")
    assert "L’import est en place." in closing_words(report, "fr")
