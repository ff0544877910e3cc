"""Workbooks: .xlsx, .xlsm, .xlsb, .xls and .ods, every sheet, read by a process of its own (see sheet_worker.py)."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from cadran.intake.dialect import Dialect
from cadran.intake.encoding import CHUNK
from cadran.intake.layout import Record, find_layout
from cadran.intake.raw import Limits, Raw, SourceFile
from cadran.intake.refusals import (
    cell_too_long,
    damaged_file,
    empty_file,
    protected_file,
    too_many_columns,
    too_many_rows,
    took_too_long,
    unpacks_too_large,
)
from cadran.intake.relation import Cells, csv_scan, new_name
from cadran.intake.tidy import tidy

_WORKER = Path(__file__).with_name("sheet_worker.py")  # run by its path: it imports nothing of ours, and starts fast
_HEAD = 200
_DIALECT = Dialect(",", '"')
_LEAST_LINE = 2_000_000  # bytes; DuckDB's own default


def read_workbook(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path, folder: Path, limits: Limits
) -> tuple[Raw, ...]:
    """One Raw per sheet that holds a row; `folder` may be written and is thrown away."""
    if zipfile.is_zipfile(path):
        _refuse_zip_bomb(file, path, limits)
    raws = [_read_sheet(connection, file, sheet, limits) for sheet in _sheets(file, path, folder, limits)]
    filled = tuple(raw for raw in raws if raw is not None)
    if not filled:
        raise empty_file(file.name)
    return filled


def _refuse_zip_bomb(file: SourceFile, path: Path, limits: Limits) -> None:
    """Unpacks every member and counts, since the sizes a bomb declares are lies; keeps nothing."""
    allowed = min(limits.unpacked_bytes, max(file.size * limits.zip_ratio, 100 * CHUNK))
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as packed:
            unpacked = sum(_unpacked_size(packed, member, allowed) for member in archive.infolist())
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        raise damaged_file(file.name, "zip") from error
    if unpacked > allowed:
        raise unpacks_too_large(file.name, allowed)


def _unpacked_size(packed: Any, member: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a member really holds, at least `most` + 1 when it holds more."""
    packed.seek(member.header_offset)
    header = packed.read(30)
    packed.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    if member.compress_type != zipfile.ZIP_DEFLATED:
        return member.compress_size
    inflater, size, left = zlib.decompressobj(-zlib.MAX_WBITS), 0, member.compress_size
    while left > 0 and size <= most and not inflater.eof:
        chunk = packed.read(min(CHUNK, left))
        if not chunk:
            break
        left -= len(chunk)
        while chunk and size <= most:
            size += len(inflater.decompress(chunk, CHUNK))
            chunk = inflater.unconsumed_tail
    return size


def _sheets(file: SourceFile, path: Path, folder: Path, limits: Limits) -> list[dict[str, Any]]:
    """What the worker wrote, one description per sheet."""
    arguments = [str(path), str(folder), str(limits.rows), str(limits.sheet_memory)]
    command = [sys.executable, "-P", str(_WORKER), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise took_too_long(file.name, limits.seconds) from error
    if done.returncode != 0:
        raise damaged_file(file.name, "Excel")
    answer = json.loads(done.stdout)
    if answer.get("error") == "password":
        raise protected_file(file.name)
    if "error" in answer:
        raise damaged_file(file.name, answer["detail"])
    return list(answer["sheets"])


def _read_sheet(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, sheet: dict[str, Any], limits: Limits
) -> Raw | None:
    if sheet["cut"]:
        raise too_many_rows(file.name, limits.rows)
    if not sheet["rows"]:
        return None
    if sheet["width"] > limits.columns:
        raise too_many_columns(file.name, sheet["width"], limits.columns)
    path = Path(sheet["file"])
    if sheet["longest_line"] > limits.cell_characters:
        _refuse_long_cells(file, path, limits)
    head = list(islice(_records(path), _HEAD))
    layout = find_layout(head)
    if layout is None:
        return None
    relation = new_name()
    columns = {"line": "BIGINT"} | {f"c{i}": "VARCHAR" for i in range(sheet["width"])}
    longest = max(sheet["longest_line"] * 4 + 100, _LEAST_LINE)
    scan = csv_scan(path, columns, _DIALECT, skip=0, padding=False, longest_line=longest)
    first = head[layout.start].line if layout.start < len(head) else head[-1].line + 1
    connection.execute(f"CREATE TEMP TABLE {relation} AS SELECT * FROM {scan} WHERE line >= {first}")
    cells = Cells(relation, tuple(sheet["blank"]))
    return tidy(connection, file, sheet["name"], cells, layout.widened(sheet["width"]), head)


def _records(path: Path) -> Iterator[Record]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as opened:
        for number, *cells in csv.reader(opened):
            yield Record(int(number), tuple(cells))


def _refuse_long_cells(file: SourceFile, path: Path, limits: Limits) -> None:
    for record in _records(path):
        if max(map(len, record.cells)) > limits.cell_characters:
            raise cell_too_long(file.name, record.line, limits.cell_characters)
