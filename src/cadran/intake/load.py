"""Importing files: read, recognise, clean, check, stage, and hand everything to the store in one go.

Files are read and judged outside the store's lock; only the last step takes it. A file that cannot be read at all
stops the import before anything is written, with the problems of all the files at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import duckdb

from cadran.errors import IntakeError, Issue, MappingError, StoreError, Text, did_you_mean
from cadran.intake import remarks
from cadran.intake.coherence import CHECKED
from cadran.intake.group import Group, Part
from cadran.intake.inferred import leave_to_records
from cadran.intake.plan import plan
from cadran.intake.proposal import proposals
from cadran.intake.raw import Raw, SourceFile
from cadran.intake.read import identify, read_tables
from cadran.intake.reading import Place
from cadran.intake.remembered import as_text, find_mapping, remember, remembered
from cadran.intake.report import ImportReport, Outcome, describe
from cadran.intake.stage import Plan, Progress, Stage, stage
from cadran.intake.understand import Understood, by_recognition, with_mapping
from cadran.periods.period import parse_period
from cadran.store import ledger
from cadran.store.connection import connect_ahead
from cadran.store.delivery import DeliveredFile, Delivery, Replacement, WarningCount
from cadran.store.lake import Lake
from cadran.store.ledger import Preview
from cadran.store.record import ImportRecord
from cadran.store.state import Context
from cadran.store.upkeep import maintain_when_it_pays
from cadran.store.vanishing import Vanishing
from cadran.tables.mapping import FileMapping
from cadran.tables.model import SALES_MODEL

if TYPE_CHECKING:
    from cadran.catalogue.loader import Catalogue
    from cadran.settings import Settings


class Workspace(Protocol):
    """What an import needs of a company's folder."""

    @property
    def folder(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def mappings(self) -> Path: ...
    def lake(self, *, read_only: bool) -> Lake: ...


@dataclass(frozen=True)
class _Wish:
    """How the person wants the files taken."""

    table: str | None
    mapping: FileMapping | None
    source: str | None
    replaces: Replacement | None
    author: str


def import_files(
    workspace: Workspace,
    paths: Sequence[Path | str],
    *,
    table: str | None = None,
    mapping: FileMapping | Path | str | None = None,
    source: str | None = None,
    replace_period: str | None = None,
    dry_run: bool = False,
    confirm: Callable[[Preview], bool] | None = None,
    author: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Import files as one transaction. `replace_period` ("2026-03", "2026-Q1", "ALL") makes them the whole truth of
    `source` for that period; when rows would disappear, `confirm` is shown the preview and decides. `dry_run` only
    counts. Raises IntakeError for files that cannot be read or recognised, MappingError for a mapping that does not
    fit them, StoreError when the store refuses; each with all problems, and nothing written."""
    started = monotonic()
    wish = _Wish(
        _known_table(table),
        find_mapping(workspace.mappings, mapping) if mapping is not None else None,
        source,
        _replacement(replace_period, source, workspace.settings),
        author,
    )
    connect_ahead()  # the files are identified and the definitions read meanwhile
    tell = progress or silent
    files = _identify_all([Path(path) for path in paths], tell)
    context = context_of(workspace)
    with workspace.lake(read_only=dry_run) as lake:
        parts = _read_all(lake.connection, files, tell)
        understood = _understand(lake.connection, parts, wish, workspace.mappings)
        plans = plan_all(lake.connection, understood.groups, workspace.settings)
        staged = stage(lake.connection, plans, place_of(workspace.settings), workspace.settings.today(), tell)
        delivery = _delivery(context, parts, plans, staged, wish)
        delivery = replace(delivery, warnings=(*delivery.warnings, *_incoherent(lake, workspace, delivery)))
        tell("load", 0, 1)
        outcome, record, vanishing = _deliver(lake, delivery, dry_run, confirm)
        tell("load", 1, 1)
        report = describe(lake.connection, outcome, record, understood, plans, staged, monotonic() - started)
        proposed = proposals(lake.state().tables, workspace.folder) if outcome == "loaded" else ()
        report = replace(report, vanishing=vanishing, proposals=proposed)
        if outcome == "loaded":
            report = replace(report, upkeep=keep_fast(lake, record))
    if outcome == "loaded" and wish.mapping is not None:
        remember(workspace.mappings, wish.mapping)
    return report


def silent(step: str, done: int, total: int) -> None:
    """Nobody is watching."""


_Identified = SourceFile | IntakeError


def _identify_all(paths: Sequence[Path], tell: Progress) -> list[_Identified]:
    """Every file, or what is wrong with it, in the order given."""
    tell("read", 0, len(paths))
    found: list[_Identified] = []
    for path in paths:
        try:
            found.append(identify(path))
        except IntakeError as error:
            found.append(error)
    return found


def _read_all(connection: duckdb.DuckDBPyConnection, files: Sequence[_Identified], tell: Progress) -> list[Part]:
    """Every table of every file, in the order given. Raises IntakeError with the problems of all the files."""
    parts: list[Part] = []
    issues: list[Issue] = []
    seen: dict[str, str] = {}
    for file_no, file in enumerate(files):
        tell("read", file_no, len(files))
        try:
            if isinstance(file, IntakeError):
                raise file
            raws = read_tables(connection, file)
        except IntakeError as error:
            issues.extend(error.issues)
            continue
        if file.sha256 in seen:
            issues.append(_same_file(file.name, seen[file.sha256]))
        seen[file.sha256] = file.name
        parts += [Part(len(parts) + i, file_no, raw) for i, raw in enumerate(raws)]
    tell("read", len(files), len(files))
    if not files:
        issues.append(_no_file())
    if issues:
        raise IntakeError(*issues)
    return parts


def _understand(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], wish: _Wish, mappings: Path
) -> Understood:
    if wish.mapping is not None:
        return with_mapping(connection, parts, wish.mapping, wish.table)
    return by_recognition(connection, parts, remembered(mappings), wish.table)


def plan_all(connection: duckdb.DuckDBPyConnection, groups: Sequence[Group], settings: Settings) -> list[Plan]:
    """The fills of every group that are wanted. Raises MappingError with the problems of all of them."""
    plans: list[Plan] = []
    issues: list[Issue] = []
    for group in groups:
        try:
            plans.append((group, plan(connection, group, place_of(settings), settings.company.country)))
        except MappingError as error:
            issues.extend(error.issues)
    if issues:
        raise MappingError(*dict.fromkeys(issues))
    return leave_to_records(connection, plans)


def place_of(settings: Settings) -> Place:
    """Where the company's files are written."""
    return Place(ZoneInfo(settings.company.timezone), settings.company.currency)


def context_of(workspace: Workspace) -> Context:
    """The choices and definitions in force."""
    return Context(workspace.settings.canonical(), workspace.catalogue.canonical())


def _delivery(context: Context, parts: Sequence[Part], plans: Sequence[Plan], staged: Stage, wish: _Wish) -> Delivery:
    raws: dict[int, Raw] = {part.file_no: part.raw for part in parts}
    files = tuple(DeliveredFile(n, raw.file.name, raw.file.sha256, raw.file.size) for n, raw in raws.items())
    return Delivery(
        name=_name(files),
        source=wish.source,
        files=files,
        staged=staged.staged,
        tallies=staged.tallies,
        quarantine=staged.quarantine,
        replace=wish.replaces,
        author=wish.author,
        mapping=as_text(plans),
        warnings=staged.warnings,
        context=context,
    )


def _incoherent(lake: Lake, workspace: Workspace, delivery: Delivery) -> Iterator[WarningCount]:
    if not any(each.table in CHECKED for each in delivery.staged):
        return
    fiscal_month = workspace.settings.company.fiscal_month
    known = remarks.known_of(lake.connection, delivery.staged, workspace.catalogue, fiscal_month)
    is_renewed = delivery.replace is not None and delivery.replace.is_everything
    yield from remarks.incoherent(lake.connection, delivery.staged, known, delivery.source if is_renewed else None)


def _name(files: Sequence[DeliveredFile]) -> str:
    more = f" + {len(files) - 1}" if len(files) > 1 else ""
    return files[0].name + more


def _deliver(
    lake: Lake, delivery: Delivery, dry_run: bool, confirm: Callable[[Preview], bool] | None
) -> tuple[Outcome, ImportRecord, tuple[Vanishing, ...]]:
    """Commit, unless it is a dry run or somebody must first agree to what disappears."""
    if dry_run or delivery.replace is not None:
        foreseen = ledger.preview(lake, delivery)
        if dry_run:
            return "preview", foreseen.record, foreseen.vanishing
        if foreseen.vanishing and confirm is None:
            raise IntakeError(_unconfirmed(sum(each.rows for each in foreseen.vanishing)))
        if foreseen.vanishing and confirm is not None and not confirm(foreseen):
            return "refused", foreseen.record, foreseen.vanishing
    return "loaded", ledger.commit(lake, delivery), ()


def keep_fast(lake: Lake, record: ImportRecord) -> Issue | None:
    """Keep the store fast. The import has landed whatever comes of it; what goes wrong is said."""
    try:
        maintain_when_it_pays(lake, record)
    except StoreError as error:
        return _untidied(error)
    return None


def _known_table(name: str | None) -> str | None:
    if name is None or name in SALES_MODEL:
        return name
    message = Text(f"La table « {name} » n’existe pas.", f'There is no table "{name}".')
    raise IntakeError(Issue("unknown_table", message, did_you_mean(name, SALES_MODEL)))


def _replacement(period: str | None, source: str | None, settings: Settings) -> Replacement | None:
    if period is None:
        return None
    if not source:
        raise IntakeError(_replaces_nobody())
    if period.strip().upper() == "ALL":
        return Replacement(None, None)
    window = parse_period(period, settings.company.fiscal_month)
    return Replacement(window.start, window.end)


def _same_file(name: str, other: str) -> Issue:
    message = Text(f"« {name} » est le même fichier que « {other} ».", f'"{name}" is the same file as "{other}".')
    return Issue("same_file_twice", message, Text("Donnez-le une seule fois.", "Give it once."))


def _no_file() -> Issue:
    return Issue("no_file", Text("Aucun fichier à importer.", "No file to import."))


def _replaces_nobody() -> Issue:
    message = Text("Remplacer une période demande le nom de la source.", "Replacing a period needs the source's name.")
    return Issue("replacement_without_source", message, Text("Ajoutez --source NOM.", "Add --source NAME."))


def _unconfirmed(removed: int) -> Issue:
    message = Text(
        f"Ce remplacement ferait disparaître {removed} lignes.", f"This replacement would remove {removed} rows."
    )
    advice = Text(
        "Voyez-les avec --dry-run, puis confirmez avec --yes.", "See them with --dry-run, then confirm with --yes."
    )
    return Issue("replacement_unconfirmed", message, advice)


def _untidied(error: StoreError) -> Issue:
    reason = error.issues[0].message
    message = Text(
        f"L’import est en place. L’entretien des données qui le suit n’a pas pu se faire : {reason.fr}",
        f"The import is in place. The upkeep of the store that follows it could not be done: {reason.en}",
    )
    advice = Text(
        "Rien n’est perdu ; il sera refait après un prochain import.", "Nothing is lost; a later import does it again."
    )
    return Issue("upkeep_failed", message, advice)
