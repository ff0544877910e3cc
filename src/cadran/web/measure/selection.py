"""Which of the rows behind a number a page shows: of one side, that hold a text, in an order, a hundred at a time.

Whole columns are looked at by Arrow; only the rows of the page become Python values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from django.http import QueryDict

from cadran.web.people.numbers import whole

PAGE = 100
NUMERATOR, DENOMINATOR, LEFT_OUT = "numerator", "denominator", "left_out"
SIDES = {NUMERATOR: "in_numerator", DENOMINATOR: "in_denominator", LEFT_OUT: "left_out"}


@dataclass(frozen=True)
class Selection:
    """`part`: one of the KPIs that a derived one is made of; `side`: a key of SIDES; `text` looked for in `column`, or
    in all; `sort`: a column, with a minus for the largest first. Empty: all of them, the newest first."""

    part: str = ""
    side: str = ""
    text: str = ""
    column: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, asked: QueryDict) -> Selection:
        """From an address; what makes no sense in it is left aside."""
        return cls(
            part=asked.get("part", ""),
            side=asked.get("side", "") if asked.get("side") in SIDES else "",
            text=asked.get("q", "").strip()[:200],
            column=asked.get("in", ""),
            sort=asked.get("sort", ""),
            page=max(1, whole(asked.get("page", "1")) or 1),
        )

    def address(self, **changes: object) -> dict[str, str]:
        """As parameters of an address; another choice begins on the first page."""
        changed = replace(self, **{"page": 1} | changes)  # type: ignore[arg-type]
        found = {
            "part": changed.part,
            "side": changed.side,
            "q": changed.text,
            "in": changed.column,
            "sort": changed.sort,
            "page": str(changed.page) if changed.page > 1 else "",
        }
        return {name: value for name, value in found.items() if value}


def chosen(rows: pa.Table, selection: Selection, searched: tuple[str, ...]) -> pa.Table:
    """The rows of the part and side that hold the text, in their order. `searched`: the columns a text may stand in."""
    kept = None
    if selection.part and "kpi" in rows.column_names:
        kept = _both(kept, _holds(rows.column("kpi"), selection.part, whole=True))
    if selection.side and rows.num_rows:
        kept = _both(kept, pc.fill_null(rows.column(SIDES[selection.side]), False))
    if selection.text:
        columns = [selection.column] if selection.column in searched else searched
        kept = _both(kept, _anywhere(rows, columns, selection.text))
    found = rows if kept is None else rows.filter(kept)
    name = selection.sort.removeprefix("-")
    if name in found.column_names:
        found = found.take(_order(found.column(name), descending=selection.sort.startswith("-")))
    return found


def page_of(rows: pa.Table, selection: Selection, size: int = PAGE) -> pa.Table:
    """One page; rows come dated, the oldest first, and are read from their end unless an order is asked for."""
    start = (selection.page - 1) * size
    if selection.sort.removeprefix("-") in rows.column_names and selection.sort:
        return rows.slice(start, size)
    end = rows.num_rows - start
    first = max(0, end - size)
    if end <= first:
        return rows.slice(0, 0)
    return rows.slice(first, end - first).take(pa.array(range(end - first - 1, -1, -1), pa.int64()))


def count_of(rows: pa.Table, flag: str) -> int:
    """How many rows bear a flag, one of those of SIDES."""
    return int(pc.sum(rows.column(flag)).as_py() or 0) if rows.num_rows else 0


def _both(one: pa.ChunkedArray | None, other: pa.ChunkedArray) -> pa.ChunkedArray:
    return other if one is None else pc.and_(one, other)


def _anywhere(rows: pa.Table, columns: list[str] | tuple[str, ...], text: str) -> pa.ChunkedArray:
    found = None
    for name in columns:
        column = rows.column(name)
        if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
            here = _holds(column, text)
            found = here if found is None else pc.or_(found, here)
    return pa.chunked_array([pa.array([False] * rows.num_rows)]) if found is None else found


def _holds(column: pa.ChunkedArray, text: str, whole: bool = False) -> pa.ChunkedArray:
    """Whether each value holds the text, whatever its case; of a dictionary, each distinct value is looked at once."""
    if not pa.types.is_dictionary(column.type):
        hit = pc.equal(column, text) if whole else pc.match_substring(pc.utf8_lower(column), text.lower())
        return pc.fill_null(hit, False)
    parts = []
    for chunk in column.chunks:
        if whole:
            hit = pc.equal(chunk.dictionary, text)
        else:
            hit = pc.match_substring(pc.utf8_lower(chunk.dictionary), text.lower())
        parts.append(pc.fill_null(pc.take(hit, chunk.indices), False))
    return pa.chunked_array(parts, pa.bool_())


def _order(column: pa.ChunkedArray, descending: bool) -> pa.Array:
    """What is missing stands last, either way."""
    values = column.combine_chunks()
    if pa.types.is_dictionary(values.type):
        ranks = pc.rank(pc.utf8_lower(values.dictionary), tiebreaker="dense")
        values = pc.take(ranks, values.indices)
    elif pa.types.is_string(values.type):
        values = pc.utf8_lower(values)
    return pc.array_sort_indices(values, order="descending" if descending else "ascending")
