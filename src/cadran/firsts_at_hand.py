"""Every client's first purchase at a snapshot, read once for all questions that are asked anew there.

Whether a prospect has become a client, or a client is new, is told by their first purchase ever: each such question
would read all sales there are for it.
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
from cadran.store.newest import newest_snapshot

NAME = "firsts_at_hand"  # as lent to the engine


class FirstsAtHand:
    """Of one `snapshot`, by the text of the statement that reads them. Safe to use from several threads at once."""

    def __init__(self, snapshot: tuple[int, str]) -> None:
        self.snapshot = snapshot
        self._kept: dict[str, pa.Table] = {}
        self._guard = threading.Lock()

    def of(self, opened: Session, reading: Reading) -> tuple[str, pa.Table]:
        """The statement's text, and what it tells. Whoever comes while they are read waits for them."""
        text = opened.engine.written(first_days(reading.context))
        with self._guard:
            found = self._kept.get(text)
            if found is None:
                found = opened.engine.query(text)
                if newest_snapshot(opened.moments.lake.folder) == self.snapshot:  # nor has another store come meanwhile
                    self._kept[text] = found
            return text, found

    def serve(self, opened: Session, reading: Reading) -> bool:
        """Whether a question is read at this snapshot."""
        return reading.context.snapshot is None and opened.moments.lake.snapshot() == self.snapshot[0]


def with_firsts_lent(reading: Reading, batch: Batch, text: str) -> exp.Expr | None:
    """The statement of a batch, `text` where it looks for first purchases itself, with those lent in their place; None
    where it looks for none."""
    if FIRST_PURCHASE not in text:
        return None
    query = statement(batch, replace(reading.context, firsts=NAME), reading.reach)
    return query if any(table.name == NAME for table in query.find_all(exp.Table)) else None
