"""Processes to be killed. Each is forked from one that has imported the program and opened nothing: to import it takes
longer than most of them live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["cadran.intake.load", "cadran.store.lake", "pyarrow", "duckdb", "tests.store.writer"])


@dataclass(frozen=True)
class Started:
    """A process, and what it says."""

    process: ForkServerProcess
    told: Connection

    def kill(self) -> None:
        """SIGKILL, at once."""
        self.process.kill()
        self.process.join()
        self.told.close()
        self.process.close()


def started(work: Callable[..., None], *arguments: Any) -> Started:
    """A process that does `work(say, *arguments)`, where `say` sends one text; both are found by import."""
    told, says = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_do, args=(work, says, arguments), daemon=True)
    process.start()
    says.close()
    return Started(process, told)


def _do(work: Callable[..., None], says: Connection, arguments: tuple[Any, ...]) -> None:
    work(says.send, *arguments)
