"""How a text file writes its cells: which delimiter, which quote."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DELIMITERS = (";", ",", "\t", "|")
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_ENDS = re.compile(r"\r\n|\n|\r")
_LINES = 200


@dataclass(frozen=True)
class Dialect:
    """`padded`: spaces stand between a delimiter and the quote that follows it."""

    delimiter: str
    quote: str
    padded: bool = False


def sniff(sample: str) -> Dialect:
    """The dialect under which the lines of `sample` have the most alike number of cells, and more than one."""
    hint = _EXCEL_HINT.match(sample)
    if hint:
        return Dialect(hint[1], '"')
    quote = _quote(sample)
    padded = re.search(f"[;,|] +{quote}", sample) is not None
    candidates = [Dialect(delimiter, quote, padded) for delimiter in DELIMITERS]
    return max(candidates, key=lambda dialect: _alikeness(sample, dialect))


def csv_reader(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        strict=strict,
        skipinitialspace=dialect.padded,
    )


def _quote(sample: str) -> str:
    """An apostrophe only where it stands at both ends of cells, and no double quote does."""
    edge = "[" + re.escape("".join(DELIMITERS)) + r"\r\n]"
    doubled = len(re.findall(f'{edge}"|"{edge}', sample))
    single = len(re.findall(f"{edge}'[^']*'{edge}", sample))
    return "'" if not doubled and single > 2 else '"'


def _alikeness(sample: str, dialect: Dialect) -> tuple[float, int]:
    """(share of the lines that have the usual number of cells, that number); (0, 0) when the usual line is not cut."""
    rows = _cut(sample, dialect)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (0.0, 0)
    width, lines = max(widths.items(), key=lambda item: item[0] * item[1])
    filled = sum(1 for row in rows if row)
    return (round(lines / max(filled, 1), 1), width)


def _cut(sample: str, dialect: Dialect) -> list[list[str]]:
    lines = [line + "\n" for line in _ENDS.split(sample, _LINES)[:_LINES]]
    reader = csv_reader(lines, dialect, strict=False)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error:  # a cell longer than csv allows: what was cut before it is enough to judge by
        return rows
    return rows
