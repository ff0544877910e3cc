"""Parquet: DuckDB reads it, every value becomes text without loss (dates ISO, decimals plain, nothing is "")."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from cadran.intake.layout import unique_headers
from cadran.intake.raw import Limits, Raw, SourceFile
from cadran.intake.refusals import damaged_file, too_many_columns, too_many_rows
from cadran.intake.relation import count_rows, literal, new_name

_NESTED = re.compile(r"(\[\]|\[\d+\]|^(STRUCT|MAP|UNION|LIST)\b.*)$")


def read_parquet(connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path, limits: Limits) -> Raw:
    relation = new_name()
    source = f"read_parquet({literal(str(path))}"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source})").fetchall()
        if len(described) > limits.columns:
            raise too_many_columns(file.name, len(described), limits.columns)
        cells = ", ".join(_as_text(name, type_) + f" AS c{i}" for i, (name, type_, *_) in enumerate(described))
        connection.execute(
            f"CREATE TEMP TABLE {relation} AS SELECT file_row_number + 1 AS line, {cells} "
            f"FROM {source}, file_row_number = true)"
        )
    except (duckdb.Error, UnicodeDecodeError) as error:  # the latter: a message that quotes damaged bytes
        raise damaged_file(file.name, str(error).splitlines()[0]) from error
    rows = count_rows(connection, relation)
    if rows > limits.rows:
        raise too_many_rows(file.name, limits.rows)
    return Raw(file, None, relation, unique_headers([name for name, *_ in described]), rows)


def _as_text(name: str, type_: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if _NESTED.search(type_):
        text = f"to_json({column})::VARCHAR"
    elif type_ == "TIMESTAMP WITH TIME ZONE":
        text = f"({column} AT TIME ZONE 'UTC')::VARCHAR || 'Z'"
    elif type_ in ("DOUBLE", "FLOAT"):
        text = _plain_number(column)
    else:
        text = f"{column}::VARCHAR"
    return f"coalesce({text}, '')"


def _plain_number(column: str) -> str:
    """12.0 -> 12, 1e-07 -> 0.0000001, nan -> nothing; other numbers as they are."""
    plain = f"regexp_replace({column}::VARCHAR, '\\.0$', '')"
    spelt = f"rtrim(rtrim(({column}::DECIMAL(38, 12))::VARCHAR, '0'), '.')"
    return (
        f"CASE WHEN NOT isfinite({column}) THEN '' WHEN {column}::VARCHAR LIKE '%e%' "
        f"THEN coalesce(try({spelt}), {column}::VARCHAR) ELSE {plain} END"
    )
