"""What a group of files fills: for every column of every table, where its value comes from.

Headers are found, words and constants read, formulas checked, before any row is touched; all problems at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import duckdb

from cadran.catalogue.formula import Formula, parse, parse_condition
from cadran.errors import FormulaError, Issue, MappingError, Text, did_you_mean
from cadran.intake.group import Group
from cadran.intake.match import includes_tax
from cadran.intake.reading import PLACES, Kind, Place, Reading, Words, kind_of, words_of
from cadran.intake.recognition import identifier
from cadran.intake.values import Read
from cadran.intake.words import told_in_french
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapping import ColumnMapping, TableMapping, find_header, fold
from cadran.tables.model import SALES_MODEL

_NATURES = {
    Type.ID: "text",
    Type.TEXT: "text",
    Type.CHOICE: "text",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.TIMESTAMP: "date",
    Type.MONEY: "number",
    Type.NUMBER: "number",
    Type.INTEGER: "number",
    Type.SHARE: "number",
}
_TYPE_KINDS = {Type.NUMBER: Kind.NUMBER, Type.DATE: Kind.DAY, Type.TEXT: Kind.TEXT}


@dataclass(frozen=True)
class Source:
    """Where a column's values come from: one `reading`, a `constant` (as text), or a `formula` over readings.
    `tax_rate` is what the money includes."""

    reading: Reading | None = None
    constant: str | None = None
    formula: Formula | None = None
    names: tuple[tuple[str, Reading], ...] = ()
    tax_rate: Decimal | None = None

    @property
    def readings(self) -> tuple[Reading, ...]:
        return (self.reading,) if self.reading else tuple(reading for _, reading in self.names)


@dataclass(frozen=True)
class Fill:
    """One fill of one table. `where` is a formula that is true of the rows taken, `currency` what amounts are in that
    say nothing."""

    table: Table
    columns: dict[str, Source]
    where: Source | None
    derived: bool
    currency: str

    @property
    def readings(self) -> tuple[Reading, ...]:
        sources = (*self.columns.values(), *([self.where] if self.where else []))
        return tuple(reading for source in sources for reading in source.readings)


def plan(connection: duckdb.DuckDBPyConnection, group: Group, place: Place, country: str) -> tuple[Fill, ...]:
    """The fills of a group. Raises MappingError with every problem of its mapping."""
    planner = _Planner(connection, group, place, country)
    fills = tuple(planner.fill(mapping) for mapping in group.mapping.tables)
    if planner.issues:
        raise MappingError(*dict.fromkeys(planner.issues))
    return fills


class _Planner:
    """Looks up headers and cells, and collects the problems."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, group: Group, place: Place, country: str) -> None:
        self._connection = connection
        self._group = group
        self._place = place
        self._country = country
        self._default_decimal = group.mapping.decimal or ("," if group.semicolons else ".")
        self.issues: list[Issue] = []

    def fill(self, mapping: TableMapping) -> Fill:
        table = SALES_MODEL[mapping.table]
        positions = {name: self._position(table[name], given) for name, given in mapping.columns.items()}
        typed = {p: table[name] for name, p in positions.items() if p is not None}
        columns = {
            name: self._source(table, table[name], given, positions[name], typed)
            for name, given in mapping.columns.items()
        }
        self.issues.extend(_unfilled(table, name) for name in _needed(table) if name not in mapping.columns)
        where = self._formula(mapping.where, parse_condition, typed) if mapping.where else None
        given = {name: source for name, source in columns.items() if source}
        return Fill(table, given, where, mapping.derived, self._place.currency)

    def _position(self, column: Column, mapping: ColumnMapping) -> int | None:
        headers = self._group.headers
        if mapping.header is not None:
            position = find_header(headers, mapping.header)
            if position is None:
                self.issues.append(_unknown_header(mapping.header, headers))
            return position
        if not mapping.values or mapping.formula or mapping.constant is not None:
            return None
        named = find_header(headers, column.name)
        return named if named is not None else self._position_of_words({fold(word) for word, _ in mapping.values})

    def _position_of_words(self, words: set[str]) -> int | None:
        """The column that holds the most different words of a translation, None when none holds any."""
        found = [len(words & set(map(fold, self._distinct(i)))) for i in range(len(self._group.headers))]
        best = max(range(len(found)), key=found.__getitem__, default=None)
        return best if best is not None and found[best] else None

    def _distinct(self, position: int) -> list[str]:
        cell = f"c{position}"
        query = f"SELECT DISTINCT {cell} FROM {self._group.relation} WHERE {cell} IS NOT NULL LIMIT 10000"
        return [text for (text,) in self._connection.execute(query).fetchall()]

    def _source(
        self, table: Table, column: Column, mapping: ColumnMapping, position: int | None, typed: Mapping[int, Column]
    ) -> Source | None:
        rate = mapping.tax_rate
        if rate is None and column.type is Type.MONEY:
            rate = self._group.mapping.tax_rate
        if mapping.formula:
            source = self._formula(mapping.formula, _parse_value, typed)
            if source and source.formula and source.formula.type != _NATURES[column.type]:
                self.issues.append(_other_nature(column, mapping.formula))
            return source and replace(source, tax_rate=rate)
        constant = mapping.constant if mapping.constant is not None else mapping.otherwise
        if position is not None:
            header = self._group.headers[position]
            if rate is None and _is_net(table, column) and includes_tax(header):
                self.issues.append(_with_tax(table, column, header))
            return Source(self._reading(column, mapping, position), tax_rate=rate)
        return self._constant(column, mapping, constant) if constant is not None else None

    def _constant(self, column: Column, mapping: ColumnMapping, text: str) -> Source | None:
        words = words_of(column, mapping)
        read = Reading(0, Kind.WORD if words else kind_of(column), words=words).read(text, self._place)
        if read.code:
            self.issues.append(_unreadable_constant(column, text))
        return Source(constant=_text_of(read)) if read.value is not None else None

    def _reading(self, column: Column, mapping: ColumnMapping, position: int) -> Reading:
        words = words_of(column, mapping)
        return self._read_as(Kind.WORD if words else kind_of(column), position, mapping.date, words)

    def _read_as(self, kind: Kind, position: int, written: str | None = None, words: Words | None = None) -> Reading:
        if kind in PLACES:
            return Reading(position, kind, decimal=self._decimal(position))
        if kind in (Kind.DAY, Kind.MOMENT):
            return Reading(position, kind, day_first=written is not None or self._day_first(position), written=written)
        return Reading(position, kind, words=words)

    def _decimal(self, position: int) -> str:
        return self._group.conventions.decimal(position) or self._default_decimal

    def _day_first(self, position: int) -> bool:
        if self._group.mapping.day_first is not None:
            return self._group.mapping.day_first
        return self._group.conventions.day_first(position, self._country)

    def _formula(
        self, text: str, parsed: Callable[[str, Mapping[str, Type]], Formula], typed: Mapping[int, Column]
    ) -> Source | None:
        """A formula over the file's headers; each is what the mapping says it is, else what its cells look like."""
        readings = self._readings_in(text, typed)
        others = {identifier(header): Type.TEXT for header in self._group.headers}
        names = others | {name: _type_of(reading) for name, reading in readings.items()}
        try:
            formula = parsed(text, names)
        except FormulaError as error:
            self.issues.extend(error.issues)
            return None
        return Source(formula=formula, names=tuple((name, readings[name]) for name in sorted(formula.names)))

    def _readings_in(self, text: str, typed: Mapping[int, Column]) -> dict[str, Reading]:
        words = set(re.findall(r"\w+", text))
        named = {identifier(header): i for i, header in enumerate(self._group.headers)}
        return {word: self._as_itself(named[word], typed.get(named[word])) for word in words & set(named)}

    def _as_itself(self, position: int, column: Column | None) -> Reading:
        if column is not None and kind_of(column) not in (Kind.TEXT, Kind.COMMENT, Kind.WORD):
            return self._read_as(kind_of(column), position)
        if column is not None:
            return Reading(position, Kind.TEXT)
        decimal, day_first = self._decimal(position), self._day_first(position)
        found = self._group.conventions.type_of(position, decimal, day_first, self._place)
        return self._read_as(_TYPE_KINDS[found], position)


def _is_net(table: Table, column: Column) -> bool:
    """Whether money is net of tax in this column; what a client pays includes it."""
    return column.type is Type.MONEY and table.name != "payments"


def _needed(table: Table) -> tuple[str, ...]:
    """The columns without which no row can be taken; the key of a keyless table can be made."""
    return tuple(name for name in table.required if not (table.keyless and name in table.key))


def _parse_value(text: str, names: Mapping[str, Type]) -> Formula:
    return parse(text, names, aggregates=False)


def _type_of(reading: Reading) -> Type:
    if reading.kind in PLACES:
        return Type.NUMBER
    return Type.DATE if reading.kind in (Kind.DAY, Kind.MOMENT) else Type.TEXT


def _text_of(read: Read) -> str:
    """A value as SQL casts it from text; a day without its midnight."""
    if isinstance(read.value, datetime):
        return read.value.isoformat(" ").removesuffix(" 00:00:00")
    return str(read.value)


def _unknown_header(name: str, headers: tuple[str, ...]) -> Issue:
    message = Text(f"La colonne « {name} » n’est pas dans le fichier.", f'The file has no column "{name}".')
    near = did_you_mean(name, headers)
    listed = ", ".join(headers[:12])
    advice = Text(f"Le fichier contient : {listed}.", f"The file holds: {listed}.")
    return Issue("unknown_header", message, near if near.fr else advice)


def _unfilled(table: Table, name: str) -> Issue:
    column = table[name]
    message = Text(
        f"Rien ne remplit « {column.label.fr} » ({name}), obligatoire dans « {table.label.fr} ».",
        f'Nothing fills "{column.label.en}" ({name}), which "{table.label.en}" needs.',
    )
    advice = Text(
        f"Indiquez la colonne du fichier dans la correspondance : {name}: En-tête.",
        f"Name the file's column in the mapping: {name}: Header.",
    )
    return Issue("missing_column", message, advice)


def _other_nature(column: Column, formula: str) -> Issue:
    message = Text(
        f"La formule « {formula} » ne donne pas une valeur du genre de « {column.label.fr} » ({column.name}).",
        f'The formula "{formula}" does not give the kind of value "{column.label.en}" ({column.name}) holds.',
    )
    return Issue("formula_nature", message)


def _with_tax(table: Table, column: Column, header: str) -> Issue:
    message = Text(
        f"« {header} » est un montant TTC, alors que « {column.label.fr} » ({table.label.fr}) est hors taxes.",
        f'"{header}" includes tax, whereas "{column.label.en}" ({table.label.en}) is net of tax.',
    )
    advice = Text(
        "Choisissez la colonne HT, ou indiquez le taux dans la correspondance : tax: {rate: 0.20}.",
        "Choose the net column, or give the rate in the mapping: tax: {rate: 0.20}.",
    )
    return Issue("amount_with_tax", message, advice)


def _unreadable_constant(column: Column, text: str) -> Issue:
    message = Text(
        f"La constante « {text} » ne convient pas à « {column.label.fr} » ({column.name}).",
        f'The constant "{text}" does not suit "{column.label.en}" ({column.name}).',
    )
    choices = ", ".join(column.choices)
    french = told_in_french(column)
    advice = Text(f"Valeurs admises : {french}.", f"Allowed values: {choices}.") if choices else Text("", "")
    return Issue("unreadable_constant", message, advice)
