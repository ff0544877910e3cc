"""Ids as the company writes them, for the few rows that somebody looks at: no statement joins the tables of ids.

A domain's table of ids is read once, whole, where it is not huge; what is not found in it is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cadran.engines.engine import Engine
from cadran.store.interning import LARGEST
from cadran.store.schema import keys_of
from cadran.tables.model import GROUPING_DOMAINS

_MOST_WHOLE = 1_000_000  # texts of a domain; some tens of megabytes


@dataclass(frozen=True)
class _Kept:
    """The texts of a domain, in the order of their `numbers`. `themselves`: numbers up to the largest that the store
    gives nothing stand for themselves."""

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    texts: pa.Array
    themselves: bool

    def found(self, numbers: Iterable[int]) -> dict[int, str]:
        wanted = np.fromiter(numbers, np.int64)
        at = np.searchsorted(self.numbers, wanted)
        is_there = at < len(self.numbers)
        is_there[is_there] = self.numbers[at[is_there]] == wanted[is_there]
        return dict(zip(wanted[is_there].tolist(), self.texts.take(at[is_there]).to_pylist(), strict=True))


class WrittenIds:
    """The texts of a store's ids, as far as they were asked for: numbers are never given twice, so that they stay
    right. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._guard = threading.Lock()

    def in_place_of(self, numbered: Mapping[str, str], rows: pa.Table, engine: Engine) -> pa.Table:
        """The rows, with texts in the columns that hold the numbers of a domain: `numbered` names them. Raises
        EngineError."""
        for column, domain in numbered.items():
            numbers = rows.column(column).to_pylist()
            texts = self._texts(domain, {number for number in numbers if number is not None}, engine)
            written = pa.array([texts.get(number) for number in numbers], pa.string())
            rows = rows.set_column(rows.column_names.index(column), column, written)
        return rows

    def _texts(self, domain: str, numbers: set[int], engine: Engine) -> Mapping[int, str]:
        if not numbers:
            return {}
        kept = self._kept_of(domain, engine)
        found = kept.found(numbers)
        if kept.themselves:
            found |= {number: str(number) for number in numbers - found.keys() if number <= LARGEST}
        missing = ", ".join(map(str, sorted(numbers - found.keys())))
        if missing:
            asked = engine.query(f"SELECT id, key FROM {keys_of(domain)} WHERE id IN ({missing})").to_pydict()
            found |= dict(zip(asked["id"], asked["key"], strict=True))
            if asked["id"] and len(kept.numbers):  # texts have come since it was read
                self._forget(domain)
        return found

    def _kept_of(self, domain: str, engine: Engine) -> _Kept:
        with self._guard:
            if domain not in self._kept:
                self._kept[domain] = _read(domain, engine)
            return self._kept[domain]

    def _forget(self, domain: str) -> None:
        with self._guard:
            self._kept.pop(domain, None)


def _read(domain: str, engine: Engine) -> _Kept:
    keys = keys_of(domain)
    (about,) = engine.query(
        f"SELECT count(*) AS texts, coalesce(min(id), {LARGEST + 1}) AS first FROM {keys}"
    ).to_pylist()
    themselves = domain in GROUPING_DOMAINS and about["first"] > LARGEST
    if not 0 < about["texts"] <= _MOST_WHOLE:
        return _Kept(np.empty(0, np.int64), pa.array([], pa.string()), themselves)
    whole = engine.query(f"SELECT id, key FROM {keys} ORDER BY id").combine_chunks()
    return _Kept(whole.column("id").to_numpy(), whole.column("key").combine_chunks(), themselves)
