"""How the sales model lies in the store: one current and one history table per model table, and the ledger's own.

Every stored row is one version of one key: the model's columns, and four of ours. `row_key` is the key as text; where
the key is one text of the model (`sale_id`) it stands for that column, which is not stored twice. `_import` is the
import whose version this is, `_doubts` a bit per doubtful column (`Table.position`), `_derived` true when the row was
only inferred from another file's facts.
"""

from __future__ import annotations

from cadran.tables.contract import Column, Table, Type
from cadran.tables.model import GROUPING_DOMAINS, INTERNED_DOMAINS, SALES_MODEL

_LOGICAL_TYPES = {
    Type.ID: "VARCHAR",
    Type.TEXT: "VARCHAR",
    Type.CHOICE: "VARCHAR",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.MONEY: "DECIMAL(18,4)",
    Type.NUMBER: "DECIMAL(18,8)",
    Type.INTEGER: "INTEGER",
    Type.SHARE: "DECIMAL(18,12)",
    Type.BOOLEAN: "BOOLEAN",
}

_REPS_APART = 2**15  # how many consecutive reps can be told apart by two bytes

OWN_COLUMNS = ("_import", "_doubts", "_derived")

_LEDGER_TABLES = {
    "imports": "id INTEGER, source VARCHAR, status VARCHAR, undone_at TIMESTAMP, undone_by VARCHAR, record VARCHAR",
    "replacements": "import_id INTEGER, table_name VARCHAR, source VARCHAR, derived_only BOOLEAN, "
    "starts_on DATE, ends_on DATE",
    "sightings": "table_name VARCHAR, row_key VARCHAR, import_id INTEGER, same_as INTEGER, derived BOOLEAN",
    "quarantine": "id BIGINT, import_id INTEGER, file_no INTEGER, line BIGINT, table_name VARCHAR, original VARCHAR, "
    "cells VARCHAR, reasons VARCHAR, state VARCHAR, closed_by INTEGER",
    "contexts": "hash VARCHAR, text VARCHAR",
    "states": "sequence INTEGER, committed_at TIMESTAMP, snapshot BIGINT, profile VARCHAR, settings_hash VARCHAR, "
    "definitions_hash VARCHAR",
}


def is_interned(column: Column) -> bool:
    """True for an id stored as the integer that stands for its text."""
    return column.type is Type.ID and column.domain in INTERNED_DOMAINS


def logical_type(column: Column) -> str:
    """The SQL type of a staged column: ids are still text."""
    return _LOGICAL_TYPES[column.type]


def physical_type(column: Column) -> str:
    """The SQL type of a stored column."""
    return "BIGINT" if is_interned(column) else logical_type(column)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored_as(table: Table, name: str) -> str:
    """The name under which a column of the model is stored."""
    is_row_key = table.key == (name,) and table[name].type is Type.ID and not is_interned(table[name])
    return "row_key" if is_row_key else name


def current(table: str) -> str:
    """The table of the current version of each key."""
    return f"lake.main.{quoted(table)}"


def history(table: str) -> str:
    """The table of the versions that are no longer current, or never were."""
    return f"lake.main.{quoted('history_' + table)}"


def keys_of(domain: str) -> str:
    """The table of a domain's ids: text and the integer that stands for it. Of orders and documents, those that are
    whole numbers stand for themselves, and are not in it."""
    return f"lake.main.{quoted('keys_' + domain)}"


def as_written(domain: str | None, key: str, number: str) -> str:
    """The SQL of an id as the company writes it: the `key` that its domain's table has for its `number`, or the number
    itself, where it is kept nowhere else."""
    return f"coalesce({key}, CAST({number} AS VARCHAR))" if domain in GROUPING_DOMAINS else key


def id_as_text(domain: str | None, number: str) -> str:
    """The same where the key is looked up there and then."""
    return as_written(domain, f"(SELECT key FROM {keys_of(domain or '')} k WHERE k.id = {number})", number)


def stored_columns(table: Table) -> str:
    """The columns of a stored row, in order, as a select or insert list."""
    return ", ".join(map(quoted, stored_names(table)))


def stored_names(table: Table) -> tuple[str, ...]:
    """The names of the columns of a stored row, in order."""
    return tuple(dict.fromkeys(("row_key", *(stored_as(table, name) for name in table.column_names), *OWN_COLUMNS)))


def dated(table: Table, alias: str) -> str:
    """The SQL of the date that puts a row of `table` in a period; NULL where the table has none."""
    return f"{alias}.{quoted(table.dated_by)}" if table.dated_by else "CAST(NULL AS DATE)"


def create_statements() -> list[str]:
    """Every CREATE TABLE of an empty store."""
    statements = [f"CREATE TABLE lake.main.{name} ({columns})" for name, columns in _LEDGER_TABLES.items()]
    statements += [f"CREATE TABLE {keys_of(domain)} (id BIGINT, key VARCHAR)" for domain in INTERNED_DOMAINS]
    for table in SALES_MODEL.values():
        columns = _column_definitions(table)
        statements += [f"CREATE TABLE {where(table.name)} ({columns})" for where in (current, history)]
    return statements


def sorting(table: Table) -> tuple[str, ...]:
    """The SQL of what the current rows of `table` lie sorted by: the month, then the rep, so that a question about a
    period, and one about a rep in it, read few of them. Nothing where the table has no dates. Keys that are short
    together are sorted in the time of a date alone; reps that share a remainder only lie side by side."""
    if not table.dated_by:
        return ()
    day = quoted(table.dated_by)
    month = f"CAST(year({day}) * 12 + month({day}) AS INTEGER)"
    return (month, f"CAST(rep_id % {_REPS_APART} AS SMALLINT)") if "rep_id" in table else (day,)


def sorting_statements() -> list[str]:
    """DuckLake then merges files in the order of `sorting`. What is inserted comes sorted (`writing`), so that it need
    not sort it again."""
    return [
        "CALL lake.set_option('sort_on_insert', false)",
        *(
            f"ALTER TABLE {current(table.name)} SET SORTED BY ({', '.join(f'{each} ASC' for each in sorting(table))})"
            for table in SALES_MODEL.values()
            if table.dated_by
        ),
    ]


def _column_definitions(table: Table) -> str:
    named = [column for column in table.columns if stored_as(table, column.name) == column.name]
    own = ("row_key VARCHAR", *(f"{quoted(column.name)} {physical_type(column)}" for column in named))
    return ", ".join((*own, "_import INTEGER", "_doubts BIGINT", "_derived BOOLEAN"))
