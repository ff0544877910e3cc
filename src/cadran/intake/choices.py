"""The company's choices in the store: what `--known-on` answers by.

Reading never writes, so what a person changes in cadran.toml or in their own KPIs is kept with the data by the next
command that does write: an import, an undo, or `cadran doctor`, which looks for nothing else to write.
"""

from __future__ import annotations

from cadran.intake.load import Workspace, context_of
from cadran.store import ledger


def keep_choices(workspace: Workspace, author: str) -> bool:
    """Keep the settings and definitions in force, from now on; False where the store has them, or holds nothing that
    they could matter for. Raises StoreError when the store is busy or may not be written to."""
    context = context_of(workspace)
    with workspace.lake(read_only=True) as lake:
        if lake.context() == context or not ledger.imports(lake):
            return False
    with workspace.lake(read_only=False) as lake:
        return ledger.keep_context(lake, context, author)
