"""What a KPI can be split by: the texts and choices of its table and of the tables its ids lead to, where filled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cadran.catalogue.kpi import Kpi
from cadran.catalogue.sources import SOURCES
from cadran.errors import Text
from cadran.present.meaning import population_of
from cadran.store.newest import newest_snapshot
from cadran.store.state import present
from cadran.tables.contract import Column, Type
from cadran.web.measure.figure import leaves
from cadran.web.people.frame import Frame, served

# The ones people ask for, first.
_FIRST = (
    "account.segment",
    "account.region",
    "product.category",
    "product.name",
    "source",
    "account.industry",
    "stage",
    "account.size_band",
    "kind",
    "lost_reason",
)
_NO_SPLIT = frozenset({"name", "comment", "email", "currency", "probability"})  # a value to a row, or none to speak of
_PARENTS = frozenset({"account", "product"})
_PRODUCT = Text("Produit", "Product")


@dataclass(frozen=True)
class Dimension:
    """`name` as a question writes it."""

    name: str
    label: Text


def dimensions_of(frame: Frame, kpi: Kpi) -> tuple[Dimension, ...]:
    """The best known first; of a derived KPI, those that all its parts share."""
    filled = _filled_columns(frame)
    of_leaves = [_of_leaf(leaf, frame, filled) for leaf in leaves(kpi)]
    shared = [each for each in of_leaves[0] if all(each in others for others in of_leaves)] if of_leaves else []
    return tuple(sorted(shared, key=lambda each: _FIRST.index(each.name) if each.name in _FIRST else len(_FIRST)))


def _of_leaf(kpi: Kpi, frame: Frame, filled: frozenset[tuple[str, str]] | None) -> list[Dimension]:
    population = population_of(kpi, frame.settings)
    if population is None:
        return []
    source = SOURCES[population.of]
    parents = {name: table for name, table in source.parents.items() if name in _PARENTS}
    found = [(column.name, source.table, column) for column in source.table.columns]
    found += [(f"{name}.{column.name}", table, column) for name, table in parents.items() for column in table.columns]
    return [
        Dimension(name, _PRODUCT if name == "product.name" else column.label)
        for name, table, column in found
        if _splits(name, column)
        and (filled is None or (table.name, column.name) in filled)
        and (kpi.dimensions is None or name in kpi.dimensions)
    ]


def _splits(name: str, column: Column) -> bool:
    if name == "product.name":
        return True
    return column.type in (Type.TEXT, Type.CHOICE) and column.name not in _NO_SPLIT


def _filled_columns(frame: Frame) -> frozenset[tuple[str, str]] | None:
    """(table, column) of what holds a value; None where a warehouse is read in place, which is not looked through."""
    if frame.settings.engine.is_warehouse:
        return None
    store = served.workspace.store
    return _filled(store, newest_snapshot(store))


@lru_cache(maxsize=4)
def _filled(store: Path, snapshot: tuple[int, str]) -> frozenset[tuple[str, str]]:
    """Read once for each snapshot."""
    with served.workspace.lake() as lake:
        tables = present(lake.connection).tables
    return frozenset(
        (table, column) for table, profile in tables.items() for column, each in profile.columns.items() if each.filled
    )
