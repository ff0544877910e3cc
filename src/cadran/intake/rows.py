"""The rows of one table, from every file of an import that fills it, each with its errors, its doubts and its key.

fill part line  sale_id amount  sold_on     errors doubts rounded skipped given key
   0    0    2  NULL    1234.50 2025-02-03       0      0       0 false   false 9f3c...
   0    0    3  NULL      12.35 NULL           512      0    2048 false   false 71aa...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from cadran.intake.cells import literal
from cadran.intake.check import Check, counted_by, doubt_checks, error_checks, key_is_given, mask
from cadran.intake.clean import Cleaned, Scales, clean
from cadran.intake.group import Group
from cadran.intake.plan import Fill
from cadran.intake.typed import Typed
from cadran.store.schema import quoted
from cadran.store.seen import Seen
from cadran.tables.contract import Table

UNIT_SEPARATOR = "\x1f"
OK = "(errors = 0 AND NOT skipped)"


@dataclass(frozen=True)
class Source:
    """One fill of one group, ready to be written as SQL."""

    group: Group
    fill: Fill
    typed: Typed
    scales: Scales
    cleaned: Cleaned
    errors: tuple[Check, ...]
    doubts: tuple[Check, ...]


@dataclass(frozen=True)
class Count:
    """The rows that one fill made of one part: how many, how many of them `bad` or `skipped`, and the columns that any
    of them has doubts about, was rounded in or, of those a fact is counted by, leaves empty, as masks."""

    fill: int
    part: int
    rows: int
    bad: int
    skipped: int
    doubts: int
    rounded: int
    empty: int


@dataclass(frozen=True)
class Rows:
    """`relation` holds all the rows of `table`; `sources[i]` made those with `fill` = i. A row is named by its fill,
    part and line. `ok` is the condition of the rows that can be taken."""

    table: Table
    derived: bool
    relation: str
    sources: tuple[Source, ...]
    counts: tuple[Count, ...]

    @property
    def ok(self) -> str:
        return OK if any(count.bad or count.skipped for count in self.counts) else "true"

    def may_concern(self, fill: int, column: str) -> bool:
        """Whether any row of a fill has a doubt about the column, or was rounded in it."""
        bit = 1 << self.table.position(column)
        return any((count.doubts | count.rounded) & bit for count in self.counts if count.fill == fill)

    def may_lack(self, fill: int, column: str) -> bool:
        """Whether any row of a fill leaves the column empty."""
        bit = 1 << self.table.position(column)
        return any(count.empty & bit for count in self.counts if count.fill == fill)

    @property
    def seen(self) -> Seen:
        """What is known of all the rows that can be taken."""
        first, *others = (source.cleaned.seen for source in self.sources)
        fixed = {name: value for name, value in first.fixed.items() if all(o.fixed.get(name) == value for o in others)}
        if not any(count.doubts for count in self.counts):
            fixed["_doubts"] = "0"
        full = first.full.intersection(*(each.full for each in others))
        is_whole = not others and not self.sources[0].fill.where and self.ok == "true"
        return replace(first, fixed=fixed, full=full) if is_whole else Seen(fixed, full)

    @property
    def files(self) -> dict[int, int]:
        """Part -> file."""
        return {part.number: part.file_no for source in self.sources for part in source.group.parts}

    def file_of(self, part: str) -> str:
        """The file of a part, in SQL."""
        files = set(self.files.values())
        if len(files) == 1:
            return str(files.pop())
        listed = ", ".join(f"{part}: {file}" for part, file in sorted(self.files.items()))
        return f"CAST(MAP {{{listed}}}[{part}] AS INTEGER)"


def prepare(group: Group, fill: Fill, typed: Typed, scales: Scales, today: date) -> Source:
    cleaned = clean(fill, typed, scales)
    checked = error_checks(fill, cleaned), doubt_checks(fill, cleaned, today)
    return Source(group, fill, typed, scales, cleaned, *checked)


def gather(connection: duckdb.DuckDBPyConnection, table: Table, derived: bool, sources: Sequence[Source]) -> Rows:
    """Clean and check all the rows of a table into one temporary relation."""
    relation = f"intake_{table.name}" + ("_derived" if derived else "")
    union = " UNION ALL ".join(_query(i, source) for i, source in enumerate(sources))
    kind = "VIEW" if all(_is_cheap(source) for source in sources) else "TABLE"
    connection.execute(f"CREATE TEMP {kind} {relation} AS {union}")
    counted = (
        "SELECT fill, part, count(*), count(*) FILTER (errors <> 0 AND NOT skipped), count(*) FILTER (skipped), "
        f"bit_or(doubts), bit_or(rounded), {_empty(table, sources)} FROM {relation} "
        "GROUP BY fill, part ORDER BY fill, part"
    )
    counts = tuple(Count(*row) for row in connection.execute(counted).fetchall())
    return Rows(table, derived, relation, tuple(sources), counts)


def _empty(table: Table, sources: Sequence[Source]) -> str:
    """The columns a fact is counted by that a row leaves empty, as a mask over all rows."""
    given = sorted({name for each in sources for name in counted_by(each.fill) if name not in each.cleaned.seen.full})
    bits = [f"CASE WHEN count({quoted(name)}) < count(*) THEN {1 << table.position(name)} ELSE 0 END" for name in given]
    return " + ".join(bits) or "0"


def _is_cheap(source: Source) -> bool:
    """Whether its rows cost less to make again than to write down: typed cells with other names, and no more."""
    computed = any(given.formula or given.tax_rate for given in source.fill.columns.values())
    return key_is_given(source.fill) and not source.typed.looked_up and source.fill.where is None and not computed


def _query(number: int, source: Source) -> str:
    table = source.fill.table
    given = key_is_given(source.fill)
    key = key_of(table) if given else f"md5({contents(table)})"
    columns = [f"CAST({number} AS SMALLINT) AS fill", "part", "line", *map(quoted, table.column_names)]
    columns += [
        f"{mask(table, source.errors)} AS errors",
        f"{mask(table, source.doubts)} AS doubts",
        f"{_rounded(source)} AS rounded",
        f"{_skipped(source)} AS skipped",
        f"{'true' if given else 'false'} AS given",
        f"{key} AS key",
    ]
    return f"SELECT {', '.join(columns)} FROM ({source.cleaned.query})"


def key_of(table: Table) -> str:
    """The key as text: its one column, or its columns joined, nothing standing for null."""
    if len(table.key) == 1:
        return f"CAST({quoted(table.key[0])} AS VARCHAR)"
    parts = ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '')" for name in table.key)
    return f"concat_ws('{UNIT_SEPARATOR}', {parts})"


def contents(table: Table) -> str:
    """What a row says, as one text that does not depend on the file's headers, format or order of columns: every
    column but the key. Keys are made of it, so it may never change: a column added to the model after its first
    release must be appended here by itself, and only where it is filled (a test pins the keys)."""
    columns = [quoted(name) for name in table.column_names if name not in table.key]
    return f"concat({f', {literal(UNIT_SEPARATOR)}, '.join(columns)})"


def _rounded(source: Source) -> str:
    checks = [Check(name, "'rounded'", quoted("~" + name)) for name in sorted(source.cleaned.rounded)]
    return mask(source.fill.table, checks)


def _skipped(source: Source) -> str:
    """A line that names no one is no row of a dimension that is only inferred (a sale without a rep)."""
    if not source.fill.derived:
        return "false"
    table = source.fill.table
    empty = [
        f"({quoted(name)} IS NULL" + (f" AND {quoted('!' + name)} IS NULL)" if name in source.cleaned.unread else ")")
        for name in table.key
        if name in table.required
    ]
    return " OR ".join(empty) or "false"
