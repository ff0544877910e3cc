"""Reads and writes mapping files: see `mapping.py` for what they say. All problems are reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cadran.errors import NO_TEXT, Issue, MappingError, Text, did_you_mean
from cadran.tables.contract import Column, Table, Type
from cadran.tables.mapping import ColumnMapping, FileMapping, TableMapping
from cadran.tables.model import SALES_MODEL

_OF_FILE = ("name", "file", "sheet", "decimal", "day_first", "tax", "to")
_OF_COLUMN = ("header", "constant", "formula", "values", "otherwise", "date", "tax")
_OF_TABLE = ("where", "derived")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_LONGEST = 1_000_000
T = TypeVar("T")


def load_mapping(path: Path) -> FileMapping:
    """The mapping in a file. Raises MappingError with every problem; the file's own stem names it if it does not."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(_unreadable(path.name, str(error))) from error
    return parse_mapping(text, path.stem)


def parse_mapping(text: str, name: str) -> FileMapping:
    """The mapping that `text` (YAML) says. Raises MappingError with every problem."""
    try:
        document = yaml.load(text[:_LONGEST], Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise MappingError(_unreadable(name, str(error))) from error
    reader = _Reader()
    mapping = reader.file(document, name)
    if reader.issues:
        raise MappingError(*reader.issues)
    return mapping


def read_fill(table: str, form: object) -> tuple[TableMapping, tuple[Issue, ...]]:
    """One fill of a table of the model from its plain form (texts and mappings), and every problem of it."""
    reader = _Reader()
    mapping = reader.fill(SALES_MODEL[table], form, [table])
    return mapping, tuple(reader.issues)


def dump_mapping(mapping: FileMapping) -> str:
    """The YAML of a mapping; `parse_mapping` gives the same mapping back."""
    document: dict[str, Any] = {"name": mapping.name, "file": mapping.pattern, "sheet": mapping.sheet}
    document |= {"decimal": mapping.decimal, "day_first": mapping.day_first, "tax": _dump_tax(mapping.tax_rate)}
    kept = {key: value for key, value in document.items() if value is not None}
    kept["to"] = _dump_tables(mapping)
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=120)


# --- writing


def _dump_tables(mapping: FileMapping) -> dict[str, Any]:
    fills: dict[str, list[dict[str, Any]]] = {}
    names = [table.table for table in mapping.tables]
    for table in mapping.tables:
        fill: dict[str, Any] = {name: _dump_column(column) for name, column in table.columns.items()}
        if table.where is not None:
            fill["where"] = table.where
        if table.derived != _derived_by_default(table.table, names):
            fill["derived"] = table.derived
        fills.setdefault(table.table, []).append(fill)
    return {name: fill[0] if len(fill) == 1 else fill for name, fill in fills.items()}


def _dump_column(column: ColumnMapping) -> str | dict[str, Any]:
    form: dict[str, Any] = {"header": column.header, "constant": column.constant, "formula": column.formula}
    form |= {"values": dict(column.values) or None, "otherwise": column.otherwise, "date": column.date}
    form["tax"] = _dump_tax(column.tax_rate)
    kept = {key: value for key, value in form.items() if value is not None}
    return str(column.header) if list(kept) == ["header"] else kept


def _dump_tax(rate: Decimal | None) -> dict[str, str] | None:
    return None if rate is None else {"rate": str(rate)}


def _derived_by_default(table: str, tables: list[str]) -> bool:
    return not SALES_MODEL[table].is_fact and any(SALES_MODEL[other].is_fact for other in tables)


# --- reading


class _PlainLoader(yaml.BaseLoader):
    """Texts, lists and mappings only. No aliases: nothing grows. A key given twice is a mistake, not a choice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*) are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice or len(keys) != len(node.value):
            raise yaml.YAMLError(f"key given twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep=True)


class _Reader:
    """Reads the plain document into a FileMapping and collects every problem on the way."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def file(self, document: object, name: str) -> FileMapping:
        body = self._mapping(document, Text("Le fichier", "The file"))
        self._unknown_keys(body, _OF_FILE, NO_TEXT)
        fills = self._mapping(body.get("to", {}), Text("« to »", '"to"'))
        if not fills:
            self._add(
                "missing_to", Text("Aucune table à remplir : « to » manque.", 'No table to fill: "to" is missing.')
            )
        names = list(fills)
        tables = [table for key, value in fills.items() for table in self._fills(key, value, names)]
        return FileMapping(
            name=str(body.get("name") or name),
            tables=tuple(tables),
            pattern=self._text(body, "file"),
            sheet=self._text(body, "sheet"),
            decimal=self._one_of(body, "decimal", {",": ",", ".": "."}),
            day_first=self._one_of(body, "day_first", _BOOLEANS),
            tax_rate=self._tax(body.get("tax")),
        )

    def _fills(self, name: str, value: object, names: list[str]) -> list[TableMapping]:
        table = SALES_MODEL.get(name)
        if table is None:
            message = Text(f"Il n’y a pas de table « {name} ».", f'There is no table "{name}".')
            self._add("unknown_table", message, did_you_mean(name, SALES_MODEL))
            return []
        known = [other for other in names if other in SALES_MODEL]
        return [self.fill(table, one, known) for one in (value if isinstance(value, list) else [value])]

    def fill(self, table: Table, value: object, names: list[str]) -> TableMapping:
        body = self._mapping(value, Text(f"« {table.name} »", f'"{table.name}"'))
        columns = {}
        for name, form in body.items():
            if name in _OF_TABLE:
                continue
            if name not in table:
                message = Text(
                    f"La table {table.name} n’a pas de colonne « {name} ».",
                    f'Table {table.name} has no column "{name}".',
                )
                self._add("unknown_column", message, did_you_mean(name, (*table.column_names, *_OF_TABLE)))
                continue
            columns[name] = self._column(table, table[name], form)
        self._missing(table, columns)
        derived = self._one_of(body, "derived", _BOOLEANS)
        default = _derived_by_default(table.name, names)
        return TableMapping(table.name, columns, self._text(body, "where"), default if derived is None else derived)

    def _missing(self, table: Table, columns: Mapping[str, ColumnMapping]) -> None:
        for name in table.required:
            if name not in columns and not (table.keyless and name in table.key):
                message = Text(
                    f"La table {table.name} a besoin de la colonne « {name} ».",
                    f'Table {table.name} needs the column "{name}".',
                )
                self._add("missing_column", message)

    def _column(self, table: Table, column: Column, form: object) -> ColumnMapping:
        if isinstance(form, str):
            if not form:
                self._wrong(table, column, Text("l’en-tête est vide", "the header is empty"))
            return ColumnMapping(header=form)
        where = Text(f"« {table.name}.{column.name} »", f'"{table.name}.{column.name}"')
        body = self._mapping(form, where)
        self._unknown_keys(body, _OF_COLUMN, where)
        values = self._mapping(body.get("values", {}), where)
        mapped = ColumnMapping(
            header=self._text(body, "header"),
            constant=self._text(body, "constant"),
            formula=self._text(body, "formula"),
            values=tuple((word, str(ours)) for word, ours in values.items()),
            otherwise=self._text(body, "otherwise"),
            date=self._text(body, "date"),
            tax_rate=self._tax(body.get("tax")),
        )
        self._check(table, column, mapped)
        return mapped

    def _check(self, table: Table, column: Column, mapped: ColumnMapping) -> None:
        sources = [form for form in (mapped.header, mapped.constant, mapped.formula) if form is not None]
        if len(sources) > 1:
            one = Text("un seul de header, constant et formula", "only one of header, constant and formula")
            self._wrong(table, column, one)
        if not sources and not mapped.values and mapped.otherwise is None:
            self._wrong(table, column, Text("d’où vient la valeur ?", "where does the value come from?"))
        if mapped.date is not None and ("%" not in mapped.date or column.type not in (Type.DATE, Type.TIMESTAMP)):
            self._wrong(
                table, column, Text("« date » est un format tel que %d/%m/%Y", '"date" is a format such as %d/%m/%Y')
            )
        if mapped.tax_rate is not None and column.type is not Type.MONEY:
            self._wrong(table, column, Text("la taxe ne concerne que des montants", "a tax concerns money only"))
        for word in {*(ours for _, ours in mapped.values), mapped.otherwise} - {None}:
            if column.choices and word not in column.choices:
                listed = ", ".join(column.choices)
                self._wrong(
                    table, column, Text(f"« {word} » n’est pas parmi {listed}", f'"{word}" is not one of {listed}')
                )

    # --- small readers

    def _mapping(self, value: object, where: Text) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._add(
            "not_a_mapping",
            Text(
                f"{where.fr} : des paires « clé: valeur » sont attendues.",
                f'{where.en}: pairs "key: value" are expected.',
            ),
        )
        return {}

    def _text(self, body: Mapping[str, Any], key: str) -> str | None:
        value = body.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self._add("not_a_text", Text(f"« {key} » : un texte est attendu.", f'"{key}": a text is expected.'))
        return None

    def _one_of(self, body: Mapping[str, Any], key: str, known: Mapping[str, T]) -> T | None:
        value = body.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.casefold() in known:
            return known[value.casefold()]
        listed = ", ".join(f"« {word} »" for word in known)
        self._add("wrong_value", Text(f"« {key} » : {listed}.", f'"{key}": one of {listed}.'))
        return None

    def _tax(self, value: object) -> Decimal | None:
        """`{rate: 0.20}` -> 0.20; the rate is what is added to the net, from 0 up to 1 (excluded)."""
        if value is None:
            return None
        body = value if isinstance(value, dict) else {}
        try:
            rate = Decimal(str(body.get("rate", "")))
        except InvalidOperation:
            rate = Decimal(-1)
        if set(body) == {"rate"} and 0 <= rate < 1:
            return rate
        self._add("wrong_tax", Text("« tax » s’écrit {rate: 0.20}.", '"tax" is written {rate: 0.20}.'))
        return None

    def _unknown_keys(self, body: Mapping[str, Any], known: tuple[str, ...], where: Text) -> None:
        for key in body:
            if key not in known:
                fr, en = (f"{where.fr} : " if where.fr else ""), (f"{where.en}: " if where.en else "")
                message = Text(f"{fr}« {key} » n’a pas de sens ici.", f'{en}"{key}" means nothing here.')
                self._add("unknown_key", message, did_you_mean(key, known))

    def _wrong(self, table: Table, column: Column, what: Text) -> None:
        place = f"{table.name}.{column.name}"
        self._add("wrong_column", Text(f"« {place} » : {what.fr}.", f'"{place}": {what.en}.'))

    def _add(self, code: str, message: Text, advice: Text = NO_TEXT) -> None:
        self.issues.append(Issue(code, message, advice))


def _unreadable(name: str, detail: str) -> Issue:
    return Issue(
        "unreadable_mapping",
        Text(f"La correspondance {name} est illisible : {detail}", f"The mapping {name} cannot be read: {detail}"),
    )
