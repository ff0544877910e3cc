"""The rows that cannot be taken, with their original text and every reason: one temporary relation for the store.

file_no line table  original             cells                     reasons
      0    3 sales  F2;31/02/2025;12,50  {"N°": "F2", ...}         [{"code": "impossible_date", "column": ...}]
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import duckdb
import pyarrow as pa

from cadran.errors import Issue
from cadran.intake.cells import literal
from cadran.intake.check import Check
from cadran.intake.clean import clean
from cadran.intake.group import Group, Part
from cadran.intake.keys import Keyed
from cadran.intake.rows import Rows, Source
from cadran.intake.sentences import reason
from cadran.tables.model import SALES_MODEL

RELATION = "intake_quarantine"
_REASONS = "intake_reasons"
_SENTENCES = "intake_sentences"
_MOST_LINES_NAMED = 5
_LONGEST_VALUE_SHOWN = 200


def _filled(sentence: str) -> str:
    value = f"coalesce(left(value, {_LONGEST_VALUE_SHOWN}), '')"
    return f"replace(replace(s.{sentence}, '{{value}}', {value}), '{{detail}}', coalesce(detail, ''))"


_ONE_REASON = (
    f"{{'code': code, 'column': s.column, 'value': left(value, {_LONGEST_VALUE_SHOWN}), "
    + ", ".join(f"'{each}': {_filled(each)}" for each in ("message_fr", "message_en", "advice_fr", "advice_en"))
    + "}"
)
_IN_WORDS = (
    f'SELECT part, line, fill, "table", CAST(to_json(list({_ONE_REASON} ORDER BY position)) AS VARCHAR) AS reasons '
    f'FROM {_REASONS} JOIN {_SENTENCES} s USING ("table", position, code) GROUP BY part, line, fill, "table"'
)


def start(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty relations."""
    connection.execute(
        f'CREATE TEMP TABLE {RELATION} (file_no INTEGER, line BIGINT, "table" VARCHAR, original VARCHAR, '
        "cells VARCHAR, reasons VARCHAR)"
    )
    connection.execute(
        f'CREATE TEMP TABLE {_REASONS} ("table" VARCHAR, part INTEGER, line BIGINT, fill SMALLINT, position INTEGER, '
        "code VARCHAR, value VARCHAR, detail VARCHAR)"
    )


def collect(connection: duckdb.DuckDBPyConnection, rows: Rows, keyed: Keyed | None) -> None:
    """Note every reason of every row of a table that cannot be taken."""
    for number, source in enumerate(rows.sources):
        if any(count.bad for count in rows.counts if count.fill == number):
            _collect_cells(connection, rows, number, source)
    if keyed and keyed.repeats:
        _collect_conflicts(connection, keyed)


def _bad(fill: int) -> str:
    return f"fill = {fill} AND errors <> 0 AND NOT skipped"


def _collect_cells(connection: duckdb.DuckDBPyConnection, rows: Rows, number: int, source: Source) -> None:
    """Check the bad rows again, this time to name what each check found."""
    lines = f"SELECT part, line FROM {rows.relation} WHERE {_bad(number)}"
    view = f"{source.typed.relation}_bad"
    typed = f"SELECT * FROM {source.typed.relation} SEMI JOIN ({lines}) USING (part, line)"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {typed}")
    again = clean(source.fill, replace(source.typed, relation=view), source.scales)
    found = ", ".join(_finding(source, check) for check in source.errors)
    connection.execute(
        f"INSERT INTO {_REASONS} SELECT {literal(rows.table.name)}, part, line, {number}, finding.position, "
        f"finding.code, finding.value, NULL FROM (SELECT part, line, unnest([{found}]) AS finding "
        f"FROM ({again.query}) JOIN {source.group.relation} USING (part, line)) WHERE finding IS NOT NULL"
    )


def _finding(source: Source, check: Check) -> str:
    position = source.fill.table.position(check.column)
    found = f"{{'position': {position}, 'code': {check.code}, 'value': {cell_text(source, check.column)}}}"
    return f"CASE WHEN {check.condition} THEN {found} END"


def cell_text(source: Source, column: str) -> str:
    """The text a column was read from: its cell, or the named cells of its formula."""
    given = source.fill.columns.get(column)
    if given is None or not given.readings:
        return "NULL"
    if given.reading:
        return f"c{given.reading.position}"
    named = [f"{literal(name + ' = ')} || c{reading.position}" for name, reading in given.names]
    return f"concat_ws(', ', {', '.join(named)})"


def _collect_conflicts(connection: duckdb.DuckDBPyConnection, keyed: Keyed) -> None:
    """Each row of a key that comes with different contents, with the lines of the others."""
    table = keyed.rows.table
    some = f"array_to_string(list(line ORDER BY part, line)[1:{_MOST_LINES_NAMED}], ', ')"
    more = f"CASE WHEN count(*) > {_MOST_LINES_NAMED} THEN ' …' ELSE '' END"
    lines = f"SELECT key, 'l. ' || {some} || {more} AS detail FROM {keyed.repeats} WHERE conflict GROUP BY key"
    connection.execute(
        f"INSERT INTO {_REASONS} SELECT {literal(table.name)}, d.part, d.line, d.fill, {table.position(table.key[0])}, "
        f"'key_twice', replace(d.key, chr(31), ' / '), l.detail FROM {keyed.repeats} d "
        f"JOIN ({lines}) l ON l.key = d.key WHERE d.conflict"
    )


def finish(connection: duckdb.DuckDBPyConnection, groups: Iterable[Group]) -> None:
    """Put the reasons into words and the rows into the quarantine."""
    if not _write_sentences(connection):
        return
    for group in groups:
        files = "".join(f" WHEN {part.number} THEN {part.file_no}" for part in group.parts)
        connection.execute(
            f'INSERT INTO {RELATION} SELECT CASE g.part{files} END, g.line, w."table", {_original(group)}, '
            f"{_cells(group)}, w.reasons FROM ({_IN_WORDS}) w JOIN {group.relation} g USING (part, line)"
        )


def reject(connection: duckdb.DuckDBPyConnection, part: Part, table: str) -> None:
    """Lines that could not even be cut into cells."""
    rows = [(part.file_no, line.line, table, line.text, "{}", _as_json(line.issue)) for line in part.raw.rejected]
    if rows:
        connection.executemany(f"INSERT INTO {RELATION} VALUES (?, ?, ?, ?, ?, ?)", rows)


def _as_json(issue: Issue) -> str:
    found = {
        "code": issue.code,
        "column": None,
        "value": None,
        "message_fr": issue.message.fr,
        "message_en": issue.message.en,
        "advice_fr": issue.advice.fr,
        "advice_en": issue.advice.en,
    }
    return json.dumps([found], ensure_ascii=False)


def _write_sentences(connection: duckdb.DuckDBPyConnection) -> bool:
    """One row per kind of reason found, False when there is none; the values go in by SQL, so a million bad rows cost
    no more than ten."""
    kinds = connection.execute(f'SELECT DISTINCT "table", position, code FROM {_REASONS}').fetchall()
    if not kinds:
        return False
    columns = [SALES_MODEL[table].columns[position] for table, position, _ in kinds]
    issues = [reason(code, column) for (_, _, code), column in zip(kinds, columns, strict=True)]
    sentences = {
        "table": pa.array([table for table, _, _ in kinds], pa.string()),
        "position": pa.array([position for _, position, _ in kinds], pa.int32()),
        "code": pa.array([code for _, _, code in kinds], pa.string()),
        "column": pa.array([column.name for column in columns], pa.string()),
        "message_fr": pa.array([issue.message.fr for issue in issues], pa.string()),
        "message_en": pa.array([issue.message.en for issue in issues], pa.string()),
        "advice_fr": pa.array([issue.advice.fr for issue in issues], pa.string()),
        "advice_en": pa.array([issue.advice.en for issue in issues], pa.string()),
    }
    connection.register("sentences", pa.table(sentences))
    connection.execute(f"CREATE TEMP TABLE {_SENTENCES} AS FROM sentences")
    connection.unregister("sentences")
    return True


def _original(group: Group) -> str:
    """The row as text: its cells, parted as in the file."""
    sign = literal(group.parts[0].raw.delimiter or "\t")
    return f"concat_ws({sign}, {', '.join(f'g.c{i}' for i in range(len(group.headers)))})"


def _cells(group: Group) -> str:
    pairs = (f"{literal(header)}, g.c{i}" for i, header in enumerate(group.headers))
    return f"CAST(json_object({', '.join(pairs)}) AS VARCHAR)"
