"""Targets given for exactly the windows asked for, found for whole columns of scopes and periods at once.

    rows: rep A, 1 Jan - 1 Feb, 900          scopes (company, A, B), windows (January, February)
          rep B, 1 Jan - 1 Apr, 3000     ->  [[-, -], [900.0000, -], [-, -]], in whole ten-thousandths

Only what needs no thought is matched: a scope whose targets all have both dates and no breakdown, and no second target
for the same window. The others are left to `proration`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cadran.periods.period import LAST_YEAR, Period
from cadran.planner.arrays import codes, integers, is_there, whole_numbers

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Who = tuple[str, str | None]
"""A scope and its id: ("rep", "A"), ("company", None)."""

_DAYS = 1 << 24  # more days than there are between any two dates
_EPOCH = np.datetime64("1970-01-01")
_NO_DAY = -_DAYS
_END = int((np.datetime64(f"{LAST_YEAR + 1}-01-01") - _EPOCH).astype(np.int64))


def matched(rows: pa.Table, scopes: Sequence[Who], windows: Sequence[Period], scale: int) -> tuple[Whole, Flags]:
    """Arrays of (scopes, windows): the target times 10^scale, and whether there is one. `rows` are of one KPI."""
    index, plain = _scopes(rows, scopes), _is_plain(rows)
    index[np.isin(index, index[~plain])] = -1
    place = _places(_window_codes(rows), windows)
    index, place, amounts = _only_ones(index, place, whole_numbers(rows.column("value"), scale))
    target, known = np.zeros((len(scopes), len(windows)), np.int64), np.zeros((len(scopes), len(windows)), np.bool_)
    target[index, place], known[index, place] = amounts, True
    return target, known


def _scopes(rows: pa.Table, scopes: Sequence[Who]) -> Whole:
    """The position of each row's scope; -1 for one that was not asked for."""
    levels, level_names = codes(rows.column("scope"))
    ids, id_names = codes(rows.column("scope_id"))
    asked = {who: position for position, who in enumerate(scopes)}
    table = [[asked.get((level or "", scope_id), -1) for scope_id in id_names] for level in level_names]
    positions = np.array(table, dtype=np.int64).reshape(len(level_names), len(id_names))
    return positions[levels, ids]


def _is_plain(rows: pa.Table) -> Flags:
    """Rows with both dates, in order and not without end (a named period then adds nothing), for the whole."""
    starts, ends = _days(rows, "starts_on"), _days(rows, "ends_on")
    dated = (starts > _NO_DAY) & (starts < ends) & (ends < _END)
    whole: Flags = ~is_there(rows.column("dimensions"))
    return dated & whole


def _days(rows: pa.Table, name: str) -> Whole:
    """A column of dates in days since 1970."""
    return integers(rows.column(name).cast(pa.int32()), _NO_DAY)


def _window_codes(rows: pa.Table) -> Whole:
    return _days(rows, "starts_on") * _DAYS + _days(rows, "ends_on")


def _places(codes: Whole, windows: Sequence[Period]) -> Whole:
    """The position of each code among the windows; -1 for another window."""
    days = np.array([(w.start, w.end) for w in windows], dtype="datetime64[D]").reshape(-1, 2) - _EPOCH
    wanted = days[:, 0].astype(np.int64) * _DAYS + days[:, 1].astype(np.int64)
    order = np.argsort(wanted)
    at = np.searchsorted(wanted[order], codes).clip(0, max(len(wanted) - 1, 0))
    return np.where(wanted[order][at] == codes, order[at], -1)


def _only_ones(index: Whole, place: Whole, amounts: Whole) -> tuple[Whole, Whole, Whole]:
    """The rows that fell on a scope and window, where no other row fell on the same."""
    inside = (index >= 0) & (place >= 0)
    index, place, amounts = index[inside], place[inside], amounts[inside]
    _, first, times = np.unique(index * _DAYS + place, return_index=True, return_counts=True)
    alone = first[times == 1]
    return index[alone], place[alone], amounts[alone]
