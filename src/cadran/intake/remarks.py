"""What is worth saying about rows that are loaded: counted by file, table and column, each with an example."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from cadran.intake.cells import literal
from cadran.intake.check import Check, counted_by
from cadran.intake.coherence import CHECKED, Known, Query, faults, known_keys, stored_rows
from cadran.intake.keys import Keyed
from cadran.intake.quarantine import cell_text
from cadran.intake.rows import Rows, Source
from cadran.intake.sentences import remark
from cadran.store.delivery import Staged, WarningCount
from cadran.store.schema import quoted
from cadran.store.state import present
from cadran.tables.contract import Column, Table, Type
from cadran.tables.model import PARENT_OF_DOMAIN, SALES_MODEL

if TYPE_CHECKING:
    from cadran.catalogue.loader import Catalogue

_MOST_NAMES = 20


@dataclass(frozen=True)
class UnknownNames:
    """Names of one column that no table knows: how many, and the most frequent of them."""

    table: str
    column: str
    rows: int
    count: int
    names: tuple[str, ...]


def doubtful(connection: duckdb.DuckDBPyConnection, rows: Rows) -> Iterator[WarningCount]:
    """The doubts and roundings of the rows that are loaded."""
    for number, source in enumerate(rows.sources):
        checks = [_on_rows(rows.table, check) for check in source.doubts]
        checks += [_marked(rows.table, "rounded", name) for name in sorted(source.cleaned.rounded)]
        for check in dict.fromkeys(check for check in checks if rows.may_concern(number, check.column)):
            query = (
                f"SELECT part, count(*), min(line) FROM {rows.relation} "
                f"WHERE fill = {number} AND {rows.ok} AND ({check.condition}) GROUP BY part ORDER BY part"
            )
            for part, count, line in connection.execute(query).fetchall():
                example = _example(connection, source, check.column, part, line)
                text = remark(check.code, rows.table[check.column])
                yield WarningCount(rows.files[part], rows.table.name, check.code, check.column, count, text, example)


def _on_rows(table: Table, check: Check) -> Check:
    """A doubt as it can still be seen once rows are made: an unknown word has left only its mark."""
    if table[check.column].type is Type.CHOICE:
        return _marked(table, "unknown_choice", check.column, "doubts")
    return Check(check.column, check.code.strip("'"), check.condition)


def _marked(table: Table, code: str, column: str, marks: str = "rounded") -> Check:
    return Check(column, code, f"{marks} & {1 << table.position(column)} <> 0")


def _example(connection: duckdb.DuckDBPyConnection, source: Source, column: str, part: int, line: int) -> str:
    """The line and the text of the cell; with the date that should come after it where there is one."""
    later = [last for first, last in source.fill.table.ordered if first == column and last in source.fill.columns]
    texts = ", ".join(cell_text(source, name) for name in (column, *later[:1]))
    query = f"SELECT concat_ws(' > ', {texts}) FROM {source.group.relation} WHERE part = {part} AND line = {line}"
    row = connection.execute(query).fetchone()
    return f"l. {line} : {row[0] if row else ''}"


def empty_cells(connection: duckdb.DuckDBPyConnection, keyed: Keyed) -> Iterator[WarningCount]:
    """Facts that are loaded without a client, a rep, or the date that puts them in a period, where the file says it."""
    rows = keyed.rows
    out = f"FROM {keyed.repeats} WHERE conflict OR collapsed"
    loaded = f"{rows.relation} ANTI JOIN ({out}) USING (fill, part, line)" if keyed.repeats else rows.relation
    for number, source in enumerate(rows.sources):
        for column in counted_by(source.fill):
            if not rows.may_lack(number, column):
                continue
            query = (
                f"SELECT part, count(*), min(line) FROM {loaded} "
                f"WHERE fill = {number} AND {rows.ok} AND {quoted(column)} IS NULL GROUP BY part ORDER BY part"
            )
            text = remark("empty_cell", rows.table[column])
            for part, count, line in connection.execute(query).fetchall():
                yield WarningCount(rows.files[part], rows.table.name, "empty_cell", column, count, text, f"l. {line}")


def repeated(connection: duckdb.DuckDBPyConnection, keyed: Keyed) -> Iterator[WarningCount]:
    """Lines that say the same as another: cell by cell where all are loaded, under the same key where one is kept."""
    if keyed.repeats is None:
        return
    rows = keyed.rows
    found = {"duplicate_line": f"({_identical(keyed)})", "repeated_row": f"{keyed.repeats} WHERE collapsed"}
    for code, relation in found.items():
        query = f"SELECT part, count(*), min(line) FROM {relation} GROUP BY part ORDER BY part"
        for part, count, line in connection.execute(query).fetchall():
            yield WarningCount(rows.files[part], rows.table.name, code, None, count, remark(code, None), f"l. {line}")


def _identical(keyed: Keyed) -> str:
    """Lines that repeat all the cells of another of their group. Rows may say the same and their lines not (the minute
    of a day, a number that fills nothing)."""
    lines = f"(SELECT DISTINCT part, line FROM {keyed.repeats} WHERE NOT given)"
    return " UNION ALL ".join(
        f"SELECT part, line FROM {group.relation} JOIN {lines} USING (part, line) "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(f'c{i}' for i in range(len(group.headers)))} "
        "ORDER BY part, line) > 1"
        for group in {source.group.name: source.group for source in keyed.rows.sources}.values()
    )


def varied(connection: duckdb.DuckDBPyConnection, table: Table, inferred: str) -> Iterator[WarningCount]:
    """Inferred records that their lines wrote in several ways."""
    query = (
        f"SELECT file_no, count(*), min(row_key) FROM {inferred} WHERE versions > 1 GROUP BY file_no ORDER BY file_no"
    )
    for file_no, count, key in connection.execute(query).fetchall():
        yield WarningCount(file_no, table.name, "several_versions", None, count, remark("several_versions", None), key)


def unknown_names(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    relation: str,
    stored: Container[str],
    parents: Mapping[str, Sequence[Staged]],
) -> Iterator[tuple[WarningCount, UnknownNames]]:
    """Ids on the rows of `relation` that the table they point to does not hold, in the store (`stored`: its tables
    with any row) or in this import (`parents`: table -> what is staged of it). Where that table is empty, everything
    is unknown and nothing is said."""
    for column in table.columns:
        parent = _parent(table, column)
        known = parent and known_keys(_on(connection), parent, stored, parents.get(parent, []))
        if not known:
            continue
        name = quoted(column.name)
        used = f"SELECT file_no, {name} AS name, count(*) AS n FROM {relation} WHERE {name} IS NOT NULL GROUP BY ALL"
        query = (
            f"SELECT file_no, CAST(sum(n) AS BIGINT), count(*), list(name ORDER BY n DESC, name)[1:{_MOST_NAMES}] "
            f"FROM ({used}) u ANTI JOIN ({known}) k ON k.row_key = u.name GROUP BY file_no ORDER BY file_no"
        )
        for file_no, rows, count, names in connection.execute(query).fetchall():
            text = remark("unknown_reference", column)
            yield (
                WarningCount(file_no, table.name, "unknown_reference", column.name, rows, text, names[0]),
                UnknownNames(table.name, column.name, rows, count, tuple(names)),
            )


def _parent(table: Table, column: Column) -> str | None:
    parent = PARENT_OF_DOMAIN.get(column.domain or "") if column.type is Type.ID else None
    return None if parent == table.name and (column.name,) == table.key else parent


def incoherent(
    connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged], known: Known, replaced: str | None
) -> Iterator[WarningCount]:
    """Rows of this import at fault among all those that will stand together; what the source `replaced` said before
    is no longer among them."""
    for name in CHECKED:
        relations = [each.relation for each in staged if each.table == name and not each.derived]
        if not relations:
            continue
        table, columns = SALES_MODEL[name], ", ".join(("row_key", *map(quoted, SALES_MODEL[name].column_names)))
        brought = " UNION ALL ".join(f"SELECT file_no, {columns} FROM {each}" for each in relations)
        others = f"SELECT {columns} FROM ({stored_rows(name)}) ANTI JOIN ({brought}) USING (row_key)"
        if replaced is not None:
            others += f" WHERE _import NOT IN (SELECT id FROM lake.main.imports WHERE source = {literal(replaced)})"
        rows = f"SELECT {columns} FROM ({brought}) UNION ALL {others}"
        for fault in faults(_on(connection), name, rows, known):
            query = (
                f"SELECT file_no, count(*), min(example) FROM ({brought}) JOIN ({fault.query}) USING (row_key) "
                "GROUP BY file_no ORDER BY file_no"
            )
            text = remark(fault.code, table[fault.column])
            for file_no, count, example in connection.execute(query).fetchall():
                yield WarningCount(file_no, name, fault.code, fault.column, count, text, example)


def known_of(
    connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged], catalogue: Catalogue, fiscal_month: int
) -> Known:
    """What the rows of an import may speak of: what the store knows, and what it brings itself."""
    stored = present(connection).filled
    reps, teams = (
        known_keys(_on(connection), parent, stored, [each for each in staged if each.table == parent])
        for parent in ("reps", "teams")
    )
    return Known(catalogue, reps, teams, fiscal_month)


def _on(connection: duckdb.DuckDBPyConnection) -> Query:
    return lambda query: connection.execute(query).fetchall()
