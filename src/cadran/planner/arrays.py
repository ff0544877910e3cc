"""Columns of an engine's answer as NumPy arrays and back, by way of their buffers: pyarrow's own ways import pandas
where it is installed, which costs a command a quarter of a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


def is_there(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Where the column is not null."""
    return _numbers(pc.is_valid(column).cast(pa.uint8()), np.uint8).astype(np.bool_)


def integers(column: pa.ChunkedArray, missing: int) -> npt.NDArray[np.int64]:
    """A column of whole numbers; `missing` where it is null."""
    return np.where(is_there(column), _numbers(column.cast(pa.int64()), np.int64), missing)


def floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """A column of numbers as doubles; NaN where it is null."""
    return np.where(is_there(column), _numbers(column.cast(pa.float64()), np.float64), np.nan)


def whole_numbers(column: pa.ChunkedArray, scale: int) -> npt.NDArray[np.int64]:
    """A decimal column times 10^scale, rounded half to even; null as 0. Raises OverflowError past 9 * 10^18."""
    wide = pa.decimal128(38, scale)
    if column.type.scale != scale:
        column = pc.round(column, scale, round_mode="half_to_even").cast(wide, safe=False)
    # A decimal is a 128-bit integer, its lower half first; the upper half of one that fits is only its sign.
    words = _numbers(column.cast(wide), np.int64, width=2)
    there = is_there(column)
    low, high = np.where(there, words[0::2], 0), np.where(there, words[1::2], 0)
    if not np.array_equal(high, low >> 63):
        raise OverflowError("an amount is too large for the store's money")
    return low


def codes(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str | None]]:
    """A column of texts as positions in the list of its different values, None included."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
    encoded = whole.dictionary_encode(null_encoding="encode")
    return integers(pa.chunked_array([encoded.indices]), -1), encoded.dictionary.to_pylist()


def array_of(type_: pa.DataType, values: npt.NDArray[Any], there: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """An Arrow array of fixed width over the values' own memory; null where it is not `there`."""
    bits = None if there is None or bool(there.all()) else bits_of(there)
    return pa.Array.from_buffers(type_, len(values), [bits, pa.py_buffer(values)])


def flags_of(flags: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, bits_of(flags)])


def texts_of(texts: Sequence[str | None]) -> pa.Array:
    encoded = [(text or "").encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    there = np.array([text is not None for text in texts], dtype=np.bool_)
    buffers = [bits_of(there), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def bits_of(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _numbers(column: pa.ChunkedArray, dtype: npt.DTypeLike, width: int = 1) -> npt.NDArray[np.generic]:
    """The buffer of a column of fixed width: `width` numbers a value, whatever stands where it is null."""
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=dtype)[width * chunk.offset : width * (chunk.offset + len(chunk))]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)
