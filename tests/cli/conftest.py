"""A company typed in by hand: four invoice lines, one of them unreadable, and what the commands say of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cadran.cli.main import answer

# January: Acme 1 234,56 and Bravo 400 000,00; February: Acme 1 200,00. One amount cannot be read.
INVOICES = """\
Date facture;N° facture;Client;Montant HT
02/01/2026;F1;Acme;1 234,56 €
15/01/2026;F2;Bravo;400 000,00
16/02/2026;F4;Acme;1 200
16/02/2026;F5;Acme;abc
"""
MAPPING = """\
name: factures
file: "invoices*.csv"
to:
  sales: {document_id: N° facture, account_id: Client, sold_on: Date facture, amount: Montant HT}
  accounts: {account_id: Client, name: Client}
"""


class Said(NamedTuple):
    """What a command line did: its exit code, and both its outputs."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("CADRAN_LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")

    def run(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = answer([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company with its invoices imported; shared, so tests only read it."""
    folder = tmp_path_factory.mktemp("acme") / "company"
    write_files(folder.parent)
    assert answer(["init", str(folder), "--name", "Acme", "--lang", "fr"]) == 0
    files = [str(folder.parent / "invoices.csv"), "--mapping", str(folder.parent / "factures.yaml")]
    assert answer(["import", *files, "--workspace", str(folder)]) == 0
    return folder


def write_files(folder: Path) -> None:
    (folder / "invoices.csv").write_text(INVOICES, "utf-8")
    (folder / "factures.yaml").write_text(MAPPING, "utf-8")
