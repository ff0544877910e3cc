"""A company kept open by a program that answers many people: its answers at hand, and who may see what.

The folder is read anew when its settings or its own KPIs change; the organisation, when the data change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from cadran.access import Organisation, Role, Viewer, viewer_of
from cadran.answers import Answers
from cadran.catalogue.loader import Catalogue
from cadran.directory import Directory
from cadran.engines.duckdb import DuckDBEngine
from cadran.people import role_of
from cadran.settings import FILE_NAME
from cadran.store.kept_open import KeptOpen
from cadran.store.lake import Lake
from cadran.store.newest import newest_snapshot
from cadran.traces import Traces
from cadran.turns import Turns
from cadran.workspace import Workspace

Stamp = tuple[tuple[str, int, int], ...]
_T = TypeVar("_T")


class Shared(Workspace):
    """The folder as several people's questions read it at once, with the memory that the settings give them all."""

    @cached_property
    def open_store(self) -> KeptOpen:
        return KeptOpen(self.store, self.memory_limit)

    @property
    def memory_limit(self) -> str:
        return f"{self.settings.web.answer_megabytes}MB"

    def lake(self, *, read_only: bool = True, snapshot: int | None = None) -> Lake:
        if read_only and snapshot is None:
            return self.open_store.reader()
        return super().lake(read_only=read_only, snapshot=snapshot)

    def with_catalogue(self, catalogue: Catalogue) -> Self:
        other = super().with_catalogue(catalogue)
        other.open_store = self.open_store
        return other


@dataclass(frozen=True)
class Opened:
    """The folder as it was when its files bore `stamp`."""

    stamp: Stamp
    workspace: Workspace
    answers: Answers
    traces: Traces


@dataclass(frozen=True)
class Known:
    """The people and teams of a snapshot, looked at on one evening."""

    snapshot: tuple[int, str]
    evening: date
    directory: Directory
    organisation: Organisation


class Served:
    """Safe to use from several threads at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._opened: Opened | None = None
        self._known: Known | None = None
        self._turns = Turns()
        self._look = threading.local()

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Inside, this thread looks at the folder's files once: whoever only reads sees one state of them."""
        self._look.seen = {}
        try:
            yield
        finally:
            self._look.seen = None

    @property
    def workspace(self) -> Workspace:
        """The folder with the settings and definitions of now. Raises SettingsError, DefinitionError."""
        return self._open().workspace

    @property
    def stamp(self) -> Stamp:
        """What changes when the settings or definitions do."""
        return self._open().stamp

    @property
    def answers(self) -> Answers:
        return self._open().answers

    @property
    def traces(self) -> Traces:
        return self._open().traces

    def viewer(self, email: str, known: Known | None = None) -> Viewer:
        """The person behind an address, as `known` (by default now). Raises AccessError for somebody who is not in
        people.toml."""
        return viewer_of(email, self.role_of(email), (known or self.known()).organisation)

    def role_of(self, email: str) -> Role:
        """Raises AccessError for somebody who is not in people.toml."""
        return self._seen(("role", email), lambda: role_of(self.folder, email))

    def known(self) -> Known:
        """The reps and teams of now. A warehouse tells no snapshot: it is asked every time."""
        workspace = self.workspace
        evening = workspace.settings.as_of()
        if workspace.settings.engine.is_warehouse:
            from cadran.warehouse import open_warehouse

            with open_warehouse(workspace.settings) as warehouse:
                directory = Directory.of_warehouse(warehouse.engine, warehouse.relations)
            return Known((0, ""), evening, directory, directory.organisation(evening))
        newest = newest_snapshot(workspace.store)
        with self._turns.of((newest, evening)):  # after an import, everybody asks at once
            known = self._known
            if known is None or (known.snapshot, known.evening) != (newest, evening):
                with workspace.lake() as lake:
                    directory = Directory.load(DuckDBEngine(lake.connection))
                organisation = directory.organisation(evening)
                if known is not None and known.organisation == organisation:
                    organisation = known.organisation  # to compare one with itself takes no time
                known = self._known = Known(newest, evening, directory, organisation)
        return known

    def _open(self) -> Opened:
        return self._seen("folder", self._look_at)

    def _seen(self, name: Hashable, look: Callable[[], _T]) -> _T:
        """What `look` finds, or found before in the one look of this thread."""
        seen: dict[Hashable, Any] | None = getattr(self._look, "seen", None)
        if seen is None:
            return look()
        if name not in seen:
            seen[name] = look()
        found: _T = seen[name]
        return found

    def _look_at(self) -> Opened:
        stamp = _stamp(self.folder)
        with self._guard:
            if self._opened is None or self._opened.stamp != stamp:
                workspace = Shared.open(self.folder)
                self._opened = Opened(stamp, workspace, Answers(workspace), Traces(workspace))
            return self._opened


def _stamp(folder: Path) -> Stamp:
    """What changes when the folder's settings or definitions do."""
    files = (folder / FILE_NAME, *sorted((folder / "kpis").glob("*.y*ml")))
    return tuple(seen for file in files for seen in _state(file))


def _state(file: Path) -> Iterator[tuple[str, int, int]]:
    """Nothing for a file that is not there."""
    with suppress(FileNotFoundError):
        stat = file.stat()
        yield file.name, stat.st_mtime_ns, stat.st_size
