"""The distinct texts of the columns of a relation of cells: what is asked of every cell is asked of them, once.

A file of a million lines has two thousand days and a hundred reps: how they are written, and which integers stand for
them, is told by as many texts.
"""

from __future__ import annotations

from functools import cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

_FIRST_ROWS = 4_096


class Texts:
    """The columns of one relation, each gathered when it is first asked for. What is gathered holds while the rows of
    the relation are no longer changed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relation: str) -> None:
        self.connection = connection
        self.relation = relation
        self._gathered: dict[int, str] = {}

    def of(self, position: int) -> str:
        """A relation with the column `c<position>`: each of its texts, at least once. Where nearly every cell is a text
        of its own, these are the cells themselves."""
        if position not in self._gathered:
            self._gathered[position] = self._gather(f"c{position}") or self.relation
        return self._gathered[position]

    def distinct(self, position: int) -> str | None:
        """The same, where every text stands in it once; None where they were not worth gathering."""
        found = self.of(position)
        return None if found == self.relation else found

    def _gather(self, cell: str) -> str | None:
        if 2 * pc.count_distinct(self._first_rows[cell], mode="all").as_py() >= len(self._first_rows):
            return None
        table = f"{self.relation}_{cell}"
        self.connection.execute(f"CREATE TEMP TABLE {table} AS SELECT DISTINCT {cell} FROM {self.relation}")
        return table

    @cached_property
    def _first_rows(self) -> pa.Table:
        return self.connection.sql(f"SELECT * FROM {self.relation} LIMIT {_FIRST_ROWS}").to_arrow_table()
