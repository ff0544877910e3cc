"""Which version of a key is current: versions, sightings and replacements, weighed in SQL.

An import leaves for each key a version (new contents) or a sighting (the contents of an earlier import, seen again);
together they are its *entries*. An entry lives while its import is not undone and no later living import of the same
source replaced the time it is dated in. The current version is that of the best living entry: one that was not derived
before one that was, then the newest import.

    import 1   K: amount 10     version 1            undo 2:   entries of K  1 -> version 1
    import 2   K: amount 11     version 2  current                           3 -> version 2 (its contents)
    import 3   K: amount 11     sighting of 2                  best is 3: K stays at 11

Nothing of this is kept as a state of its own, so undoing an import gives what importing all the others gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

import duckdb

from cadran.store.schema import current, dated, history
from cadran.store.scratch import LIVING, RULES, incoming_of, outcome_of, touched_of, verdicts_of
from cadran.tables.contract import Table


@dataclass(frozen=True)
class Rule:
    """One line of the ledger's `replacements`: what import `import_id` replaces in `table`; see Replacement."""

    import_id: int
    table: str
    source: str
    derived_only: bool
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class Outcome:
    """How many keys leave the table, fall back to another version, and come back into the table."""

    removed: int
    restored: int
    revived: int

    @property
    def total(self) -> int:
        return self.removed + self.restored + self.revived


NO_OUTCOME = Outcome(0, 0, 0)


def list_living(connection: duckdb.DuckDBPyConnection, undone: int | None) -> None:
    """Copy the living imports and their replacements, all but `undone`."""
    connection.execute(
        f"CREATE TEMP TABLE {LIVING} AS SELECT id, source FROM lake.main.imports "
        "WHERE status = 'live' AND id IS DISTINCT FROM CAST(? AS INTEGER)",
        [undone],
    )
    connection.execute(
        f"CREATE TEMP TABLE {RULES} AS SELECT r.* FROM lake.main.replacements r "
        f"SEMI JOIN {LIVING} living ON living.id = r.import_id"
    )


def add_living(
    connection: duckdb.DuckDBPyConnection, import_id: int, source: str | None, rules: Sequence[Rule]
) -> None:
    """Count the import that is being committed, with its replacements, among the living ones."""
    connection.execute(f"INSERT INTO {LIVING} VALUES (?, ?)", [import_id, source])
    for rule in rules:
        connection.execute(f"INSERT INTO {RULES} VALUES (?, ?, ?, ?, ?, ?)", list(astuple(rule)))


def write_rule(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Keep a replacement in the ledger."""
    connection.execute("INSERT INTO lake.main.replacements VALUES (?, ?, ?, ?, ?, ?)", list(astuple(rule)))


def _covers(date: str, rule: str) -> str:
    """The SQL of "`rule`'s window holds `date`"; without bounds it holds everything, rows without a date too."""
    return (
        f"(({rule}.starts_on IS NULL AND {rule}.ends_on IS NULL) OR ({date} IS NOT NULL "
        f"AND coalesce({date} >= {rule}.starts_on, true) AND coalesce({date} < {rule}.ends_on, true)))"
    )


def touch_replaced(connection: duckdb.DuckDBPyConnection, table: Table, import_id: int) -> None:
    """The current rows that the replacement of `import_id` may end: those in its window that it did not bring."""
    covered = _covers(dated(table, "c"), "r")
    connection.execute(
        f"CREATE TEMP TABLE {touched_of(table.name)} AS SELECT c.row_key FROM {current(table.name)} c "
        f"SEMI JOIN (FROM {RULES} WHERE import_id = {import_id} AND table_name = '{table.name}') r ON {covered} "
        f"ANTI JOIN (FROM {verdicts_of(table.name)} WHERE verdict <> 'inferior') i ON i.row_key = c.row_key"
    )


def touch_undone(connection: duckdb.DuckDBPyConnection, table: Table, import_id: int, *, replaced: bool) -> None:
    """The keys that import brought or saw again and, if it `replaced`, all those dated in the time it did."""
    mine = f"import_id = {import_id} AND table_name = '{table.name}'"
    keys = [f"SELECT row_key FROM lake.main.sightings WHERE {mine}"]
    for where in (current(table.name), history(table.name)):
        keys.append(f"SELECT row_key FROM {where} WHERE _import = {import_id}")
        if replaced:
            freed = f"SEMI JOIN (FROM lake.main.replacements WHERE {mine}) r ON {_covers(dated(table, 'v'), 'r')}"
            keys.append(f"SELECT row_key FROM {where} v {freed}")
    connection.execute(f"CREATE TEMP TABLE {touched_of(table.name)} AS {' UNION '.join(keys)}")


def weigh(connection: duckdb.DuckDBPyConnection, table: Table, incoming: int | None = None) -> Outcome:
    """Build the outcome of the touched keys.

    `incoming`: the import being committed, whose inferior rows count too.
    """
    versions = [_versions(table, where) for where in (current(table.name), history(table.name))]
    if incoming is not None:
        inferior = f"(SELECT *, {incoming} AS _import FROM {incoming_of(table.name)} WHERE verdict = 'inferior')"
        versions.append(_versions(table, inferior))
    connection.execute(
        f"CREATE TEMP TABLE {outcome_of(table.name)} AS "
        f"WITH versions AS ({' UNION ALL '.join(versions)}), entries AS ({_ENTRIES.format(table=table.name)}), "
        f"best AS ({_BEST.format(table=table.name, covers=_covers('e.dated', 'r'))}) "
        "SELECT row_key, c._import AS before, best.after "
        f"FROM {touched_of(table.name)} LEFT JOIN best USING (row_key) "
        f"LEFT JOIN {current(table.name)} c USING (row_key) "
        "WHERE c._import IS DISTINCT FROM best.after"
    )
    counts = connection.execute(
        "SELECT count(*) - count(after), count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL), "
        f"count(*) - count(before) FROM {outcome_of(table.name)}"
    ).fetchone()
    assert counts is not None, "an aggregate without groups has one row"
    return Outcome(*counts)


def _versions(table: Table, relation: str) -> str:
    return (
        f"SELECT v.row_key, v._import, v._derived, {dated(table, 'v')} AS dated FROM {relation} v "
        f"SEMI JOIN {touched_of(table.name)} t ON t.row_key = v.row_key"
    )


_ENTRIES = """
SELECT row_key, _import AS import_id, _import AS same_as, _derived AS derived, dated FROM versions
UNION ALL
SELECT s.row_key, s.import_id, s.same_as, v._derived, v.dated
FROM lake.main.sightings s JOIN versions v ON v.row_key = s.row_key AND v._import = s.same_as
WHERE s.table_name = '{table}'
"""

# One number orders the entries: not derived first, then the newest import.
_BEST = f"""
SELECT e.row_key, arg_max(e.same_as, e.import_id + CASE WHEN e.derived THEN 0 ELSE 4294967296 END) AS after
FROM entries e JOIN {LIVING} i ON i.id = e.import_id
WHERE NOT EXISTS (
    SELECT 1 FROM {RULES} r
    WHERE r.table_name = '{{table}}' AND r.source = i.source AND r.import_id > e.import_id
      AND (NOT r.derived_only OR e.derived) AND {{covers}}
)
GROUP BY e.row_key
"""
