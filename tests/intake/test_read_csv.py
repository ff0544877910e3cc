"""Text files: delimiters, encodings, line numbers, what is skipped and what is rejected. Every line is counted."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cadran.intake import read_csv as csv_module
from cadran.intake.raw import Raw
from tests.intake.files import Reader, reader

__all__ = ["reader"]

SALES = "Client;Date;Montant HT\nAcmé;31/12/2025;1 234,50\nBêta;01/01/2026;-12,00\n"
CELLS = [(2, "Acmé", "31/12/2025", "1 234,50"), (3, "Bêta", "01/01/2026", "-12,00")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter(reader: Reader, delimiter: str) -> None:
    raw = reader.read(SALES.replace(";", delimiter))
    assert raw.delimiter == delimiter
    assert raw.headers == ("Client", "Date", "Montant HT")
    assert reader.rows(raw) == CELLS


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_any_encoding(reader: Reader, encoding: str, found: str) -> None:
    raw = reader.read(SALES, encoding=encoding)
    assert raw.encoding == found
    assert reader.rows(raw) == CELLS


def test_euro_and_ligature_tell_latin9_from_windows(reader: Reader) -> None:
    text = "Client;Montant\nLe Cœur à l’œuvre;1 200 €\nÉlan;5 €\n"
    windows = reader.read(text, encoding="cp1252")
    assert (windows.encoding, reader.rows(windows)[0][1:]) == ("cp1252", ("Le Cœur à l’œuvre", "1 200 €"))
    latin = reader.read(text.replace("’", "'"), encoding="iso8859-15")
    assert (latin.encoding, reader.rows(latin)[0][1:]) == ("iso8859-15", ("Le Cœur à l'œuvre", "1 200 €"))


def test_accents_far_into_the_file_are_still_seen(reader: Reader) -> None:
    text = "client;montant\n" + "Acme;1\n" * 60_000 + "Éléa;2\n"
    raw = reader.read(text, encoding="cp1252")
    assert raw.encoding == "cp1252"
    assert reader.rows(raw)[-1] == (60_002, "Éléa", "2")


def test_czech_in_windows_1250(reader: Reader) -> None:
    text = "Obchod - Název,Obchod - Měna hodnoty,Obchod - Očekávané datum uzavření\n"
    text += "Příliš žluťoučký kůň,CZK,2025-01-31\nDěkujeme za spolupráci,CZK,2025-02-28\n"
    raw = reader.read(text, encoding="cp1250")
    assert raw.headers[2] == "Obchod - Očekávané datum uzavření"


def test_gzip(reader: Reader) -> None:
    raw = reader.read(gzip.compress(SALES.encode()), name="ventes.csv.gz")
    assert reader.rows(raw) == CELLS
    assert raw.file.size == reader.folder.joinpath("ventes.csv.gz").stat().st_size


def test_line_of_a_row_is_its_first_even_after_cells_of_several_lines(reader: Reader) -> None:
    text = 'id,note,amount\n1,"a\nb\nc",10\n2,"x ""y"", z",20\n3,"\n",30\n4,,40\n'
    assert reader.rows(reader.read(text)) == [
        (2, "1", "a\nb\nc", "10"),
        (5, "2", 'x "y", z', "20"),
        (6, "3", "\n", "30"),
        (8, "4", "", "40"),
    ]


@pytest.mark.parametrize("quoted", ["", '"q"'])
def test_blank_lines_are_counted_and_move_line_numbers(reader: Reader, quoted: str) -> None:
    raw = reader.read(f"a;b\n\n1;{quoted}2\n\n\n3;4\n;\n5;6\n\n".replace('"q"2', '"2"'))
    assert [row[0] for row in reader.rows(raw)] == [3, 6, 8]
    (blank,) = raw.skipped
    assert (blank.reason, blank.rows, blank.first_line) == ("blank", 5, 2)
    assert raw.lines_read == 8


def test_blank_lines_and_cells_of_several_lines_together(reader: Reader) -> None:
    raw = reader.read('a;b\n1;"x\n\ny"\n\n2;z\n')
    assert reader.rows(raw) == [(2, "1", "x\n\ny"), (6, "2", "z")]
    assert raw.lines_skipped == 1


def test_too_few_cells_are_null_and_empty_ones_are_empty(reader: Reader) -> None:
    raw = reader.read("a;b;c\n1;;\n2\n3;4;5\n")
    assert reader.rows(raw) == [(2, "1", "", ""), (3, "2", None, None), (4, "3", "4", "5")]


def test_too_many_cells_are_rejected_with_their_text_unless_empty(reader: Reader) -> None:
    raw = reader.read("a;b\n1;2\n3;4;5\n6;7;;\n8;9\n")
    assert [row[0] for row in reader.rows(raw)] == [2, 4, 5]
    (rejected,) = raw.rejected
    assert (rejected.line, rejected.text, rejected.issue.code) == (3, "3;4;5", "too_many_cells")
    assert raw.lines_read == 4


def test_a_stray_quote_rejects_its_line_only(reader: Reader) -> None:
    lines = ["id;nom;montant", '1;"Le Phare;10', *[f"{i};Client {i};{i}" for i in range(2, 5000)]]
    raw = reader.read("\n".join(lines) + "\n")
    assert [(line.line, line.text) for line in raw.rejected] == [(2, '1;"Le Phare;10')]
    assert raw.rows == 4998
    assert reader.rows(raw)[-1][0] == 5000


def test_a_quote_inside_a_cell_is_a_character(reader: Reader) -> None:
    raw = reader.read('id;nom\n1;écran 27" plat\n2;b\n')
    assert reader.rows(raw) == [(2, "1", 'écran 27" plat'), (3, "2", "b")]


def test_damaged_utf8_keeps_its_accents_and_rejects_the_damaged_line(reader: Reader) -> None:
    good = "".join(f"{i};Société Générale n° {i}\n" for i in range(50)).encode()
    raw = reader.read(b"id;nom\n" + good + b"50;Soci\xe9t\xe9\n51;fin\n")
    assert reader.rows(raw)[0] == (2, "0", "Société Générale n° 0")
    assert [line.line for line in raw.rejected] == [52]
    assert raw.rows == 51


def test_nul_bytes_reject_their_line(reader: Reader) -> None:
    raw = reader.read(b"id;nom;ville\n" + b"1;abc;Lyon\n" * 40 + b"2;a\0b;Paris\n")
    assert [line.line for line in raw.rejected] == [42]
    assert raw.rows == 40


def test_the_same_header_twice_and_headers_without_a_name(reader: Reader) -> None:
    raw = reader.read("Région;Région; Nom\u00a0client ;;\nNord;Sud;Acme;;x\nEst;Ouest;Bêta;;\n")
    assert raw.headers == ("Région", "Région (2)", "Nom client", "Colonne 5")
    assert reader.rows(raw)[0] == (2, "Nord", "Sud", "Acme", "x")


def test_a_file_without_a_header_loses_no_row(reader: Reader) -> None:
    raw = reader.read("2025-01-01;Acme;100,00\n2025-01-02;Bêta;50,00\n2025-01-03;Céla;70,00\n")
    assert raw.headers == ("Colonne 1", "Colonne 2", "Colonne 3")
    assert raw.rows == 3


def test_months_as_headers_are_headers(reader: Reader) -> None:
    raw = reader.read("Commercial;2025-01;2025-02\nAnne;10;20\nPaul;30;40\n")
    assert raw.headers == ("Commercial", "2025-01", "2025-02")


REPORT = (
    "Rapport des opportunités;;;;\nFiltré par : Étape = Toutes;;;;\n\n"
    "Propriétaire;;Date de clôture;Montant;Client\n"
    "Anne;;31/01/2025;1 000,00;Acme\nPaul;;28/02/2025;500,00;Total\nAnne;;01/03/2025;250,00;Bêta\n"
    "Total;;;1 750,00;\n;;;;\nConfidential Information - Do Not Distribute;;;;\n"
    "Copyright © 2000-2023 salesforce.com, inc. All rights reserved.;;;;\n"
)


def test_titles_above_and_footers_below_are_skipped_and_counted(reader: Reader) -> None:
    raw = reader.read(REPORT)
    assert raw.headers == ("Propriétaire", "Date de clôture", "Montant", "Client")
    assert [row[1:] for row in reader.rows(raw)] == [
        ("Anne", "31/01/2025", "1 000,00", "Acme"),
        ("Paul", "28/02/2025", "500,00", "Total"),
        ("Anne", "01/03/2025", "250,00", "Bêta"),
    ]
    assert {lines.reason: (lines.rows, lines.first_line) for lines in raw.skipped} == {
        "title": (2, 1),
        "blank": (2, 3),
        "footer": (3, 8),
    }
    assert raw.lines_read == 10


@pytest.mark.parametrize(("last", "rows"), [("Total;30", 2), ("Total;1200", 3), ("Grand total;30,00", 2)])
def test_a_client_named_total_is_told_from_a_total_by_adding_up(reader: Reader, last: str, rows: int) -> None:
    assert reader.read(f"Client;CA\nAcme;10\nBêta;20\n{last}\n").rows == rows


def test_subtotals_inside_are_skipped(reader: Reader) -> None:
    raw = reader.read("Rep;Client;CA\nAnne;Acme;10\nSous-total;;10\nPaul;Bêta;20\nSous-total;;20\nTotal;;30\n")
    assert raw.rows == 2
    assert raw.lines_skipped == 3


def test_excel_hint_line(reader: Reader) -> None:
    raw = reader.read("sep=;\nClient;CA\nAcme;10,5\n")
    assert raw.headers == ("Client", "CA")
    assert reader.rows(raw) == [(3, "Acme", "10,5")]


def test_old_mac_line_ends(reader: Reader) -> None:
    assert reader.rows(reader.read(SALES.replace("\n", "\r"))) == CELLS


def test_mixed_line_ends(reader: Reader) -> None:
    assert reader.rows(reader.read(SALES.replace("\n", "\r\n", 2))) == CELLS


def test_header_only_and_empty(reader: Reader) -> None:
    assert reader.read("Client;CA\n").rows == 0
    assert reader.refused("").code == "empty_file"
    assert reader.refused("\n\n  \n").code == "empty_file"


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        ("a;b\n1;2\n", {"file_bytes": 5}, "file_too_large"),
        ("a;b\n1;2\n3;4\n", {"rows": 1}, "too_many_rows"),
        (";".join(f"c{i}" for i in range(100_000)) + "\n", {}, "too_many_columns"),
        ("a;b\n1;" + "x" * 10_000_000 + "\n", {}, "cell_too_long"),
        ('a;b\n1;"' + "x\n" * 50_000 + '"\n', {"cell_characters": 1000}, None),
        (gzip.compress(b"a;b\n" + b"1;2\n" * 100_000, mtime=0), {"unpacked_bytes": 100_000}, "unpacks_too_large"),
        (gzip.compress(SALES.encode(), mtime=0)[:-12], {}, "damaged_file"),
        (b"\x1f\x8bnothing", {}, "damaged_file"),
        (bytes(range(256)) * 50, {}, "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10", {}, "not_a_table"),
    ],
)
def test_one_clear_refusal_for_each_limit(
    reader: Reader, content: str | bytes, limits: dict[str, int], code: str | None
) -> None:
    if code is None:
        assert reader.read(content, **limits).rejected
    else:
        assert reader.refused(content, **limits).code == code


def test_missing_file(reader: Reader, tmp_path: Path) -> None:
    from cadran.errors import IntakeError
    from cadran.intake.read import read

    with pytest.raises(IntakeError, match="cannot be found"):
        read(reader.connection, tmp_path / "absent.csv")


# --- whatever the way, the same cells


def by_line(reader: Reader, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Raw:
    with monkeypatch.context() as patch:
        patch.setattr(csv_module, "read_in_bulk", lambda *_: None)
        return reader.read(content)


texts = st.text(st.sampled_from("abcé 1,;\"'\n\r\t|.-"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=8))
@example(rows=[["", "", ""], ["", " ", "; "]])  # what stands before the last quote looks like padding
def test_bulk_and_by_line_give_the_same_cells(rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    reader = Reader(tmp_path_factory.mktemp("same"))
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows([["nom", "ville", "note"], *rows])
    content = out.getvalue().encode()
    fast = reader.read(content)
    with pytest.MonkeyPatch.context() as patch:
        careful = by_line(reader, content, patch)
    assert reader.rows(fast) == reader.rows(careful)
    assert (fast.skipped, fast.rejected, fast.headers) == (careful.skipped, careful.rejected, careful.headers)


@settings(max_examples=60, deadline=None)
@given(body=st.text(st.sampled_from('ab1;;"\n\n\ré,'), max_size=60))
def test_no_line_is_ever_lost(body: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of any text, records are rows, skipped or rejected; every row's first cell stands on the line it claims."""
    reader = Reader(tmp_path_factory.mktemp("lost"))
    raw = reader.read("nom;ville\nx;y\n" + body)
    physical = ("nom;ville\nx;y\n" + body).replace('"', "").split("\n")
    for line, first, *_ in reader.rows(raw):
        assert isinstance(line, int)
        assert str(first or "").replace('"', "").split("\n")[0].strip() in physical[line - 1]


@settings(max_examples=60, deadline=None)
@given(body=st.text(st.sampled_from("ab1;;\n\n\té,"), max_size=60))
def test_every_line_is_the_header_or_is_counted(body: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = "nom;ville\nx;y\n" + body
    raw = Reader(tmp_path_factory.mktemp("counted")).read(text)
    header = 1 if any(not name.startswith("Colonne") for name in raw.headers) else 0
    assert raw.lines_read + header == len(text.removesuffix("\n").split("\n"))
