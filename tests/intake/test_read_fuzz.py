"""Broken files of every kind end in an IntakeError with words, or in a table whose lines are all accounted for.

Files are drawn from a seed: a well-formed one (in any format we read), then none to three injuries.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from cadran.errors import IntakeError
from cadran.intake.conventions import Conventions
from cadran.intake.raw import Limits, Raw
from cadran.intake.read import read
from cadran.intake.recognise import recognise
from cadran.intake.relation import drop
from cadran.intake.texts import Texts
from tests.intake.old_workbooks import ods, xls

LIMITS = Limits(cell_characters=20_000, columns=300, rows=2_000, unpacked_bytes=20_000_000, nesting=6)
HEADERS = ["Client", "Date", "Montant HT", "Région", "Région", "", "Étape", "Note"]
CELLS = [
    "Acme", "31/12/2025", "1 234,50", "Nord", "", "  ", "=1+1", "@cmd", 'a "b" c', "x;y", "l1\nl2", "é", "Total",
    "Copyright ©", "NULL", "0", "-12", "(5)", "1e400", "99/99/9999", "2025-02-30", "\u202f", "'", '"', "🙂",
]  # fmt: skip

Dice = random.Random


def rows(dice: Dice) -> list[list[str]]:
    width = dice.randint(1, len(HEADERS))
    body = [[dice.choice(CELLS) for _ in range(width)] for _ in range(dice.randint(0, 30))]
    return [HEADERS[:width], *body]


def csv_text(dice: Dice) -> bytes:
    mark, end = dice.choice(";,\t|"), dice.choice(["\n", "\r\n", "\r"])
    quoted = dice.random() < 0.7

    def written(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if quoted and any(c in cell for c in f'{mark}"\n') else cell

    text = end.join(mark.join(map(written, row)) for row in rows(dice)) + dice.choice(["", end, end * 3])
    encoding = dice.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-15", "utf-16-be", "mac_roman"])
    return text.encode(encoding, errors="replace")


def json_text(dice: Dice) -> bytes:
    table = rows(dice)
    objects = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    if dice.random() < 0.5:
        return "\n".join(json.dumps(item) for item in objects).encode()
    return json.dumps(dice.choice([objects, {"results": objects}, {"a": {"b": objects}}])).encode()


def xlsx(dice: Dice) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in "AB"[: dice.randint(1, 2)]:
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows(dice)):
                for c, text in enumerate(row):
                    sheet.write_string(r + dice.choice([0, 0, 0, 5]), c, text)
    return out.getvalue()


def parquet(dice: Dice) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = BytesIO()
    table = rows(dice)
    pq.write_table(pa.table({f"{name}{i}": [row[i] for row in table[1:]] for i, name in enumerate(table[0])}), out)
    return out.getvalue()


def noise(dice: Dice) -> bytes:
    return dice.choice(
        [b"", b"\n\n", b"\0" * 50, b"%PDF-1.7 x", b"<html><table>", b"PK\x03\x04", b"PAR1", b"{", b"[["]
    ) + (dice.randbytes(dice.randint(0, 400)) if dice.random() < 0.7 else b"")


Make = Callable[[Dice], bytes]
TEXTS: list[tuple[str, Make]] = [
    ("csv", csv_text),
    ("csv", csv_text),
    ("csv", csv_text),
    ("jsonl", json_text),
    ("csv", noise),
]
BINARIES: list[tuple[str, Make]] = [
    ("xlsx", xlsx),
    ("parquet", parquet),
    ("xls", lambda dice: xls([list(row) for row in rows(dice)][:40])),
    ("ods", lambda dice: ods([["a", "b"], *[[f"n{i}", float(i)] for i in range(dice.randint(0, 9))]])),
]


# --- injuries


def cut(dice: Dice, content: bytes) -> bytes:
    return content[: dice.randint(0, len(content))]


def flip(dice: Dice, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(min(len(damaged), dice.randint(1, 8))):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def insert(dice: Dice, content: bytes) -> bytes:
    at = dice.randint(0, len(content))
    piece = dice.choice(
        [b"\0", b'"', b"\n\n", b"\r", b"\xff\xfe", b"\xc3", b"\x80", b";;;;;;;;;;;;", b"\x1a", "é".encode()]
    )
    return content[:at] + piece * dice.choice([1, 1, 3, 50]) + content[at:]


def long_cell(dice: Dice, content: bytes) -> bytes:
    return content + b"\n" + b"x" * dice.choice([19_000, 21_000, 400_000])


def many_columns(dice: Dice, content: bytes) -> bytes:
    return b";".join(b"c%d" % i for i in range(dice.choice([250, 350, 100_000]))) + b"\n" + content


def packed(dice: Dice, content: bytes) -> bytes:
    squeezed = gzip.compress(content, mtime=0)
    return dice.choice([squeezed, squeezed[:-5], squeezed[: len(squeezed) // 2], gzip.compress(squeezed, mtime=0)])


def twice(dice: Dice, content: bytes) -> bytes:
    return content + content


INJURIES = [cut, flip, insert, insert, long_cell, many_columns, packed, twice]


def broken_file(seed: int, kinds: list[tuple[str, Make]]) -> tuple[str, bytes]:
    dice = random.Random(seed)
    suffix, make = dice.choice(kinds)
    content = make(dice)
    for injure in dice.choices(INJURIES, k=dice.randint(0, 3)):
        content = injure(dice, content)
    if dice.random() < 0.1:
        suffix = dice.choice(["csv", "xlsx", "json", "parquet", "txt"])
    return f"file{seed}.{suffix}", content


# --- what must hold


def check_raw(connection: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    described = [name for name, *_ in connection.execute(f"DESCRIBE {raw.relation}").fetchall()]
    assert described == ["line", *raw.columns]
    assert len(set(raw.headers)) == len(raw.headers)
    count, distinct, low = connection.execute(
        f"SELECT count(*), count(DISTINCT line), min(line) FROM {raw.relation}"
    ).fetchone() or (0, 0, None)
    assert count == distinct == raw.rows
    assert low is None or low >= 1
    assert all(rejected.issue.message.fr and rejected.issue.message.en for rejected in raw.rejected)
    assert all(skipped.rows > 0 for skipped in raw.skipped)
    recognition = recognise(connection, raw, conventions=Conventions(Texts(connection, raw.relation)))
    drop_texts(connection, raw)
    assert set(recognition.unmapped) <= set(raw.headers)


def drop_texts(connection: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """What recognising gathers stays for those who ask again; here nobody does."""
    gathered = "SELECT table_name FROM duckdb_tables() WHERE temporary AND regexp_full_match(table_name, ?)"
    for (name,) in connection.execute(gathered, [f"{raw.relation}_c[0-9]+"]).fetchall():
        connection.execute(f"DROP TABLE {name}")


def try_file(connection: duckdb.DuckDBPyConnection, folder: Path, name: str, content: bytes) -> bool:
    """Reads a file; True when it gave tables, False when it was refused. Anything else is a failure of the test."""
    path = folder / name
    path.write_bytes(content)
    raws: tuple[Raw, ...] = ()
    refused: IntakeError | None = None
    try:
        raws = read(connection, path, limits=LIMITS)
    except IntakeError as error:
        refused = error
    path.unlink()
    assert refused is None or all(issue.code and issue.message.fr and issue.message.en for issue in refused.issues)
    for raw in raws:
        check_raw(connection, raw)
        drop(connection, raw.relation)
    left = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchone()
    assert left == (0,)
    return refused is None


def try_all(folder: Path, seeds: range, kinds: list[tuple[str, Make]]) -> tuple[int, int]:
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    read_ = 0
    for seed in seeds:
        name, content = broken_file(seed, kinds)
        try:
            read_ += try_file(connection, folder, name, content)
        except Exception as error:
            error.add_note(f"seed {seed}, {name}, {content[:200]!r}")
            raise
    return read_, len(seeds) - read_


def test_broken_texts(tmp_path: Path) -> None:
    taken, refused = try_all(tmp_path, range(80), TEXTS)
    assert taken > 10
    assert refused > 10


def test_broken_workbooks_and_data_files(tmp_path: Path) -> None:
    taken, refused = try_all(tmp_path, range(12), BINARIES)
    assert taken
    assert refused


@pytest.mark.heavy
def test_thousands_of_broken_texts(tmp_path: Path) -> None:
    taken, refused = try_all(tmp_path, range(1_000, 3_000), TEXTS)
    assert min(taken, refused) > 400


@pytest.mark.heavy
def test_hundreds_of_broken_workbooks_and_data_files(tmp_path: Path) -> None:
    taken, refused = try_all(tmp_path, range(1_000, 1_300), BINARIES)
    assert min(taken, refused) > 25
