"""A file before it is written: its pages, their headers and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cadran.demo.cells import Style, Value

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page:
    """A table as it stands in a file: rows of `cells`, each as long as `headers`. A workbook's page may have a `title`
    above its header and a « Total » line below, that adds up the cells under the header `total_of`."""

    name: str
    headers: tuple[str, ...]
    cells: tuple[tuple[Value, ...], ...]
    title: str | None = None
    total_of: str | None = None


@dataclass(frozen=True)
class Book:
    """A file: one page of text in an encoding, or a workbook of pages (`style` None)."""

    name: str
    pages: tuple[Page, ...]
    style: Style | None = None
    encoding: str = "utf-8"
    delimiter: str = ";"


class Columns(Generic[Row]):
    """Headers, and what each says of a row."""

    def __init__(self, columns: dict[str, Callable[[Row], Value]]) -> None:
        self._columns = columns

    def page(self, rows: Iterable[Row], name: str = "", title: str | None = None, total_of: str | None = None) -> Page:
        cells = tuple(tuple(say(row) for say in self._columns.values()) for row in rows)
        return Page(name, tuple(self._columns), cells, title, total_of)
