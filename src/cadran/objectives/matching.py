"""Targets given for exactly the windows asked for, found for whole columns of scopes and periods at once.

    rows: rep A, 1 Jan - 1 Feb, 900          scopes (company, A, B), windows (January, February)
          rep B, 1 Jan - 1 Apr, 3000     ->  [[-, -], [900.0000, -], [-, -]], in whole ten-thousandths

Only what needs no thought is matched: a scope whose targets all have both dates, no named period and no breakdown, and
no second target for the same window. The others are left to `proration`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cadran.periods.period import LAST_YEAR, Period
from cadran.planner.arrays import whole_numbers

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Who = tuple[str, str | None]
"""A scope and its id: ("rep", "A"), ("company", None)."""

_SEPARATOR = "\x1f"
_DAYS = 1 << 24  # more days than there are between any two dates
_EPOCH = np.datetime64("1970-01-01")


def matched(rows: pa.Table, scopes: Sequence[Who], windows: Sequence[Period], scale: int) -> tuple[Whole, Flags]:
    """Arrays of (scopes, windows): the target times 10^scale, and whether there is one. `rows` are of one KPI."""
    who = _who(rows)
    plain = _is_plain(rows)
    found = pc.index_in(who, value_set=pa.array([_name(*scope) for scope in scopes])).fill_null(-1)
    index = found.to_numpy().astype(np.int64)
    index[~plain] = -1
    index[np.isin(index, _scopes_of(who, ~plain, scopes))] = -1
    place = _places(_window_codes(rows), windows)
    index, place, amounts = _only_ones(index, place, whole_numbers(rows.column("value"), scale))
    target, known = np.zeros((len(scopes), len(windows)), np.int64), np.zeros((len(scopes), len(windows)), np.bool_)
    target[index, place], known[index, place] = amounts, True
    return target, known


def _name(scope: str, scope_id: str | None) -> str:
    return f"{scope}{_SEPARATOR}{scope_id or ''}"


def _who(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows.column("scope"), pc.fill_null(rows.column("scope_id"), ""), _SEPARATOR)


def _is_plain(rows: pa.Table) -> Flags:
    """Rows with both dates, in order and not without end, and nothing else that says when or for what."""
    starts, ends = rows.column("starts_on"), rows.column("ends_on")
    dated = pc.and_(pc.less(starts, ends), pc.less_equal(pc.year(ends), LAST_YEAR))
    bare = pc.and_(pc.is_null(rows.column("period")), pc.is_null(rows.column("dimensions")))
    flags: Flags = pc.fill_null(pc.and_(dated, bare), False).to_numpy()
    return flags


def _scopes_of(who: pa.ChunkedArray, chosen: Flags, scopes: Sequence[Who]) -> Whole:
    """The positions of the scopes that the chosen rows speak of."""
    names = pc.unique(pc.filter(who, pa.array(chosen)))
    found: Whole = pc.index_in(names, value_set=pa.array([_name(*scope) for scope in scopes])).drop_null().to_numpy()
    return found


def _window_codes(rows: pa.Table) -> Whole:
    starts, ends = (
        pc.fill_null(rows.column(name).cast(pa.int32()), -1).to_numpy().astype(np.int64)
        for name in ("starts_on", "ends_on")
    )
    codes: Whole = starts * _DAYS + ends
    return codes


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
