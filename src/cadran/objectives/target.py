"""What a target is, and the window of time it is for (data-model.md, `targets`)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from cadran.errors import CadranError, IntakeError, Issue, Text
from cadran.periods.period import LAST_YEAR, Period, parse_period

Dimensions = tuple[tuple[str, str], ...]
"""The breakdown a target is for, as sorted (dimension, value) pairs; () for the whole."""

FOREVER = date.max
"""The end of a target without an end and without a successor. 9999-12-31 is also how databases write « no end »."""


class TargetKey(NamedTuple):
    """What a target is about: all of it but its window."""

    kpi: str
    scope: str
    scope_id: str | None = None
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A row of the table `targets`, as stored. No value: the target was withdrawn, by whom and when the row says."""

    kpi: str
    scope: str
    scope_id: str | None
    starts_on: date | None
    ends_on: date | None
    period: str | None
    value: Decimal | None
    stretch_value: Decimal | None = None
    dimensions: str | None = None
    set_by: str | None = None
    set_at: datetime | None = None
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An objective over a window of days. `period.end` is FOREVER when no end is known."""

    key: TargetKey
    period: Period
    value: Decimal
    stretch_value: Decimal | None = None
    set_by: str | None = None
    set_at: datetime | None = None
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.period.end == FOREVER


@dataclass(frozen=True)
class Resolution:
    """The targets that could be read, and what is wrong with the rows that could not."""

    targets: tuple[Target, ...]
    problems: tuple[Issue, ...]


def resolve_windows(rows: Iterable[TargetRow], fiscal_month: int = 1) -> Resolution:
    """Give each row its window: its dates, its `period`, or until the next target about the same thing.

    Of two rows about the same thing and window, the one set last counts. A row without a usable window becomes a
    problem, never a guess.
    """
    by_key: dict[TargetKey, list[Target]] = defaultdict(list)
    placed, problems = place(rows, fiscal_month)
    for _, target in placed:
        by_key[target.key].append(target)
    newest = (target for targets in by_key.values() for target in _newest(targets))
    return Resolution(tuple(newest), problems)


def place(
    rows: Iterable[TargetRow], fiscal_month: int = 1
) -> tuple[tuple[tuple[TargetRow, Target], ...], tuple[Issue, ...]]:
    """Each row that is not withdrawn with the target it is, its window closed; and what is wrong with the others."""
    by_key: dict[TargetKey, list[tuple[TargetRow, Target]]] = defaultdict(list)
    problems: list[Issue] = []
    for row in rows:
        if row.value is None:
            continue
        try:
            target = _target(row, row.value, fiscal_month)
        except CadranError as error:
            problems.extend(error.issues)
        else:
            by_key[target.key].append((row, target))
    placed: list[tuple[TargetRow, Target]] = []
    for pairs in by_key.values():
        placed += zip([row for row, _ in pairs], _close([target for _, target in pairs]), strict=True)
    return tuple(placed), tuple(problems)


def parse_dimensions(text: str | None) -> Dimensions:
    """Read `category = Logiciel; segment = PME`, or the same as a JSON object; IntakeError for anything else."""
    if text is None or not text.strip():
        return ()
    pairs = _json_pairs(text) if text.lstrip().startswith("{") else [part.partition("=") for part in text.split(";")]
    cleaned = [(name.strip(), value.strip()) for name, _, value in pairs if name.strip() or value.strip()]
    if not all(name and value for name, value in cleaned):
        raise IntakeError(_unreadable_dimensions(text))
    return tuple(sorted(cleaned))


def _json_pairs(text: str) -> list[tuple[str, str, str]]:
    try:
        return [(name, "=", str(value)) for name, value in json.loads(text).items()]
    except ValueError as error:
        raise IntakeError(_unreadable_dimensions(text)) from error


def _target(row: TargetRow, value: Decimal, fiscal_month: int) -> Target:
    key = TargetKey(row.kpi, row.scope, row.scope_id, parse_dimensions(row.dimensions))
    return Target(
        key,
        _window(row, fiscal_month),
        value,
        row.stretch_value,
        row.set_by,
        row.set_at,
        row.notified_at,
        row.acknowledged_at,
    )


def _window(row: TargetRow, fiscal_month: int) -> Period:
    named = parse_period(row.period, fiscal_month) if row.period else None
    start = row.starts_on or (named.start if named else None)
    if start is None:
        raise IntakeError(_no_window(row))
    end = row.ends_on or (named.end if named else FOREVER)
    window = Period(start, end if end.year <= LAST_YEAR else FOREVER)
    if window.is_empty:
        raise IntakeError(_no_window(row))
    return window


def _close(targets: list[Target]) -> list[Target]:
    """End each open target where the next one about the same thing begins."""
    if not any(target.is_open for target in targets):
        return targets
    starts = sorted({target.period.start for target in targets})
    following = dict(zip(starts, [*starts[1:], FOREVER], strict=True))
    return [_until(following[target.period.start], target) if target.is_open else target for target in targets]


def _until(end: date, target: Target) -> Target:
    return replace(target, period=Period(target.period.start, end))


def _newest(targets: Iterable[Target]) -> Iterable[Target]:
    """One target per window: the one set last, or given last when nobody says when it was set."""
    by_age = sorted(targets, key=lambda target: target.set_at or datetime.min)
    return {target.period: target for target in by_age}.values()


def _no_window(row: TargetRow) -> Issue:
    who = f"{row.kpi}, {row.scope} {row.scope_id or ''}".strip()
    message = Text(f"L’objectif {who} n’a pas de période.", f"The target {who} has no period.")
    advice = Text(
        "Donnez une date de début (et une date de fin, non comprise), ou une période comme 2026-T1.",
        "Give a first day (and an end, not included), or a period such as 2026-Q1.",
    )
    return Issue("target_without_window", message, advice)


def _unreadable_dimensions(text: str) -> Issue:
    message = Text(f"La ventilation « {text} » est illisible.", f'The breakdown "{text}" cannot be read.')
    advice = Text("Écrivez par exemple category = Logiciel.", "Write for example category = Software.")
    return Issue("unreadable_dimensions", message, advice)
