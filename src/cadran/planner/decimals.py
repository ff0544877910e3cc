"""Decimals as whole numbers of their last digit, a column at a time: 12.5 with four decimals is 125000."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def whole_numbers(column: pa.ChunkedArray, scale: int) -> npt.NDArray[np.int64]:
    """A decimal column times 10^scale, rounded half to even; null as 0. Raises OverflowError past 9 * 10^18."""
    wide = pa.decimal128(38, scale)
    if column.type.scale != scale:
        column = pc.round(column, scale, round_mode="half_to_even").cast(wide, safe=False)
    array = _one_array(pc.fill_null(column.cast(wide), pa.scalar(0).cast(wide)))
    # A decimal is a 128-bit integer, its lower half first; the upper half of one that fits is only its sign.
    words = np.frombuffer(array.buffers()[1], dtype=np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[0::2], words[1::2]
    if not np.array_equal(high, low >> 63):
        raise OverflowError("an amount is too large for the store's money")
    return low.copy()


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
