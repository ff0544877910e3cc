"""The cells of a group of files, typed: plain ones by SQL, every other distinct text once by Python.

    line  c0          c1            line  r0        x0            r1          x1
       2  1 234,50    03/02/2025       2  1234.50   NULL          2025-02-03  NULL
       3  (12)        31 févr. 25      3  NULL      (12)          NULL        31 févr. 25

and the texts left in the `x` columns are looked up in small tables: `(12)` is -12, `31 févr. 25` is `impossible_date`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import duckdb
import pyarrow as pa

from cadran.intake.cells import filled, literal, number
from cadran.intake.reading import PLACES, Kind, Place, Reading
from cadran.intake.texts import Texts
from cadran.intake.uniform import Alike, uniform_readings
from cadran.intake.values import Read, currency_of

_SIGNED = r"(€|\$|£|EUR|USD|GBP|CHF)"


@dataclass(frozen=True)
class Known:
    """The columns that say what one reading gave: SQL names, None for what no cell ever needs."""

    value: str
    code: str | None = None
    currency: str | None = None
    rounded: str | None = None
    percent: str | None = None


@dataclass(frozen=True)
class Typed:
    """`relation`: part INTEGER, line BIGINT and the columns that `known` names. `looked_up`: some are joined to it from
    the tables of odd texts, every time it is read. `alike`: the readings whose cells are all written alike.
    `distinct`: of some of their texts, a SELECT of every value once, as `key`."""

    relation: str
    known: dict[Reading, Known]
    looked_up: bool
    alike: Mapping[Reading, Alike]
    distinct: dict[Reading, str]


def type_cells(
    connection: duckdb.DuckDBPyConnection, texts: Texts, name: str, readings: Sequence[Reading], place: Place
) -> Typed:
    """Read the columns of a relation (part, line, c0 ...), whose `texts` are given, as `readings` say. Makes temporary
    relations named `name`..."""
    uniform = uniform_readings(texts, readings)
    in_place = all(reading in uniform or reading.kind is Kind.WORD for reading in readings)
    kind = "VIEW" if in_place else "TABLE"
    connection.execute(f"CREATE TEMP {kind} {name} AS {_plain_query(texts.relation, readings, place, uniform)}")
    columns, joins, known = ["t.part", "t.line"], [], {}
    for i, reading in enumerate(readings):
        told, join = (Known(f"t.r{i}"), "") if reading in uniform else _told(connection, name, i, reading, place)
        known[reading] = _named(i, told)
        joins.append(join)
        columns += [
            f"{getattr(told, part.name)} AS {part.name}{i}" for part in fields(Known) if getattr(told, part.name)
        ]
    view = f"{name}_known"
    connection.execute(f"CREATE TEMP VIEW {view} AS SELECT {', '.join(columns)} FROM {name} t {' '.join(joins)}")
    return Typed(view, known, any(joins), uniform, dict(_distinct(texts, uniform)))


def _distinct(texts: Texts, uniform: Mapping[Reading, Alike]) -> Iterator[tuple[Reading, str]]:
    """An empty cell and a missing one are both nothing."""
    for reading, alike in uniform.items():
        table = texts.distinct(reading.position) if reading.kind is Kind.TEXT else None
        if table:
            yield reading, f"SELECT {alike.value} AS key FROM {table} WHERE {alike.value} IS NOT NULL"


def _plain_query(source: str, readings: Sequence[Reading], place: Place, uniform: Mapping[Reading, Alike]) -> str:
    """Three steps, so that each cell is parsed once: plain cells; what they left; that without its currency sign.
    Columns in `uniform` leave nothing."""
    first, second, third = (["part", "line"] for _ in range(3))
    for i, reading in enumerate(readings):
        if reading in uniform:
            first.append(f"{uniform[reading].value} AS r{i}")
            second.append(f"r{i}")
            third.append(f"r{i}")
            continue
        cell = f"c{reading.position}"
        plain = reading.plain(cell, place)
        if not reading.has_odd_cells:
            first.append(f"{plain} AS r{i}")
            second.append(f"{filled(f'r{i}')} AS r{i}")
            third.append(f"r{i}")
            continue
        first += [f"{plain or 'CAST(NULL AS VARCHAR)'} AS r{i}", f"{cell} AS c{i}"]
        second += [f"r{i}", f"CASE WHEN r{i} IS NULL THEN nullif(c{i}, '') END AS x{i}"]
        third += _without_sign(i, reading) if reading.kind is Kind.MONEY else [f"r{i}", f"x{i}"]
    inner = f"SELECT {', '.join(first)} FROM {source}"
    return f"SELECT {', '.join(third)} FROM (SELECT {', '.join(second)} FROM ({inner}))"


def _without_sign(i: int, reading: Reading) -> list[str]:
    """`1 234,50 €`: the number, and the sign in a column of its own. Costs nothing where plain cells were read."""
    bare = rf"trim(regexp_replace(x{i}, '^{_SIGNED}[ \x{{00a0}}\x{{202f}}]*|[ \x{{00a0}}\x{{202f}}]*{_SIGNED}$', ''))"
    signed = number(bare, reading.decimal, PLACES[reading.kind])
    return [
        f"coalesce(r{i}, {signed}) AS r{i}",
        f"CASE WHEN {signed} IS NULL THEN x{i} END AS x{i}",
        f"nullif(regexp_extract(x{i}, '{_SIGNED}'), '') AS y{i}",
    ]


def _told(
    connection: duckdb.DuckDBPyConnection, name: str, i: int, reading: Reading, place: Place
) -> tuple[Known, str]:
    """What reading `i` gave, as SQL over the table `t` and, where there are odd texts, their own table `d<i>`."""
    sign = _sign_code(connection, name, i, place) if reading.kind is Kind.MONEY else None
    texts = _odd_texts(connection, name, i) if reading.has_odd_cells else []
    if not texts:
        return Known(_value(i, reading, looked_up=False), currency=sign), ""
    reads = [reading.read(text, place) for text in texts]
    _write_odd(connection, f"{name}_odd{i}", texts, reads, reading.sql_type, place)
    told = {
        part: f"d{i}.{part}" for part in ("code", "rounded", "percent") if any(getattr(read, part) for read in reads)
    }
    currency = ", ".join(
        ([sign] if sign else []) + ([f"d{i}.currency"] if any(read.currency for read in reads) else [])
    )
    known = Known(_value(i, reading, looked_up=True), currency=f"coalesce({currency})" if currency else None, **told)
    return known, f"LEFT JOIN {name}_odd{i} d{i} ON d{i}.text = t.x{i}"


def _value(i: int, reading: Reading, *, looked_up: bool) -> str:
    found = f"coalesce(t.r{i}, d{i}.value)" if looked_up else f"t.r{i}"
    otherwise = reading.words.otherwise if reading.words else None
    return found if otherwise is None else f"CASE WHEN t.x{i} IS NULL THEN {literal(otherwise)} ELSE {found} END"


def _named(i: int, told: Known) -> Known:
    return Known(**{part.name: f"{part.name}{i}" for part in fields(Known) if getattr(told, part.name)})


def _odd_texts(connection: duckdb.DuckDBPyConnection, name: str, i: int) -> list[str]:
    rows = connection.execute(f"SELECT DISTINCT x{i} FROM {name} WHERE x{i} IS NOT NULL").fetchall()
    return [text for (text,) in rows]


def _sign_code(connection: duckdb.DuckDBPyConnection, name: str, i: int, place: Place) -> str | None:
    """The SQL of the code that a sign beside the number means; None when no cell has one."""
    signs = connection.execute(f"SELECT DISTINCT y{i} FROM {name} WHERE y{i} IS NOT NULL").fetchall()
    cases = " ".join(f"WHEN {literal(sign)} THEN '{currency_of(sign, place.currency)}'" for (sign,) in signs)
    return f"CASE WHEN t.x{i} IS NULL THEN CASE t.y{i} {cases} END END" if cases else None


def _write_odd(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    texts: Sequence[str],
    reads: Sequence[Read],
    sql_type: str,
    place: Place,
) -> None:
    columns = {
        "text": pa.array(texts, pa.string()),
        "value": pa.array([_as_text(read) for read in reads], pa.string()),
        "code": pa.array([read.code for read in reads], pa.string()),
        "currency": pa.array(
            [read.currency and currency_of(read.currency, place.currency) for read in reads], pa.string()
        ),
        "rounded": pa.array([read.rounded for read in reads], pa.bool_()),
        "percent": pa.array([read.percent for read in reads], pa.bool_()),
    }
    connection.register("odd_texts", pa.table(columns))
    typed = f"SELECT text, CAST(value AS {sql_type}) AS value, code, currency, rounded, percent FROM odd_texts"
    connection.execute(f"CREATE TEMP TABLE {table} AS {typed}")
    connection.unregister("odd_texts")


def _as_text(read: Read) -> str | None:
    if read.value is None:
        return None
    return read.value.isoformat(" ") if isinstance(read.value, datetime) else str(read.value)
