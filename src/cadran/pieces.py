"""Tables in memory made of parts of others."""

from __future__ import annotations

import pyarrow as pa

_MOST = 16


def in_few_pieces(table: pa.Table, most: int = _MOST) -> pa.Table:
    """In one piece again once there are many, for that copies all of it: each piece keeps the whole table alive that it
    was taken from."""
    return table.combine_chunks() if table.num_columns and table.column(0).num_chunks > most else table
