"""Mappings as they are kept: by name in the workspace for the next file, and with each import for its replays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cadran.errors import Issue, MappingError, Text, did_you_mean
from cadran.intake.group import Group
from cadran.intake.plan import Fill
from cadran.intake.reading import PLACES, Kind
from cadran.tables.mapping import FileMapping
from cadran.tables.mapping_file import dump_mapping, load_mapping, parse_mapping

_DOCUMENT = re.compile(r"^# files: ([\d, ]+)\n", re.MULTILINE)


def find_mapping(folder: Path, wanted: FileMapping | Path | str) -> FileMapping:
    """A mapping by its name in `folder`, or by the path of its file. Raises MappingError when there is none."""
    if isinstance(wanted, FileMapping):
        return wanted
    path = Path(wanted)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return load_mapping(path)
    named = folder / f"{slug(str(wanted))}.yaml"
    if named.is_file():
        return load_mapping(named)
    known = [path.stem for path in sorted(folder.glob("*.yaml"))]
    message = Text(f"La correspondance « {wanted} » n’existe pas.", f'There is no mapping "{wanted}".')
    listed = Text(f"Correspondances connues : {', '.join(known)}.", f"Known mappings: {', '.join(known)}.")
    near = did_you_mean(str(wanted), known)
    raise MappingError(Issue("unknown_mapping", message, near if near.fr else listed if known else Text("", "")))


def remembered(folder: Path) -> tuple[FileMapping, ...]:
    """Every mapping of a folder, by name."""
    return tuple(load_mapping(path) for path in sorted(folder.glob("*.yaml")))


def remember(folder: Path, mapping: FileMapping) -> None:
    """Keep a mapping under its name; the file is replaced whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{slug(mapping.name)}.yaml"
    draft = target.with_suffix(".new")
    draft.write_text(dump_mapping(mapping), "utf-8")
    draft.replace(target)


def slug(name: str) -> str:
    """A name as a file can bear it."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "mapping"


def settled(group: Group, fills: Iterable[Fill]) -> FileMapping:
    """The mapping with what its cells proved: a few corrected rows prove nothing by themselves."""
    readings = [reading for fill in fills for reading in fill.readings]
    decimals = {reading.decimal for reading in readings if reading.kind in PLACES}
    orders = {r.day_first for r in readings if r.kind in (Kind.DAY, Kind.MOMENT) and r.written is None}
    mapping = group.mapping
    return replace(
        mapping,
        decimal=decimals.pop() if len(decimals) == 1 else mapping.decimal,
        day_first=orders.pop() if len(orders) == 1 else mapping.day_first,
    )


def as_text(plans: Sequence[tuple[Group, tuple[Fill, ...]]]) -> str:
    """The mappings of an import, each under the numbers of its files."""
    documents = []
    for group, fills in plans:
        files = ", ".join(str(number) for number in sorted({part.file_no for part in group.parts}))
        documents.append(f"# files: {files}\n{dump_mapping(settled(group, fills))}")
    return "".join(documents)


def from_text(text: str) -> tuple[tuple[frozenset[int], FileMapping], ...]:
    """What `as_text` wrote."""
    pieces = _DOCUMENT.split(text)[1:]
    return tuple(
        (frozenset(int(number) for number in files.split(",")), parse_mapping(body, "import"))
        for files, body in zip(pieces[::2], pieces[1::2], strict=True)
    )
