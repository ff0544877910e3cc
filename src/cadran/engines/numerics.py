"""PostgreSQL's `numeric` has no fixed scale, so ADBC hands it on as text: here it becomes decimals again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cadran.errors import EngineError, Issue, Text

if TYPE_CHECKING:
    import pyarrow

_MOST_DIGITS = 38
_SCALE = 4  # of a column that is empty


def with_decimals(table: pyarrow.Table) -> pyarrow.Table:
    """The table, its numerics as decimals of the scale they were sent with. Raises EngineError for one that is no
    number: NaN and infinity are sums gone wrong."""
    for position, field in enumerate(table.schema):
        if getattr(field.type, "type_name", None) == "numeric":
            table = table.set_column(position, field.name, _decimals(table.column(position)))
    return table


def _decimals(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Decimals; doubles where more than 38 digits were sent, which no sum of amounts is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.chunked_array([chunk.storage for chunk in column.chunks], pa.string())
    if pc.any(pc.match_substring_regex(texts, "(?i)nan|inf")).as_py():
        raise EngineError(_NO_NUMBER)
    point = pc.find_substring(texts, ".")
    scales = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.utf8_length(texts), point), 1))
    scale = pc.max(scales).as_py()
    whole = pc.max(pc.subtract(pc.utf8_length(texts), scales)).as_py()
    if scale is None:
        return texts.cast(pa.decimal128(_MOST_DIGITS, _SCALE))
    if whole + scale > _MOST_DIGITS:
        return texts.cast(pa.float64())
    return texts.cast(pa.decimal128(_MOST_DIGITS, scale))


_NO_NUMBER = Issue(
    "engine_no_number",
    Text(
        "Une somme de l’entrepôt n’est pas un nombre (NaN ou infini).",
        "A sum of the warehouse is no number (NaN or infinity).",
    ),
    Text("Corrigez ces montants, ou écartez-les avec « where ».", 'Correct those amounts, or leave them out: "where".'),
)
