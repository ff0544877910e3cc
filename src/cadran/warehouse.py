"""A company's own warehouse, opened for one question: its tables as the sales model sees them, and what they hold.

    [tables.sales] table = "dwh.lines"   ─>   described (their columns)   ─>   relation (ours)   ─>   profile

Each table is described and measured when it is first asked about, inside the transaction that answers: a profile never
speaks of other rows than the answer does. A table that would give a wrong number (a key twice, a word that means
nothing here) gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from cadran.engines.adbc import AdbcEngine
from cadran.engines.engine import Engine
from cadran.engines.spark import SPARK, SparkEngine
from cadran.errors import CadranError, Issue, Text, WarehouseError
from cadran.planner.sources.mapped import Place, SourceColumn, empty_relation, relation
from cadran.settings import Settings
from cadran.settings.secret import revealed
from cadran.settings.sections import Engine as EngineSettings
from cadran.store.profile import TableProfile, empty_tables
from cadran.tables.mapping import MappedTable
from cadran.tables.model import SALES_MODEL
from cadran.warehouse_checks import problems_of
from cadran.warehouse_profile import has_whole_orders, measured
from cadran.warehouse_tables import described, resolved

T = TypeVar("T")


class Lazy(Mapping[str, T]):
    """Something about every table of the model, found when it is first asked for."""

    def __init__(self, find: Callable[[str], T]) -> None:
        self._find, self._found = find, dict[str, T]()

    def __getitem__(self, name: str) -> T:
        if name not in SALES_MODEL:
            raise KeyError(name)
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(SALES_MODEL)

    def __len__(self) -> int:
        return len(SALES_MODEL)


class Warehouse:
    """An open warehouse. `relations` and `profiles` are those of every table of the model; an unmapped one is empty.
    `whole`: whether every order of a table has one day, one rep and one client.

    No table is read that was not checked: neither its relation nor its profile is given before. What is `unchecked` is
    for telling what is wrong with it.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.mapped = engine, settings.tables
        self.place = Place(settings.company.timezone, settings.today(), engine.dialect)
        self.unchecked: Mapping[str, exp.Select] = Lazy(self._relation)
        self.relations: Mapping[str, exp.Select] = Lazy(self._checked)
        self.profiles: Mapping[str, TableProfile] = Lazy(self._profile)
        self.whole: Mapping[str, bool] = Lazy(lambda name: has_whole_orders(self.engine, self.relations[name]))

    def _checked(self, name: str) -> exp.Select:
        """The relation of a table that has passed its checks, as having a profile proves."""
        _ = self.profiles[name]
        return self.unchecked[name]

    def _relation(self, name: str) -> exp.Select:
        if name not in self.mapped:
            return empty_relation(SALES_MODEL[name])
        mapped, theirs = self._described(self.mapped[name])
        try:
            return relation(mapped, theirs, self.place)
        except CadranError as error:
            raise WarehouseError(*(_in_table(name, issue) for issue in error.issues)) from error

    def _described(self, mapped: MappedTable) -> tuple[MappedTable, dict[str, SourceColumn]]:
        theirs = described(self.engine, mapped)
        return resolved(mapped, theirs), theirs

    def _profile(self, name: str) -> TableProfile:
        if name not in self.mapped:
            return empty_tables()[name]
        profile = self.measure(name)
        problems = problems_of(self.engine, SALES_MODEL[name], self.unchecked[name], profile)
        if problems:
            raise WarehouseError(*problems)
        return profile

    def measure(self, name: str) -> TableProfile:
        """What a mapped table holds, whatever is wrong with it."""
        return measured(self.engine, SALES_MODEL[name], self.unchecked[name])


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The warehouse of `[engine] url`. Raises SettingsError for a variable that is not set, EngineError."""
    chosen = settings.engine
    engine = _connected(chosen)
    try:
        yield Warehouse(engine, settings)
    finally:
        engine.close()


def _connected(chosen: EngineSettings) -> AdbcEngine | SparkEngine:
    address = revealed(chosen.url)
    if address.startswith(SPARK):
        return SparkEngine.connect(address)
    return AdbcEngine.connect(address, chosen.driver, chosen.dialect)


def _in_table(name: str, issue: Issue) -> Issue:
    place = f"[tables.{name}]"
    return replace(issue, message=Text(f"{place} : {issue.message.fr}", f"{place}: {issue.message.en}"))
