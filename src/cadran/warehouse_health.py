"""The health of a warehouse's tables as they are mapped: whether they can be read, and what they say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from cadran.errors import CadranError, Issue, Text
from cadran.planner import sql
from cadran.planner.sql import Expr, col
from cadran.store.profile import TableProfile, empty_tables
from cadran.store.schema import stored_as
from cadran.tables.contract import Column, Table, Type
from cadran.tables.model import PARENT_OF_DOMAIN, SALES_MODEL
from cadran.warehouse import Warehouse
from cadran.warehouse_checks import problems_of


@dataclass(frozen=True)
class Fault:
    """What is wrong with a mapped table."""

    table: str
    issue: Issue


@dataclass(frozen=True)
class Orphans:
    """Ids of `table`.`column` that `parent` lacks: how many, in how many rows, and the most frequent of them."""

    table: str
    column: str
    parent: str
    names: int
    rows: int
    examples: tuple[str, ...]


def looked_at(warehouse: Warehouse) -> tuple[dict[str, TableProfile], tuple[Fault, ...]]:
    """The profile of every table of the model, those that cannot be used as empty, and every fault found."""
    profiles, faults = dict(empty_tables()), list[Fault]()
    for name in warehouse.mapped:
        table = SALES_MODEL[name]
        try:
            profile = warehouse.measure(name)
            problems = problems_of(warehouse.engine, table, warehouse.unchecked[name], profile, with_cells=True)
        except CadranError as error:
            faults += [Fault(name, issue) for issue in error.issues]
            continue
        faults += [Fault(name, issue) for issue in problems]
        faults += [Fault(name, issue) for issue in _without(table, profile)]
        if not problems:
            profiles[name] = profile
    return profiles, tuple(faults)


def _without(table: Table, profile: TableProfile) -> Iterator[Issue]:
    """Rows that lack what every row must have."""
    for name in table.required:
        lacking = profile.rows - profile.columns[name].filled
        if lacking:
            label = table[name].label
            message = Text(
                f"{lacking} lignes sans « {label.fr} » ({name}).", f'{lacking} rows without "{label.en}" ({name}).'
            )
            yield Issue("missing_value", message, Text("Écartez-les avec « where ».", 'Leave them out with "where".'))


def orphans(warehouse: Warehouse, profiles: Mapping[str, TableProfile], shown: int) -> Iterator[Orphans]:
    """Every id that leads to another mapped table, where that table lacks it."""
    for name in (name for name in warehouse.mapped if profiles[name].rows):
        table = SALES_MODEL[name]
        for column in table.columns:
            parent = _parent(table, column)
            if parent is not None and profiles[parent].rows and profiles[name].columns[column.name].filled:
                found = _missing_from(warehouse, table, column, parent, shown)
                if found.names:
                    yield found


def _parent(table: Table, column: Column) -> str | None:
    parent = PARENT_OF_DOMAIN.get(column.domain or "") if column.type is Type.ID else None
    return None if parent == table.name and column.name in table.key else parent


def _missing_from(warehouse: Warehouse, table: Table, column: Column, parent: str, shown: int) -> Orphans:
    absent = _absent(warehouse.unchecked[table.name], warehouse.unchecked[parent], stored_as(table, column.name))
    total = {"names": sql.count_all(), "rows": exp.Sum(this=col("n"))}
    (row,) = warehouse.engine.query(sql.select(total, sql.aliased(absent, "a"))).to_pylist()
    if not row["names"]:
        return Orphans(table.name, column.name, parent, 0, 0, ())
    ordered = sql.select([col("key")], sql.aliased(absent.copy(), "a"))
    order = [exp.Ordered(this=col("n"), desc=True, nulls_first=False), exp.Ordered(this=col("key"))]
    ordered.set("order", exp.Order(expressions=order))
    examples = warehouse.engine.query(ordered.limit(shown)).column("key").to_pylist()
    return Orphans(table.name, column.name, parent, row["names"], int(row["rows"]), tuple(examples))


def _absent(relation: exp.Select, parent: exp.Select, name: str) -> exp.Select:
    """key, n: the ids of a column that are no key of its parent, and in how many rows each stands."""
    used = sql.select(
        {"key": col(name), "n": sql.count_all()},
        sql.aliased(relation.copy(), "r"),
        where=sql.not_null(col(name)),
        group=[col(name)],
    )
    columns: dict[str, Expr] = {"key": col("key", "u"), "n": col("n", "u")}
    query = sql.select(columns, sql.aliased(used, "u"), where=sql.is_null(col("row_key", "p")))
    return sql.join(query, sql.aliased(parent.copy(), "p"), sql.equal(col("key", "u"), col("row_key", "p")))
