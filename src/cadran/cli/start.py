"""Where the command begins: while one processor imports the program, another already opens the store's engine."""

from __future__ import annotations

import sys

from cadran.store.connection import connect_ahead

_OPENING = ("ask", "scorecard", "explain", "rows", "changes", "import")


def run() -> None:
    """What the `cadran` script calls; always ends by leaving with a code."""
    if sys.argv[1:] and sys.argv[1] in _OPENING:
        connect_ahead()
    from cadran.cli import main

    main.run()
