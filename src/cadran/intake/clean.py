"""A fill as SQL: typed cells -> the columns of one table of the model, with what is wrong said beside them.

    value0   value1      code1            amount   sold_on     !sold_on         ~amount
    1234.50  2025-02-03  NULL        ->   1234.50  2025-02-03  NULL             false
      12.35  NULL        impossible_date    12.35  NULL        impossible_date  true

`!column` is why its cell cannot be read, `~column` that decimals were cut from it; both stand only where they can be
anything but NULL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb
from sqlglot import exp

from cadran.intake.cells import half_even, literal
from cadran.intake.plan import Fill, Source
from cadran.intake.reading import PLACES, Kind, Reading
from cadran.intake.typed import Typed
from cadran.store.schema import is_interned, logical_type, quoted
from cadran.store.seen import Seen
from cadran.tables.contract import Column, Type

_PLACES = {Type.MONEY: 4, Type.NUMBER: 8, Type.SHARE: 12, Type.INTEGER: 0}


@dataclass(frozen=True)
class Scales:
    """What is known of a reading only when all its cells were seen: whether its shares are written as percentages
    (75 for 75 %), and how many decimals the numbers that go into formulas have."""

    percentages: frozenset[Reading]
    decimals: Mapping[Reading, int]


@dataclass(frozen=True)
class Cleaned:
    """`query` gives part, line, every column of the table, and the marks of the columns in `unread` and `rounded`.
    `seen`: what is known of all its rows."""

    query: str
    unread: frozenset[str]
    rounded: frozenset[str]
    seen: Seen


@dataclass(frozen=True)
class _Cell:
    """One column as SQL: its value, why it cannot be read, whether it was rounded."""

    value: str
    code: str | None = None
    rounded: str | None = None


def clean(fill: Fill, typed: Typed, scales: Scales) -> Cleaned:
    """The query of a fill: formulas first, each under a name of its own, then every column from names."""
    formulas = {name: source for name, source in fill.columns.items() if source.formula}
    steps = [f"TRY({_rendered(source, typed, scales)}) AS {quoted('=' + name)}" for name, source in formulas.items()]
    where = f" WHERE coalesce({_rendered(fill.where, typed, scales)}, false)" if fill.where else ""
    inner = f"SELECT {', '.join(['*', *steps])} FROM {typed.relation}{where}"

    cells = {column.name: _cell(column, fill.columns.get(column.name), typed, scales) for column in fill.table.columns}
    if "currency" in cells and not fill.table["currency"].required:
        cells["currency"] = _with_currency(cells["currency"], _currency_beside_amount(fill, typed), fill.currency)
    columns = ["part", "line", *(f"{cell.value} AS {quoted(name)}" for name, cell in cells.items())]
    columns += [f"{cell.code} AS {quoted('!' + name)}" for name, cell in cells.items() if cell.code]
    columns += [f"{cell.rounded} AS {quoted('~' + name)}" for name, cell in cells.items() if cell.rounded]
    return Cleaned(
        f"SELECT {', '.join(columns)} FROM ({inner})",
        frozenset(name for name, cell in cells.items() if cell.code),
        frozenset(name for name, cell in cells.items() if cell.rounded),
        _seen(fill, typed, {name: cell.value for name, cell in cells.items()}),
    )


def _seen(fill: Fill, typed: Typed, values: Mapping[str, str]) -> Seen:
    alike = {
        name: source.reading
        for name, source in fill.columns.items()
        if source.reading and source.reading in typed.alike and _is_as_read(fill.table[name], source)
    }
    days = {name: typed.alike[reading].days for name, reading in alike.items()}
    return Seen(
        fixed={column.name: values[column.name] for column in fill.table.columns if _is_fixed(column, fill, typed)},
        full=frozenset(name for name, reading in alike.items() if typed.alike[reading].is_full),
        days={name: each for name, each in days.items() if each},
        distinct={name: typed.distinct[reading] for name, reading in alike.items() if reading in typed.distinct},
    )


def _is_as_read(column: Column, source: Source) -> bool:
    """Whether the column is what its reading gave, nothing computed."""
    return column.type in (Type.ID, Type.TEXT, Type.DATE, Type.MONEY, Type.NUMBER) and not source.tax_rate


def _is_fixed(column: Column, fill: Fill, typed: Typed) -> bool:
    """Whether nothing of a row goes into the column. A key is made where it is not given, an id becomes an integer."""
    source = fill.columns.get(column.name)
    if column.name in fill.table.key or (source and (source.readings or source.formula or is_interned(column))):
        return False
    return column.name != "currency" or _currency_beside_amount(fill, typed) is None


def measure_scales(connection: duckdb.DuckDBPyConnection, typed: Typed, fills: tuple[Fill, ...]) -> Scales:
    """Look at all the cells of shares and of the numbers in formulas."""
    shares = [reading for reading in typed.known if reading.kind is Kind.SHARE]
    sources = [source for fill in fills for source in (*fill.columns.values(), *([fill.where] if fill.where else []))]
    numbers = {r: None for source in sources if source.formula for r in source.readings if r.kind in PLACES}
    percentages = frozenset(reading for reading in shares if _one(connection, typed, _is_percentage(typed, reading)))
    return Scales(percentages, {reading: _decimals(connection, typed, reading) for reading in numbers})


def _is_percentage(typed: Typed, reading: Reading) -> str:
    known = typed.known[reading]
    plain = f" FILTER (WHERE {known.percent} IS NOT TRUE)" if known.percent else ""
    return f"max({known.value}){plain} > 1"


def _decimals(connection: duckdb.DuckDBPyConnection, typed: Typed, reading: Reading) -> int:
    """The fewest decimals that hold every value: products of decimals then stay exact in 38 digits."""
    value = typed.known[reading].value
    for places in (0, 2, 4):
        if _one(connection, typed, f"coalesce(bool_and({value} = TRY_CAST({value} AS DECIMAL(18,{places}))), true)"):
            return places
    return PLACES[reading.kind]


def _one(connection: duckdb.DuckDBPyConnection, typed: Typed, aggregate: str) -> bool:
    row = connection.execute(f"SELECT {aggregate} FROM {typed.relation}").fetchone()
    return bool(row and row[0])


def _rendered(source: Source, typed: Typed, scales: Scales) -> str:
    """A formula over the typed cells."""
    readings = dict(source.names)

    def column(name: str) -> exp.Expression:
        reading = readings[name]
        value = exp.column(typed.known[reading].value)
        decimals = scales.decimals.get(reading)
        return value if decimals is None else exp.cast(value, f"DECIMAL(18,{decimals})")

    assert source.formula is not None
    return source.formula.render(column).sql("duckdb")


def _cell(column: Column, source: Source | None, typed: Typed, scales: Scales) -> _Cell:
    if source is None:
        return _Cell(f"CAST(NULL AS {logical_type(column)})")
    if source.constant is not None:
        return _Cell(f"CAST({literal(source.constant)} AS {logical_type(column)})")
    if source.formula is not None:
        return _computed(column, source, typed)
    reading = source.readings[0]
    known = typed.known[reading]
    cell = _Cell(known.value, known.code, known.rounded)
    if column.type is Type.MONEY and source.tax_rate:
        return replace(cell, value=_without_tax(known.value, source.tax_rate), rounded=None)
    if column.type is Type.SHARE:
        return _share(cell, known.percent, reading in scales.percentages)
    if column.type is Type.INTEGER:
        return _integer(cell)
    return replace(cell, value=f"CAST({known.value} AS BOOLEAN)") if column.type is Type.BOOLEAN else cell


def _share(cell: _Cell, percent: str | None, is_percentage: bool) -> _Cell:
    value = f"{cell.value} * 0.01" if is_percentage else cell.value
    if is_percentage and percent:
        value = f"CASE WHEN {percent} THEN {cell.value} ELSE {value} END"
    fitted = f"TRY_CAST({value} AS DECIMAL(18,12))"
    outside = f"CASE WHEN {cell.value} IS NOT NULL AND {fitted} IS NULL THEN 'share_out_of_range' END"
    return _Cell(fitted, _first(cell.code, outside), cell.rounded)


def _integer(cell: _Cell) -> _Cell:
    whole = f"{cell.value} = trunc({cell.value})"
    fitted = f"CASE WHEN {whole} THEN TRY_CAST({cell.value} AS INTEGER) END"
    too_large = f"{cell.value} IS NOT NULL AND ({fitted}) IS NULL"
    wrong = f"CASE WHEN NOT ({whole}) THEN 'not_whole' WHEN {too_large} THEN 'number_too_large' END"
    return _Cell(fitted, _first(cell.code, wrong))


def _computed(column: Column, source: Source, typed: Typed) -> _Cell:
    """A column from the named result of its formula; what its readings could not read is its own trouble too."""
    result = quoted("=" + column.name)
    codes = [typed.known[reading].code for reading in source.readings]
    if column.type in _PLACES:
        places = _PLACES[column.type]
        value = _without_tax(result, source.tax_rate) if source.tax_rate else half_even(result, places)
        outside = f"CASE WHEN {result} IS NOT NULL AND ({value}) IS NULL THEN 'number_too_large' END"
        rounded = f"coalesce(TRY(abs(CAST({result} AS DECIMAL(38,{places + 8})) - ({value}))) > 1e-7, false)"
        typed_value = f"CAST({value} AS INTEGER)" if column.type is Type.INTEGER else value
        return _Cell(typed_value, _first(*codes, outside), None if source.tax_rate else rounded)
    value = f"CAST({result} AS {logical_type(column)})"
    if column.choices:
        choices = ", ".join(literal(choice) for choice in column.choices)
        codes.append(f"CASE WHEN {result} NOT IN ({choices}) THEN 'unknown_choice' END")
        value = f"CASE WHEN {result} IN ({choices}) THEN {result} END"
    return _Cell(value, _first(*codes))


def _without_tax(value: str, rate: Decimal) -> str:
    """value / (1 + rate) rounded half-even to 4 decimals, in integers: no binary fraction on the way.

    12.00 at 20 %: 1 200 000 000 (units of 1e-8) over 12 000 (1.2 in tenths, times 1e4) = 100 000 units of 1e-4 = 10.00
    """
    digits = max(0, -int((1 + rate).as_tuple().exponent))
    divisor = int((1 + rate).scaleb(digits)) * 10**4
    units = f"CAST(abs(CAST({value} AS DECIMAL(38,8))) * {10**8} AS HUGEINT) * {10**digits}"
    quotient, remainder = f"(({units}) // {divisor})", f"(({units}) % {divisor})"
    up = f"2 * {remainder} > {divisor} OR (2 * {remainder} = {divisor} AND {quotient} % 2 = 1)"
    net = f"({quotient} + CASE WHEN {up} THEN 1 ELSE 0 END) * sign({value})"
    return f"TRY(CAST(CAST({net} AS DECIMAL(38,0)) * 0.0001 AS DECIMAL(18,4)))"


def _currency_beside_amount(fill: Fill, typed: Typed) -> str | None:
    amount = fill.columns.get("amount")
    return typed.known[amount.reading].currency if amount and amount.reading else None


def _with_currency(cell: _Cell, beside: str | None, company: str) -> _Cell:
    """The row's currency, else the one written beside its amount, else the company's. The first two may not
    contradict each other."""
    given = [cell.value, *([beside] if beside else []), literal(company)]
    conflict = f"CASE WHEN {cell.value} <> {beside} THEN 'currency_conflict' END" if beside else None
    return _Cell(f"coalesce({', '.join(given)})", _first(cell.code, conflict))


def _first(*codes: str | None) -> str | None:
    given = [code for code in codes if code]
    return f"coalesce({', '.join(given)})" if len(given) > 1 else given[0] if given else None
