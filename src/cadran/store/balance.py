"""Nothing vanishes: of every file and table, the rows read are loaded, unchanged, or accounted for by intake."""

from __future__ import annotations

from collections.abc import Mapping

from cadran.errors import Issue, StoreError, Text
from cadran.store.delivery import Delivery, Tally
from cadran.store.incoming import Verdicts
from cadran.store.record import FileCount


def file_counts(delivery: Delivery, verdicts: Mapping[str, Verdicts]) -> tuple[FileCount, ...]:
    """The counts of every file and table. Raises StoreError listing those that do not add up, or were staged without
    a tally."""
    tallied = {(tally.file_no, tally.table) for tally in delivery.tallies}
    staged = {(file_no, table) for table, found in verdicts.items() for file_no, _ in found.by_file}
    issues = [_untallied(file_no, table) for file_no, table in sorted(staged - tallied)]
    counts = tuple(_count(tally, verdicts.get(tally.table)) for tally in delivery.tallies)
    issues += [_lost(count) for count in counts if count.read != _accounted(count)]
    if issues:
        raise StoreError(*issues)
    return counts


def _count(tally: Tally, verdicts: Verdicts | None) -> FileCount:
    def rows(verdict: str) -> int:
        return verdicts.by_file.get((tally.file_no, verdict), 0) if verdicts else 0

    return FileCount(
        file_no=tally.file_no,
        table=tally.table,
        read=tally.read,
        new=rows("new"),
        changed=rows("changed"),
        unchanged=rows("unchanged") + rows("inferior") + rows("folded"),
        quarantined=tally.quarantined,
        filtered=tally.filtered,
        skipped=tally.skipped,
        collapsed=tally.collapsed,
    )


def _accounted(count: FileCount) -> int:
    return count.loaded + count.unchanged + count.quarantined + count.filtered + count.skipped + count.collapsed


def _lost(count: FileCount) -> Issue:
    read, accounted = count.read, _accounted(count)
    return Issue(
        "rows_unaccounted",
        Text(
            f"Fichier n° {count.file_no}, table « {count.table} » : {read} lignes lues, {accounted} retrouvées.",
            f'File {count.file_no}, table "{count.table}": {read} rows read, {accounted} accounted for.',
        ),
        Text(
            "Rien n’a été importé. Signalez cette erreur : c’est un défaut du programme.",
            "Nothing was imported. Please report this: it is a bug.",
        ),
    )


def _untallied(file_no: int, table: str) -> Issue:
    return Issue(
        "rows_untallied",
        Text(
            f"Fichier n° {file_no}, table « {table} » : des lignes sont arrivées sans décompte.",
            f'File {file_no}, table "{table}": rows came without a tally.',
        ),
        Text(
            "Rien n’a été importé. Signalez cette erreur : c’est un défaut du programme.",
            "Nothing was imported. Please report this: it is a bug.",
        ),
    )
