"""The written files, read back without the product: same bytes from a seed, all the mess promised, and the same totals
as those counted while the company was made."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from cadran.demo import world
from cadran.demo.books import books
from cadran.demo.broken import BROKEN
from cadran.demo.files import write_books
from cadran.demo.generate import generate
from cadran.demo.truth import Truth, count_truth, quarter_of

QUARTERS = [f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)] + ["2026-Q1", "2026-Q2"]
ENCODINGS = {
    "clients.csv": "cp1252", "commandes.csv": "cp1252", "factures_2024.csv": "cp1252", "contrats.csv": "cp1252",
    "absences.csv": "cp1252", "objectifs.csv": "cp1252", "activites.tsv": "utf-16",
    "portefeuilles.csv": "utf-8-sig", "prospects.csv": "utf-8-sig", "factures_2025.csv": "utf-8-sig",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_books(folder, books(generate()))
    return folder


@pytest.fixture(scope="module")
def truth() -> Truth:
    return count_truth(generate())


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / name).read_bytes().decode(ENCODINGS.get(name, "utf-8"))
    delimiter = {"activites.tsv": "\t", "enquetes.csv": ","}.get(name, ";")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def _amount(text: str) -> Decimal:
    """A French amount, by hand: spaces of all kinds, sign of the currency, brackets for a negative one."""
    plain = "".join(text.replace("€", "").replace("CHF", "").split()).replace(",", ".")
    return -Decimal(plain[1:-1]) if plain.startswith("(") else Decimal(plain)


def _quarter(text: str) -> str:
    _, month, year = text[:10].split("/")
    return f"{year}-Q{(int(month) + 2) // 3}"


def _in_euros(folder: Path, amount: Decimal, currency: str, month_of: str) -> Decimal:
    rates = {
        row["À partir du"][3:]: Decimal(row["Taux"].replace(",", ".")) for row in _rows(folder, "taux_de_change.csv")
    }
    return amount if currency == "EUR" else amount * rates[month_of[3:10]]


def test_same_seed_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    digests = []
    for place, seed in enumerate((7, 7, 8)):
        paths = write_books(tmp_path / str(place), books(generate(seed)))
        digests.append({path.name: sha256(path.read_bytes()).hexdigest() for path in paths})
    assert digests[0] == digests[1]
    assert digests[0]["factures_2024.csv"] != digests[2]["factures_2024.csv"]


def test_the_bytes_do_not_hang_on_the_order_of_sets(tmp_path: Path) -> None:
    """Python shuffles sets of texts from one process to the next."""
    script = (
        "from hashlib import sha256; from cadran.demo.generate import generate;"
        "print(sha256(repr(generate(7)).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_it_is_the_size_of_a_real_small_company(folder: Path) -> None:
    sizes = {
        name: len(_rows(folder, name)) for name in ("clients.csv", "affaires.csv", "prospects.csv", "activites.tsv")
    }
    assert 550 < sizes["clients.csv"] < 700
    assert 850 < sizes["affaires.csv"] < 1000
    assert 1400 < sizes["prospects.csv"] < 1600
    assert 6000 < sizes["activites.tsv"] < 8000


def test_the_mess_is_there(folder: Path) -> None:
    raw = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert b"\xa0\x80" in raw["factures_2024.csv"]  # a no-break space and the euro of Windows-1252
    assert raw["factures_2025.csv"].startswith(b"\xef\xbb\xbf")
    assert raw["activites.tsv"].startswith((b"\xff\xfe", b"\xfe\xff"))
    assert "\u202f" in raw["affaires.csv"].decode()
    assert {"Gagnée", "Perdue", "En cours"} <= {row["Statut"] for row in _rows(folder, "affaires.csv")}
    assert {row["Reconduction tacite"] for row in _rows(folder, "contrats.csv")} == {"VRAI", "FAUX"}
    assert any(row["Total net HT"].startswith("(") for row in _rows(folder, "factures_2025.csv"))
    assert any("\n" in row["Commentaire"] for row in _rows(folder, "enquetes.csv"))
    invoices = CalamineWorkbook.from_path(str(folder / "factures_2026.xlsx")).get_sheet_by_index(0).to_python()
    assert str(invoices[0][0]).startswith("Journal des factures")
    assert invoices[2][0] == "N° ligne"
    assert invoices[-1][0] == "Total"


def test_some_lines_are_the_same_twice_some_have_no_rep_no_client_or_an_unknown_product(folder: Path) -> None:
    lines = _rows(folder, "factures_2024.csv") + _rows(folder, "factures_2025.csv")
    assert sum(count - 1 for count in Counter(tuple(sorted(line.items())) for line in lines).values()) >= 3
    known = {
        row[0] for row in CalamineWorkbook.from_path(str(folder / "articles.xlsx")).get_sheet_by_index(0).to_python()
    }
    old = _rows(folder, "factures_2024.csv")
    assert any(not line["Code commercial"] for line in old)
    assert any(not line["Code client"] for line in old)
    assert {line["Code article"] for line in old} - known == {world.UNKNOWN_PRODUCT}


def test_each_broken_row_is_in_its_file(folder: Path) -> None:
    for name, broken in BROKEN.items():
        rows = _rows(folder, name)
        for row in broken:
            assert any(all(found[header] == str(value) for header, value in row.cells.items()) for found in rows), row


def test_revenue_recounted_from_the_files_is_the_truth(folder: Path, truth: Truth) -> None:
    by_quarter: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(folder, "factures_2024.csv"):
        euros = _in_euros(folder, _amount(row["Montant HT"]), row["Devise"], row["Date facture"])
        by_quarter[_quarter(row["Date facture"])] += euros
    for row in _rows(folder, "factures_2025.csv"):
        if row["Total net HT"] != "à voir":
            euros = _in_euros(folder, _amount(row["Total net HT"]), row["Devise"], row["Date de facturation"])
            by_quarter[_quarter(row["Date de facturation"])] += euros
    sheet = CalamineWorkbook.from_path(str(folder / "factures_2026.xlsx")).get_sheet_by_index(0).to_python()
    headers, lines = sheet[2], sheet[3:-1]
    day, amount, currency = (headers.index(name) for name in ("Date de facture", "Montant net HT", "Devise"))
    for line in lines:
        euros = _in_euros(folder, Decimal(f"{line[amount]:.2f}"), str(line[currency]), f"{line[day]:%d/%m/%Y}")
        by_quarter[quarter_of(line[day])] += euros
    assert by_quarter["2026-Q1"] == 1_000_000
    assert dict(by_quarter) == {quarter: truth.figure("revenue", quarter).value for quarter in QUARTERS}


def test_deals_recounted_from_the_files_are_the_truth(folder: Path, truth: Truth) -> None:
    deals = [row for row in _rows(folder, "affaires.csv") if row["Date de clôture"]]
    for quarter in QUARTERS:
        decided = [row for row in deals if _quarter(row["Date de clôture"]) == quarter]
        figure = truth.figure("win_rate", quarter)
        won = sum(row["Statut"] == "Gagnée" for row in decided)
        assert (figure.numerator, figure.denominator) == (won, len(decided))


def test_prospects_recounted_from_the_files_are_the_truth(folder: Path, truth: Truth) -> None:
    """A client met again has no prospect's dates at all: neither client nor lost, though he has an account."""
    leads = [
        row for row in _rows(folder, "prospects.csv") if row["N° prospect"] and row["Premier contact"] != "31/11/2025"
    ]
    deals_of_lead = {row["N° prospect"] for row in _rows(folder, "affaires.csv")}
    prospects = [
        row for row in leads if not row["Code client"] or row["Perdu le"] or row["N° prospect"] in deals_of_lead
    ]
    for quarter in QUARTERS:
        met = [row for row in prospects if _quarter(row["Premier contact"]) == quarter]
        figure = truth.figure("conversion_rate", quarter)
        assert figure.denominator == len({row["Code client"] or row["N° prospect"] for row in met})
        assert figure.numerator == len({row["Code client"] for row in met if row["Client depuis le"]})


def test_answers_recounted_from_the_files_are_the_truth(folder: Path, truth: Truth) -> None:
    for quarter in QUARTERS:
        scores = _scores(_rows(folder, "enquetes.csv"), quarter)
        figure = truth.figure("nps", quarter)
        assert figure.denominator == len(scores)
        assert figure.numerator == 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores))


def _scores(rows: Iterable[dict[str, str]], quarter: str) -> list[int]:
    found = []
    for row in rows:
        year, month = row["Date de réponse"][:4], int(row["Date de réponse"][5:7])
        if row["Enquête"] == "NPS" and row["Note"].isdigit() and f"{year}-Q{(month + 2) // 3}" == quarter:
            found.append(int(row["Note"]))
    return found
