"""A bar that moves while files are imported, on a terminal only; it goes when the work is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cadran.cli.language import say
from cadran.errors import Text

Progress = Callable[[str, int, int], None]

_STEPS = {
    "read": Text("Lecture", "Reading"),
    "clean": Text("Nettoyage", "Cleaning"),
    "check": Text("Contrôle", "Checking"),
    "load": Text("Chargement", "Loading"),
}


@contextmanager
def steps() -> Iterator[Progress | None]:
    """What an import tells its progress to: (step, done, total). None where nobody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    from cadran.cli.output import console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=None)

        def tell(step: str, done: int, total: int) -> None:
            bars.update(bar, description=say(_STEPS[step]), completed=done, total=total)

        yield tell
