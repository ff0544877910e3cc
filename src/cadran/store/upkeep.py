"""Keeping the store fast: small files are merged, deleted rows written out of theirs, and leftovers removed.

Every snapshot stays readable as it was; upkeep adds snapshots of its own, which change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadran.store.lake import Lake

_REWRITE_ABOVE = 0.1  # share of deleted rows above which a file is written anew
# A reader that began before the files were replaced may still open the old ones.
_READERS_ARE_DONE = "now() - INTERVAL 1 HOUR"


@dataclass(frozen=True)
class Upkeep:
    """How many data files the current state is made of, before and after."""

    files_before: int
    files_after: int


def maintain(lake: Lake) -> Upkeep:
    """Merge, rewrite and tidy, under the writer's lock. Takes seconds on millions of rows. Raises StoreError when the
    store is busy or open read only."""
    with lake.lock():
        before = _count_files(lake)
        lake.query(f"CALL ducklake_rewrite_data_files('lake', delete_threshold => {_REWRITE_ABOVE})")
        lake.query("CALL ducklake_merge_adjacent_files('lake')")
        lake.query(f"CALL ducklake_cleanup_old_files('lake', older_than => {_READERS_ARE_DONE})")
        # No writer is at work, so a file that no snapshot knows was left by one that was killed.
        lake.query("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")
        return Upkeep(before, _count_files(lake))


def _count_files(lake: Lake) -> int:
    ((files,),) = lake.query("SELECT sum(file_count + delete_file_count) FROM ducklake_table_info('lake')")
    return int(files or 0)
