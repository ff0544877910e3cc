"""The company's own KPIs as files of its folder: written, changed, deleted, and what they were before.

A definition is changed where it stands, the rest of its file untouched; a new one gets a file of its own. Whoever
writes says which text they saw (`stamp`): what somebody else changed meanwhile is not written over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cadran.catalogue.canonical import from_canonical
from cadran.catalogue.drafts import derived_from, read_draft
from cadran.catalogue.kpi import Kpi
from cadran.catalogue.loader import read_definitions
from cadran.errors import DefinitionError, Issue, Text
from cadran.objectives.reading import target_rows
from cadran.question import question
from cadran.session import session
from cadran.store.moments import Moments
from cadran.workspace import Workspace


@dataclass(frozen=True)
class Uses:
    """What rests on a KPI: those computed from it, those that name it to be read with, objectives (rows)."""

    derived: tuple[Kpi, ...]
    companions: tuple[Kpi, ...]
    objectives: int


@dataclass(frozen=True)
class Version:
    """A definition as it was from `at` (naive UTC) on, under a snapshot; None where it was no longer there."""

    snapshot: int
    at: datetime
    author: str
    kpi: Kpi | None


def stamp(kpi: Kpi) -> str:
    """What tells a definition as it stands from what it was or will be."""
    return hashlib.sha256(kpi.source_text.encode()).hexdigest()


def uses(workspace: Workspace, kpi_id: str) -> Uses:
    others = [kpi for kpi in workspace.catalogue if kpi.id != kpi_id]
    with session(workspace, question(workspace.settings, ())) as opened:
        objectives = target_rows(opened.local, (kpi_id,)).num_rows
    companions = tuple(kpi for kpi in others if kpi_id in kpi.companions)
    return Uses(derived_from(kpi_id, others), companions, objectives)


def add(folder: Path, text: str) -> Kpi:
    """Keep a new definition in a file of its own. Raises DefinitionError with every problem of the text, or where the
    id is taken, be it meanwhile."""
    with _writing(folder) as workspace:
        kpi = _right(workspace, text)
        path = workspace.own_kpis / f"{kpi.id}.yaml"
        if path.exists():
            raise DefinitionError(_file_exists(path))
        _write(path, _ended(text), (kpi,))
    return kpi


def change(folder: Path, kpi_id: str, text: str, seen: str) -> Kpi:
    """Put a definition in the place of the one that was `seen`. Raises DefinitionError with every problem of the text,
    or where it was changed or deleted meanwhile."""
    with _writing(folder) as workspace:
        before = _unchanged(workspace, kpi_id, seen)
        kpi = _right(workspace, text, kpi_id)
        _put(before, _ended(text), kpi)
    return kpi


def delete(folder: Path, kpi_id: str, seen: str) -> None:
    """Raises DefinitionError where another KPI is computed from this one, or it was changed or deleted meanwhile."""
    with _writing(folder) as workspace:
        before = _unchanged(workspace, kpi_id, seen)
        if needing := derived_from(kpi_id, workspace.catalogue):
            raise DefinitionError(_needed(before, needing))
        _put(before, "", None)


def versions(workspace: Workspace, kpi_id: str) -> tuple[Version, ...]:
    """The definition as the store's snapshots kept it, newest first; empty where none kept it."""
    found: list[Version] = []
    with workspace.lake() as lake:
        kept = Moments(lake).definitions()
    for each in kept:
        known = from_canonical(each.text).by_id.get(kpi_id)
        if known != (found[-1].kpi if found else None):
            found.append(Version(each.snapshot, each.at, each.author, known))
    return tuple(reversed(found))


@contextmanager
def _writing(folder: Path) -> Iterator[Workspace]:
    """The company as it is now, with nobody else writing its KPIs meanwhile, in any process."""
    workspace = Workspace.open(folder)
    workspace.own_kpis.mkdir(exist_ok=True)
    held = os.open(workspace.own_kpis, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield workspace
    finally:
        os.close(held)  # gives the lock back


def _right(workspace: Workspace, text: str, kpi_id: str | None = None) -> Kpi:
    draft = read_draft(text, workspace.catalogue, kpi_id)
    if draft.problems or draft.kpi is None:
        raise DefinitionError(*draft.problems)
    return draft.kpi


def _unchanged(workspace: Workspace, kpi_id: str, seen: str) -> Kpi:
    kpi = workspace.catalogue.by_id.get(kpi_id)
    if kpi is None or not kpi.is_own or stamp(kpi) != seen:
        raise DefinitionError(_changed_meanwhile(kpi_id))
    return kpi


def _put(before: Kpi, text: str, kpi: Kpi | None) -> None:
    """Write `text` where a definition stands; a file that would hold nothing more goes."""
    path = Path(before.origin)
    whole = path.read_bytes().decode("utf-8-sig")
    after = whole.replace(_bare(before.source_text), text.rstrip("\n"), 1)
    others = tuple(each for each in read_definitions(path)[0] if each.id != before.id)
    if kpi is None and not others:
        path.unlink()
        return
    _write(path, after, (*others, kpi) if kpi else others)


def _bare(source: str) -> str:
    """A definition's lines without the comments that stand before the next one."""
    lines = source.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "".join(lines).rstrip("\r\n")


def _write(path: Path, text: str, wanted: tuple[Kpi, ...]) -> None:
    """All or nothing; and nothing where the file would not say what is wanted, the other definitions as they were."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, "utf-8", newline="")
    try:
        found, problems = read_definitions(beside)
        if problems or {each.id: _meaning(each) for each in found} != {each.id: _meaning(each) for each in wanted}:
            raise DefinitionError(_not_written(path))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _meaning(kpi: Kpi) -> Kpi:
    return replace(kpi, origin="", source_text="")


def _ended(text: str) -> str:
    """With the ends of lines of a file, whatever a form sends."""
    return "\n".join(text.splitlines()).strip("\n") + "\n"


def _file_exists(path: Path) -> Issue:
    message = Text(f"Le fichier kpis/{path.name} existe déjà.", f"The file kpis/{path.name} exists already.")
    return Issue("kpi_file_exists", message, Text("Donnez un autre identifiant.", "Give another id."))


def _changed_meanwhile(kpi_id: str) -> Issue:
    return Issue(
        "kpi_changed_meanwhile",
        Text(
            f"« {kpi_id} » a été changé ou supprimé entre-temps ; rien n’a été enregistré.",
            f'"{kpi_id}" was changed or deleted meanwhile; nothing was saved.',
        ),
        Text("Gardez votre texte, et rouvrez la définition.", "Keep your text, and open the definition again."),
    )


def _needed(kpi: Kpi, needing: tuple[Kpi, ...]) -> Issue:
    french = ", ".join(f"« {each.label.fr} »" for each in needing)
    english = ", ".join(f'"{each.label.en}"' for each in needing)
    return Issue(
        "kpi_needed",
        Text(f"« {kpi.label.fr} » sert à calculer {french}.", f'"{kpi.label.en}" is used to compute {english}.'),
        Text("Changez d’abord ces indicateurs.", "Change those KPIs first."),
    )


def _not_written(path: Path) -> Issue:
    return Issue(
        "kpi_file_unclear",
        Text(
            f"Le fichier kpis/{path.name} est écrit d’une façon qui ne se change pas ici ; rien n’a été enregistré.",
            f"The file kpis/{path.name} is written in a way that cannot be changed here; nothing was saved.",
        ),
        Text("Modifiez-le à la main.", "Edit it by hand."),
    )
