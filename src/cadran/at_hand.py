"""What is read once for all questions at a snapshot.

first purchases   whether a prospect has become a client, or a client is new, is told by their first purchase ever:
                  each such question, asked anew, would read all sales there are for it
touched rows      those that changed since an earlier snapshot, by which answers of then are brought up to date
"""

from __future__ import annotations

import threading
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from cadran.planner.first_purchase import FIRST_PURCHASE
from cadran.planner.plan import Batch
from cadran.planner.sources import first_days
from cadran.planner.to_sql import statement
from cadran.readings import Reading
from cadran.session import Session
from cadran.store.moments import Touched
from cadran.store.newest import newest_snapshot

NAME = "firsts_at_hand"  # as lent to the engine


class AtHand:
    """Of one `snapshot`. Safe to use from several threads at once: whoever comes while something is read waits."""

    def __init__(self, snapshot: tuple[int, str]) -> None:
        self.snapshot = snapshot
        self._firsts: dict[str, pa.Table] = {}
        self._touched: dict[tuple[str, tuple[str, ...], int, int], Touched | None] = {}
        self._reading_firsts, self._reading_touched = threading.Lock(), threading.Lock()

    def firsts(self, opened: Session, reading: Reading) -> tuple[str, pa.Table]:
        """Every client's first purchase: the statement's text, and what it tells."""
        text = opened.engine.written(first_days(reading.context))
        with self._reading_firsts:
            found = self._firsts.get(text)
            if found is None:
                found = opened.engine.query(text)
                if self._is_still_there(opened):
                    self._firsts[text] = found
            return text, found

    def touched(self, opened: Session, table: str, columns: tuple[str, ...], since: int, most: int) -> Touched | None:
        """See `Moments.touched`."""
        asked = table, columns, since, most
        with self._reading_touched:
            if asked in self._touched:
                return self._touched[asked]
            found = opened.moments.touched(*asked)
            if self._is_still_there(opened):
                self._touched[asked] = found
            return found

    def serves(self, opened: Session) -> bool:
        """Whether a session is read at this snapshot."""
        return opened.moments.lake.snapshot() == self.snapshot[0]

    def _is_still_there(self, opened: Session) -> bool:
        """Nor has another store come meanwhile."""
        return newest_snapshot(opened.moments.lake.folder) == self.snapshot


def with_firsts_lent(reading: Reading, batch: Batch, text: str) -> exp.Expr | None:
    """The statement of a batch, `text` where it looks for first purchases itself, with those lent in their place; None
    where it looks for none."""
    if FIRST_PURCHASE not in text:
        return None
    query = statement(batch, replace(reading.context, firsts=NAME), reading.reach)
    return query if any(table.name == NAME for table in query.find_all(exp.Table)) else None
