"""Rows for machines: CSV that a spreadsheet may open safely, JSON, Parquet. Dates are ISO, numbers have a point."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import pyarrow as pa

Records = Sequence[Mapping[str, Any]]

# A text that begins with one of these is run as a formula by spreadsheets, the wide forms of Asian keyboards included.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(records: Records, fields: Sequence[str] | None = None, header: bool = True) -> str:
    """Comma-separated text, by default with a header. A text that a spreadsheet would run as a formula gets an
    apostrophe."""
    columns = list(fields or dict.fromkeys(name for record in records for name in record))
    out = io.StringIO()
    writer = csv.writer(out)  # RFC 4180: a text that holds a lone \r is quoted only with \r\n between lines
    if header:
        writer.writerow([safe_text(name) for name in columns])
    writer.writerows([_csv_cell(record.get(name)) for name in columns] for record in records)
    return out.getvalue()


def to_xlsx(records: Iterable[Mapping[str, Any]], titles: Mapping[str, str], out: BinaryIO) -> None:
    """One sheet: `titles` names the fields to write, in order. Texts are written as texts, whatever they begin with: a
    spreadsheet runs none of them. Dates and numbers stay dates and numbers."""
    import xlsxwriter

    book = xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for place, title in enumerate(titles.values()):
        sheet.write_string(0, place, title, bold)
    sheet.freeze_panes(1, 0)
    for line, record in enumerate(records, start=1):
        for place, name in enumerate(titles):
            _write_cell(sheet, line, place, record.get(name))
    book.close()


def _write_cell(sheet: Any, line: int, place: int, value: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(line, place, value)
        case int() | float() | Decimal() if math.isfinite(value):
            sheet.write_number(line, place, float(value))
        case date():
            sheet.write_datetime(line, place, value)
        case _:
            sheet.write_string(line, place, str(to_plain(value)))


def safe_text(text: str) -> str:
    """The text, made harmless to a spreadsheet; numbers never pass here and stay numbers."""
    return f"'{text}" if text.lstrip(" ").startswith(_RUNS) else text


def _csv_cell(value: Any) -> str:
    plain = to_plain(value)
    match plain:
        case None:
            return ""
        case bool():
            return "true" if plain else "false"
        case int() | float():
            return repr(plain)
        case str():
            # A decimal was written out exactly by `to_plain`: it is a number, whatever its sign.
            return plain if isinstance(value, Decimal) else safe_text(plain)
    return safe_text(json.dumps(plain, ensure_ascii=False))


def to_json(document: Any) -> str:
    """Indented JSON; decimals become numbers, what is no number is null."""
    return json.dumps(_jsonable(document), ensure_ascii=False, indent=2)


def to_plain(value: Any) -> Any:
    """A value as plain data: dates in ISO form, decimals as exact text, NaN and infinities as None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(each) for each in value]
    return value


def _jsonable(value: Any) -> Any:
    """Like `to_plain`, but a decimal becomes a JSON number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(key): _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(each) for each in value]
    return to_plain(value)


def to_parquet(records: Records | pa.Table, out: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = records if isinstance(records, pa.Table) else pa.Table.from_pylist([dict(each) for each in records])
    buffer = io.BytesIO()  # Parquet is written with seeks, which a pipe cannot do
    pq.write_table(table, buffer)
    out.write(buffer.getvalue())
