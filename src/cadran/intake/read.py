"""Read a delivered file into tables of text cells: what kind of file it is, and which reader takes it."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from cadran.intake.encoding import CHUNK, chunks
from cadran.intake.raw import Limits, Raw, SourceFile
from cadran.intake.read_csv import read_csv
from cadran.intake.refusals import (
    damaged_file,
    empty_file,
    file_too_large,
    missing_file,
    unpacks_too_large,
)

DEFAULT_LIMITS = Limits()
_GZIP = b"\x1f\x8b"


def read(connection: duckdb.DuckDBPyConnection, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Raw, ...]:
    """The tables of a file: one, or one per filled sheet of a workbook. IntakeError when it cannot be read at all."""
    file = identify(path, limits)
    with TemporaryDirectory(prefix="cadran-") as folder:
        content = _unpacked(file, Path(folder) / "unpacked", limits)
        return (read_csv(connection, file, content, Path(folder) / "utf8", limits),)


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
