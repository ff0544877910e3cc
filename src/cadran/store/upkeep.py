"""Keeping the store fast: small files are merged, deleted rows written out of theirs, and leftovers removed.

Every snapshot stays readable as it was; upkeep adds snapshots of its own, which change nothing. A transaction that is
open while DuckLake merges files reads only a part of the rows afterwards: so upkeep is done when nobody else is there.
What works in the background begins nothing more while a writer is at work.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadran.store.lake import Lake
from cadran.store.lock import PATIENCE_SECONDS
from cadran.store.record import ImportRecord

# When an import is worth some upkeep: looked at every so many imports, where files have become many; or at once, where
# it put many rows in the place of others.
_EVERY = 20
_MANY_FILES = 60
_MANY_ROWS = 100_000
_SHORT_PATIENCE = 5.0  # seconds
_UNTIL_ALONE = 3.0  # seconds, until who has begun something is done with it
_MERGED_BELOW = 64 * 2**20  # bytes; a larger file is left alone, so the cost does not grow with the store
_REWRITE_ABOVE = 0.1  # share of deleted rows above which a file is written anew


@dataclass(frozen=True)
class Upkeep:
    """How many data files the current state is made of, before and after."""

    files_before: int
    files_after: int


def maintain_when_it_pays(lake: Lake, record: ImportRecord) -> Upkeep | None:
    """Upkeep after the import of `record`, once it has landed, if there is enough to tidy and nobody else has the
    store open; None if not. Raises what `maintain` raises, but does not wait long for another writer."""
    replaced = sum(count.changed + count.removed + count.restored for count in record.tables)
    is_time = record.id % _EVERY == 0 and _count_files(lake) > _MANY_FILES
    return maintain(lake, patience=_SHORT_PATIENCE) if is_time or replaced >= _MANY_ROWS else None


def maintain(lake: Lake, patience: float = PATIENCE_SECONDS) -> Upkeep | None:
    """Merge, rewrite and tidy, under the writer's lock: tenths of a second for hundreds of small files, seconds where
    a tenth of millions of rows was replaced. None, and nothing done, where somebody else keeps the store open for more
    than a few seconds, in which other writers wait. Raises StoreError when the store is busy for more than `patience`
    seconds or open read only."""
    with lake.lock(patience), lake.alone(_UNTIL_ALONE) as nobody_else:
        if not nobody_else:
            return None
        before = _count_files(lake)
        lake.query(f"CALL ducklake_rewrite_data_files('lake', delete_threshold => {_REWRITE_ABOVE})")
        lake.query(f"CALL ducklake_merge_adjacent_files('lake', max_file_size => {_MERGED_BELOW})")
        lake.query("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
        # No writer is at work, so a file that no snapshot knows was left by one that was killed.
        lake.query("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")
        return Upkeep(before, _count_files(lake))


def _count_files(lake: Lake) -> int:
    ((files,),) = lake.query("SELECT sum(file_count + delete_file_count) FROM ducklake_table_info('lake')")
    return int(files or 0)
