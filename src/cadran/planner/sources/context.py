"""What the sources depend on besides the data, and the tables they draw from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from cadran.planner import sql
from cadran.planner.sql import Expr
from cadran.store.profile import TableProfile
from cadran.store.state import State
from cadran.tables.contract import Type
from cadran.tables.model import SALES_MODEL

EMPTY = TableProfile(rows=0, columns={}, values={}, whole_orders=True)
FAR = date(9999, 12, 31)
ORGANISATION = frozenset({"teams", "memberships"})


@dataclass(frozen=True)
class Context:
    """What the sources depend on besides the data: the company's choices and the day of the answer. With a `snapshot`,
    tables are read as they stood then; the organisation as it stands now, if `organisation_now`.

    `relations`: the model's tables as queries of a warehouse, where ids are texts; None: the store's own tables, where
    they are numbers. `whole`: whether every order of one of them has one day, rep and client, found out when it is
    asked. `firsts`: where first purchases are at hand already (account_id, first_purchase_on); None: they are found
    among the sales. `at_hand`: stored tables of which other rows are read, each with where these are; with
    `carries_firsts`, they have their clients' first purchases as a column.
    `looked_at`: the tables whose profile was asked for, which is all that statements ask of the state."""

    currency: str
    revenue_basis: str
    excluded_natures: tuple[str, ...]
    grace_days: int
    as_of: date
    state: State
    schema: str = "lake"
    snapshot: int | None = None
    organisation_now: bool = False
    relations: Mapping[str, exp.Select] | None = None
    whole: Mapping[str, bool] = field(default_factory=dict)
    firsts: str | None = None
    at_hand: Mapping[str, str] = field(default_factory=dict)
    carries_firsts: bool = False
    looked_at: set[str] = field(default_factory=set, compare=False)

    @property
    def choices(self) -> tuple[Hashable, ...]:
        """What a statement depends on besides the state and whoever reads it."""
        company = self.currency, self.revenue_basis, self.excluded_natures, self.grace_days, self.as_of, self.schema
        lent = self.firsts, tuple(self.at_hand.items()), self.carries_firsts
        return *company, self.snapshot, self.organisation_now, *lent

    @property
    def in_warehouse(self) -> bool:
        return self.relations is not None

    def table(self, name: str, alias: str | None = None) -> Expr:
        if self.relations is not None:
            return sql.aliased(self.relations[name].copy(), alias or name)
        if name in self.at_hand:
            return sql.table(self.at_hand[name], alias)
        now = self.organisation_now and name in ORGANISATION
        return sql.table(f"{self.schema}.{name}", alias, None if now else self.snapshot)

    def no_id(self) -> Expr:
        """Nobody, or nothing, among ids."""
        return sql.null("TEXT" if self.in_warehouse else "BIGINT")

    def profile(self, name: str) -> TableProfile:
        self.looked_at.add(name)
        return self.state.tables.get(name, EMPTY)

    def look(self, name: str) -> Hashable:
        """What statements ask of a table's profile: of ranges, those of days, and whether numbers all lie above 0."""
        days = {column.name for column in SALES_MODEL[name].columns if column.type in (Type.DATE, Type.TIMESTAMP)}
        return self.state.tables.get(name, EMPTY).look(days)

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the company gave any row of the table (and any value of the column)."""
        profile = self.profile(table)
        if column is None:
            return profile.rows > 0
        return column in profile.columns and profile.columns[column].filled > 0

    def is_full(self, table: str, column: str) -> bool:
        """Whether every row of the table has a value of the column."""
        profile = self.profile(table)
        return column in profile.columns and profile.columns[column].filled == profile.rows

    def is_positive(self, table: str, column: str) -> bool:
        """Whether every row of the table has an amount above 0 in the column. Converted ones may round to 0."""
        full = self.is_full(table, column) and not self.currencies(table)
        return full and self.profile(table).columns[column].is_positive

    def has_whole_orders(self, table: str) -> bool:
        """Whether every order of the table has one day, one rep and one client."""
        return self.whole[table] if self.in_warehouse else self.profile(table).whole_orders

    def currencies(self, table: str) -> set[str]:
        """The foreign currencies the table's amounts are written in."""
        return set(self.profile(table).values.get("currency", ())) - {self.currency}


@dataclass(frozen=True)
class Drawn:
    """The stored table that a source draws its rows from, and where a logical column has another stored name."""

    table: str
    stored_names: Mapping[str, str] = field(default_factory=dict)

    def stored(self, column: str) -> str | None:
        """The stored column behind a logical one; None for a worked-out or a parent's column."""
        name = self.stored_names.get(column, column)
        return name if name in SALES_MODEL[self.table] else None
