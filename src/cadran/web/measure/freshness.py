"""How fresh the data are: the newest import of each source, and the rows that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cadran.access import Ability
from cadran.catalogue.sources import SOURCES
from cadran.store.ledger import imports
from cadran.store.newest import newest_snapshot
from cadran.store.quarantine import quarantine
from cadran.web.people.frame import Frame, served


@dataclass(frozen=True)
class Source:
    """A source: when its newest living import was made, in UTC, and the rows that all of them loaded."""

    name: str
    at: datetime
    rows: int


@dataclass(frozen=True)
class Sources:
    sources: tuple[Source, ...]
    waiting: int


def sources_of(frame: Frame) -> Sources | None:
    """None for whoever does not feed the data, and for a warehouse read in place."""
    if not frame.may(Ability.FEED) or frame.settings.engine.is_warehouse:
        return None
    return _sources(served.workspace.store, newest_snapshot(served.workspace.store))


@lru_cache(maxsize=4)
def _sources(store: Path, snapshot: tuple[int, str]) -> Sources:
    """Read once for each snapshot."""
    with served.workspace.lake() as lake:
        newest: dict[str, Source] = {}
        for record in imports(lake):
            if record.status == "live":
                name = record.source or record.name
                at = record.committed_at.replace(tzinfo=UTC)
                before = newest[name].rows if name in newest else 0  # a corrected row is an import of its source
                newest[name] = Source(name, at, before + sum(count.loaded for count in record.counts))
        return Sources(
            tuple(sorted(newest.values(), key=lambda each: each.at, reverse=True)[:6]), len(quarantine(lake))
        )


def newest_of(frame: Frame, source: str) -> datetime | None:
    """When a source of KPIs was last imported into, in UTC; None where nothing tells."""
    if frame.settings.engine.is_warehouse or source not in SOURCES:
        return None
    return _moments(served.workspace.store, newest_snapshot(served.workspace.store)).get(SOURCES[source].table.name)


@lru_cache(maxsize=4)
def _moments(store: Path, snapshot: tuple[int, str]) -> dict[str, datetime]:
    """Table -> its newest living import. Read once for each snapshot."""
    with served.workspace.lake() as lake:
        living = [record for record in imports(lake) if record.status == "live"]
    found: dict[str, datetime] = {}
    for record in living:
        at = record.committed_at.replace(tzinfo=UTC)
        for count in record.counts:
            found[count.table] = max(at, found.get(count.table, at))
    return found
