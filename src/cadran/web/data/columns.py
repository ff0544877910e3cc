"""Which column of a file fills what, when a person says so: the mapping is kept for the next file that looks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cadran.access import Ability
from cadran.errors import AccessError, Issue, Lang, MappingError, Text
from cadran.intake.remembered import from_text, remember, slug
from cadran.intake.understand import names_only
from cadran.tables.mapping import ColumnMapping, FileMapping, TableMapping, find_header
from cadran.tables.mapping_file import dump_mapping, load_mapping, parse_mapping
from cadran.tables.model import SALES_MODEL
from cadran.web.data import jobs
from cadran.web.data.jobs import choices_of
from cadran.web.data.models import Job, Kind
from cadran.web.people.frame import NOT_OPEN, Frame, served
from cadran.web.people.gate import page
from cadran.web.people.numbers import whole

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Choice:
    """What a column may fill, under the name of its table."""

    table: str
    columns: tuple[tuple[str, str], ...]


def choices_for(sheet: Mapping[str, Any], table: str | None, lang: Lang) -> tuple[Choice, ...]:
    """The columns of every table that a sheet fills; of `table`, where it fills none yet."""
    names = sheet["tables"] or ([table] if table else [])
    return tuple(
        Choice(
            SALES_MODEL[name].label.to(lang),
            tuple((f"{name}.{column.name}", column.label.to(lang)) for column in SALES_MODEL[name].columns),
        )
        for name in names
    )


@require_POST
@page(Ability.FEED)
def columns(frame: Frame, token: str) -> HttpResponse:
    """Keep what the person says of one sheet as a mapping, and look at the files again through it."""
    job = _job(token)
    given = frame.request.POST
    sheet = _sheet(job, given.get("sheet", ""), frame.lang)
    wanted = dict(zip(given.getlist("header"), given.getlist("target"), strict=False))
    name = given.get("name", "").strip()[:_LONGEST_NAME]
    mapping = retargeted(_known(job, sheet, choices_of(job).table), sheet, wanted, name)
    _require_free(name, sheet)
    remember(served.workspace.mappings, mapping)
    is_alone = len(job.shown[frame.lang]["sheets"]) == 1
    choices = replace(choices_of(job), mapping=slug(name) if is_alone else None, table=None)
    jobs.start(job, Kind.PREVIEW, choices)
    return redirect("job", token)


def retargeted(known: FileMapping, sheet: Mapping[str, Any], wanted: Mapping[str, str], name: str) -> FileMapping:
    """The mapping with each header of `wanted` filling what it says there ("sales.amount", "" for nothing). Records
    that are only inferred follow the column that they were inferred from. Raises MappingError with every problem."""
    before = {column["header"]: column["target"] for column in sheet["columns"] if column["header"]}
    moved = {header: to for header, to in wanted.items() if header in before and to != before[header]}
    _require_once({**before, **moved})
    headers = tuple(before)
    fills = [_fill(fill, headers, moved) for fill in known.tables]
    follows = _follows(known.tables[0], fills[0], headers)
    fills = [
        fills[0],
        *(_following(old, new, headers, follows) for old, new in zip(known.tables[1:], fills[1:], strict=True)),
    ]
    kept = tuple(fill for fill in fills if not fill.derived or _is_complete(fill))
    return parse_mapping(dump_mapping(replace(known, name=name or known.name, tables=kept)), name or known.name)


def _fill(fill: TableMapping, headers: Sequence[str], moved: Mapping[str, str]) -> TableMapping:
    kept = {column: given for column, given in fill.columns.items() if (_header(given, headers) or "") not in moved}
    for header, target in moved.items():
        table, _, column = target.partition(".")
        if table == fill.table and column in SALES_MODEL[table]:
            kept[column] = ColumnMapping(header)
    return replace(fill, columns=kept)


def _follows(before: TableMapping, after: TableMapping, headers: Sequence[str]) -> dict[str, str]:
    """Old header -> new one, of the columns of the first table that come from another place now."""
    found = {}
    for column, given in before.columns.items():
        old, new = _header(given, headers), after.columns.get(column, ColumnMapping()).header
        if old is not None and new is not None and new != old:
            found[old] = new
    return found


def _following(
    before: TableMapping, after: TableMapping, headers: Sequence[str], follows: Mapping[str, str]
) -> TableMapping:
    if not before.derived:
        return after
    lost = {column: _header(given, headers) for column, given in before.columns.items() if column not in after.columns}
    found = {column: ColumnMapping(follows[old]) for column, old in lost.items() if old is not None and old in follows}
    return replace(after, columns={**after.columns, **found})


def _header(given: ColumnMapping, headers: Sequence[str]) -> str | None:
    place = None if given.header is None else find_header(headers, given.header)
    return None if place is None else headers[place]


def _is_complete(fill: TableMapping) -> bool:
    return all(name in fill.columns for name in SALES_MODEL[fill.table].required)


def _known(job: Job, sheet: Mapping[str, Any], table: str | None) -> FileMapping:
    """How the sheet was read; of one that could not be, what was recognised of its headers."""
    headers = tuple(column["header"] for column in sheet["columns"] if column["header"])
    for files, mapping in from_text(job.shown.get("mapping", "")):
        is_its_sheet = mapping.sheet in (None, sheet["sheet"])
        if sheet["file_no"] in files and is_its_sheet and names_only(mapping, headers):
            return mapping
    targets = [(column["header"], column["target"].partition(".")) for column in sheet["columns"] if column["target"]]
    names = sheet["tables"] or ([table] if table else [])
    tables = tuple(
        TableMapping(name, {to[2]: ColumnMapping(header) for header, to in targets if to[0] == name and header})
        for name in names[:1]
    )
    if not tables:
        raise MappingError(_NO_TABLE)
    return FileMapping(sheet["mapping"] or sheet["name"], tables, sheet=sheet["sheet"] or None)


def _job(token: str) -> Job:
    job = Job.objects.filter(token=token).first()
    if job is None or not jobs.settled(job).is_over or job.kind != Kind.PREVIEW:
        raise AccessError(NOT_OPEN)
    return job


def _sheet(job: Job, place: str, lang: Lang) -> Mapping[str, Any]:
    sheets = job.shown.get(lang, {}).get("sheets", [])
    at = whole(place)
    if at is None or at >= len(sheets):
        raise AccessError(NOT_OPEN)
    found: Mapping[str, Any] = sheets[at]
    return found


def _require_once(targets: Mapping[str, str]) -> None:
    filled = [target for target in targets.values() if target]
    twice = sorted({target for target in filled if filled.count(target) > 1})
    if twice:
        raise MappingError(*(_twice(target, targets) for target in twice))


def _require_free(name: str, sheet: Mapping[str, Any]) -> None:
    """A name that the mapping of other files bears is not taken from it."""
    path = served.workspace.mappings / f"{slug(name)}.yaml"
    headers = tuple(column["header"] for column in sheet["columns"] if column["header"])
    if path.exists() and not names_only(load_mapping(path), headers):
        raise MappingError(_taken(name))


def _twice(target: str, targets: Mapping[str, str]) -> Issue:
    table, _, column = target.partition(".")
    label = SALES_MODEL[table][column].label
    which = ", ".join(header for header, each in targets.items() if each == target)
    return Issue(
        "column_filled_twice",
        Text(
            f"« {label.fr} » serait rempli par plusieurs colonnes : {which}.",
            f'"{label.en}" would be filled by several columns: {which}.',
        ),
        Text("Gardez-en une, et ne prenez pas les autres.", "Keep one of them, and leave the others out."),
    )


def _taken(name: str) -> Issue:
    return Issue(
        "mapping_name_taken",
        Text(f"Une autre correspondance s’appelle « {name} ».", f'Another mapping is called "{name}".'),
        Text("Donnez un autre nom à celle-ci.", "Give this one another name."),
    )


_NO_TABLE = Issue(
    "no_table",
    Text("Rien n’a été reconnu dans ce fichier.", "Nothing was recognised in this file."),
    Text("Dites d’abord ce que les fichiers contiennent.", "Say first what the files hold."),
)
