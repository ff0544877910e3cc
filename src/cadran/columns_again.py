"""Columns brought up to date: the rows of a KPI lie period by period, and those of periods about which nothing else is
told now are taken over from the columns of an earlier answer to the same question.

    earlier   | January | February | March |        February's amounts were corrected, March is compared with February
    now       | January | February | March |
                 taken     laid out   laid out
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cadran.answer import Answer
from cadran.columns import READ, ROLES, Laying, Shown, answer_to_arrow
from cadran.figures import Figures
from cadran.goals import Goals
from cadran.pieces import in_few_pieces

Array = npt.NDArray[np.generic]
Windows = npt.NDArray[np.bool_]
_MOST_PIECES = 4  # of each KPI


def up_to_date(answer: Answer, earlier: Answer) -> pa.Table:
    """What `answer_to_arrow` lays out."""
    if not _are_alike(answer, earlier):
        return answer_to_arrow(answer)
    if isinstance(answer.goals, Goals) and isinstance(earlier.goals, Goals):
        answer.goals.take_over(earlier.goals)  # before some of its periods are asked about
    laid_out, first = earlier.to_arrow(), 0
    shown = Shown(earlier.cells, earlier.periods)
    layings: dict[tuple[int, ...], Laying] = {}  # most KPIs differ in the same periods
    parts: list[pa.Table] = []
    for number, kpi in enumerate(answer.kpis):
        now, before = answer.figures[kpi.id], earlier.figures[kpi.id]
        rows = shown.of(before).sum(axis=0).tolist()
        changed = frozenset(_changed_periods(answer, now, before))
        for is_changed, run in groupby(range(len(rows)), changed.__contains__):
            periods = tuple(run)
            count = sum(rows[period] for period in periods)
            if is_changed and periods not in layings:
                layings[periods] = Laying(_part(answer, periods))
            parts.append(layings[periods].of_kpi(number) if is_changed else laid_out.slice(first, count))
            first += count
    return in_few_pieces(pa.concat_tables(parts), _MOST_PIECES * len(answer.kpis)) if parts else laid_out


def _are_alike(answer: Answer, earlier: Answer) -> bool:
    """Whether only numbers may differ between two answers."""
    return (
        (answer.kpis, answer.periods, answer.limits) == (earlier.kpis, earlier.periods, earlier.limits)
        and answer.cells == earlier.cells
        and _have_the_same_targets(answer, earlier)
    )


def _have_the_same_targets(answer: Answer, earlier: Answer) -> bool:
    if isinstance(answer.goals, Goals) and isinstance(earlier.goals, Goals):
        return answer.goals.has_targets_of(earlier.goals)
    return answer.goals == earlier.goals


def _changed_periods(answer: Answer, now: Figures, before: Figures) -> Iterator[int]:
    """The periods whose rows may say something else: those that read a window of which something else is told."""
    changed = _changed_windows(now, before)
    for number, asked in enumerate(answer.periods):
        windows = (getattr(asked, role) for role in ROLES)
        if any(window is not None and changed[window] for window in windows):
            yield number


def _changed_windows(now: Figures, before: Figures) -> Windows:
    """By window, whether any number of any cell is another."""
    windows = now.value.shape[1]
    if now.sampled is not None or before.sampled is not None or before.value.shape != now.value.shape:
        return np.ones(windows, np.bool_)
    changed = np.zeros(windows, np.bool_)
    for name in READ:
        changed |= _differs(getattr(now, name), getattr(before, name), windows)
    return changed


def _differs(now: Array | None, before: Array | None, windows: int) -> Windows:
    """By window (the last axis), whether two arrays differ bit by bit, so that what is undefined equals itself."""
    if now is None or before is None or now is before:
        return np.full(windows, now is not before)
    cells = tuple(range(now.ndim - 1))
    different: Windows = np.any(_bits(now) != _bits(before), axis=cells)
    return different


def _bits(array: Array) -> Array:
    return np.ascontiguousarray(array).view(np.int64) if array.dtype.itemsize == 8 else array


def _part(answer: Answer, periods: Sequence[int]) -> Answer:
    """An answer about some of its periods."""
    goals = answer.goals.about(periods) if isinstance(answer.goals, Goals) else answer.goals
    return replace(answer, periods=tuple(answer.periods[number] for number in periods), goals=goals)
