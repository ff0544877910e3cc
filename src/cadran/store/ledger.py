"""Imports: each one transaction over all its tables, one named snapshot, and undoable on its own.

An import is first weighed (reading only: what is new, changed, seen again, replaced), then written, both under the
writer's lock. A preview stops after the first half and needs no lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from cadran.errors import Issue, StoreError, Text, did_you_mean
from cadran.store import record as records
from cadran.store.balance import file_counts
from cadran.store.delivery import Delivery
from cadran.store.incoming import Verdicts, compare, gather
from cadran.store.interning import Interned, keep, look_up
from cadran.store.lake import Lake
from cadran.store.profile import measure
from cadran.store.quarantine import correct, keep_quarantine, settle
from cadran.store.record import ImportRecord, Status, TableCount
from cadran.store.scratch import scratch, staged_of
from cadran.store.seen import NOTHING
from cadran.store.state import Context, State, advance, next_snapshot, now, present, read_context
from cadran.store.vanishing import Vanishing, vanishing
from cadran.store.versions import (
    NO_OUTCOME,
    Outcome,
    Rule,
    add_living,
    list_living,
    touch_replaced,
    touch_undone,
    weigh,
    write_rule,
)
from cadran.store.writing import write_import, write_outcome
from cadran.tables.contract import Table
from cadran.tables.model import SALES_MODEL


@dataclass(frozen=True)
class Preview:
    """What an import would do: its record, never written, and the rows that its replacement would take away."""

    record: ImportRecord
    vanishing: tuple[Vanishing, ...]


@dataclass(frozen=True)
class _Weighed:
    """What a delivery does to each of its tables, before anything is written."""

    record: ImportRecord
    before: State
    interned: Interned
    verdicts: dict[str, Verdicts]
    outcomes: dict[str, Outcome]
    rules: tuple[Rule, ...]


def commit(lake: Lake, delivery: Delivery) -> ImportRecord:
    """Write one import: all of it, or nothing. Raises StoreError when rows are unaccounted for, a key comes twice, a
    replacement names no source, a row it corrects is no longer open, or the store is busy or fails."""
    _check(delivery)
    with scratch(lake.connection), lake.writing():
        weighed = _weigh(lake.connection, delivery, "live")
        _write(lake.connection, delivery, weighed)
        lake.name_snapshot(delivery.author, f"import {weighed.record.id}: {delivery.name}")
    return weighed.record


def preview(lake: Lake, delivery: Delivery) -> Preview:
    """What `commit` would do, counted against the present store; nothing is written."""
    _check(delivery)
    with scratch(lake.connection), lake.transaction():
        weighed = _weigh(lake.connection, delivery, "preview")
        leaving = [(SALES_MODEL[name], each.removed) for name, each in weighed.outcomes.items() if each.removed]
        return Preview(weighed.record, tuple(vanishing(lake.connection, table, rows) for table, rows in leaving))


def keep_context(lake: Lake, context: Context, author: str) -> bool:
    """Keep the settings and definitions in force from now on, under a snapshot of their own; False where they are kept
    already. Raises StoreError when the store is busy or open read only."""
    with lake.writing():
        if read_context(lake.connection) == context:
            return False
        advance(lake.connection, present(lake.connection), {}, context)
        lake.name_snapshot(author, "settings or definitions changed")
    return True


def undo(lake: Lake, import_id: int, author: str, context: Context | None = None) -> ImportRecord:
    """Make the store what importing all the other imports would have made it. `context`: the settings and definitions
    in force, where they may have changed since the last import. Returns the import's record with the counts of the
    undoing. Raises StoreError when the import is unknown or undone already."""
    with scratch(lake.connection), lake.writing():
        record, outcomes = _weigh_undoing(lake, import_id)
        for name, outcome in outcomes.items():
            if outcome.total:
                write_outcome(lake.connection, SALES_MODEL[name])
        undone = replace(_counting(record, outcomes), status="undone", undone_at=now(), undone_by=author)
        lake.connection.execute(
            "UPDATE lake.main.imports SET status = 'undone', undone_at = ?, undone_by = ? WHERE id = ?",
            [undone.undone_at, author, import_id],
        )
        settle(lake.connection, import_id)
        changed = {
            name: measure(lake.connection, SALES_MODEL[name], NOTHING) for name, each in outcomes.items() if each.total
        }
        advance(lake.connection, present(lake.connection), changed, context)
        lake.name_snapshot(author, f"undo of import {import_id}: {record.name}")
    return undone


def preview_undo(lake: Lake, import_id: int) -> ImportRecord:
    """The record that `undo` would return, its status as it is; nothing is written. Raises StoreError as `undo`."""
    with scratch(lake.connection), lake.transaction():
        return _counting(*_weigh_undoing(lake, import_id))


def imports(lake: Lake) -> list[ImportRecord]:
    """Every import at this snapshot, oldest first, undone ones included."""
    rows = lake.query("SELECT record, status, undone_at, undone_by FROM lake.main.imports ORDER BY id")
    return [records.from_json(*row) for row in rows]


def import_record(lake: Lake, import_id: int) -> ImportRecord:
    """The record of one import. Raises StoreError when there is none of that number."""
    query = "SELECT record, status, undone_at, undone_by FROM lake.main.imports WHERE id = ?"
    rows = lake.query(query, [import_id])
    if not rows:
        raise StoreError(_unknown_import(import_id))
    return records.from_json(*rows[0])


def _check(delivery: Delivery) -> None:
    if delivery.replace is not None and not delivery.source:
        raise StoreError(_replaces_nobody())
    unknown = [name for name in delivery.tables if name not in SALES_MODEL]
    if unknown:
        raise StoreError(*(_unknown_table(name) for name in unknown))


def _weigh(connection: duckdb.DuckDBPyConnection, delivery: Delivery, status: Status) -> _Weighed:
    row = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM lake.main.imports").fetchone()
    import_id = int(row[0]) if row else 1
    tables = [SALES_MODEL[name] for name in delivery.tables]
    before = present(connection)
    empty = SALES_MODEL.keys() - before.filled
    for table in tables:
        gather(connection, delivery, table)
    staged = [(table, staged_of(table.name), delivery.seen(table.name).distinct) for table in tables]
    interned = look_up(connection, staged, is_first=import_id == 1)
    verdicts = {t.name: compare(connection, delivery, t, interned, is_empty=t.name in empty) for t in tables}
    rules = tuple(_rules(delivery, import_id))
    outcomes = _replace(connection, delivery, import_id, [rule for rule in rules if rule.table not in empty])
    record = _record(connection, delivery, import_id, status, verdicts, outcomes)
    return _Weighed(record, before, interned, verdicts, outcomes, rules)


def _rules(delivery: Delivery, import_id: int) -> Iterator[Rule]:
    """A replacement reaches the tables the import fills; a window of time only those whose rows have a date. Rows that
    were derived replace derived rows only."""
    window = delivery.replace
    if window is None or delivery.source is None:
        return
    for name in delivery.tables:
        if SALES_MODEL[name].dated_by or window.is_everything:
            derived_only = not delivery.relations_of(name, derived=False)
            yield Rule(import_id, name, delivery.source, derived_only, window.starts_on, window.ends_on)


def _replace(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, import_id: int, rules: Sequence[Rule]
) -> dict[str, Outcome]:
    if not rules:
        return {}
    list_living(connection, undone=None)
    add_living(connection, import_id, delivery.source, rules)
    outcomes = {}
    for rule in rules:
        table = SALES_MODEL[rule.table]
        touch_replaced(connection, table, import_id)
        outcomes[table.name] = weigh(connection, table, incoming=import_id)
    return outcomes


def _record(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    import_id: int,
    status: Status,
    verdicts: dict[str, Verdicts],
    outcomes: dict[str, Outcome],
) -> ImportRecord:
    return ImportRecord(
        id=import_id,
        name=delivery.name,
        source=delivery.source,
        status=status,
        committed_at=now(),
        snapshot=next_snapshot(connection),
        author=delivery.author,
        mapping=delivery.mapping,
        replace=delivery.replace,
        files=delivery.files,
        counts=file_counts(delivery, verdicts),
        tables=tuple(_table_count(name, found, outcomes.get(name, NO_OUTCOME)) for name, found in verdicts.items()),
        warnings=delivery.warnings,
    )


def _table_count(name: str, found: Verdicts, outcome: Outcome) -> TableCount:
    unchanged = found.total("unchanged") + found.total("inferior")
    return TableCount(name, found.total("new"), found.total("changed"), unchanged, outcome.removed, outcome.restored)


def _write(connection: duckdb.DuckDBPyConnection, delivery: Delivery, weighed: _Weighed) -> None:
    record = weighed.record
    keep(connection, weighed.interned)
    changed = {}
    for name, verdicts in weighed.verdicts.items():
        table, outcome, seen = SALES_MODEL[name], weighed.outcomes.get(name, NO_OUTCOME), delivery.seen(name)
        write_import(connection, table, record.id, verdicts, outcome, seen.fixed)
        if verdicts.total("new") or verdicts.total("changed") or outcome.total:
            changed[name] = measure(connection, table, seen if name not in weighed.before.filled else NOTHING)
    for rule in weighed.rules:
        write_rule(connection, rule)
    connection.execute(
        "INSERT INTO lake.main.imports VALUES (?, ?, 'live', NULL, NULL, ?)",
        [record.id, record.source, records.to_json(record)],
    )
    is_unsettled = keep_quarantine(connection, record.id, delivery.quarantine) if delivery.quarantine else False
    if delivery.corrects:
        correct(connection, delivery.corrects, record.id)
    if is_unsettled or delivery.corrects or weighed.rules:
        settle(connection, record.id)
    advance(connection, weighed.before, changed, delivery.context)


def _weigh_undoing(lake: Lake, import_id: int) -> tuple[ImportRecord, dict[str, Outcome]]:
    """The import, and what its undoing does to each of its tables, before anything is written."""
    record = import_record(lake, import_id)
    if record.status == "undone":
        raise StoreError(_undone_already(record))
    list_living(lake.connection, undone=import_id)
    return record, {
        count.table: _undone_in(lake.connection, SALES_MODEL[count.table], record) for count in record.tables
    }


def _undone_in(connection: duckdb.DuckDBPyConnection, table: Table, record: ImportRecord) -> Outcome:
    touch_undone(connection, table, record.id, replaced=record.replace is not None)
    return weigh(connection, table)


def _counting(record: ImportRecord, outcomes: dict[str, Outcome]) -> ImportRecord:
    """The record of an import with the counts of its undoing."""
    counts = (TableCount(name, 0, 0, 0, each.removed, each.restored) for name, each in outcomes.items())
    return replace(record, tables=tuple(counts))


def _undone_already(record: ImportRecord) -> Issue:
    return Issue(
        "import_already_undone",
        Text(
            f"L’import n° {record.id} « {record.name} » a déjà été annulé.",
            f'Import {record.id} "{record.name}" was undone already.',
        ),
        Text("Réimportez le fichier si vous voulez le reprendre.", "Import the file again if you want it back."),
    )


def _unknown_import(import_id: int) -> Issue:
    return Issue(
        "import_unknown",
        Text(f"Il n’y a pas d’import n° {import_id}.", f"There is no import {import_id}."),
        Text("Consultez la liste avec cadran imports list.", "See cadran imports list."),
    )


def _replaces_nobody() -> Issue:
    return Issue(
        "replacement_without_source",
        Text(
            "Un import qui remplace une période doit dire de quelle source il vient.",
            "An import that replaces a period must say which source it comes from.",
        ),
        Text("Ajoutez --source NOM.", "Add --source NAME."),
    )


def _unknown_table(name: str) -> Issue:
    return Issue(
        "table_unknown",
        Text(f"La table « {name} » n’existe pas.", f'There is no table "{name}".'),
        did_you_mean(name, SALES_MODEL),
    )
