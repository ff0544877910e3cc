"""Workbooks: every sheet, cells as text, true row numbers; hostile ones are refused and hurt nobody."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from cadran.intake.read import read
from cadran.intake.sheet_worker import to_text
from tests.intake.files import Reader, reader
from tests.intake.old_workbooks import ods, xls

__all__ = ["reader"]


def xlsx(sheets: dict[str, list[list[Any]]]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(r, c, cell, day)
                    elif cell is not None:
                        sheet.write(r, c, cell)
    return out.getvalue()


def test_every_filled_sheet_with_values_as_text_and_true_rows(reader: Reader) -> None:
    path = reader.write(
        xlsx(
            {
                "Ventes": [
                    [None, "Rapport de janvier"],
                    [],
                    [None, "Client", "Date", "Montant", "Payé", None],
                    [None, "Acme", datetime(2025, 12, 31), 0.1 + 0.2, True],
                    [],
                    [None, "Bêta", datetime(2025, 12, 31, 10, 30), 1e20, False],
                    [None, "Total", None, 12],
                ],
                "Vide": [],
                "Notes": [["Nom", "Note"], ["Acme", 12.0]],
            }
        ),
        "ventes.xlsx",
    )
    sales, notes = read(reader.connection, path)
    assert (sales.sheet, notes.sheet) == ("Ventes", "Notes")
    assert sales.headers == ("Client", "Date", "Montant", "Payé")
    assert reader.rows(sales) == [
        (4, "Acme", "2025-12-31", "0.3", "true"),
        (6, "Bêta", "2025-12-31 10:30:00", "100000000000000000000", "false"),
    ]
    assert [(lines.reason, lines.rows, lines.first_line) for lines in sales.skipped] == [
        ("title", 1, 1),
        ("blank", 2, 2),
        ("footer", 1, 7),
    ]
    assert reader.rows(notes) == [(2, "Acme", "12")]


@pytest.mark.parametrize(("write", "name"), [(xls, "ventes.xls"), (ods, "ventes.ods")])
def test_older_and_open_workbooks(reader: Reader, write: Any, name: str) -> None:
    raw = reader.read(write([["Société", "CA"], ["Acmé", 12.5], ["Bêta", 3.0]]), name)
    assert (raw.sheet, raw.headers) == ("Ventes", ("Société", "CA"))
    assert reader.rows(raw) == [(2, "Acmé", "12.5"), (3, "Bêta", "3")]


def test_cells_of_several_lines_with_quotes(reader: Reader) -> None:
    raw = reader.read(xlsx({"S": [["nom", "note"], ["a", 'x "y",\nz'], ["b", " '"]]}), "s.xlsx")
    assert reader.rows(raw) == [(2, "a", 'x "y",\nz'), (3, "b", " '")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (1e-7, "0.0000001"), (-1234.5, "-1234.5"), (1e15, "1000000000000000"), (float("nan"), "")],
)
def test_numbers_in_plain_notation(value: float, text: str) -> None:
    assert to_text(value) == text


def test_two_far_cells_that_span_billions_are_refused(reader: Reader) -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)
    assert reader.refused(out.getvalue(), "far.xlsx").code == "damaged_file"


def test_a_zip_bomb_is_refused_whatever_sizes_it_declares(reader: Reader) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 200_000_000)
    bomb = out.getvalue()
    lying = bomb.replace((200_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != bomb
    for content in (bomb, lying):
        assert reader.refused(content, "bomb.xlsx").code == "unpacks_too_large"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_cut_workbooks_are_refused(reader: Reader, share: float) -> None:
    whole = xlsx({"S": [["nom", "ville"], *[[f"n{i}", "Lyon"] for i in range(500)]]})
    assert reader.refused(whole[: int(len(whole) * share)], "cut.xlsx").code == "damaged_file"


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"rows": 2}, "too_many_rows"), ({"columns": 1}, "too_many_columns"), ({"cell_characters": 5}, "cell_too_long")],
)
def test_limits(reader: Reader, limits: dict[str, int], code: str) -> None:
    content = xlsx({"S": [["nom", "ville"], ["a", "Lyon"], ["b", "Marseille"]]})
    assert reader.refused(content, "s.xlsx", **limits).code == code


def test_an_empty_workbook_is_refused(reader: Reader) -> None:
    assert reader.refused(xlsx({"S": []}), "s.xlsx").code == "empty_file"


def test_web_pages_called_xls_are_named(reader: Reader) -> None:
    assert "HTML" in str(reader.refused("<html><table><tr><td>a</td></tr></table></html>", "rapport.xls"))
