"""What a warehouse's tables are made of: their columns and types, and the names that a mapping means among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import sqlglot
from sqlglot import exp

from cadran.engines.engine import Engine
from cadran.errors import Issue, Text, WarehouseError, did_you_mean
from cadran.planner.sources.mapped import SourceColumn, source_of
from cadran.tables.contract import Type
from cadran.tables.mapping import ColumnMapping, MappedTable, find_header

if TYPE_CHECKING:
    from collections.abc import Sequence


def described(engine: Engine, mapped: MappedTable) -> dict[str, SourceColumn]:
    """Their columns by name. Raises EngineError (no such table), WarehouseError for a query that is no question."""
    if mapped.query is not None:
        _check_query(mapped, engine.dialect)
    every = exp.Select(expressions=[exp.Star()])
    every.set("from_", exp.From(this=source_of(mapped, engine.dialect)))
    schema = engine.query(every.limit(0)).schema
    return {field.name: SourceColumn(field.name, _type(field.type), _is_zoned(field.type)) for field in schema}


def resolved(mapped: MappedTable, theirs: dict[str, SourceColumn]) -> MappedTable:
    """The mapping with every header as the table writes it. Raises WarehouseError with every missing one."""
    names = list(theirs)
    missing = list(_missing(mapped, names))
    if missing:
        raise WarehouseError(*missing)
    columns = {name: _resolved(name, form, names) for name, form in mapped.fill.columns.items()}
    return replace(mapped, fill=replace(mapped.fill, columns=columns))


def _resolved(name: str, form: ColumnMapping, names: Sequence[str]) -> ColumnMapping:
    wanted = _wanted(name, form)
    found = None if wanted is None else find_header(names, wanted)
    return form if found is None else replace(form, header=names[found])


def _wanted(name: str, form: ColumnMapping) -> str | None:
    """The column of theirs that a form reads; None for a constant or a formula."""
    if form.formula is not None or form.constant is not None:
        return None
    return form.header or name


def _missing(mapped: MappedTable, names: Sequence[str]) -> Iterator[Issue]:
    for name, form in mapped.fill.columns.items():
        wanted = _wanted(name, form)
        if wanted is not None and find_header(names, wanted) is None:
            place = f"[tables.{mapped.name}] {name}"
            message = Text(
                f"{place} : la colonne « {wanted} » n’existe pas dans l’entrepôt.",
                f'{place}: the warehouse has no column "{wanted}".',
            )
            yield Issue("missing_source_column", message, did_you_mean(wanted, names))


def _check_query(mapped: MappedTable, dialect: str) -> None:
    """One question, and nothing that writes."""
    try:
        statements = sqlglot.parse(mapped.query or "", dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        raise WarehouseError(_no_query(mapped.name)) from error
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock, exp.Command, exp.Create, exp.Drop)
    one = statements[0] if len(statements) == 1 else None
    if not isinstance(one, exp.Query) or one.find(*writes):
        raise WarehouseError(_no_query(mapped.name))


def _no_query(name: str) -> Issue:
    return Issue(
        "not_a_query",
        Text(
            f"[tables.{name}] query doit être une seule question (SELECT).",
            f"[tables.{name}] query must be one question (SELECT).",
        ),
        Text("Écrivez une requête, ou donnez une vue à « table ».", 'Write one query, or give a view as "table".'),
    )


def _type(kind: pa.DataType) -> Type:
    if pa.types.is_boolean(kind):
        return Type.BOOLEAN
    if pa.types.is_integer(kind):
        return Type.INTEGER
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Type.NUMBER
    if pa.types.is_date(kind):
        return Type.DATE
    return Type.TIMESTAMP if pa.types.is_timestamp(kind) else Type.TEXT


def _is_zoned(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and kind.tz is not None
