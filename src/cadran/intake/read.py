"""Read a delivered file into tables of text cells: what kind of file it is, and which reader takes it."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from cadran.intake.encoding import CHUNK, Utf8File, chunks, to_utf8
from cadran.intake.raw import Limits, Raw, SourceFile
from cadran.intake.read_csv import read_csv
from cadran.intake.read_json import read_json
from cadran.intake.read_parquet import read_parquet
from cadran.intake.read_sheet import read_workbook
from cadran.intake.refusals import (
    damaged_file,
    empty_file,
    file_too_large,
    missing_file,
    not_a_table,
    unpacks_too_large,
)
from cadran.intake.relation import swept_when_refused
from cadran.intake.reshape import reshape

DEFAULT_LIMITS = Limits()
_GZIP = b"\x1f\x8b"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_PARQUET = b"PAR1"
_DOCUMENTS = {b"%pdf": "PDF", b"<html": "HTML", b"<!doctype html": "HTML", b"<table": "HTML", b"<?xml": "XML"}


def read(connection: duckdb.DuckDBPyConnection, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Raw, ...]:
    """The tables of a file: one, or one per filled sheet of a workbook. IntakeError when it cannot be read at all."""
    return read_tables(connection, identify(path, limits), limits=limits)


def read_tables(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, *, limits: Limits = DEFAULT_LIMITS
) -> tuple[Raw, ...]:
    """The tables of a file that was identified. IntakeError when it cannot be read at all."""
    with TemporaryDirectory(prefix="cadran-") as folder, swept_when_refused(connection):
        raws = _read_content(connection, file, Path(folder), limits)
        return tuple(reshape(connection, raw) for raw in raws)


def _read_content(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, folder: Path, limits: Limits
) -> tuple[Raw, ...]:
    content = _unpacked(file, folder / "unpacked", limits)
    head = _head(content)
    if head.startswith(_WORKBOOKS):
        return read_workbook(connection, file, content, folder, limits)
    if head.startswith(_PARQUET):
        return (read_parquet(connection, file, content, limits),)
    _refuse_documents(file, head)
    text = to_utf8(content, folder / "utf8", file.name)
    if _is_json(file, text):
        return (read_json(connection, file, text.path, limits),)
    return (read_csv(connection, file, text, limits),)


def _head(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(512)


def _refuse_documents(file: SourceFile, head: bytes) -> None:
    """What is a document and no table, by name: the advice differs from that for a damaged table."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for signature, what in _DOCUMENTS.items():
        if start.startswith(signature):
            raise not_a_table(file.name, what)


def _is_json(file: SourceFile, text: Utf8File) -> bool:
    with text.path.open(encoding="utf-8-sig", errors="replace") as opened:
        start = opened.read(100).lstrip()
    names_it = any(suffix in (".json", ".jsonl", ".ndjson") for suffix in file.path.suffixes[-2:])
    return start.startswith(("{", "[{", "[\n", "[ ")) or (names_it and start.startswith("["))


def identify(path: Path, limits: Limits = DEFAULT_LIMITS) -> SourceFile:
    """Name, size and sha256 of a delivered file; IntakeError when it is missing, empty or too large."""
    if not path.is_file():
        raise missing_file(path.name)
    size = path.stat().st_size
    if size == 0:
        raise empty_file(path.name)
    if size > limits.file_bytes:
        raise file_too_large(path.name, size, limits.file_bytes)
    digest = hashlib.sha256()
    for chunk in chunks(path):
        digest.update(chunk)
    return SourceFile(path, path.name, digest.hexdigest(), size)


def _unpacked(file: SourceFile, spare: Path, limits: Limits) -> Path:
    """The file itself, or what a .gz holds, written into `spare`."""
    with file.path.open("rb") as opened:
        if opened.read(2) != _GZIP:
            return file.path
    written = 0
    try:
        with gzip.open(file.path) as packed, spare.open("wb") as out:
            while chunk := packed.read(CHUNK):
                written += out.write(chunk)
                if written > limits.unpacked_bytes:
                    raise unpacks_too_large(file.name, limits.unpacked_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged_file(file.name, "gzip") from error
    return spare
