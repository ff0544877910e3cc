"""Small files written for a test, and their cells read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from cadran.errors import IntakeError
from cadran.intake.conventions import Conventions
from cadran.intake.raw import Limits, Raw
from cadran.intake.read import read
from cadran.intake.recognise import recognise
from cadran.intake.recognition import Recognition
from cadran.intake.texts import Texts


class Reader:
    """Writes a file, reads it, gives the raw tables and their cells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 2")

    def write(self, content: str | bytes, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    def read(self, content: str | bytes, name: str = "file.csv", encoding: str = "utf-8", **limits: int) -> Raw:
        (raw,) = read(self.connection, self.write(content, name, encoding), limits=Limits(**limits))
        return raw

    def rows(self, raw: Raw) -> list[tuple[int | str | None, ...]]:
        return self.connection.execute(f"SELECT * FROM {raw.relation} ORDER BY line").fetchall()

    def recognised(self, raw: Raw, **options: Any) -> Recognition:
        return recognise(self.connection, raw, conventions=Conventions(Texts(self.connection, raw.relation)), **options)

    def refused(self, content: str | bytes, name: str = "file.csv", **limits: int) -> IntakeError:
        with pytest.raises(IntakeError) as refused:
            read(self.connection, self.write(content, name), limits=Limits(**limits))
        issue = refused.value.issues[0]
        assert issue.message.fr
        assert issue.message.en
        return refused.value


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
