"""Writing the sample company's files: the same bytes from the same rows, on any machine, on any day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from cadran.demo import world
from cadran.demo.cells import Style, Value
from cadran.demo.pages import Book, Page


def write_books(folder: Path, books: tuple[Book, ...]) -> tuple[Path, ...]:
    """Write every file into `folder` and return their paths, in the order given."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / book.name for book in books)
    for book, path in zip(books, paths, strict=True):
        if book.style is None:
            _write_workbook(path, book.pages)
        else:
            path.write_bytes(_text(book, book.style).encode(book.encoding))
    return paths


def _text(book: Book, style: Style) -> str:
    """Lines end as Windows programs end them."""
    page = book.pages[0]
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=book.delimiter, lineterminator="\r\n")
    writer.writerow(page.headers)
    writer.writerows([style.text(value) for value in row] for row in page.cells)
    return lines.getvalue()


def _write_workbook(path: Path, pages: tuple[Page, ...]) -> None:
    from xlsxwriter import Workbook

    with Workbook(path) as workbook:
        workbook.set_properties({"created": datetime.combine(world.TODAY, datetime.min.time())})
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        for page in pages:
            sheet = workbook.add_worksheet(page.name)
            for place, row in enumerate(_rows(page)):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(place, column, value, day)
                    elif value is not None:
                        sheet.write(place, column, float(value) if isinstance(value, Decimal) else value)


def _rows(page: Page) -> Iterator[tuple[Value, ...]]:
    if page.title:
        yield (page.title,)
        yield ()
    yield page.headers
    yield from page.cells
    if page.total_of:
        place = page.headers.index(page.total_of)
        amounts = [value for value in (row[place] for row in page.cells) if isinstance(value, Decimal)]
        total = sum(amounts, Decimal(0))
        yield ("Total", *(None for _ in range(place - 1)), total)
