"""The relations that cells are read into."""

from __future__ import annotations

from cadran.intake.relation import stretches, to_table
from tests.intake.files import Reader, reader

__all__ = ["reader"]


def test_a_long_file_is_looked_at_from_end_to_end(reader: Reader) -> None:
    """250 rows of every thousand, whether its lines are only counted or written down."""
    raw = reader.read("n\n" + "\n".join(str(n) for n in range(20_000)))
    counted = reader.connection.execute(stretches(reader.connection, raw.relation, 250, 1_000)).fetchall()
    to_table(reader.connection, raw.relation)
    written = reader.connection.execute(stretches(reader.connection, raw.relation, 250, 1_000)).fetchall()
    assert sorted(int(cell) for _, cell in counted) == [n for n in range(20_000) if n % 1_000 < 250]
    assert sorted(int(cell) for _, cell in written) == [n for n in range(20_000) if (n + 2) % 1_000 < 250]
